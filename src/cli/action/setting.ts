// What a step of a workflow works with: the run, the repository, GitHub, and the project under the policy that counts. It prints nothing.
import { basename, dirname, relative, sep } from "node:path";
import { parseDuration } from "../../base/duration.ts";
import { NotAllowed } from "../../base/failure.ts";
import type { Config, Environment } from "../../contract/config.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import type { Plan } from "../../contract/plan.ts";
import type { World } from "../../contract/world.ts";
import { type GitHub, openGitHub } from "../../github/client.ts";
import type { PolicyChange } from "../../library/base-policy.ts";
import { loadConfig } from "../../library/config.ts";
import { Invalid } from "../../library/invalid.ts";
import { chooseEnvironment, configName, findConfig } from "../../manifest/config.ts";
import { eventOf, fileAt, type WorkflowEvent } from "../git.ts";
import { Usage } from "../usage.ts";
import type { Runner } from "./runner.ts";

export interface Setting {
  readonly runner: Runner;
  /** `owner/name`. */
  readonly repository: string;
  readonly repositoryUrl: string;
  /** The commit that is checked out; for a pull request its merge with the base. */
  readonly sha: string;
  readonly eventName: string;
  readonly event: WorkflowEvent;
  readonly run: { readonly id: string; readonly attempt: number };
  readonly actor: string;
  /** Undefined without a token. */
  readonly github: GitHub | undefined;
  readonly world: World;
}

/** Throws Usage outside of a workflow. */
export function settingOf(runner: Runner): Setting {
  // What CXone hands out is hidden like what the workflow hands in.
  const world: World = { ...runner.world, onSecret: runner.mask };
  const given = (name: string): string => world.env(name) ?? "";
  const repository = given("GITHUB_REPOSITORY");
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new Usage("GITHUB_REPOSITORY names no repository", "Run the action as a step of a workflow.");
  const run = { id: given("GITHUB_RUN_ID"), attempt: Number(given("GITHUB_RUN_ATTEMPT") || "1") };
  const token = runner.input("github-token");
  if (token !== undefined) runner.mask(token);
  const github =
    token === undefined
      ? undefined
      : openGitHub({
          token,
          repository,
          apiUrl: world.env("GITHUB_API_URL") || undefined,
          graphqlUrl: world.env("GITHUB_GRAPHQL_URL") || undefined,
          world,
        });
  return {
    runner,
    repository,
    repositoryUrl: `${given("GITHUB_SERVER_URL") || "https://github.com"}/${repository}`,
    sha: given("GITHUB_SHA"),
    eventName: given("GITHUB_EVENT_NAME"),
    event: eventOf(world) ?? {},
    run,
    actor: given("GITHUB_ACTOR"),
    github,
    world,
  };
}

/** Throws Usage without a token. */
export function demandGitHub({ github }: Setting): GitHub {
  if (github !== undefined) return github;
  throw new Usage("the input github-token is empty", "Leave it out: its default is the job's own token.");
}

/** The pull request of the event. */
export interface PullRequestFacts {
  readonly number: number;
  readonly head: string;
  readonly base: string | undefined;
  readonly author: string | undefined;
  /** From another repository: no secrets, and a token that only reads. */
  readonly isForeign: boolean;
}

export function pullRequestIn({ event, repository }: Setting): PullRequestFacts | undefined {
  const { number, head, base, user } = event.pull_request ?? {};
  if (typeof number !== "number" || typeof head?.sha !== "string") return undefined;
  const author = typeof user?.login === "string" ? user.login : undefined;
  return {
    number,
    head: head.sha,
    base: typeof base?.sha === "string" ? base.sha : undefined,
    author,
    isForeign: head.repo?.full_name !== repository || author === "dependabot[bot]",
  };
}

/** What a merge queue tries out. */
export interface MergeGroupFacts {
  readonly head: string;
  /** The branch that it goes into. */
  readonly branch: string;
  /** The last pull request in it; only its ref tells. */
  readonly pullRequest: number | undefined;
}

