// One injected error: strace makes the n-th system call of a name on the ledger's files fail, then the aftermath is judged. Knows nothing of how many there are.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditFile } from "../../src/ledger/chain.ts";
import { aftermath } from "./aftermath.ts";
import { pathsOf, runName } from "./appended.ts";

export interface Injection {
  readonly call: string;
  readonly error: string;
  /** Which of the calls fails, from 1. */
  readonly nth: number;
  /** An earlier run was cut off within a line, so that the writer has a torn tail to cut: without a fault nothing else calls `ftruncate`. */
  readonly isTorn?: boolean;
}

export interface InjectionEnd {
  /** False: there are not so many calls of that name. */
  readonly wasInjected: boolean;
  readonly acknowledged: number;
  /** Whether the writer went on as if nothing had happened. */
  readonly wasSurvived: boolean;
  readonly refusal?: string;
  readonly wrongs: readonly string[];
}

/** Enough operations for 50 calls of each name. */
const runs = 3;
const operations = 4;

/** Why strace cannot inject on this machine; undefined when it can. */
export function straceObstacle(): string | undefined {
  const tried = spawnSync(
    "strace",
    ["-f", "-q", "-o", "/dev/null", "-e", "trace=write", "-e", "inject=write:error=EIO:when=9999", "true"],
    {
      encoding: "utf8",
    },
  );
  if (tried.error !== undefined) return "strace is not installed (apt-get install strace)";
  return tried.status === 0 ? undefined : `strace may not trace here: ${tried.stderr.trim().split("\n")[0]}`;
}

export async function injectionRound(program: string, { call, error, nth, isTorn }: Injection): Promise<InjectionEnd> {
  const root = mkdtempSync(join(tmpdir(), "cxform-syscall-"));
  try {
    const dir = join(root, "ledger");
    const wire = join(root, "wire");
    const trace = join(root, "trace");
    writeFileSync(wire, "");
    const before = isTorn === true ? await tornRun(program, dir, wire) : "";
    const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:error=${error}:when=${nth}`];
    const paths = pathsOf(dir, runs, operations).flatMap((path) => ["-P", path]);
    const first = isTorn === true ? 2 : 1;
    const writer = [
      process.execPath,
      program,
      dir,
      wire,
      String(runs + 1 - first),
      String(operations),
      "folder",
      String(first),
    ];
    const { output, status } = await run("strace", [
      "-f",
      "-q",
      "--seccomp-bpf",
      "-o",
      trace,
      ...inject,
      ...paths,
      ...writer,
    ]);
    if (!readFileSync(trace, "utf8").includes("(INJECTED)"))
      return { wasInjected: false, acknowledged: 0, wasSurvived: true, wrongs: [] };
    const after = await aftermath(dir, { output: before + output, wire: readFileSync(wire, "utf8") });
    const isPlain = status === 0 && /^(done|refused .*)$/m.test(output);
    const wrongs = [
      ...(isPlain ? [] : [`the writer ended with status ${status}: ${output.slice(-200)}`]),
      ...(after.lost > 0
        ? [`${after.lost} of ${after.acknowledged} acknowledged entries are lost ${after.refusal ?? ""}`]
        : []),
      ...after.wrongs,
    ];
    const { refusal, acknowledged } = after;
    return {
      wasInjected: true,
      acknowledged,
      wasSurvived: /^done$/m.test(output),
      wrongs,
      ...(refusal === undefined ? {} : { refusal }),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A first run, and half a line behind its last: what it had acknowledged must outlive the cut. Answers what it said. */
async function tornRun(program: string, dir: string, wire: string): Promise<string> {
  const { output, status } = await run(process.execPath, [program, dir, wire, "1", String(operations)]);
  if (status !== 0 || !/^done$/m.test(output)) throw new Error(`the run before ended with status ${status}: ${output}`);
  const file = join(dir, auditFile(runName(1)));
  const text = readFileSync(file, "utf8");
  appendFileSync(file, text.slice(text.lastIndexOf("\n", text.length - 2) + 1, -20));
  // Only the writer's own end is looked for in what it says.
  return output.replace(/^done\n$/m, "");
}

function run(
  command: string,
  words: readonly string[],
): Promise<{ readonly output: string; readonly status: number | null }> {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ output: status === 0 ? output : output + complaints, status }));
  });
}
