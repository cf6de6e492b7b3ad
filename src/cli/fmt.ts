// `cxform fmt [--check]`: one form for all manifests; content and comments stay.
import { Option } from "commander";
import type { CommandDefinition } from "./command.ts";
import { openProject } from "./project.ts";

export interface FmtFlags {
  readonly check: boolean;
}

export const fmt: CommandDefinition<FmtFlags> = {
  name: "fmt",
  summary: "bring cxform.yaml and the manifests into one form; content and comments stay",
  formats: ["text", "json"],
  examples: ["cxform fmt", "cxform fmt --check"],
  declare(command) {
    command.addOption(new Option("--check", "write nothing; exit 1 when a file would change"));
  },
  options: ({ flags }) => ({ check: flags["check"] === true }),
  async run({ check }, context) {
    const { common, terminal } = context;
    const [{ formatAll }, { harmless, harmlessJson }, { diagnosticsText }] = await Promise.all([
      import("../library/format.ts"),
      import("../report/harmless.ts"),
      import("../report/diagnostics.ts"),
    ]);
    const { config } = await openProject(context);
    const { changed, unchanged, diagnostics } = formatAll({ config, check, world: terminal.world });
    if (common.format === "json") terminal.outRaw(`${harmlessJson({ changed, unchanged, diagnostics })}\n`);
    else terminal.out(changed.map((file) => `${harmless(file)}\n`).join(""));
    terminal.err(diagnosticsText(diagnostics, { paint: terminal.paintErr }));
    if (check && changed.length > 0 && !common.quiet)
      terminal.err(`${changed.length} of ${changed.length + unchanged} files are not formatted; run cxform fmt\n`);
    const hasErrors = diagnostics.some((diagnostic) => diagnostic.severity === "error");
    return hasErrors || (check && changed.length > 0) ? 1 : 0;
  },
};
