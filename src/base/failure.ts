// The second sort of wrong: the world. One small error class for each failure, with its facts as fields and a hint.

interface FailureFacts {
  readonly hint: string;
  readonly cause?: unknown;
}

/** Base of everything that CXone, the network, the disk or another run can do to us. Never decide on the message's text. */
export abstract class Failure extends Error {
  readonly hint: string;
  /** The permanent code shown to people. */
  abstract readonly code: string;
  constructor(message: string, facts: FailureFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.hint = facts.hint;
  }
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Where a call failed; the path has no query string. */
export interface CallFacts {
  readonly family: string;
  readonly method: string;
  readonly path: string;
  readonly status?: number;
  readonly requestId?: string;
  readonly fieldErrors?: readonly FieldError[];
}

export abstract class CallFailure extends Failure {
  readonly call: CallFacts;
  constructor(message: string, call: CallFacts, facts: FailureFacts) {
    super(message, facts);
    this.call = call;
  }
}

/** The records are not those that were summed up: nothing more of them is sent. */
export class RecordsChanged extends Failure {
  readonly code = "CX3698";
}

/** 401 twice, or a token endpoint that refuses: names the variables, never their values. */
export class Unauthorised extends CallFailure {
  readonly code = "CX5001";
}

/** 403: names the missing scope. */
export class Forbidden extends CallFailure {
  readonly code = "CX5002";
}

/** A typed 404; nothing else is ever "gone". */
export class Missing extends CallFailure {
  readonly code = "CX5003";
}

/** 409, 412, 428: what was planned no longer fits. */
export class Conflict extends CallFailure {
  readonly code = "CX5004";
}

/** 400, 422: CXone refuses the content; `call.fieldErrors` say where. */
export class Refused extends CallFailure {
  readonly code = "CX5005";
}

/** 429 or 503 to the end of our patience. */
export class Limited extends CallFailure {
  readonly code = "CX5006";
}

/** No answer to a read, or a write that certainly was not sent. */
export class Unreachable extends CallFailure {
  readonly code = "CX5007";
}

/** An answer of another shape than the contract's: names family, path and field. */
export class Unexpected extends CallFailure {
  readonly code = "CX5008";
}

/** A write whose effect is not known: it may have happened. */
export class UnknownOutcome extends CallFailure {
  readonly code = "CX5009";
}

/** The plan is not the one that was reviewed: `moved` lists what differs. */
export class StalePlan extends Failure {
  readonly code = "CX4001";
  readonly moved: readonly string[];
  constructor(message: string, moved: readonly string[], hint: string) {
    super(message, { hint });
    this.moved = moved;
  }
}

/** Another run holds the environment. */
export class Claimed extends Failure {
  readonly code = "CX6002";
}

/** The ledger does not add up: `seq` is the first bad entry. */
export class BrokenChain extends Failure {
  readonly code = "CX6001";
  readonly seq: number;
  constructor(message: string, seq: number, hint: string) {
    super(message, { hint });
    this.seq = seq;
  }
}

/** A ledger of another environment or of a newer format, or one that cannot be read or written. */
export class LedgerUnusable extends Failure {
  readonly code = "CX6003";
}

/** Refused by policy (read-only, guard, unowned…): exit 3. */
export class NotAllowed extends Failure {
  readonly code: string;
  constructor(code: string, message: string, hint: string) {
    super(message, { hint });
    this.code = code;
  }
}
