// What GitHub can do to us (CX7): a small error for each, with a hint that names the permission or the setting. Never a token, header or query.
import { Failure } from "../base/failure.ts";

/** Where a call failed; the path has no query string. */
export interface GitHubCall {
  readonly method: string;
  readonly path: string;
  readonly status?: number;
  readonly requestId?: string;
}

export abstract class GitHubFailure extends Failure {
  readonly call: GitHubCall;
  constructor(message: string, call: GitHubCall, hint: string, cause?: unknown) {
    super(message, { hint, ...(cause === undefined ? {} : { cause }) });
    this.call = call;
  }
}

/** 401: the token is unknown, or has ended with its job. */
export class GitHubUnauthorised extends GitHubFailure {
  readonly code = "CX7001";
}

/** 403, or a GraphQL error FORBIDDEN: `permission` is what a workflow's job must be given, where the call tells it. */
export class GitHubForbidden extends GitHubFailure {
  readonly code = "CX7002";
  readonly permission: string | undefined;
  constructor(message: string, call: GitHubCall, hint: string, permission: string | undefined) {
    super(message, call, hint);
    this.permission = permission;
  }
}

/** 404, which GitHub also answers for what the token may not see. */
export class GitHubMissing extends GitHubFailure {
  readonly code = "CX7003";
}

/** 400, 409, 410, 422 and GraphQL errors: GitHub refuses what was asked. `errors` are GitHub's own words. */
export class GitHubRefused extends GitHubFailure {
  readonly code = "CX7004";
  readonly errors: readonly string[];
  constructor(message: string, call: GitHubCall, hint: string, errors: readonly string[] = []) {
    super(message, call, hint);
    this.errors = errors;
  }
}

/** A rate limit whose wait is longer than a run has patience, or that did not end. */
export class GitHubLimited extends GitHubFailure {
  readonly code = "CX7005";
  readonly waitSeconds: number | undefined;
  constructor(message: string, call: GitHubCall, hint: string, waitSeconds: number | undefined) {
    super(message, call, hint);
    this.waitSeconds = waitSeconds;
  }
}

/** No answer, or a 5xx: of a write it is not known whether it happened. */
export class GitHubUnreachable extends GitHubFailure {
  readonly code = "CX7006";
}

/** An answer of another shape than GitHub's description of it, or a larger one than we read. */
export class GitHubUnexpected extends GitHubFailure {
  readonly code = "CX7007";
}

/** The branch is not at the commit that the mutation expected (GraphQL STALE_DATA): nothing was written. */
export class StaleBranch extends GitHubFailure {
  readonly code = "CX7008";
}

/** A commit of the ledger that GitHub has not signed. */
export class UnsignedCommit extends Failure {
  readonly code = "CX7009";
  readonly commit: string;
  constructor(message: string, commit: string, hint: string) {
    super(message, { hint });
    this.commit = commit;
  }
}
