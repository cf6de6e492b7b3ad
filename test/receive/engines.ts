// The two engines of the receiver's database for tests: an embedded file, and a real PostgreSQL that is started here.
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DatabasePlace } from "../../src/receive/database.ts";

export interface Engine {
  readonly name: "embedded" | "postgres";
  /** Skipped, with the reason printed, only where the programs cannot be had. */
  readonly options: { readonly skip?: string };
  /** An empty database of its own. */
  place(t: Pick<TestContext, "after">): Promise<DatabasePlace>;
}

/** The folder of PostgreSQL's server programs, newest first; undefined where there are none. */
function programs(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, "bin")).find((dir) => existsSync(join(dir, "initdb")));
}

const bin = programs();
const missing = "no PostgreSQL: install the package postgresql to run this";

interface Server {
  readonly url: string;
  /** Kills it as a power cut would: nothing is shut down. */
  kill(): void;
  start(): Promise<void>;
}

/** A user other than root, under which alone the server runs. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const number = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
      return { uid: number("-u"), gid: number("-g") };
    } catch {
      // The next one.
    }
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A server in a temporary folder, on loopback; it ends with this process, or earlier by `kill`. */
export async function startPostgres(dir: string): Promise<Server> {
  const owner = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), "cxform-postgres-"));
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const run = { ...owner, cwd: folder, stdio: "ignore" as const, env: { PATH: process.env["PATH"], LC_ALL: "C" } };
  execFileSync(join(dir, "initdb"), ["-D", data, "-U", "cxform", "-A", "trust", "-E", "UTF8", "--no-sync"], run);
  const port = await freePort();
  const settings = ["-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${folder}`];
  let server: ReturnType<typeof spawn> | undefined;
  const stop = (signal: NodeJS.Signals) => server?.kill(signal);
  process.once("exit", () => {
    // SIGQUIT: at once, together with the processes that it started.
    stop("SIGQUIT");
    rmSync(folder, { recursive: true, force: true });
  });
  const start = async (): Promise<void> => {
    server = spawn(join(dir, "postgres"), ["-D", data, ...settings], run);
    server.unref();
    const url = `postgres://cxform@127.0.0.1:${port}/postgres`;
    for (let tries = 0; ; tries += 1) {
      try {
        await statement(url, "select 1");
        return;
      } catch (error) {
        if (tries > 150) throw error;
        await sleep(100);
      }
    }
  };
  await start();
  return { url: `postgres://cxform@127.0.0.1:${port}`, kill: () => stop("SIGQUIT"), start };
}

async function statement(url: string, text: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

let shared: Promise<Server> | undefined;
let databases = 0;

export const engines: readonly Engine[] = [
  {
    name: "embedded",
    options: {},
    async place(t) {
      const folder = mkdtempSync(join(tmpdir(), "cxform-receive-"));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      return { file: join(folder, "receiver.db") };
    },
  },
  {
    name: "postgres",
    options: bin === undefined ? { skip: missing } : {},
    async place() {
      shared ??= startPostgres(bin as string);
      const { url } = await shared;
      databases += 1;
      const name = `t${process.pid}_${databases}`;
      await statement(`${url}/postgres`, `create database ${name}`);
      return { url: `${url}/${name}` };
    },
  },
];

export const postgresPrograms = bin;
