// The fault script: which calls go wrong, and how. It chooses; the server and the endpoints do.
import type { Chance } from "./chance.ts";
import { FAMILY_NAMES, type Family } from "./families.ts";
import { matchesGlob } from "./glob.ts";
import { isObject } from "./shape.ts";

const FAULT_KINDS = [
  "status", // answer `status` without executing
  "lostAnswer", // execute, then destroy the socket
  "executeThen500", // execute, then answer 500
  "slow", // wait `ms` before executing (a late request may still land), or `when: after`
  "reset", // destroy the socket before executing
  "truncated", // execute, then answer with half of the JSON
  "expireToken", // the token of this call is no longer valid
  "jobFails", // the digital job ends FAILED; `persisted`: although the version is stored
  "recordsFail", // `percent` of the records of a batch are answered `rejected`
  "html", // a page instead of JSON, without executing
  "shiftPage", // the page moves by one: `repeat` an item of the page before, or `drop` one
  "redirect", // 307 to another origin path that must see no credentials
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * One line of the script. Calls that match family, method and path are counted (token requests only where `path` is given, and
 * for a fault inside an endpoint only calls of that endpoint); the fault happens on call `nth` (default 1, or
 * `every`), then on every `every`th, at most `times` times (default once with `nth` alone, otherwise without end).
 */
export interface FaultRule {
  readonly kind: FaultKind;
  readonly family?: Family;
  readonly method?: string;
  /** A glob on the path within the family, without the query. */
  readonly path?: string;
  readonly nth?: number;
  readonly every?: number;
  readonly times?: number;
  /** By seed: of 100 such calls (or, with `recordsFail`, records). Default 100. */
  readonly percent?: number;
  readonly status?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly retryAfterAs?: "seconds" | "http-date";
  readonly body?: unknown;
  readonly ms?: number;
  readonly when?: "before" | "after";
  readonly shift?: "repeat" | "drop";
  readonly persisted?: boolean;
}

export interface Target {
  readonly family: Family;
  readonly method: string;
  readonly path: string;
  readonly isToken: boolean;
}

/** Counts calls and chooses the fault of each, if any; of several, the first in the script. */
export class FaultScript {
  readonly #chance: Chance;
  #lines: { readonly rule: FaultRule; matched: number; fired: number }[] = [];

  constructor(rules: readonly FaultRule[], chance: Chance) {
    this.#chance = chance;
    for (const rule of rules) this.add(rule);
  }

  add(rule: FaultRule): void {
    this.#lines.push({ rule, matched: 0, fired: 0 });
  }

  clear(): void {
    this.#lines = [];
  }

  choose(target: Target): FaultRule | null {
    let chosen: FaultRule | null = null;
    for (const line of this.#lines) {
      if (!matches(line.rule, target)) continue;
      line.matched += 1;
      if (chosen !== null || !isDue(line.rule, line.matched, line.fired)) continue;
      const label = `fault ${this.#lines.indexOf(line)} ${line.matched}`;
      if (line.rule.kind !== "recordsFail" && !this.#chance.happens(line.rule.percent ?? 100, label)) continue;
      line.fired += 1;
      chosen = line.rule;
    }
    return chosen;
  }
}

/** Faults that can happen in certain calls only. */
const WHERE: Readonly<Partial<Record<FaultKind, (target: Target) => boolean>>> = {
  jobFails: ({ family, method, path }) => family === "digital" && method === "POST" && path.endsWith("/templates"),
  recordsFail: ({ family, path }) => family === "preferences" && path.endsWith("/batch"),
  shiftPage: ({ method }) => method === "GET",
  expireToken: ({ isToken }) => !isToken,
};

function matches(rule: FaultRule, target: Target): boolean {
  const isPossible = WHERE[rule.kind]?.(target) ?? true;
  return (
    isPossible &&
    (!target.isToken || rule.path !== undefined) &&
    (rule.family === undefined || rule.family === target.family) &&
    (rule.method === undefined || rule.method.toUpperCase() === target.method) &&
    (rule.path === undefined || matchesGlob(rule.path, target.path))
  );
}

function isDue(rule: FaultRule, matched: number, fired: number): boolean {
  const first = rule.nth ?? rule.every ?? 1;
  const isOnce = rule.nth !== undefined && rule.every === undefined && rule.times === undefined;
  const times = rule.times ?? (isOnce ? 1 : Number.POSITIVE_INFINITY);
  return matched >= first && (matched - first) % (rule.every ?? 1) === 0 && fired < times;
}

type Check = readonly [inWords: string, holds: (value: unknown) => boolean];

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
const isNotNegative = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isOneOf = (words: readonly string[]): Check => [
  `one of ${words.join(", ")}`,
  (value) => words.includes(value as string),
];

const CHECKS: Readonly<Record<keyof FaultRule, Check>> = {
  kind: isOneOf(FAULT_KINDS),
  family: isOneOf(FAMILY_NAMES),
  method: ["a method such as POST", isText],
  path: ["a glob on the path", isText],
  nth: ["a whole number of at least 1", isCount],
  every: ["a whole number of at least 1", isCount],
  times: ["a whole number of at least 1", isCount],
  percent: ["a number from 0 to 100", (value) => isNotNegative(value) && (value as number) <= 100],
  status: [
    "a status from 200 to 599",
    (value) => isCount(value) && (value as number) >= 200 && (value as number) <= 599,
  ],
  retryAfter: ["a number of seconds", isNotNegative],
  retryAfterAs: isOneOf(["seconds", "http-date"]),
  body: ["any JSON value", () => true],
  ms: ["a number of milliseconds", isNotNegative],
  when: isOneOf(["before", "after"]),
  shift: isOneOf(["repeat", "drop"]),
  persisted: ["true or false", (value) => typeof value === "boolean"],
};

/** What a kind cannot do without. */
const REQUIRED: Readonly<Partial<Record<FaultKind, readonly (keyof FaultRule)[]>>> = {
  status: ["status"],
  slow: ["ms"],
};

/** Reads a fault script: a list of rules, or an object with a list `faults`. Throws with the place and what was expected. */
export function parseFaults(json: unknown): FaultRule[] {
  const list = isObject(json) && Object.hasOwn(json, "faults") ? json["faults"] : json;
  if (!Array.isArray(list)) throw new Error("a fault script is a list of rules, or an object with the list `faults`");
  return list.map((item: unknown, index) => {
    const place = `faults[${index}]`;
    if (!isObject(item)) throw new Error(`${place} must be an object`);
    for (const [field, value] of Object.entries(item)) {
      if (!Object.hasOwn(CHECKS, field)) {
        throw new Error(`${place}.${field} is not known; known are ${Object.keys(CHECKS).join(", ")}`);
      }
      const [inWords, holds] = CHECKS[field as keyof FaultRule];
      if (!holds(value)) throw new Error(`${place}.${field} must be ${inWords}, not ${JSON.stringify(value)}`);
    }
    if (!Object.hasOwn(item, "kind")) throw new Error(`${place}.kind is required: ${CHECKS.kind[0]}`);
    const rule = item as unknown as FaultRule;
    for (const field of REQUIRED[rule.kind] ?? []) {
      if (!Object.hasOwn(item, field)) throw new Error(`${place}.${field} is required for the kind ${rule.kind}`);
    }
    return rule;
  });
}
