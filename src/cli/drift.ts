// `cxform drift`: what CXone holds that neither the manifests nor the ledger say.
import type { CommandDefinition } from "./command.ts";
import { startProgress } from "./progress.ts";
import { openProject } from "./project.ts";

const hasDrift = 2;

export const drift: CommandDefinition<undefined> = {
  name: "drift",
  summary: "what CXone holds that neither the manifests nor the ledger say; exit 2 when any",
  formats: ["text", "json"],
  examples: ["cxform drift", "cxform drift --env production --format json"],
  options: () => undefined,
  async run(_flags, context) {
    const { common, terminal } = context;
    const [library, { harmlessJson }, { driftText }] = await Promise.all([
      import("../library/drift.ts"),
      import("../report/harmless.ts"),
      import("../report/drift-text.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const progress = startProgress(context);
    const found = await library
      .drift({ config, environment, world: terminal.world, onEvent: (event) => progress.onEvent(event) })
      .finally(() => progress.end());
    if (common.format === "json") terminal.outRaw(`${harmlessJson(found)}\n`);
    else terminal.out(driftText(found));
    return found.drift.length > 0 ? hasDrift : 0;
  },
};
