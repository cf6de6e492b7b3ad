// One entry's place in the hash chain: linking, parsing, naming its file (INTERFACE §6). Knows no store and no meaning of an action.
import { canonical } from "../base/canonical.ts";
import { digest, sha256 } from "../base/digest.ts";
import { isoTime } from "../base/duration.ts";
import { BrokenChain } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Entry, EntryDraft, Head } from "../contract/entry.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Chance, Clock } from "../contract/world.ts";

/** The `prev` of the first entry. */
export const genesis = "0".repeat(64);

export interface Position {
  readonly seq: number;
  readonly at: string;
  readonly run: string;
  readonly environment: string;
  readonly prev: string;
}

export const restoreHint =
  "Restore the ledger from version control or a backup, then run `cxform audit verify`; nothing is applied until it verifies.";

/** The entry that stands at `position`: the draft, its place, and the hash over both. */
export function link(draft: EntryDraft, position: Position): Entry {
  const body = { ...draft, ...position };
  return { ...body, hash: digest(body as unknown as Json) };
}

/** What `hash` must be: hex SHA-256 of the canonical JSON of the entry without `hash`. */
export function hashOf(entry: Entry): string {
  const { hash: _hash, ...body } = entry;
  return digest(body as unknown as Json);
}

/**
 * Whether the line is, to the byte, what an entry of this hash is written as: canonical, and with the hash of all of it. Without another
 * serialisation, so that every reading of a ledger can ask it: a canonical line without its member `hash` is what was hashed.
 */
export function isSealed(line: string, { hash }: Entry): boolean {
  return sha256(line.replace(`"hash":"${hash}",`, "")) === hash;
}

/** The entry as its file holds it, without the newline. */
export function lineOf(entry: Entry): string {
  return canonical(entry as unknown as Json);
}

const runPattern = /^(\d{4})(\d{2})\d{2}T\d{6}Z-[0-9a-f]{8}$/;
const auditPattern = /^audit\/\d{4}\/\d{2}\/(\d{8}T\d{6}Z-[0-9a-f]{8})\.ndjson$/;
const contentPattern = /^content\/[0-9a-f]{64}\.json$/;
const hexPattern = /^[0-9a-f]{64}$/;

/** A name for a run that sorts by time: `20261120T105959Z-1a2b3c4d`. */
export function runId(clock: Pick<Clock, "now">, chance: Pick<Chance, "uuid">): string {
  const time = isoTime(clock.now()).replace(/[-:]|\.\d+/g, "");
  return `${time}-${chance.uuid().slice(0, 8)}`;
}

/** The file of a run; one run has one file, also when it crosses a month. */
export function auditFile(run: string): string {
  const match = runPattern.exec(run);
  invariant(match !== null, `no run id: ${run}`);
  return `audit/${match[1]}/${match[2]}/${run}.ndjson`;
}

/** The run whose file this is; undefined for a path that no run has. */
export function runOfFile(file: string): string | undefined {
  const run = auditPattern.exec(file)?.[1];
  return run !== undefined && auditFile(run) === file ? run : undefined;
}

export function contentFile(contentDigest: string): string {
  const file = `content/${contentDigest}.json`;
  invariant(contentPattern.test(file), "a content digest is 64 hex digits");
  return file;
}

export function isContentFile(file: string): boolean {
  return contentPattern.test(file);
}

export function headOf(entry: Entry): Head {
  return { seq: entry.seq, hash: entry.hash, run: entry.run, file: auditFile(entry.run) };
}

/** HEAD.json and state.json: canonical, with a newline at the end. */
export function documentText(value: object): string {
  return `${canonical(value as unknown as Json)}\n`;
}

/** Reads HEAD.json. Throws BrokenChain (seq 0: the place is not known) when it is none. */
export function parseHead(text: string): Head {
  const value = parseObject(text);
  if (
    value !== undefined &&
    isSeq(value.seq) &&
    isHash(value.hash) &&
    typeof value.run === "string" &&
    typeof value.file === "string" &&
    runOfFile(value.file) === value.run
  ) {
    return { seq: value.seq, hash: value.hash, run: value.run, file: value.file };
  }
  throw new BrokenChain(
    "HEAD.json names no entry",
    0,
    "Restore HEAD.json from version control or a backup; if it is lost, delete it and run `cxform audit rebuild` to accept the entries that are there.",
  );
}

