// `cxform serve` as a process of its own, from the sources, so that it can be killed; and hooks that are told.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { bundled } from "../_world/bundled.ts";
import type { ProjectDir } from "./served.ts";

export interface ServeProcess {
  readonly url: string;
  readonly pid: number;
  err(): string;
  /** Resolves when it has ended, with the exit code; null after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export const repository = fileURLToPath(new URL("../..", import.meta.url));

export interface ProcessOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the program, such as strace's. */
  readonly under?: readonly string[];
}

export async function serveProcess(
  t: Pick<TestContext, "after">,
  { dir, env }: ProjectDir,
  options: ProcessOptions = {},
): Promise<ServeProcess> {
  const program = await bundled();
  const words = [program, "serve", "--port", "0", "--format", "json", ...(options.args ?? [])];
  const [command = process.execPath, ...before] = [...(options.under ?? []), process.execPath];
  const child: ChildProcess = spawn(command, [...before, ...words], {
    cwd: dir,
    env: { PATH: process.env["PATH"], ...env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let err = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const said = await new Promise<string>((resolve, reject) => {
    let out = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      if (out.includes("\n}\n") || out.endsWith("}\n")) resolve(out);
    });
    void ended.then((code) => reject(new Error(`it ended with ${code}: ${err}`)));
  });
  const { url } = JSON.parse(said) as { readonly url?: string };
  // A failure is one JSON value as well.
  if (url === undefined) throw new Error(`it ended with ${await ended}: ${err}`);
  return {
    url,
    pid: child.pid ?? 0,
    err: () => err,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

export interface Hook {
  readonly url: string;
  readonly received: { readonly id: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** Answers 503 to everything from now on, or takes it again. */
  setDown(isDown: boolean): void;
  readonly refused: () => number;
}

/** A CRM or another hook on loopback. */
export async function startHook(t: Pick<TestContext, "after">): Promise<Hook> {
  const received: Hook["received"] = [];
  let isDown = false;
  let refused = 0;
  const server: Server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    request.on("end", () => {
      if (isDown) {
        refused += 1;
        response.writeHead(503).end();
        return;
      }
      received.push({
        id: String(request.headers["webhook-id"]),
        body: JSON.parse(text) as Readonly<Record<string, unknown>>,
      });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    setDown: (down) => {
      isDown = down;
    },
    refused: () => refused,
  };
}
