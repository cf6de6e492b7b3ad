// One check of `doctor`: what was looked at, how it is, and what to do.
import type { Family } from "../contract/api.ts";

export interface Check {
  readonly check:
    | "variables"
    | "token"
    | "scopes"
    | "clock"
    | "reach"
    | "ledger"
    | "claim"
    | "guarantee"
    | "github"
    | "ruleset"
    | "required-check"
    | "approval"
    | "deployment"
    | "workflows";
  /** The API family; absent for the ledger and for GitHub. */
  readonly family?: Family;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  readonly hint?: string;
}
