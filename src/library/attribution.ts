// Who runs and from what, for the ledger and for what an environment demands. It asks nobody but the environment variables.
import type { Approval } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";

/** What the manifests were read from. What is not known is absent, and a protected environment refuses it. */
export interface Provenance {
  /** The branch whose head is checked out. */
  readonly branch?: string;
  /** The branch that is applied from. */
  readonly defaultBranch?: string;
  /** Whether the tree is exactly the commit; absent where there is no repository. */
  readonly isClean?: boolean;
  /** A run of CI. */
  readonly isInCi: boolean;
}

/** Who applies. */
export interface Attribution {
  readonly actor: string;
  /** The approver, or CXONE_OPERATOR_ID where there is no pull request. */
  readonly operator?: string;
  /** Read by the caller from where they were given. */
  readonly approvals?: readonly Approval[];
  /** Whose change it is: their own approval does not count. */
  readonly author?: string;
  readonly commit?: string;
  readonly provenance?: Provenance;
}

/** GITHUB_ACTOR or USER acts; CXONE_OPERATOR_ID is the operator where there is no pull request (INTERFACE §6). */
export function attributionOf(world: Pick<World, "env">, commit?: string): Attribution {
  const given = (name: string): string | undefined => world.env(name) || undefined;
  const operator = given("CXONE_OPERATOR_ID");
  return {
    actor: given("GITHUB_ACTOR") ?? given("USER") ?? given("LOGNAME") ?? "unknown",
    ...(operator === undefined ? {} : { operator }),
    ...(commit === undefined ? {} : { commit }),
  };
}

/** The approvals that count: nobody approves what is their own. */
export function approvalsOf({ approvals, author }: Attribution): readonly Approval[] {
  return (approvals ?? []).filter(({ login }) => !isSame(login, author));
}

/** GitHub's logins differ in more than their case. */
const isSame = (left: string, right: string | undefined): boolean => left.toLowerCase() === right?.toLowerCase();

/** What of it the ledger keeps: the operator is who approved, where anybody but the author did. */
export function attributedFacts(
  attribution: Attribution,
): Pick<Attribution, "actor" | "operator" | "approvals" | "commit"> {
  const { actor, commit } = attribution;
  const approvals = approvalsOf(attribution);
  const operator = approvals[0]?.login ?? attribution.operator;
  return {
    actor,
    ...(operator === undefined ? {} : { operator }),
    ...(approvals.length === 0 ? {} : { approvals }),
    ...(commit === undefined ? {} : { commit }),
  };
}
