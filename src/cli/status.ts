// `cxform status`: a line for each resource, from the ledger and the manifests.
import type { CommandDefinition } from "./command.ts";
import { openProject } from "./project.ts";

export const status: CommandDefinition<undefined> = {
  name: "status",
  summary: "a line for each resource: version, status, since when, what it waits for; offline",
  formats: ["text", "json"],
  examples: ["cxform status", "cxform status --env production --format json"],
  options: () => undefined,
  async run(_flags, context) {
    const { common, terminal } = context;
    const [library, { harmless, harmlessJson }, { statusText }] = await Promise.all([
      import("../library/status.ts"),
      import("../report/harmless.ts"),
      import("../report/ledger-text.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const found = await library.status({ config, environment, world: terminal.world });
    if (common.format === "json") {
      terminal.outRaw(`${harmlessJson(found)}\n`);
      return 0;
    }
    terminal.out(statusText(found.resources));
    const { claim } = found;
    if (claim !== undefined)
      terminal.out(
        `\nClaimed by run ${harmless(claim.run)}${claim.actor === undefined ? "" : ` of ${harmless(claim.actor)}`} since ${claim.since}.\n`,
      );
    return 0;
  },
};
