// `cxform plan`: reads CXone, writes nothing anywhere but the file of --out.
import { Option } from "commander";
import { type CommandDefinition, collect } from "./command.ts";
import { commitOf } from "./git.ts";
import { startProgress } from "./progress.ts";
import { envFlag, openProject } from "./project.ts";
import { writeFile } from "./write-file.ts";

export interface PlanFlags {
  readonly out?: string;
  readonly only: readonly string[];
  readonly adopt: readonly string[];
  readonly offline: boolean;
  readonly detailedExitcode: boolean;
}

export const plan: CommandDefinition<PlanFlags> = {
  name: "plan",
  summary: "show what apply would do; reads CXone, writes nothing",
  formats: ["text", "json", "markdown"],
  examples: [
    "cxform plan",
    "cxform plan --env production --out plan.json",
    "cxform plan --only 'WhatsAppTemplate/parcel' --format markdown",
  ],
  declare(command) {
    command
      .addOption(new Option("--out <file>", "write the plan as JSON to a file, for review and cxform apply FILE"))
      .addOption(
        new Option("--only <address>", "plan these addresses alone; repeatable, globs; pulls in no references")
          .argParser(collect)
          .default([], "all"),
      )
      .addOption(
        new Option("--adopt <address>", "take over an object of other content; repeatable")
          .argParser(collect)
          .default([], "none"),
      )
      .addOption(new Option("--offline", "plan against the ledger, without contacting CXone"))
      .addOption(new Option("--detailed-exitcode", "exit 2 when there are changes"));
  },
  options: ({ flags }) => ({
    ...(typeof flags["out"] === "string" ? { out: flags["out"] } : {}),
    only: flags["only"] as readonly string[],
    adopt: flags["adopt"] as readonly string[],
    offline: flags["offline"] === true,
    detailedExitcode: flags["detailedExitcode"] === true,
  }),
  async run(flags, context) {
    const { common, terminal } = context;
    const [library, { sealed }, { harmlessJson }] = await Promise.all([
      import("../library/plan.ts"),
      import("../library/review.ts"),
      import("../report/harmless.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const progress = startProgress(context);
    const commit = await commitOf(config.root, terminal);
    const made = await library
      .plan({
        config,
        environment,
        world: terminal.world,
        only: flags.only,
        adopt: flags.adopt,
        offline: flags.offline,
        ...(commit === undefined ? {} : { commit }),
        onEvent: (event) => progress.onEvent(event),
      })
      .finally(() => progress.end());
    if (flags.out !== undefined) {
      writeFile(flags.out, `${JSON.stringify(sealed(made.plan), null, 2)}\n`, terminal);
      if (!common.quiet)
        terminal.err(`the plan is in ${flags.out}; apply it with: cxform apply ${flags.out}${envFlag(common)}\n`);
    }
    if (common.format === "json") {
      terminal.outRaw(`${harmlessJson(sealed(made.plan))}\n`);
    } else if (common.format === "markdown") {
      const { planMarkdown } = await import("../report/plan-markdown.ts");
      terminal.out(planMarkdown(made.plan));
    } else {
      const { planText } = await import("../report/plan-text.ts");
      terminal.out(planText(made.plan, { sources: made.manifests.sources, paint: terminal.paintOut }));
    }
    return flags.detailedExitcode && made.plan.steps.length > 0 ? 2 : 0;
  },
};
