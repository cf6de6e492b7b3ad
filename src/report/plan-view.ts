// What the faces of a plan are given beside the plans: plain values that the caller has read and decided. Types only.
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Plan } from "../contract/plan.ts";

/** The plan of an environment, or why there is none. */
export type EnvironmentView =
  | { readonly environment: string; readonly plan: Plan }
  | {
      readonly environment: string;
      /** Its manifests or its config are invalid, or CXone or the ledger could not be read. */
      readonly why: "invalid" | "unread";
      readonly diagnostics: readonly Diagnostic[];
      /** What stopped it, where no diagnostic does. */
      readonly message?: string;
      readonly hint?: string;
    };

/** One thing that decides about plans and applies and that this pull request changes; the base branch's was used. */
export interface PolicyChange {
  readonly what: "apis" | "credentials" | "hooks" | "guards" | "rules" | "protected";
  readonly environment?: string;
  /** What it was and becomes, in words. */
  readonly detail?: string;
  readonly file?: string;
  readonly line?: number;
}

export interface RunView {
  readonly id: string;
  readonly attempt: number;
}

/** Who has to say yes, as GitHub is set up to ask. */
export interface ApprovalView {
  /** The author, whose own yes does not count. */
  readonly author?: string;
  /** A step's file with its code owners; files without owners are left out. */
  readonly codeOwners: readonly { readonly file: string; readonly owners: readonly string[] }[];
  /** The environments of GitHub that an apply waits for. */
  readonly gates: readonly {
    readonly environment: string;
    readonly gate: string;
    readonly reviewers: readonly string[];
  }[];
}

export interface PlanCommentView {
  readonly environments: readonly EnvironmentView[];
  /** ISO time of the gathering. */
  readonly at: string;
  readonly tool: string;
  /** `https://github.com/acme/messaging`; absent: places and commits are plain. */
  readonly repositoryUrl?: string;
  readonly head?: string;
  readonly base?: string;
  /** The base branch has gone on since this head was planned. */
  readonly isBaseMoved?: boolean;
  /** A fork's pull request gets no credentials: its plans are made offline. */
  readonly isFork?: boolean;
  readonly run?: RunView;
  readonly approval?: ApprovalView;
  readonly policyChanges?: readonly PolicyChange[];
  /** What validation counted. */
  readonly checks?: { readonly resources: number; readonly errors: number; readonly warnings: number };
}
