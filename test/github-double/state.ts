// What the GitHub double remembers: plain values that tests set and read. It knows neither REST nor GraphQL, and nothing of cxform.

export interface DoubleComment {
  readonly id: number;
  readonly nodeId: string;
  readonly item: number;
  body: string;
  readonly login: string;
  minimised: string | undefined;
  readonly createdAt: string;
  updatedAt: string;
}

export interface DoubleIssue {
  readonly number: number;
  readonly nodeId: string;
  title: string;
  body: string;
  readonly login: string;
  labels: string[];
  state: "open" | "closed";
}

export interface DoubleReview {
  readonly login: string;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED" | "COMMENTED";
  readonly submittedAt: string;
  readonly commit: string;
  /** Whether the reviewer may write to the repository. */
  readonly mayWrite?: boolean;
}

export interface DoublePull {
  readonly number: number;
  readonly title: string;
  readonly login: string;
  head: string;
  readonly base: string;
  state: "OPEN" | "CLOSED" | "MERGED";
  mergeCommit?: string;
  mergedBy?: string;
  labels?: string[];
  readonly reviews: DoubleReview[];
}

export interface DoubleArtifact {
  readonly id: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly expired: boolean;
  readonly run: number;
  readonly headSha: string;
  readonly headRepositoryId: number;
}

export interface DoubleRun {
  readonly id: number;
  readonly attempt: number;
  readonly path: string;
  readonly headSha: string;
  /** The number in its workflow, which every attempt keeps. */
  readonly number?: number;
  readonly event?: string;
  /** Undefined: of no branch. */
  readonly branch?: string | undefined;
  status: "queued" | "in_progress" | "completed";
  conclusion: string | null;
}

export interface DoubleApproval {
  readonly run: number;
  readonly environments: readonly string[];
  readonly state: "approved" | "rejected" | "pending";
  readonly login: string;
  readonly comment: string;
}

export interface DoubleEnvironment {
  readonly name: string;
  /** Undefined: no rule of that sort. */
  readonly reviewers?: readonly string[];
  readonly preventSelfReview?: boolean;
  readonly branchPolicy?: boolean;
  /** Patterns of branches that may deploy, in place of the protected ones. */
  readonly branches?: readonly string[];
}

export interface DoubleRuleset {
  readonly name: string;
  /** `disabled` and `evaluate` bind nobody. */
  readonly enforcement: string;
  /** Patterns of refs, or `~DEFAULT_BRANCH`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly rules: readonly { readonly type: string; readonly parameters?: object }[];
}

export interface DoubleWorkflow {
  readonly path: string;
  readonly state: "active" | "deleted" | "disabled_fork" | "disabled_inactivity" | "disabled_manually";
}

export interface DoubleStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly target_url: string | null;
}

export interface DoubleActivity {
  readonly type: "push" | "force_push" | "branch_creation" | "branch_deletion";
  /** `refs/heads/main`. */
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly login: string;
}

export interface DoubleToken {
  /** As REST shows it: `github-actions[bot]`. */
  readonly login: string;
  /** By permission as a workflow names it; `write` includes `read`. */
  readonly permissions: Readonly<Record<string, "read" | "write">>;
}

export interface DoubleState {
  readonly repositoryId: number;
  readonly tokens: Map<string, DoubleToken>;
  readonly comments: DoubleComment[];
  readonly issues: DoubleIssue[];
  readonly pulls: DoublePull[];
  readonly artifacts: DoubleArtifact[];
  readonly runs: DoubleRun[];
  readonly approvals: DoubleApproval[];
  readonly environments: DoubleEnvironment[];
  readonly rulesets: DoubleRuleset[];
  /** Checks that the older protection of a branch demands, by branch. */
  readonly requiredChecks: Map<string, readonly string[]>;
  readonly workflows: DoubleWorkflow[];
  readonly statuses: DoubleStatus[];
  readonly dispatches: { readonly event_type: string; readonly client_payload: unknown }[];
  /** `team` → logins. */
  readonly teams: Map<string, readonly string[]>;
  /** login → what `collaborators/{user}/permission` says. */
  readonly permissions: Map<string, string>;
  /** Who has moved which branch through GitHub, oldest first. */
  readonly activities: DoubleActivity[];
  /** Commits that GitHub has signed. */
  readonly signed: Set<string>;
  isSigning: boolean;
  nextId(): number;
  now(): string;
}

export const everything: DoubleToken["permissions"] = {
  contents: "write",
  "pull-requests": "write",
  issues: "write",
  statuses: "write",
  actions: "read",
  members: "read",
  administration: "write",
};

export function newState(): DoubleState {
  let id = 1_000;
  let seconds = 0;
  return {
    repositoryId: 42,
    tokens: new Map([["ghs_double", { login: "github-actions[bot]", permissions: everything }]]),
    comments: [],
    issues: [],
    pulls: [],
    artifacts: [],
    runs: [],
    approvals: [],
    environments: [],
    rulesets: [],
    requiredChecks: new Map(),
    workflows: [],
    statuses: [],
    dispatches: [],
    teams: new Map(),
    permissions: new Map(),
    activities: [],
    signed: new Set(),
    isSigning: true,
    nextId() {
      id += 1;
      return id;
    },
    now() {
      seconds += 1;
      return new Date(Date.UTC(2026, 10, 20, 9, 0, seconds)).toISOString().replace(".000", "");
    },
  };
}

export const mayDo = (token: DoubleToken, permission: string, right: "read" | "write"): boolean => {
  const has = token.permissions[permission];
  return has === "write" || (has === "read" && right === "read");
};
