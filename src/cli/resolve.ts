// `cxform resolve [ADDRESS…]`: what a sender needs now, from the ledger, offline.
import type { CommandDefinition } from "./command.ts";
import { openProject } from "./project.ts";

export interface ResolveFlags {
  readonly addresses: readonly string[];
}

export const resolve: CommandDefinition<ResolveFlags> = {
  name: "resolve",
  arguments: "[ADDRESS...]",
  summary: "what a sender needs now: remote name, id, version, parameters; offline",
  formats: ["text", "json", "env", "ts"],
  examples: [
    "cxform resolve",
    "cxform resolve SmsTemplate/otp --format json",
    "cxform resolve --format ts > templates.ts",
  ],
  options: ({ args }) => ({ addresses: (args[0] ?? []) as readonly string[] }),
  async run({ addresses }, context) {
    const { common, terminal } = context;
    const [library, { harmlessJson }, text] = await Promise.all([
      import("../library/resolve.ts"),
      import("../report/harmless.ts"),
      import("../report/resolve-text.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const resolved = await library.resolve({ config, environment, world: terminal.world, addresses });
    if (common.format === "json") terminal.outRaw(`${harmlessJson(resolved)}\n`);
    else if (common.format === "ts") terminal.outRaw(text.resolvedTypeScript(resolved.resources, resolved.environment));
    else if (common.format === "env") terminal.out(text.resolvedEnv(resolved.resources));
    else terminal.out(text.resolvedText(resolved.resources));
    return 0;
  },
};
