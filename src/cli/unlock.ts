// `cxform unlock [--yes]`: releases the claim of a run that died.
import { Option } from "commander";
import { NotAllowed } from "../base/failure.ts";
import type { CommandDefinition } from "./command.ts";
import { openProject } from "./project.ts";

export interface UnlockFlags {
  readonly yes: boolean;
}

export const unlock: CommandDefinition<UnlockFlags> = {
  name: "unlock",
  summary: "release the claim of a run that died",
  formats: ["text", "json"],
  examples: ["cxform unlock", "cxform unlock --env production --yes"],
  declare(command) {
    command.addOption(new Option("--yes", "do not ask whether the run is dead; needed where there is no terminal"));
  },
  options: ({ flags }) => ({ yes: flags["yes"] === true }),
  async run({ yes }, context) {
    const { common, terminal } = context;
    const [library, { attributionOf }, { harmless, harmlessJson }] = await Promise.all([
      import("../library/unlock.ts"),
      import("../library/attribution.ts"),
      import("../report/harmless.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const unlocked = await library.unlock({
      config,
      environment,
      world: terminal.world,
      actor: attributionOf(terminal.world).actor,
      confirm: async (holder) => {
        if (yes) return true;
        if (!terminal.isInteractive)
          throw new NotAllowed(
            "CX4004",
            `nobody can say whether ${holder} is dead`,
            "Run unlock with --yes when that run is known to be dead.",
          );
        return (
          (await terminal.ask(`Release the claim of ${holder}? Only yes is accepted, and only when it is dead: `))
            ?.trim()
            .toLowerCase() === "yes"
        );
      },
    });
    if (common.format === "json") {
      const { wasReleased, holder, openIntents } = unlocked;
      terminal.outRaw(
        `${harmlessJson({ environment: unlocked.environment, released: wasReleased, ...(holder === undefined ? {} : { holder }), openIntents })}\n`,
      );
    } else if (unlocked.holder === undefined) terminal.out(`Nobody claims ${harmless(unlocked.environment)}.\n`);
    else if (!unlocked.wasReleased) terminal.out("The claim stays.\n");
    else {
      const open =
        unlocked.openIntents === 0
          ? ""
          : ` ${unlocked.openIntents} of its writes have an unknown outcome; the next apply or settle reads CXone first.`;
      terminal.out(`Released the claim of ${harmless(unlocked.holder)}.${open}\n`);
    }
    return 0;
  },
};
