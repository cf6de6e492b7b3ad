// What a seed derives: server modes, faults, people, revisions, crashes. By swarm choice: each seed leaves a random part of the faults out.
import type { Chance } from "../../src/contract/world.ts";

export const kindNames = [
  "WhatsAppTemplate",
  "DigitalTemplate",
  "SmsTemplate",
  "A2pRegistration",
  "WebhookSubscription",
  "GuestSession",
  "PreferenceBatch",
] as const;
export type KindName = (typeof kindNames)[number];

/** What may happen to one request, with how often it does where a seed has it at all. */
const faultShares = {
  refused: 0.06,
  dropped: 0.05,
  lostAnswer: 0.08,
  silent: 0.02,
  cutBody: 0.04,
  truncated: 0.04,
  error500Before: 0.05,
  error500After: 0.05,
  limited: 0.06,
  limitedSeconds: 0.04,
  limitedDate: 0.03,
  unavailable: 0.04,
  expired: 0.04,
  duplicated: 0.05,
  zombie: 0.08,
  slow: 0.05,
  shiftedPages: 0.2,
  partialBatch: 0.25,
  refusedBatch: 0.1,
  failedJob: 0.2,
  failedJobStored: 0.1,
  diskError: 0.01,
  storm: 0.02,
} as const;
export type Fault = keyof typeof faultShares;
export const faultNames = Object.keys(faultShares) as readonly Fault[];

const peopleShares = { stop: 0.8, console: 0.5, consoleDeprecates: 0.3, second: 0.6, clockJumps: 0.4 } as const;
export type People = keyof typeof peopleShares;

const reviewShares = { late: 0.4, never: 0.1, rejected: 0.15, paused: 0.15, revoked: 0.15 } as const;
export type Review = keyof typeof reviewShares;

export interface Options {
  readonly seed: number;
  readonly kinds: readonly KindName[];
  /** Whether the server honours idempotency keys: for a day, for `keyLifeMs`, or not at all. */
  readonly keys: "honoured" | "expiring" | "none";
  readonly keyLifeMs: number;
  /** The server caches refusals under a key as well. */
  readonly cachesRefusals: boolean;
  readonly etags: boolean;
  readonly lists: boolean;
  readonly reactivates: boolean;
  readonly deprecates: boolean;
  readonly pageSize: number;
  readonly retireAfterMs: number;
  readonly requestLifeMs: number;
  readonly requestsPerSecond: number;
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  readonly people: Readonly<Partial<Record<People, number>>>;
  readonly reviews: Readonly<Partial<Record<Review, number>>>;
  /** Indices of revisions, in order. */
  readonly revisions: readonly number[];
  /** How probable it is that a run is killed. */
  readonly crashes: number;
  readonly runsEach: number;
  /** How many machines share the ledger: a dead holder on another one is ended by a person, with unlock. */
  readonly machines: number;
  /** How probable it is that a run applies a plan file that was made before it. */
  readonly planFiles: number;
  /** How probable it is that a batch is executed, and answered, in its first part only. */
  readonly halfBatches: number;
  /** A batch of several chunks comes after them. */
  readonly isBulky: boolean;
  /** How probable it is that a run is told to wait for decisions, for up to half an hour. */
  readonly waits: number;
  /** How probable it is that an apply is one of a part: of a kind, or of the opt-outs. */
  readonly parts: number;
  /** How probable it is that somebody interrupts a run. */
  readonly interrupts: number;
  /** How probable it is that one member of an answer is none that the contract has. */
  readonly odd: number;
  /** How probable it is that nobody knows a job any more once it has ended, and that one takes hours. */
  readonly lostJobs: number;
  readonly longJobs: number;
  /** Everything is renamed at the end, renamed once more, and then declared without the lines that say so. */
  readonly isRenamedTwice: boolean;
  /** How probable it is that the ledger is lost whole after a run, and recovered from what CXone holds. */
  readonly losses: number;
  /** A kill at an exact port call of a run, for the exhaustive part. */
  readonly kills: readonly Kill[];
}

export interface Kill {
  /** The run's number in the scenario, from 0. */
  readonly run: number;
  /** The number of its call of a port (request or append), from 0. */
  readonly call: number;
  readonly when: "before" | "during" | "after";
}

