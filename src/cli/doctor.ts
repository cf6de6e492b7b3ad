// `cxform doctor`: credentials, scopes, clock, reach, ledger and GitHub's settings of an environment, a line each.
import type { CommandDefinition } from "./command.ts";
import { startProgress } from "./progress.ts";
import { openProject } from "./project.ts";

export const doctor: CommandDefinition<undefined> = {
  name: "doctor",
  summary: "check variables, tokens, scopes, clock, reach, ledger and GitHub's settings; exit 1 when a check fails",
  formats: ["text", "json"],
  examples: ["cxform doctor", "cxform doctor --env production --format json"],
  options: () => undefined,
  async run(_flags, context) {
    const { common, terminal } = context;
    const [library, { harmlessJson }, { doctorText }] = await Promise.all([
      import("../library/doctor.ts"),
      import("../report/harmless.ts"),
      import("../report/doctor-text.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const progress = startProgress(context);
    const found = await library
      .doctor({ config, environment, world: terminal.world, onEvent: (event) => progress.onEvent(event) })
      .finally(() => progress.end());
    if (common.format === "json") terminal.outRaw(`${harmlessJson(found)}\n`);
    else terminal.out(doctorText(found.checks, terminal.paintOut));
    return found.ok ? 0 : 1;
  },
};
