// `cxform settle`: records decisions, retires what was replaced, finishes applied plans; submits nothing new and never asks.
import { Option } from "commander";
import type { CommandDefinition } from "./command.ts";
import { durationFlag } from "./duration-flag.ts";
import { commitOf } from "./git.ts";
import { openProject } from "./project.ts";

export interface SettleFlags {
  readonly waitMs?: number;
}

/** What the embedded reviewer may need beyond its delay. */
const graceMs = 1_000;

export const settle: CommandDefinition<SettleFlags> = {
  name: "settle",
  summary: "record decisions, retire what was replaced, finish applied plans; submits nothing new",
  formats: ["text", "json"],
  examples: ["cxform settle", "cxform settle --env production --wait 10m"],
  declare(command) {
    command.addOption(
      new Option(
        "--wait <duration>",
        "wait so long for decisions, such as 10m (default: not at all, or the simulator's review)",
      ),
    );
  },
  options: ({ flags }) => (typeof flags["wait"] === "string" ? { waitMs: durationFlag("--wait", flags["wait"]) } : {}),
  async run({ waitMs }, context) {
    const project = await openProject(context);
    const commit = await commitOf(project.config.root, context.terminal);
    const [library, { chooseEnvironment }, { reconcile }] = await Promise.all([
      import("../library/apply.ts"),
      import("../manifest/config.ts"),
      import("./reconcile.ts"),
    ]);
    // The embedded reviewer decides within seconds: who settles right after an apply means to see the end of it.
    const simulator = chooseEnvironment(project.config, project.environment).environment?.simulator;
    const wait = waitMs ?? (simulator === undefined ? undefined : simulator.reviewDelayMs + graceMs);
    return reconcile(context, {
      project,
      commit,
      wasShown: () => false,
      perform: (common) => library.settle({ ...common, ...(wait === undefined ? {} : { waitMs: wait }) }),
    });
  },
};
