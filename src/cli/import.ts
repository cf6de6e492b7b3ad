// `cxform import [KIND[/NAME]…]`: CXone to YAML files; a plan after it holds only adoptions.
import type { CommandDefinition } from "./command.ts";
import { startProgress } from "./progress.ts";
import { envFlag, openProject } from "./project.ts";

export interface ImportFlags {
  readonly patterns: readonly string[];
}

export const importCommand: CommandDefinition<ImportFlags> = {
  name: "import",
  arguments: "[KIND[/NAME]...]",
  summary: "write a manifest for each object of CXone that is not declared; a plan then adopts them",
  formats: ["text", "json"],
  examples: ["cxform import", "cxform import SmsTemplate 'WhatsAppTemplate/parcel_*' --env production"],
  options: ({ args }) => ({ patterns: (args[0] ?? []) as readonly string[] }),
  async run({ patterns }, context) {
    const { common, terminal } = context;
    const [library, { harmlessJson }, { importText }, { diagnosticsText }] = await Promise.all([
      import("../library/import.ts"),
      import("../report/harmless.ts"),
      import("../report/import-text.ts"),
      import("../report/diagnostics.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const progress = startProgress(context);
    const { sources, ...imported } = await library
      .importManifests({
        config,
        environment,
        world: terminal.world,
        patterns,
        onEvent: (event) => progress.onEvent(event),
      })
      .finally(() => progress.end());
    if (common.format === "json") terminal.outRaw(`${harmlessJson(imported)}\n`);
    else terminal.out(importText(imported, `cxform plan${envFlag(common)}`, terminal.paintOut));
    terminal.err(diagnosticsText(imported.diagnostics, { sources, paint: terminal.paintErr }));
    return imported.diagnostics.some((diagnostic) => diagnostic.severity === "error") ? 1 : 0;
  },
};
