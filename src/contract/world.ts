// The ports through which anything impure enters: clock, chance, network, environment. A run is a function of these.

export interface Clock {
  /** Epoch milliseconds, for what is recorded or compared with other times; whoever sets the wall clock moves it. */
  now(): number;
  /** Whole milliseconds since some moment, for waits, deadlines and durations: it never jumps. */
  elapsed(): number;
  /** Resolves after `ms`, or at once (without an error) when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Chance {
  /** A random UUID (v4). */
  uuid(): string;
  /** 0 ≤ x < 1. */
  fraction(): number;
}

export interface World {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly fetch: typeof globalThis.fetch;
  /** The value of an environment variable. */
  env(name: string): string | undefined;
  /** Told of a secret as soon as it is got and before it is used, so that a log can hide it. Absent: no log is anybody's to hide from. */
  onSecret?(secret: string): void;
  /** Who and where this process is: for claims, so that a dead holder can be known to be dead. */
  readonly holder: Holder;
  /** True when that holder is known to have ended: same boot and no such process with that start, or a workflow run that GitHub reports as completed. */
  isDead(holder: Holder): Promise<boolean>;
  /** Runs of this process that ended although the ledger did not take their release: their claims hold nothing while the process lives on. */
  readonly unreleased: Set<string>;
}

export interface Holder {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** The process's start time as the system counts it: a reused pid is another process. */
  readonly startedAt: string;
  /** The attempt of a GitHub workflow run that it belongs to: its machine is gone when that has ended. */
  readonly workflowRun?: { readonly repository: string; readonly id: number; readonly attempt: number };
}