type Check = (value: Json) => boolean;
const isText: Check = (value) => typeof value === "string";
const isCount: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isSeq = (value: Json | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
const isHash = (value: Json | undefined): value is string => typeof value === "string" && hexPattern.test(value);
const isVersion: Check = (value) => isText(value) || isCount(value);
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);

const isWorkflowRun: Check = (value) =>
  isObject(value) && isText(value.repository ?? null) && [value.id, value.attempt].every(Number.isSafeInteger);

const required: Readonly<Record<string, Check>> = {
  seq: isSeq,
  at: isText,
  run: (value) => typeof value === "string" && runPattern.test(value),
  phase: oneOf("claim", "intent", "result", "event", "release"),
  environment: isText,
  prev: isHash,
  hash: isHash,
};

const optional: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(
    [
      ...["action", "address", "former", "remoteName", "remoteId", "jobId", "reason", "requestId", "idempotencyKey"],
      ...["responseDigest", "decidedAt", "observedAt", "actor", "operator", "commit", "planDigest", "startedAt"],
    ].map((field) => [field, isText]),
  ),
  digest: isHash,
  contentHash: isHash,
  chunk: isText,
  contentDigest: isText,
  version: isVersion,
  generation: isCount,
  latencyMs: isCount,
  status: oneOf("pending", "active", "rejected", "deprecated", "paused", "unknown"),
  outcome: oneOf("ok", "failed", "unknown"),
  steps: (value) => Array.isArray(value) && value.every(isText),
  approvals: (value) =>
    Array.isArray(value) &&
    value.every((one) => isObject(one) && [one.login, one.at, one.commit].every((part) => typeof part === "string")),
  counts: (value) => isObject(value) && Object.values(value).every(isCount),
  holder: (value) =>
    isObject(value) &&
    [value.host, value.bootId, value.startedAt].every((part) => typeof part === "string") &&
    Number.isSafeInteger(value.pid) &&
    (value.workflowRun === undefined || isWorkflowRun(value.workflowRun)),
};

const optionalChecks = new Map(Object.entries(optional));
const requiredChecks = Object.entries(required);

/** What is wrong with a line's form, or the entry that it holds. The hash is not recomputed here. Unknown fields are left to newer tools. */
export function parseLine(line: string): { readonly entry: Entry } | { readonly problem: string } {
  const value = parseObject(line);
  if (value === undefined) return { problem: "the line is not a JSON object" };
  if (!isWellFormed(line, value)) return { problem: "the line holds text that is no Unicode" };
  const problem = formProblem(value);
  return problem === undefined ? { entry: value as unknown as Entry } : { problem };
}

/** Which field keeps a value from being an entry; undefined when it can be one. Asked before an entry is written, too: nobody could read it again. */
export function formProblem(value: JsonObject): string | undefined {
  for (const [field, check] of requiredChecks) {
    const part = Object.hasOwn(value, field) ? value[field] : undefined;
    if (part === undefined || !check(part)) return `${field} is missing or of another form`;
  }
  for (const [field, part] of Object.entries(value)) {
    const check = optionalChecks.get(field);
    if (check !== undefined && part !== undefined && !check(part)) return `${field} is of another form`;
  }
  return undefined;
}

/** Why `entry` cannot be the one after `before` (undefined: the first), judged by seq and prev; undefined when it can. */
export function gap(before: Pick<Entry, "seq" | "hash"> | undefined, entry: Entry): string | undefined {
  const seq = (before?.seq ?? 0) + 1;
  if (entry.seq !== seq) return `seq is ${entry.seq} where ${seq} belongs`;
  if (entry.prev !== (before?.hash ?? genesis)) return "prev is not the hash of the entry before";
  return undefined;
}

/** No lone surrogate, raw or escaped: what is read can be written again. */
function isWellFormed(line: string, value: JsonObject): boolean {
  if (!line.isWellFormed()) return false;
  if (!/\\u[dD]/.test(line)) return true;
  try {
    canonical(value);
    return true;
  } catch {
    return false;
  }
}

export function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
