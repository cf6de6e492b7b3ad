// `cxform history [ADDRESS]`: versions, dates, digests, commits, approvers.
import type { CommandDefinition } from "./command.ts";
import { openProject } from "./project.ts";

export interface HistoryFlags {
  readonly address?: string;
}

export const history: CommandDefinition<HistoryFlags> = {
  name: "history",
  arguments: "[ADDRESS]",
  summary: "versions with dates, digests, commits and approvers; offline",
  formats: ["text", "json"],
  examples: ["cxform history", "cxform history WhatsAppTemplate/order_confirmation/en --format json"],
  options: ({ args }) => (typeof args[0] === "string" ? { address: args[0] } : {}),
  async run(flags, context) {
    const { common, terminal } = context;
    const [library, { harmlessJson }, { historyText }] = await Promise.all([
      import("../library/history.ts"),
      import("../report/harmless.ts"),
      import("../report/ledger-text.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const found = await library.history({ config, environment, world: terminal.world, ...flags });
    if (common.format === "json") terminal.outRaw(`${harmlessJson(found)}\n`);
    else terminal.out(historyText(found.versions));
    return 0;
  },
};
