// What GitHub's settings do for an environment whose ledger is a branch: its ruleset, the gate, the secrets, the required check, the workflows. Reads only.
import type { Environment } from "../contract/config.ts";
import type { World } from "../contract/world.ts";
import type { GitHub } from "../github/client.ts";
import { type EnvironmentProtection, environmentProtection } from "../github/environment.ts";
import { GitHubFailure } from "../github/failure.ts";
import { branchRules, defaultBranch, deploymentBranches, protectedChecks, workflowStates } from "../github/settings.ts";
import type { Check } from "./check.ts";
import { settingsAccess } from "./github-access.ts";
import { gateOf } from "./workflows.ts";

/** Nothing for a ledger in a folder. What the token may not read is a warning that says so. */
export async function githubChecks(environment: Environment, world: World): Promise<readonly Check[]> {
  if (environment.ledgerBranch === undefined || environment.simulator !== undefined) return [];
  const access = settingsAccess(world);
  if (access === undefined) {
    const message = "the settings of GitHub were not checked: no token or no repository is given";
    const hint = "Set GITHUB_TOKEN or GH_TOKEN, and GITHUB_REPOSITORY (owner/name).";
    return [{ check: "github", status: "warn", message, hint }];
  }
  // Lazy: only who has a token pays for loading what talks to GitHub.
  const { openGitHub } = await import("../github/client.ts");
  const github = openGitHub({ ...access, world });
  try {
    const asked: Asked = { github, environment, branch: await defaultBranch(github) };
    const found = [];
    for (const [check, work] of looks) found.push(...(await told(check, () => work(asked))));
    return found;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    return [notChecked("github", error)];
  }
}

interface Asked {
  readonly github: GitHub;
  readonly environment: Environment;
  /** The default one. */
  readonly branch: string;
}

type Look = (asked: Asked) => Promise<readonly Check[]>;

const looks: readonly (readonly [check: Check["check"], work: Look])[] = [
  ["ruleset", rulesetOfLedger],
  ["required-check", requiredCheck],
  ["approval", approvalGate],
  ["deployment", deployment],
  ["workflows", workflowsRun],
];

/** A look that fails hinders no other. */
async function told(check: Check["check"], work: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    return [notChecked(check, error)];
  }
}

function notChecked(check: Check["check"], { message, code, hint }: Pick<GitHubFailure, "message" | "code" | "hint">) {
  return { check, status: "warn", message: `not checked: ${message} [${code}]`, hint } as const;
}

/** In the words of GitHub's settings, and what may happen without each. */
const rulesOfLedger = [
  ["deletion", "restrict deletions", "whoever may push can delete the ledger"],
  ["non_fast_forward", "block force pushes", "whoever may push can rewrite what it proves"],
  ["required_linear_history", "require linear history", "a merge can bring in commits that no run made"],
] as const;
const signatures = ["required_signatures", "require signed commits", "nothing shows who made a commit"] as const;

async function rulesetOfLedger({ github, environment }: Asked): Promise<readonly Check[]> {
  const branch = environment.ledgerBranch ?? "";
  const { types } = await branchRules(github, branch);
  const isSigned = isWrittenByApi(environment);
  const missing = [...rulesOfLedger, ...(isSigned ? [signatures] : [])].filter(([type]) => !types.has(type));
  if (missing.length > 0) {
    const named = missing.map(([, name, why]) => `${name} (${why})`).join(", ");
    const message = `branch ${branch} lacks the rules: ${named}`;
    const hint =
      "Make the ruleset by the gh api command of docs/github.md (The ledger's ruleset), or under Settings → Rules.";
    return [{ check: "ruleset", status: "fail", message, hint }];
  }
  if (!isSigned && types.has("required_signatures")) {
    const message = `branch ${branch} requires signed commits, and git writes it: GitHub refuses cxform's commits, which git does not sign`;
    const hint = "Set ledger.via: github in cxform.yaml, or take that rule off under Settings → Rules.";
    return [{ check: "ruleset", status: "fail", message, hint }];
  }
  return [{ check: "ruleset", status: "ok", message: `branch ${branch} can neither be deleted nor rewritten` }];
}

/** As the workflows write it, wherever this runs: they have a token, and a named remote is git's. */
function isWrittenByApi({ ledgerVia, ledgerRemote }: Environment): boolean {
  return ledgerVia === "github" || (ledgerVia === "auto" && ledgerRemote === undefined);
}

/** The job of plan.yml that tells whether all others have passed. */
const checkOfPlan = "cxform";

async function requiredCheck({ github, branch }: Asked): Promise<readonly Check[]> {
  const check = "required-check";
  const { checks } = await branchRules(github, branch);
  // The older protection does the same, and rulesets do not tell of it.
  if (checks.includes(checkOfPlan) || (await protectedChecks(github, branch)).includes(checkOfPlan))
    return [{ check, status: "ok", message: `branch ${branch} requires the check ${checkOfPlan}` }];
  const message = `branch ${branch} does not require the check ${checkOfPlan}: what is invalid, or was not planned, can be merged`;
  const hint = `Under Settings → Rules, require the status check ${checkOfPlan} in the ruleset of the default branch.`;
  return [{ check, status: "fail", message, hint }];
}

