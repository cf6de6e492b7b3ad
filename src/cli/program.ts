// The command line as commander sees it: from words to a command and its options, or to a text about usage. It runs nothing.
import { Command, CommanderError, Option } from "commander";
import { version } from "../base/version.ts";
import type { CommandDefinition, Common, Completable } from "./command.ts";
import { commands } from "./commands.ts";
import { Usage } from "./usage.ts";

export interface Asked {
  readonly definition: CommandDefinition<unknown>;
  readonly common: Common;
  readonly options: unknown;
}

/** Help or version (exit 0), or what is wrong with the command line (64). */
export interface Answered {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export type Parsed = { readonly asked: Asked } | { readonly answered: Answered };

const usageError = 64;

const exitCodes = `
Exit codes:
  0 done, nothing to do, or waiting for CXone    1 manifests or config invalid
  2 changes present, drift, or not eligible      3 refused, or rows left
  4 failed before any change                     5 failed part-way: run again
  64 usage    70 a bug of cxform                 130 interrupted`;

/** Reads a command line without its program name. Never runs, prints or exits. */
export function parse(argv: readonly string[]): Parsed {
  const said = { out: "", err: "" };
  let asked: Asked | undefined;
  const program = build((found) => {
    asked = found;
  }, said);
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (error instanceof Usage)
      return { answered: { exit: usageError, out: said.out, err: `error: ${error.message}\n  hint: ${error.hint}\n` } };
    if (!(error instanceof CommanderError)) throw error;
    return { answered: { exit: error.exitCode === 0 ? 0 : usageError, ...said } };
  }
  if (asked === undefined) return { answered: { exit: usageError, ...said } };
  return { asked };
}

type Act = (asked: Asked) => void;

function build(act: Act, said: { out: string; err: string }): Command {
  const program = new Command("cxform");
  program
    .description("Keeps NICE CXone digital messaging in step with a git repository.")
    .version(version, "-V, --version", "print the version")
    .addOption(new Option("--env <name>", "environment of cxform.yaml (default: its defaultEnvironment)"))
    .addOption(new Option("--config <file>", "config file (default: cxform.yaml here or above)"))
    .addOption(new Option("--format <format>", "form of the result").default("text"))
    .addOption(new Option("--no-color", "no colours, as with NO_COLOR"))
    .addOption(new Option("--quiet", "no progress and no warnings"))
    .addOption(new Option("--verbose", "a line for each request on stderr"))
    .helpCommand("help [command]", "help for a command")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", exitCodes);
  guardOutput(program, said);
  const groups = new Map<string, Command>();
  for (const definition of commands) {
    const [first = "", second] = definition.name.split(" ");
    const parent = second === undefined ? program : (groups.get(first) ?? group(program, first, said));
    if (second !== undefined) groups.set(first, parent);
    add(parent, definition, second ?? first, act, said);
  }
  return program;
}

/** What the commands of a group are about. */
const about: Readonly<Record<string, string>> = {
  audit: "the ledger as evidence",
  consent: "who may be written to",
  events: "what goes out to hooks",
};

function group(program: Command, name: string, said: { out: string; err: string }): Command {
  const members = commands
    .filter((command) => command.name.startsWith(`${name} `))
    .map((command) => command.name.slice(name.length + 1));
  const command = program.command(name).description(`${about[name] ?? name}: ${members.join(", ")}`);
  guardOutput(command, said);
  return command;
}

function add(
  parent: Command,
  definition: CommandDefinition<unknown>,
  name: string,
  act: Act,
  said: { out: string; err: string },
): void {
  const command = parent.command(`${name}${definition.arguments === undefined ? "" : ` ${definition.arguments}`}`);
  command.description(definition.summary);
  guardOutput(command, said);
  definition.declare?.(command);
  const formats = definition.formats.length > 1 ? `\nFormats: ${definition.formats.join(", ")}` : "";
  command.addHelpText("after", `${formats}\nExamples:\n${definition.examples.map((line) => `  ${line}`).join("\n")}`);
  command.action((...received: unknown[]) => {
    const flags = command.optsWithGlobals();
    const args = received.slice(0, -2) as readonly (string | readonly string[] | undefined)[];
    const common = commonOf(flags, definition);
    act({ definition, common, options: definition.options({ args, flags }) });
  });
}

function commonOf(flags: Readonly<Record<string, unknown>>, definition: CommandDefinition<unknown>): Common {
  const format = String(flags["format"]);
  if (!definition.formats.includes(format)) {
    throw new Usage(
      `cxform ${definition.name} has no format ${format}`,
      `Write --format ${definition.formats.join(", or --format ")}.`,
    );
  }
  if (flags["quiet"] === true && flags["verbose"] === true)
    throw new Usage("--quiet and --verbose exclude each other", "Leave one of them out.");
  return {
    ...(typeof flags["env"] === "string" ? { env: flags["env"] } : {}),
    ...(typeof flags["config"] === "string" ? { config: flags["config"] } : {}),
    format,
    color: flags["color"] !== false,
    quiet: flags["quiet"] === true,
    verbose: flags["verbose"] === true,
  };
}

/** What commander would print is collected, and instead of exiting it throws. */
function guardOutput(command: Command, said: { out: string; err: string }): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("Run with --help for the commands and flags.")
    .configureOutput({
      writeOut: (text) => {
        said.out += text;
      },
      writeErr: (text) => {
        said.err += text;
      },
    });
}

/** The commands with their flags, for completion. */
export function completables(): readonly Completable[] {
  const program = build(() => undefined, { out: "", err: "" });
  const common = program.options.filter((option) => option.long !== "--version");
  return commands.map((definition) => {
    const path = definition.name.split(" ");
    let command: Command | undefined = program;
    for (const word of path) command = command?.commands.find((one) => one.name() === word);
    const own = command?.options ?? [];
    return {
      name: definition.name,
      summary: definition.summary,
      flags: [...own, ...common].map((option) => ({
        flag: option.long ?? "",
        description: option.description,
        choices: option.long === "--format" ? definition.formats : [],
      })),
    };
  });
}
