// `cxform apply [PLANFILE]`: plans, shows, asks, performs.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import { NotAllowed } from "../base/failure.ts";
import type { Plan } from "../contract/plan.ts";
import type { Applied } from "../library/apply.ts";
import type { ReconcileOptions } from "../library/apply-options.ts";
import { shortestReason } from "../library/protection.ts";
import { type CommandDefinition, type Context, collect } from "./command.ts";
import { durationFlag } from "./duration-flag.ts";
import { commitOf, provenanceOf } from "./git.ts";
import { openProject } from "./project.ts";
import { reasonOf } from "./system-word.ts";
import { Usage } from "./usage.ts";

export interface ApplyFlags {
  readonly planFile?: string;
  readonly yes: boolean;
  readonly expectDigest?: string;
  readonly acknowledge?: string;
  readonly only: readonly string[];
  readonly adopt: readonly string[];
  readonly partial: boolean;
  readonly optOutsOnly: boolean;
  readonly allowDirty: boolean;
  readonly breakGlass?: string;
  readonly waitMs?: number;
}

export const apply: CommandDefinition<ApplyFlags> = {
  name: "apply",
  arguments: "[PLANFILE]",
  summary: "plan, show, ask and perform",
  formats: ["text", "json"],
  examples: [
    "cxform apply",
    "cxform apply --yes --wait 10m",
    "cxform apply plan.json --env production --yes",
    "cxform apply --opt-outs-only --yes",
  ],
  declare(command) {
    command
      .addOption(new Option("--yes", "do not ask; needed where there is no terminal"))
      .addOption(new Option("--expect-digest <digest>", "refuse unless the plan made now has this digest"))
      .addOption(new Option("--acknowledge <digest>", "a yes to the plan with this digest although a guard refuses it"))
      .addOption(
        new Option("--only <address>", "apply these addresses alone; repeatable, globs; pulls in no references")
          .argParser(collect)
          .default([], "all"),
      )
      .addOption(
        new Option("--adopt <address>", "take over an object of other content; repeatable")
          .argParser(collect)
          .default([], "none"),
      )
      .addOption(new Option("--partial", "with PLANFILE: perform the steps that are still the same, leave the rest"))
      .addOption(
        new Option(
          "--opt-outs-only",
          "send the valid opt-outs of declared batches and nothing else, whatever else is wrong",
        ),
      )
      .addOption(
        new Option(
          "--allow-dirty",
          "apply although the working tree has changes that no commit holds (not to a protected environment)",
        ),
      )
      .addOption(
        new Option(
          "--break-glass <reason>",
          "on a protected environment, without its approval: reactivations, retirements and opt-outs alone; the reason is recorded",
        ),
      )
      .addOption(new Option("--wait <duration>", "wait so long for decisions and finish what they allow, such as 10m"));
  },
  options({ args, flags }) {
    const text = (name: string): string | undefined =>
      typeof flags[name] === "string" ? (flags[name] as string) : undefined;
    const planFile = args[0] as string | undefined;
    const [only, adopt] = [flags["only"] as readonly string[], flags["adopt"] as readonly string[]];
    const partial = flags["partial"] === true;
    const optOutsOnly = flags["optOutsOnly"] === true;
    const wait = text("wait");
    const [expectDigest, acknowledge, breakGlass] = [text("expectDigest"), text("acknowledge"), text("breakGlass")];
    if (breakGlass !== undefined && breakGlass.trim().length < shortestReason) {
      throw new Usage(
        `--break-glass needs a reason of at least ${shortestReason} characters`,
        "Say in a sentence what happened: it is kept in the ledger and reviewed.",
      );
    }
    if (partial && planFile === undefined) {
      throw new Usage("--partial needs a plan file", "Name the reviewed plan: cxform apply PLANFILE --partial.");
    }
    if (planFile !== undefined && only.length + adopt.length + Number(optOutsOnly) > 0) {
      throw new Usage(
        "a plan file brings its own --only, --adopt and --opt-outs-only",
        "Leave them out, or make another plan with them.",
      );
    }
    return {
      ...(planFile === undefined ? {} : { planFile }),
      yes: flags["yes"] === true,
      ...(expectDigest === undefined ? {} : { expectDigest }),
      ...(acknowledge === undefined ? {} : { acknowledge }),
      only,
      adopt,
      partial,
      optOutsOnly,
      allowDirty: flags["allowDirty"] === true,
      ...(breakGlass === undefined ? {} : { breakGlass }),
      ...(wait === undefined ? {} : { waitMs: durationFlag("--wait", wait) }),
    };
  },
  async run(flags, context) {
    const { terminal } = context;
    if (!flags.yes && !terminal.isInteractive) {
      throw new NotAllowed(
        "CX4004",
        "there is no terminal to ask at",
        "Run apply with --yes once the plan is reviewed; cxform plan shows it.",
      );
    }
    const planText = flags.planFile === undefined ? undefined : readPlan(flags.planFile, context);
    const project = await openProject(context);
    const [commit, provenance] = await Promise.all([
      commitOf(project.config.root, terminal),
      provenanceOf(project.config, terminal),
    ]);
    const [library, { planText: render }, { reconcile }] = await Promise.all([
      import("../library/apply.ts"),
      import("../report/plan-text.ts"),
      import("./reconcile.ts"),
    ]);
    let wasShown = false;
    const show = (plan: Plan): void => {
      const isJson = context.common.format === "json";
      if (isJson && flags.yes) return;
      const text = `${render(plan, { paint: isJson ? terminal.paintErr : terminal.paintOut })}\n`;
      if (isJson) terminal.err(text);
      else terminal.out(text);
      wasShown = true;
    };
    const perform = (common: ReconcileOptions): Promise<Applied> =>
      library.apply({
        ...common,
        only: flags.only,
        adopt: flags.adopt,
        optOutsOnly: flags.optOutsOnly,
        partial: flags.partial,
        allowDirty: flags.allowDirty,
        ...(flags.breakGlass === undefined ? {} : { breakGlass: flags.breakGlass }),
        ...(planText === undefined ? {} : { planText }),
        ...(flags.expectDigest === undefined ? {} : { expectDigest: flags.expectDigest }),
        ...(flags.acknowledge === undefined ? {} : { acknowledge: flags.acknowledge }),
        ...(flags.waitMs === undefined ? {} : { waitMs: flags.waitMs }),
        onRefused: show,
        confirm: async (plan) => {
          show(plan);
          return (
            flags.yes || isYes(await terminal.ask(`Perform this plan in ${plan.environment}? Only yes is accepted: `))
          );
        },
      });
    return reconcile(context, { project, commit, provenance, perform, wasShown: () => wasShown });
  },
};

const isYes = (answer: string | undefined): boolean => answer?.trim().toLowerCase() === "yes";

function readPlan(path: string, { terminal }: Context): string {
  try {
    return readFileSync(resolve(terminal.cwd, path), "utf8");
  } catch (error) {
    throw new Usage(
      `the plan file ${path} cannot be read: ${reasonOf(error)}`,
      "Name a file that cxform plan --out wrote.",
    );
  }
}
