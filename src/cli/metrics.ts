// `cxform metrics`: the figures of the ledger, for people, programs and Prometheus; offline.
import type { CommandDefinition } from "./command.ts";
import { openProject } from "./project.ts";

export const metrics: CommandDefinition<undefined> = {
  name: "metrics",
  summary: "approval latencies, rejections, consent and session figures from the ledger; offline",
  formats: ["text", "json", "prometheus"],
  examples: ["cxform metrics", "cxform metrics --env production --format prometheus > cxform.prom"],
  options: () => undefined,
  async run(_flags, context) {
    const { common, terminal } = context;
    const [library, { harmlessJson }, text] = await Promise.all([
      import("../library/metrics.ts"),
      import("../report/harmless.ts"),
      import("../report/metrics-text.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const found = await library.metrics({ config, environment, world: terminal.world });
    if (common.format === "json") terminal.outRaw(`${harmlessJson(found)}\n`);
    else if (common.format === "prometheus") terminal.outRaw(text.metricsPrometheus(found));
    else terminal.out(text.metricsText(found));
    return 0;
  },
};
