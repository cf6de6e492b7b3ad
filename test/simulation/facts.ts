// What the parts of a simulated world share: the ground they stand on, the effects that the tenant logs, requests and replies. It judges nothing.
import type { Chance } from "../../src/contract/world.ts";
import type { KindName, Options } from "./options.ts";
import type { Timeline } from "./timeline.ts";

export interface Ground {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly options: Options;
  /** True once faults and people have stopped. */
  isQuiet: boolean;
  trace(line: string): void;
}

/** One line of the tenant's effect log: what changed in CXone, through whom. */
export interface Effect {
  readonly at: number;
  readonly by: "run" | "person" | "meta";
  readonly kind: KindName;
  /** created, decided, deprecated, reactivated, changed, removed, recorded */
  readonly what: string;
  readonly id: string;
  readonly status?: string;
  readonly before?: string;
  /** For consents. */
  readonly consent?: {
    readonly contactId: string;
    readonly channel: string;
    readonly optIn: boolean;
    readonly at: number;
  };
  readonly request?: Arrived;
}

export interface Arrived {
  readonly pid: number;
  readonly sentAt: number;
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  /** It came after its sender had given it up. */
  readonly isLate: boolean;
  /** The net itself made it: a second copy of a request that went its own way. */
  readonly isCopy: boolean;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is kept under the request's key where the answer itself was spoilt. */
  readonly kept?: Reply;
}

export const refusal = (status: number, message: string): Reply => ({ status, body: { message } });
export const one = <T>(ground: Ground, choices: readonly T[]): T =>
  choices[Math.floor(ground.chance.fraction() * choices.length)] as T;
export const between = (ground: Ground, least: number, most: number): number =>
  Math.floor(least + ground.chance.fraction() * (most - least));
export const iso = (ms: number): string => new Date(ms).toISOString();
