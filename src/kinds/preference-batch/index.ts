// PreferenceBatch: consent records sent in chunks of at most 100, each answered by itself; a batch is no mirror. Source: CXONE-API §7.
import { nameUuid } from "../../base/digest.ts";
import type { ReadApi } from "../../contract/api.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type { RecordAnswer, RecordsCall, RecordsFile } from "../../contract/kind.ts";
import { records } from "../../contract/lifecycle.ts";
import { type From, listOf, objectOf, textOrNull, unexpected } from "../_shared/answer.ts";
import { checkRecord, effectiveAt, isOptOut, normaliseRecord, recordContent, recordId, recordKey } from "./record.ts";
import { fileRules } from "./records-file.ts";
import { recordRules, rules, schemaCodes } from "./rules.ts";
import type { PreferenceSpec } from "./spec.ts";

interface PreferenceState {
  readonly source: string;
  readonly regulatoryRegion: string | null;
}

const from: From = { family: "preferences", path: "/api/v2/preferences" };
const answerStatuses = new Set(["created", "updated", "unchanged", "skipped", "rejected"]);

function call(batch: readonly JsonObject[], generation: number): RecordsCall {
  const keys = batch.map((record) => recordId(record));
  return {
    path: "batch",
    headers: { "X-Conflict-Resolution": "timestamp-wins" },
    body: batch.map((record, index) => ({ ...record, idempotencyKey: keys[index] as string })),
    // CXONE-API §7: the batch's key is a UUIDv5 over its record keys in order; after a definite refusal another one (RELIABILITY §1).
    idempotencyKey: nameUuid(generation === 0 ? keys : [...keys, generation]),
  };
}

/** CXONE-API §7: one answer per record in order. Whatever does not fit its record confirms nothing; nor does a list with more answers than records, which says two things of one. */
function answers(body: Json | undefined, batch: readonly JsonObject[]): readonly RecordAnswer[] {
  const list = Array.isArray(body) && body.length <= batch.length ? (body as readonly Json[]) : [];
  return batch.map((record, index) => {
    const answer = list[index];
    const unknown: RecordAnswer = { status: "unknown", optIn: record["optIn"] as boolean };
    if (!isAbout(answer, record)) return unknown;
    const { optIn, status, error } = answer;
    if (typeof status !== "string" || !answerStatuses.has(status)) return unknown;
    // RELIABILITY §2.3: `skipped` is definite whatever its optIn; otherwise the answer must say what was sent.
    if (status !== "skipped" && status !== "rejected" && optIn !== record["optIn"]) return unknown;
    return {
      status: status as RecordAnswer["status"],
      optIn: record["optIn"] as boolean,
      ...(typeof error === "string" ? { error } : {}),
    };
  });
}

/** Whether what CXone says is of this record's contact and channel. */
function isAbout(said: Json | undefined, { contactId, channel }: JsonObject): said is JsonObject {
  if (typeof said !== "object" || said === null || Array.isArray(said)) return false;
  const its = said as JsonObject;
  return String(its["contactId"]).toLowerCase() === String(contactId).toLowerCase() && its["channel"] === channel;
}

/**
 * What CXone holds for a record. An answer of another contact or channel, or of several, tells nothing of it: it counts as not held, which
 * sends the record and finds nobody eligible. In doubt CXone's own answer to the batch decides (RELIABILITY I1).
 */
async function observeRecord(api: ReadApi, record: JsonObject): Promise<JsonObject | undefined> {
  const answer = await api.get({
    path: "preferences",
    query: { contactId: record["contactId"] as string, channel: record["channel"] as string },
  });
  const items = Array.isArray(answer.body) ? (answer.body as readonly Json[]) : [];
  const own = items.filter((item) => isAbout(item, record));
  return own.length === 1 ? own[0] : undefined;
}

/** 1,000 records each. */
const mostPages = 10_000;

async function* observeAll(api: ReadApi): AsyncIterable<JsonObject> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const answer = await api.get({
      path: "preferences",
      query: { limit: "1000", ...(cursor === undefined ? {} : { cursor }) },
    });
    const page = objectOf(answer.body, from);
    for (const item of listOf(page, "items", from)) yield objectOf(item, from, "items");
    cursor = textOrNull(page, "nextCursor", from) ?? undefined;
    // A cursor that comes again would never end, and one that always changes not soon.
    if (cursor !== undefined && (seen.has(cursor) || seen.size === mostPages))
      throw unexpected(from, "nextCursor", `the way to one of ${mostPages} pages`);
    seen.add(cursor ?? "");
  } while (cursor !== undefined);
}

export default records<PreferenceState>({
  name: "PreferenceBatch",
  slug: "preference-batch",
  folder: "preferences",
  family: "preferences",
  refersTo: [],
  follows: [],
  rules,
  fixedCodes: [...recordRules, ...fileRules].map((rule) => rule.code),
  schemaCodes,
  sensitive: [],
  // CXONE-API §7: timestamp-wins; a repeated record is unchanged.
  repeated: "same",
  address: (name) => `PreferenceBatch/${name}`,
  references: () => [],
  normalise: ({ spec }: { spec: PreferenceSpec }) => ({
    source: spec.source,
    regulatoryRegion: spec.regulatoryRegion ?? null,
  }),
  fields: {
    source: { change: "ignore", why: "a record's source alone changes no consent" },
    regulatoryRegion: { change: "ignore", why: "a record's region alone changes no consent" },
  },
  source: (spec) => {
    const { records: inline, recordsFile } = spec as unknown as PreferenceSpec;
    return recordsFile === undefined
      ? { inline: (inline ?? []) as readonly Json[] }
      : { file: recordsFile as RecordsFile };
  },
  checkRecord: (record, spec, now) => checkRecord(record, spec as unknown as PreferenceSpec, now),
  normaliseRecord: (record, spec) => normaliseRecord(record, spec as unknown as PreferenceSpec),
  recordKey,
  recordId,
  recordContent,
  isOptOut,
  effectiveAt,
  observeRecord,
  observeAll,
  call,
  answers,
  pointerOf: (field) => `/spec${field}`,
});