type There = Extract<EnvironmentProtection, { readonly is: "there" }>;

/** What is said of an environment of GitHub that cannot be looked at; undefined when it can. */
function unseen(check: Check["check"], name: string, found: Exclude<EnvironmentProtection, There>): Check {
  if (found.is === "untold") {
    const message = `not checked: the token may not read environment ${name} of GitHub`;
    return { check, status: "warn", message, hint: found.hint };
  }
  const message = `GitHub has no environment ${name}: the first run makes it, without any rule`;
  return { check, status: "fail", message, hint: `Make it under Settings → Environments as docs/github.md says.` };
}

async function approvalGate({ github, environment }: Asked): Promise<readonly Check[]> {
  const check = "approval";
  const name = gateOf(environment.name);
  const found = await environmentProtection(github, name);
  // Without protection cxform demands no approval: a gate that lets everybody through is only worth a word.
  const status = environment.isProtected ? "fail" : "warn";
  if (found.is === "missing") return [{ ...unseen(check, name, found), status }];
  if (found.is === "untold") return [unseen(check, name, found)];
  const place = `Under Settings → Environments → ${name}`;
  const findings: Check[] = [];
  if (found.reviewers.length === 0) {
    const then = environment.isProtected ? ", and cxform applies nothing but opt-outs without an approval" : "";
    const message = `environment ${name} of GitHub requires no reviewers: every run passes it unasked${then}`;
    findings.push({ check, status, message, hint: `${place}, choose required reviewers.` });
  } else if (!found.preventsSelfReview) {
    const message = `environment ${name} of GitHub does not prevent self-review: who starts a run can approve it`;
    findings.push({ check, status, message, hint: `${place}, tick Prevent self-review.` });
  }
  if (findings.length > 0) return findings;
  return [{ check, status: "ok", message: `environment ${name} of GitHub is passed by somebody else's approval` }];
}

async function deployment({ github, environment, branch }: Asked): Promise<readonly Check[]> {
  const check = "deployment";
  const { name } = environment;
  const found = await environmentProtection(github, name);
  if (found.is !== "there") return [unseen(check, name, found)];
  const place = `Under Settings → Environments → ${name}`;
  const findings: Check[] = [];
  const from = found.deploysFrom === "listed" ? await deploymentBranches(github, name) : found.deploysFrom;
  const limit = `${place} → Deployment branches and tags, choose Selected branches and tags, and ${branch} alone.`;
  const wrong = wrongOf(from, name, branch);
  if (wrong !== undefined) findings.push({ check, status: "fail", message: wrong, hint: limit });
  if (found.reviewers.length > 0) {
    const message = `environment ${name} of GitHub requires reviewers: opt-outs wait for them`;
    findings.push({
      check,
      status: "warn",
      message,
      hint: `${place}, take the reviewers off: they belong to ${gateOf(name)}.`,
    });
  }
  if (findings.length > 0) return findings;
  return [{ check, status: "ok", message: `branch ${branch} alone deploys to environment ${name} of GitHub` }];
}

function wrongOf(from: "any" | "protected" | readonly string[], name: string, branch: string): string | undefined {
  const exposed = "a workflow that is edited there reads the secrets that write";
  if (from === "any") return `every branch may deploy to environment ${name} of GitHub: ${exposed}`;
  if (from === "protected") return `every protected branch may deploy to environment ${name} of GitHub: ${exposed}`;
  if (!from.includes(branch))
    return `branch ${branch} may not deploy to environment ${name} of GitHub: no apply can run`;
  const others = from.filter((one) => one !== branch);
  if (others.length === 0) return undefined;
  return `not ${branch} alone may deploy to environment ${name} of GitHub, but ${others.join(", ")} too: ${exposed}`;
}

/** The workflows of `init --github`, and what is not done without each. */
const workflowFiles = [
  ["plan.yml", "no pull request shows what a merge would do"],
  ["apply.yml", "what is merged is not applied"],
  ["follow-up.yml", "decisions are not recorded, nothing that was replaced is retired, and no drift is told"],
] as const;

async function workflowsRun({ github }: Asked): Promise<readonly Check[]> {
  const check = "workflows";
  const states = await workflowStates(github);
  const findings = workflowFiles.flatMap(([file, why]): readonly Check[] => {
    const state = states.get(`.github/workflows/${file}`) ?? "deleted";
    if (state === "active") return [];
    if (state === "deleted") {
      const message = `GitHub has no workflow ${file}: ${why}`;
      return [{ check, status: "warn", message, hint: "Run cxform init --github and commit what it writes." }];
    }
    const message = `workflow ${file} is switched off (${state}): ${why}`;
    const hint = `Run gh api --method PUT repos/${github.repository}/actions/workflows/${file}/enable.`;
    return [{ check, status: "fail", message, hint }];
  });
  if (findings.length > 0) return findings;
  return [{ check, status: "ok", message: `${workflowFiles.map(([file]) => file).join(", ")} are active` }];
}
