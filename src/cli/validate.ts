// `cxform validate [PATH…]`: schema and rules, without network and credentials.
import { resolve } from "node:path";
import { version } from "../base/version.ts";
import type { ResourceLine } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { CommandDefinition, Context } from "./command.ts";
import { openProject } from "./project.ts";

export interface ValidateFlags {
  readonly paths: readonly string[];
}

interface Result {
  readonly valid: boolean;
  readonly resources: readonly ResourceLine[];
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

export const validate: CommandDefinition<ValidateFlags> = {
  name: "validate",
  arguments: "[PATH...]",
  summary: "check manifests: schema and rules, no network, no credentials",
  formats: ["text", "json", "github", "sarif"],
  examples: ["cxform validate", "cxform validate templates/sms --format github"],
  options: ({ args }) => ({ paths: (args[0] ?? []) as readonly string[] }),
  async run({ paths }, context) {
    const { terminal, common } = context;
    const result = await check(paths, context);
    if (common.format === "json") {
      const { harmlessJson } = await import("../report/harmless.ts");
      terminal.outRaw(
        `${harmlessJson({ valid: result.valid, resources: result.resources, diagnostics: result.diagnostics })}\n`,
      );
    } else if (common.format === "sarif") {
      const [{ harmlessJson }, { sarif }, { everyCode }] = await Promise.all([
        import("../report/harmless.ts"),
        import("../report/sarif.ts"),
        import("../library/explain.ts"),
      ]);
      const known = new Map(everyCode().map((code) => [code.code, code]));
      terminal.outRaw(`${harmlessJson(sarif(result.diagnostics, version, (code) => known.get(code)))}\n`);
    } else if (common.format === "github") {
      const { annotations } = await import("../report/annotations.ts");
      terminal.outRaw(annotations(result.diagnostics));
    } else {
      await printText(result, context);
    }
    return result.valid ? 0 : 1;
  },
};

/** A config with an error is a result of validation like any other. */
async function check(paths: readonly string[], context: Context): Promise<Result> {
  const { terminal, common } = context;
  const [library, { inOrder }] = await Promise.all([
    import("../library/validate.ts"),
    import("../report/diagnostics.ts"),
  ]);
  try {
    const { config, environment, warnings, sources } = await openProject(context, "silent");
    const validated = await library.validate({
      config,
      environment,
      paths: paths.map((path) => resolve(terminal.cwd, path)),
      world: terminal.world,
    });
    return {
      ...validated,
      diagnostics: inOrder([...warnings, ...validated.diagnostics]),
      sources: new Map([...sources, ...validated.sources]),
    };
  } catch (error) {
    const { tell } = await import("./failure.ts");
    const told = tell(error, { command: "validate", stepsDone: 0, flag: "" });
    if (told.exit !== 1 || told.diagnostics.length === 0) throw error;
    if (common.verbose) terminal.err(`${told.message}\n`);
    return { valid: false, resources: [], diagnostics: inOrder(told.diagnostics), sources: told.sources };
  }
}

async function printText(
  { valid, resources, diagnostics, sources }: Result,
  { common, terminal }: Context,
): Promise<void> {
  const [{ diagnosticsText, tallyText }, { count }] = await Promise.all([
    import("../report/diagnostics.ts"),
    import("../report/phrase.ts"),
  ]);
  const shown = common.quiet ? diagnostics.filter((diagnostic) => diagnostic.severity === "error") : diagnostics;
  terminal.out(diagnosticsText(shown, { sources, paint: terminal.paintOut }));
  const tally = tallyText(diagnostics);
  const verdict = valid ? terminal.paintOut("added", "valid") : terminal.paintOut("error", "invalid");
  if (!common.quiet || !valid)
    terminal.out(`${verdict}: ${count(resources.length, "resource")}${tally === "" ? "" : `, ${tally}`}\n`);
}
