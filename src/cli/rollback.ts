// `cxform rollback ADDRESS [--to VERSION]`: the manifest says again what an earlier version said; the plan then reactivates it.
import { Option } from "commander";
import type { CommandDefinition } from "./command.ts";
import { envFlag, openProject } from "./project.ts";

export interface RollbackFlags {
  readonly address: string;
  readonly to?: string;
}

export const rollback: CommandDefinition<RollbackFlags> = {
  name: "rollback",
  arguments: "<ADDRESS>",
  summary: "rewrite a manifest to an earlier version's content; the plan then reactivates it",
  formats: ["text", "json"],
  examples: ["cxform rollback WhatsAppTemplate/order_confirmation/en", "cxform rollback SmsTemplate/otp --to 2"],
  declare(command) {
    command.addOption(
      new Option("--to <version>", "the version (default: the last that served before the active one)"),
    );
  },
  options: ({ args, flags }) => ({
    address: String(args[0]),
    ...(typeof flags["to"] === "string" ? { to: flags["to"] } : {}),
  }),
  async run(flags, context) {
    const { common, terminal } = context;
    const [library, { harmless, harmlessJson }, { versionText }] = await Promise.all([
      import("../library/rollback.ts"),
      import("../report/harmless.ts"),
      import("../report/phrase.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const done = await library.rollback({ config, environment, world: terminal.world, ...flags });
    if (common.format === "json") {
      terminal.outRaw(`${harmlessJson(done)}\n`);
      return 0;
    }
    const version = `${harmless(done.address)} ${versionText(done.version)}`;
    terminal.out(
      done.changed.length === 0
        ? `${harmless(done.file)} says already what ${version} said.\n`
        : `${harmless(done.file)} says again what ${version} said: ${done.changed.map(harmless).join(", ")}.\n`,
    );
    if (done.kept.length > 0)
      terminal.out(`The ledger does not keep ${done.kept.map(harmless).join(", ")}; that stays as it is.\n`);
    terminal.out(`Next: cxform plan${envFlag(common)}\n`);
    return 0;
  },
};
