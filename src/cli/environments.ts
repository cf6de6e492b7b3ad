// `cxform environments`: the names, as JSON for a CI matrix.
import type { CommandDefinition } from "./command.ts";
import { openProject } from "./project.ts";

export const environments: CommandDefinition<undefined> = {
  name: "environments",
  summary: "the names of the environments, as a JSON list for a CI matrix",
  formats: ["text", "json"],
  examples: ["cxform environments --format json"],
  options: () => undefined,
  async run(_flags, context) {
    const { harmlessJson } = await import("../report/harmless.ts");
    const { config } = await openProject(context);
    const names = Object.keys(config.environments);
    // One line in both formats: GITHUB_OUTPUT takes one.
    context.terminal.outRaw(`${harmlessJson(names).replace(/\n\s*/g, "")}\n`);
    return 0;
  },
};