export function mergeGroupIn({ event }: Setting): MergeGroupFacts | undefined {
  const { head_sha, head_ref, base_ref } = event.merge_group ?? {};
  if (typeof head_sha !== "string" || !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(head_sha)) return undefined;
  const number = typeof head_ref === "string" ? /\/pr-(\d{1,9})-[0-9a-f]+$/.exec(head_ref)?.[1] : undefined;
  return {
    head: head_sha,
    branch: typeof base_ref === "string" ? base_ref.replace(/^refs\/heads\//, "") : "the default branch",
    pullRequest: number === undefined ? undefined : Number(number),
  };
}

export interface ActionProject {
  readonly config: Config;
  readonly warnings: readonly Diagnostic[];
  readonly policyChanges: readonly PolicyChange[];
  readonly untrusted: readonly string[];
  /** The project's folder in the repository, with a slash at its end; empty at the root. */
  readonly prefix: string;
}

/** In a run of a pull request or a merge queue the policy is the base's. Throws Invalid, NotAllowed. */
export async function openActionProject(setting: Setting): Promise<ActionProject> {
  const { runner } = setting;
  const file = findConfig(runner.cwd);
  const base = file === undefined ? undefined : await baseOf(setting, file);
  const { config, warnings, policyChanges, untrusted } = loadConfig({
    cwd: runner.cwd,
    ...(base === undefined ? {} : { base }),
  });
  const path = relative(runner.world.env("GITHUB_WORKSPACE") || runner.cwd, config.root)
    .split(sep)
    .join("/");
  return { config, warnings, policyChanges, untrusted, prefix: path === "" ? "" : `${path}/` };
}

async function baseOf(setting: Setting, file: string): Promise<{ readonly text: string } | "absent" | undefined> {
  const { event, eventName } = setting;
  const isProposed = eventName === "pull_request" || eventName === "merge_group";
  if (!isProposed) return undefined;
  const commit = event.pull_request?.base?.sha ?? event.merge_group?.base_sha;
  const found =
    typeof commit === "string" ? await fileAt(dirname(file), commit, basename(file), setting.runner) : undefined;
  if (found !== undefined) return found;
  throw new NotAllowed(
    "CX7020",
    `the base commit ${typeof commit === "string" ? commit.slice(0, 12) : "of this event"} is not in the checkout, and its ${configName} decides where a plan reads`,
    "Give actions/checkout the input fetch-depth: 0.",
  );
}

/** Throws Invalid when the environment that is asked for is not there. */
export function environmentIn({ config }: ActionProject, { runner }: Setting): Environment {
  const { environment, diagnostics } = chooseEnvironment(config, runner.input("environment"));
  if (environment === undefined) throw new Invalid(diagnostics);
  return environment;
}

/** The inputs client-id and client-secret stand for the variables that the environment's config names. */
export function withCredentials(setting: Setting, environment: Environment, planning: boolean): World {
  const { runner, world } = setting;
  const { credentials, planCredentials } = environment;
  const named = (planning ? planCredentials : undefined) ?? credentials;
  const values = new Map<string, string>();
  const [id, secret] = [runner.input("client-id"), runner.input("client-secret")];
  if (secret !== undefined) runner.mask(secret);
  if (named !== undefined && id !== undefined) values.set(named.clientId.variable, id);
  if (named !== undefined && secret !== undefined) values.set(named.clientSecret.variable, secret);
  return { ...world, env: (name) => values.get(name) ?? world.env(name) };
}

/** Places of diagnostics and steps as the repository has them, for links and annotations. */
export function inRepository<Place extends { readonly file: string }>(
  places: readonly Place[],
  prefix: string,
): readonly Place[] {
  return prefix === "" ? places : places.map((place) => ({ ...place, file: `${prefix}${place.file}` }));
}

export function planInRepository(plan: Plan, prefix: string): Plan {
  if (prefix === "") return plan;
  return {
    ...plan,
    steps: plan.steps.map((step) =>
      step.source === undefined ? step : { ...step, source: { ...step.source, file: `${prefix}${step.source.file}` } },
    ),
    diagnostics: inRepository(plan.diagnostics, prefix),
  };
}

/** The input `wait` in milliseconds; undefined when it is not given. Throws Usage for what is no duration. */
export function waitIn(runner: Runner): number | undefined {
  const wait = runner.input("wait");
  const waitMs = wait === undefined ? undefined : parseDuration(wait);
  if (wait !== undefined && waitMs === undefined)
    throw new Usage(`the input wait is no duration: ${wait}`, "Write 10m.");
  return waitMs;
}
