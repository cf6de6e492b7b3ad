// Reading CXone's answers field by field: a required field of another shape is Unexpected, naming family, path and field.
import { Missing, Unexpected } from "../../base/failure.ts";
import { isNoSegment } from "../../base/path-segment.ts";
import type { ReadApi, ReadCall } from "../../contract/api.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type { KnownRemote, Observed, Version, VersionStatus } from "../../contract/kind.ts";

/** Where an answer came from, for the message. */
export interface From {
  readonly family: string;
  readonly path: string;
}

/** The failure for a field of an answer that is not what the contract says; `wanted` completes "that is not …". */
export function unexpected(from: From, field: string, wanted: string): Unexpected {
  return new Unexpected(
    `${from.family} answered ${from.path} with a field "${field}" that is not ${wanted}`,
    { family: from.family, method: "GET", path: from.path },
    { hint: "Check the base URL of this family in cxform.yaml, or tell NICE of the answer." },
  );
}

export function objectOf(value: Json | undefined, from: From, field = ""): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpected(from, field, "an object");
  return value as JsonObject;
}

export function textOf(object: JsonObject, field: string, from: From): string {
  const value = object[field];
  if (typeof value !== "string") throw unexpected(from, field, "text");
  return value;
}

/** The id of an object: text by which a path can name it. */
export function idOf(object: JsonObject, field: string, from: From): string {
  const id = textOf(object, field, from);
  if (isNoSegment(id)) throw unexpected(from, field, "an id that a path can hold");
  return id;
}

/** The object that was asked for by its id. An answer about another one tells nothing of it: a template must not retire because a stranger is active. */
export function asAsked(observed: Observed, remoteId: string, from: From, version?: Version): Observed {
  if (observed.remoteId !== remoteId) throw unexpected(from, "id", "the one that was asked for");
  if (version !== undefined && observed.version !== version)
    throw unexpected(from, "version", "the one that was asked for");
  return observed;
}

/** Text or null; a field that is left out is null. */
export function textOrNull(object: JsonObject, field: string, from: From): string | null {
  return object[field] === undefined || object[field] === null ? null : textOf(object, field, from);
}

/** CXone's word for a status in ours; `unknown` for one that the contract does not have, such as the name of a method. */
export function statusOf(words: Readonly<Record<string, VersionStatus>>, text: string): VersionStatus {
  return Object.hasOwn(words, text) ? (words[text] as VersionStatus) : "unknown";
}

/** A time that can be counted from; anything else is as if CXone had not told it, since no status hangs on it. */
export function timeOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

export function listOf(object: JsonObject, field: string, from: From): readonly Json[] {
  const value = object[field];
  if (!Array.isArray(value)) throw unexpected(from, field, "a list");
  return value;
}

/** A list of texts. */
export function textsOf(object: JsonObject, field: string, from: From): readonly string[] {
  return listOf(object, field, from).map((value) => {
    if (typeof value !== "string") throw unexpected(from, field, "a list of texts");
    return value;
  });
}

/** The object without its null and undefined members, which CXone adds and authors leave out. */
export function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined));
}

/** Every object of a list, or, where a tenant has no lists, each one that the ledger names (CXONE-API: fall back to the ledger). */
export async function listOrKnown(
  api: ReadApi,
  call: ReadCall,
  idOf: (item: JsonObject) => string,
  parse: (item: JsonObject) => Observed | undefined,
  known: readonly KnownRemote[],
  read: (api: ReadApi, known: KnownRemote) => Promise<Observed | undefined>,
): Promise<readonly Observed[]> {
  const found: Observed[] = [];
  if (api.capabilities.list) {
    for (const item of await api.list({ ...call, idOf })) {
      const observed = parse(item);
      if (observed !== undefined) found.push(observed);
    }
    return found;
  }
  // One object bears every version of a mutable resource: what CXone does not count itself is read once.
  const whole = new Set<string>();
  for (const one of known) {
    if (one.remoteId === undefined || whole.has(one.remoteId)) continue;
    const observed = await read(api, one);
    if (observed === undefined) continue;
    found.push(observed);
    if (observed.version === undefined) whole.add(observed.remoteId);
  }
  return found;
}

/** What a read answers, or undefined for a typed 404: nothing else is ever "gone". */
export async function orMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
}
