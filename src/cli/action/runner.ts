// GitHub's runner as a step sees it: inputs, outputs, log, annotations, summary, masks. Foreign text reaches it inert; it knows no plan.
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { invariant } from "../../base/invariant.ts";
import type { World } from "../../contract/world.ts";
import { guarded } from "../../report/harmless.ts";

export interface Runner {
  readonly world: World;
  /** The working directory: the input of that name, in the workspace. */
  readonly cwd: string;
  /** An input of action.yml; undefined when it is empty. */
  input(name: string): string | undefined;
  output(name: string, value: string): void;
  /** Text for the log, which may hold anything: no line of it is a command. */
  say(text: string): void;
  /** Workflow commands that are escaped already. */
  command(text: string): void;
  /** Markdown for the job's summary. */
  summary(markdown: string): void;
  /** From now on the runner hides this text in every log. */
  mask(secret: string): void;
  /** A path in the workspace: what other steps of the job name. */
  workspacePath(path: string): string;
  /** From now on a first interrupt (a cancelled job) only aborts the signal that this answers. */
  stopGently(): AbortSignal;
  /** A new folder for what later steps take. */
  folder(name: string): string;
}

/** Beyond 1 MiB GitHub drops a step's whole summary (GITHUB §1.2). */
const mostSummaryBytes = 1_000_000;

export interface RunnerPorts {
  readonly world: World;
  readonly write: (text: string) => void;
  readonly stopGently: () => AbortSignal;
}

/** The runner of this process. Throws Bug where a file that the runner gives is missing. */
export function openRunner({ world, write, stopGently }: RunnerPorts): Runner {
  const file = (variable: string): string => {
    const path = world.env(variable);
    invariant(path !== undefined && path !== "", `${variable} is not set: this is no step of a workflow`);
    return path;
  };
  const input = (name: string): string | undefined => world.env(`INPUT_${name.toUpperCase()}`)?.trim() || undefined;
  return {
    world,
    cwd: resolve(world.env("GITHUB_WORKSPACE") || ".", input("working-directory") ?? "."),
    input,
    output(name, value) {
      // A value may hold any text: a delimiter that nobody could know keeps it one value.
      const delimiter = `cxform-${randomBytes(16).toString("hex")}`;
      invariant(!value.includes(delimiter) && /^[a-z-]+$/.test(name), "an output that would end itself");
      appendFileSync(file("GITHUB_OUTPUT"), `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
    },
    say(text) {
      if (text === "") return;
      const token = `cxform-${randomBytes(16).toString("hex")}`;
      write(`::stop-commands::${token}\n${guarded(text)}${text.endsWith("\n") ? "" : "\n"}::${token}::\n`);
    },
    command: write,
    summary(markdown) {
      const path = file("GITHUB_STEP_SUMMARY");
      const before = sizeOf(path);
      const left = mostSummaryBytes - before;
      const text = `${markdown.trimEnd()}\n\n`;
      const note = "The rest is longer than GitHub shows; the artifact has it.\n";
      appendFileSync(path, Buffer.byteLength(text) <= left ? text : left > note.length ? note : "");
    },
    mask(secret) {
      // Multi-line secrets are hidden line by line, as the log shows them.
      for (const line of secret.split(/\r?\n/)) if (line.trim().length > 3) write(`::add-mask::${escaped(line)}\n`);
    },
    stopGently,
    workspacePath: (path) => resolve(world.env("GITHUB_WORKSPACE") || ".", path),
    folder(name) {
      const path = join(world.env("RUNNER_TEMP") || world.env("GITHUB_WORKSPACE") || ".", name);
      mkdirSync(path, { recursive: true });
      return path;
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The escapes that the runner undoes in a command's data. */
function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** One annotation; its text is ours or harmless already. */
export function annotation(kind: "error" | "warning" | "notice", text: string): string {
  return `::${kind} title=cxform::${escaped(guarded(text))}\n`;
}
