// The settings of the repository that guard an apply: rules of branches, where an environment deploys from, whether workflows run. Reads only; judges nothing.
import type { GitHub } from "./client.ts";

/** Throws GitHubFailure; GitHubMissing also where the token may not see the repository. */
export async function defaultBranch(github: GitHub): Promise<string> {
  const { data } = await github.request("GET /repos/{owner}/{repo}", github.place);
  return data.default_branch;
}

export interface BranchRules {
  /** `deletion`, `non_fast_forward` …: what an active ruleset lays on the branch. */
  readonly types: ReadonlySet<string>;
  /** The status checks that must pass. */
  readonly checks: readonly string[];
}

/** By rulesets alone, whoever made them; also of a branch that is not there yet. Throws GitHubFailure. */
export async function branchRules(github: GitHub, branch: string): Promise<BranchRules> {
  const rules = await github.paginate("GET /repos/{owner}/{repo}/rules/branches/{branch}", {
    ...github.place,
    branch,
    per_page: 100,
  });
  return {
    types: new Set(rules.map(({ type }) => type)),
    checks: rules.flatMap((rule) =>
      rule.type === "required_status_checks"
        ? (rule.parameters?.required_status_checks ?? []).map(({ context }) => context)
        : [],
    ),
  };
}

/** The status checks that the older protection of a branch demands, which is no ruleset. Throws GitHubFailure. */
export async function protectedChecks(github: GitHub, branch: string): Promise<readonly string[]> {
  const { data } = await github.request("GET /repos/{owner}/{repo}/branches/{branch}", { ...github.place, branch });
  return data.protection?.required_status_checks?.contexts ?? [];
}

/** The patterns of branches that may deploy to an environment; a tag's as `tag v*`. Throws GitHubFailure. */
export async function deploymentBranches(github: GitHub, environment: string): Promise<readonly string[]> {
  const policies = await github.paginate(
    "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
    { ...github.place, environment_name: environment, per_page: 100 },
  );
  return policies.map(({ name = "", type }) => (type === "tag" ? `tag ${name}` : name));
}

/** `active`, `disabled_inactivity` … by the path of each workflow's file. Throws GitHubFailure. */
export async function workflowStates(github: GitHub): Promise<ReadonlyMap<string, string>> {
  const all = await github.paginate("GET /repos/{owner}/{repo}/actions/workflows", { ...github.place, per_page: 100 });
  return new Map(all.map(({ path, state }) => [path, state]));
}
