#!/usr/bin/env node
// The program: reads the command line, runs the command, ends with its exit code. Everything heavy is loaded by the command that needs it.
import { completables, parse } from "./program.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

async function run(argv: readonly string[]): Promise<number> {
  const parsed = parse(argv);
  if ("answered" in parsed) {
    const terminal = processTerminal(!argv.includes("--no-color"));
    return answer(parsed.answered, argv, terminal);
  }
  const { definition, common, options } = parsed.asked;
  const terminal = processTerminal(common.color);
  try {
    return await definition.run(options, { common, terminal, completables });
  } catch (error) {
    const [{ tell }, { printFailure }, { envFlag }] = await Promise.all([
      import("./failure.ts"),
      import("./print-failure.ts"),
      import("./project.ts"),
    ]);
    terminal.live("");
    const told = tell(error, { command: definition.name, stepsDone: 0, flag: envFlag(common) });
    return printFailure(told, { common, terminal });
  }
}

async function answer(
  answered: { readonly exit: number; readonly out: string; readonly err: string },
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  terminal.out(answered.out);
  terminal.err(answered.err);
  const wantsJson = argv.some(
    (word, at) => word === "--format=json" || (word === "json" && argv[at - 1] === "--format"),
  );
  if (answered.exit !== 0 && wantsJson) {
    const { harmlessJson } = await import("../report/harmless.ts");
    const [message = "", ...rest] = answered.err.trim().split("\n");
    const error = {
      code: "usage",
      message: message.replace(/^error: /, ""),
      hint: rest
        .join(" ")
        .trim()
        .replace(/^hint: /, ""),
    };
    terminal.outRaw(`${harmlessJson({ error, diagnostics: [] })}\n`);
  }
  return answered.exit;
}

process.exitCode = await run(process.argv.slice(2));