/** What seeds did not have before 2026-11-29, 07:00: switched off where an old seed must stay what it was. */
export const lossless = { losses: 0 } as const;
/** The same until 05:00. */
export const unheardOf = { lostJobs: 0, longJobs: 0, isRenamedTwice: false, ...lossless } as const;
/** The same until that morning. */
export const newest = { odd: 0, ...unheardOf } as const;
/** The same until 2026-11-28. */
export const latest = { waits: 0, parts: 0, interrupts: 0, ...newest } as const;
/** The same for what they did not have at first. */
export const later = { machines: 1, planFiles: 0, halfBatches: 0, isBulky: false, ...latest } as const;

/** The reference scenario: everything works, nobody interferes. */
export const calm: Options = {
  seed: 0,
  kinds: kindNames,
  keys: "honoured",
  keyLifeMs: 600_000,
  cachesRefusals: false,
  etags: true,
  lists: true,
  reactivates: true,
  deprecates: true,
  pageSize: 100,
  retireAfterMs: 0,
  requestLifeMs: 30_000,
  requestsPerSecond: 1_000,
  faults: {},
  people: {},
  reviews: {},
  revisions: [0, 1],
  crashes: 0,
  runsEach: 1,
  ...later,
  kills: [],
};

const revisionCount = 7;
/** Revisions in which everything is renamed, renamed once more, and then without the lines that say so. */
const renamedAgain = [3, 8, 9] as const;
/** It costs a seed ten times the records. */
const bulkRevision = 7;

export const revisionsOf = ({ revisions, isBulky, isRenamedTwice }: Options): readonly number[] => [
  ...revisions,
  ...(isBulky ? [bulkRevision] : []),
  ...(isRenamedTwice ? renamedAgain : []),
];

export function optionsOf(seed: number, chance: Pick<Chance, "fraction">): Options {
  const bit = (share: number): boolean => chance.fraction() < share;
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(chance.fraction() * choices.length)] as T;
  // How many faults a seed has at all differs from seed to seed, so that both lonely and crowded ones occur.
  const swarm = <Name extends string>(shares: Readonly<Record<Name, number>>): Partial<Record<Name, number>> => {
    const density = one([0, 0.15, 0.4, 0.7]);
    const picked: Partial<Record<Name, number>> = {};
    for (const name of Object.keys(shares) as Name[]) if (bit(density)) picked[name] = shares[name] * one([0.5, 1, 2]);
    return picked;
  };
  const chosen = one(kindNames);
  const some = kindNames.filter((name) => name === chosen || bit(0.35));
  const kinds = kindNames.filter(
    (name) => some.includes(name) || (name === "SmsTemplate" && some.includes("A2pRegistration")),
  );
  const keys = one(["honoured", "honoured", "expiring", "none"] as const);
  const length = 1 + Math.floor(chance.fraction() * 4);
  const first = {
    seed,
    kinds,
    keys,
    keyLifeMs: one([180_000, 600_000, 3_600_000]),
    cachesRefusals: bit(0.3),
    etags: bit(0.7),
    // Without lists a lost answer can be resolved by the server's key alone.
    lists: keys !== "honoured" || bit(0.9),
    reactivates: bit(0.8),
    deprecates: bit(0.9),
    pageSize: one([100, 100, 1, 2]),
    retireAfterMs: one([0, 0, 60_000, 3_600_000]),
    requestLifeMs: 30_000,
    requestsPerSecond: one([1_000, 1_000, 50]),
    faults: swarm(faultShares),
    people: swarm(peopleShares),
    reviews: swarm(reviewShares),
    revisions: [0, ...Array.from({ length: length - 1 }, () => Math.floor(chance.fraction() * revisionCount))],
    crashes: one([0, 0.3, 0.6, 0.9]),
    runsEach: one([1, 2, 3]),
    kills: [],
  };
  // Drawn last, so that a seed keeps what it drew before these were there.
  return {
    ...first,
    machines: bit(0.3) ? 2 : 1,
    planFiles: one([0, 0, 0.4, 0.8]),
    halfBatches: one([0, 0, 0.3]),
    isBulky: kinds.includes("PreferenceBatch") && bit(0.15),
    waits: one([0, 0, 0.5]),
    parts: one([0, 0, 0.3]),
    interrupts: one([0, 0, 0.3]),
    odd: one([0, 0, 0, 0.02, 0.08]),
    lostJobs: one([0, 0, 0, 0.4]),
    longJobs: one([0, 0, 0, 0.4]),
    isRenamedTwice: bit(0.15),
    // Without lists nothing tells what is there, so that nothing can be recovered.
    losses: first.lists && bit(0.25) ? 0.3 : 0,
  };
}
