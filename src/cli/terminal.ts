// The one place where a command meets its process: streams, colours, signals, questions. Everything printed passes the guard here.
import { createInterface } from "node:readline";
import type { World } from "../contract/world.ts";
import { guarded } from "../report/harmless.ts";
import { coloured, type Paint, plain } from "../report/paint.ts";
import { openInterrupts } from "./interrupts.ts";
import { reasonOf } from "./system-word.ts";
import { realWorld } from "./world.ts";

const deafHint =
  "Make room, or send the output elsewhere; what was done is in the ledger (cxform history, cxform status).";

export interface Terminal {
  readonly world: World;
  /** The working directory. */
  readonly cwd: string;
  readonly paintOut: Paint;
  readonly paintErr: Paint;
  /** Whether somebody can be asked. */
  readonly isInteractive: boolean;
  /** Whether results go to a screen: anything else may be kept. */
  readonly isOnScreen: boolean;
  /** Whether stderr keeps a line that is written over. */
  readonly hasLiveLine: boolean;
  /** Columns of stderr. */
  readonly width: number;
  /** Results. Guarded: no line of it is a workflow command. */
  out(text: string): void;
  /** Results that are escaped already: annotations, JSON, TypeScript. */
  outRaw(text: string): void;
  err(text: string): void;
  /** Writes over the live line; an empty text clears it. */
  live(text: string): void;
  /** What was typed; undefined when the question was broken off. */
  ask(question: string): Promise<string | undefined>;
  /** The lines of standard input. */
  lines(): AsyncIterable<string>;
  /** From now on the first SIGINT or SIGTERM only aborts the signal that this answers; a second ends the process. */
  stopGently(): AbortSignal;
}

/** The terminal of this process. Installs the signal handlers. */
export function processTerminal(hasColour: boolean): Terminal {
  const { stdout, stderr, stdin } = process;
  const interrupts = openInterrupts((text) => stderr.write(`\n${text}`));
  let isDeaf = false;
  let mayHaveWritten = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isDeaf) return;
    isDeaf = true;
    // A reader that has seen enough (`| head`) is no failure of ours, and no reason to leave a run half done.
    if (error.code === "EPIPE") return;
    stderr.write(`the result cannot be written to stdout: ${reasonOf(error)}\n  hint: ${deafHint}\n`);
    process.once("exit", (code) => {
      if (code === 0) process.exitCode = mayHaveWritten ? 5 : 4;
    });
  });
  const wantsColour = hasColour && (process.env["NO_COLOR"] ?? "") === "";
  const paintOf = (stream: NodeJS.WriteStream): Paint => (wantsColour && stream.isTTY === true ? coloured : plain);
  let isLive = false;
  const clear = (): void => {
    if (isLive) stderr.write("\r\u001b[K");
    isLive = false;
  };
  return {
    world: realWorld(),
    cwd: process.cwd(),
    paintOut: paintOf(stdout),
    paintErr: paintOf(stderr),
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    isOnScreen: stdout.isTTY === true,
    hasLiveLine: stderr.isTTY === true,
    width: stderr.columns || 80,
    out(text) {
      clear();
      if (!isDeaf) stdout.write(guarded(text));
    },
    outRaw(text) {
      clear();
      if (!isDeaf) stdout.write(text);
    },
    err(text) {
      clear();
      stderr.write(guarded(text));
    },
    live(text) {
      clear();
      if (text === "") return;
      stderr.write(guarded(text));
      isLive = true;
    },
    ask(question) {
      clear();
      return askOnce(question, interrupts.interrupt);
    },
    lines: () => createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
    stopGently() {
      mayHaveWritten = true;
      return interrupts.stopGently();
    },
  };
}

function askOnce(question: string, stop: () => void): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    // While a question is open the terminal is raw, so that readline, not the process, sees Ctrl-C.
    lines.on("SIGINT", () => {
      lines.close();
      stop();
    });
    lines.on("close", () => resolve(undefined));
    lines.question(guarded(question), (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
