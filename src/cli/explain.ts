// `cxform explain CODE|KIND[.field]`: what a code, a kind or a field means.
import type { CommandDefinition } from "./command.ts";

export interface ExplainFlags {
  readonly topic: string;
}

export const explain: CommandDefinition<ExplainFlags> = {
  name: "explain",
  arguments: "<CODE|KIND[.field]>",
  summary: "what a code, a kind or a field means, with examples",
  formats: ["text", "json"],
  examples: ["cxform explain CX3201", "cxform explain SmsTemplate", "cxform explain SmsTemplate.fromAddress"],
  options: ({ args }) => ({ topic: args[0] as string }),
  async run({ topic }, { common, terminal }) {
    const [library, { harmlessJson }, { explanationText }] = await Promise.all([
      import("../library/explain.ts"),
      import("../report/harmless.ts"),
      import("../report/explanation-text.ts"),
    ]);
    const explanation = library.explain(topic);
    if (common.format === "json") terminal.outRaw(`${harmlessJson(explanation)}\n`);
    else terminal.out(explanationText(explanation, terminal.paintOut));
    return 0;
  },
};
