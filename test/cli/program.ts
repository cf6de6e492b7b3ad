// A temporary project and the program as a child process; it knows no command.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { bundled } from "../_world/bundled.ts";

export interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of stderr or stdout; may signal the process. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export interface Project {
  readonly dir: string;
  write(file: string, text: string): void;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
}

/** A project with the given files, removed after the test. */
export function project(t: Pick<TestContext, "after">, files: Readonly<Record<string, string>>): Project {
  const dir = mkdtempSync(join(tmpdir(), "cxform-cli-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  return { dir, write, run: (args, options = {}) => runIn(dir, args, options) };
}

async function runIn(cwd: string, args: readonly string[], { env = {}, onOutput }: RunOptions): Promise<Ended> {
  const entry = await bundled();
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [entry, ...args], {
    cwd,
    env: {
      ...(PATH === undefined ? {} : { PATH }),
      ...(HOME === undefined ? {} : { HOME }),
      USER: "kim",
      GIT_CEILING_DIRECTORIES: dirname(cwd),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { out: "", err: "" };
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
    onOutput?.(text, kill);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
    onOutput?.(text, kill);
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (exit) => done({ exit, ...said }));
  });
}

export const config = `apiVersion: cxform/v1
kind: Config
manifests: [templates, preferences]
defaultEnvironment: local
environments:
  local:
    simulator: { stateDir: .cxform/simulator, reviewDelay: 50ms }
  frozen:
    simulator: { reviewDelay: 50ms }
    readOnly: true
    ledger: { dir: .cxform/frozen }
`;

export const otp = `apiVersion: cxform/v1
kind: SmsTemplate
metadata:
  name: otp
spec:
  content: "Juniper & Pine: your sign-in code is {{code}}. Reply STOP to opt out."
  fromAddress: "+15035550142"
  variables:
    code: { maxLength: 6, example: "482913" }
`;

export const parcel = `apiVersion: cxform/v1
kind: WhatsAppTemplate
metadata:
  name: parcel
spec:
  language: en
  category: UTILITY
  body: Your parcel {{1}} has left our warehouse today.
  examples:
    "1": JP20418
`;

export const optOut = `apiVersion: cxform/v1
kind: PreferenceBatch
metadata:
  name: 2026-11-crm
spec:
  source: crm
  regulatoryRegion: GDPR
  records:
    - contactId: aeb7b9c9-c520-4c90-bf00-30191c716404
      channel: email
      optIn: false
      consentTimestamp: null
      withdrawalTimestamp: "2026-09-16T12:19:12Z"
`;
