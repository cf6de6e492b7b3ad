// What a command is: flags, the options that they become, and the run. Parsing knows nothing of running.
import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/** The flags that every command takes (INTERFACE §4). */
export interface Common {
  readonly env?: string;
  readonly config?: string;
  readonly format: string;
  readonly color: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** A command as completion knows it. */
export interface Completable {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly {
    readonly flag: string;
    readonly description: string;
    readonly choices: readonly string[];
  }[];
}

export interface Context {
  readonly common: Common;
  readonly terminal: Terminal;
  /** Every command with its flags. */
  completables(): readonly Completable[];
}

/** What commander read: arguments in order, flags by name. */
export interface Raw {
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface CommandDefinition<Options> {
  /** `plan`, or `audit verify` for a command of a group. */
  readonly name: string;
  /** `[PATH...]`, as the help shows it. */
  readonly arguments?: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--format` takes; the first is the default. */
  readonly formats: readonly string[];
  /** Lines of example. */
  readonly examples: readonly string[];
  declare?(command: Command): void;
  /** Throws Usage for a value that no run could use. */
  options(raw: Raw): Options;
  /** The exit code. Throws what `failure.ts` tells. */
  run(options: Options, context: Context): Promise<number>;
}

/** For repeatable flags. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
