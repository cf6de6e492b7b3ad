// What GitHub says about an environment of the repository: whether it is there, and who must approve. Reads only.
import type { GitHub } from "./client.ts";
import { GitHubForbidden, GitHubMissing } from "./failure.ts";

export type EnvironmentProtection =
  | {
      readonly is: "there";
      /** Logins of people and slugs of teams (`@team`) that must approve; empty: nobody need. */
      readonly reviewers: readonly string[];
      readonly preventsSelfReview: boolean;
      /** Which branches may deploy to it; `listed`: those that `deploymentBranches` names. */
      readonly deploysFrom: "any" | "protected" | "listed";
    }
  | { readonly is: "missing" }
  /** The token may not ask. */
  | { readonly is: "untold"; readonly hint: string };

/** Throws GitHubFailure when GitHub cannot be asked. */
export async function environmentProtection(github: GitHub, name: string): Promise<EnvironmentProtection> {
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}/environments/{environment_name}", {
      ...github.place,
      environment_name: name,
    });
    const rules = (data.protection_rules ?? []) as readonly ProtectionRule[];
    const required = rules.filter(({ type }) => type === "required_reviewers");
    return {
      is: "there",
      reviewers: required.flatMap(({ reviewers }) =>
        (reviewers ?? []).flatMap(({ reviewer }) =>
          reviewer?.login !== undefined ? [reviewer.login] : reviewer?.slug !== undefined ? [`@${reviewer.slug}`] : [],
        ),
      ),
      preventsSelfReview: required.some(({ prevent_self_review }) => prevent_self_review === true),
      deploysFrom: deploysFrom(data.deployment_branch_policy),
    };
  } catch (error) {
    if (error instanceof GitHubMissing) return { is: "missing" };
    if (error instanceof GitHubForbidden) return { is: "untold", hint: error.hint };
    throw error;
  }
}

function deploysFrom(
  policy: { readonly protected_branches: boolean; readonly custom_branch_policies: boolean } | null | undefined,
): "any" | "protected" | "listed" {
  if (policy?.custom_branch_policies === true) return "listed";
  return policy?.protected_branches === true ? "protected" : "any";
}

interface ProtectionRule {
  readonly type?: string;
  readonly prevent_self_review?: boolean;
  readonly reviewers?: readonly { readonly reviewer?: { readonly login?: string; readonly slug?: string } }[];
}
