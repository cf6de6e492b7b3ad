// Reads what CXone holds for a batch that is not done, for the plan's counts and to leave out what is known to be older.
import { CallFailure, Unauthorised } from "../base/failure.ts";
import type { Family, ReadApi } from "../contract/api.ts";
import type { Declared } from "../contract/declared.ts";
import type { Diagnostic, Place } from "../contract/diagnostic.ts";
import type { LedgerResource } from "../contract/entry.ts";
import type { JsonObject } from "../contract/json.ts";
import type { RecordsKind } from "../contract/kind.ts";
import type { RecordsObservation } from "../plan/input.ts";
import { chunksToSend } from "../plan/records.ts";

/** DESIGN §4: up to this many records are read one by one in `auto`. */
const mostAuto = 200;

interface BatchReading {
  readonly reader: (family: Family) => ReadApi;
  readonly consentObserve: "auto" | "list" | "never";
  readonly optOutsOnly: boolean;
  readonly place: Place;
}

/** Undefined: counted from the file. Only counts depend on this reading, so that a failed read is a note, never an obstacle for an opt-out. */
export async function observeBatch(
  kind: RecordsKind,
  batch: Declared,
  resource: LedgerResource | undefined,
  reading: BatchReading,
  notes: Diagnostic[],
): Promise<RecordsObservation | undefined> {
  const open = chunksToSend(batch, resource, reading.optOutsOnly);
  const size = open.reduce((sum, chunk) => sum + chunk.count, 0);
  if (size === 0 || reading.consentObserve === "never" || batch.records === undefined || reading.optOutsOnly)
    return undefined;
  if (reading.consentObserve === "auto" && size > mostAuto) return undefined;
  const api = reading.reader(kind.family);
  if (reading.consentObserve === "list" && !api.capabilities.list) {
    notes.push(note(reading.place, batch.address, "not observed: this tenant cannot list preferences"));
    return undefined;
  }
  if (!api.capabilities.list) {
    const how = "not observed: this tenant cannot list preferences; the records of this batch were read one by one";
    const hint = `Switch apis.${kind.family}.capabilities.list on where the tenant can list.`;
    notes.push({ ...note(reading.place, batch.address, how), hint });
  }
  const wanted = new Set(open.map((chunk) => chunk.digest));
  try {
    const declared: JsonObject[] = [];
    for await (const chunk of batch.records.chunks((one) => wanted.has(one.digest))) declared.push(...chunk.records);
    const stored =
      reading.consentObserve === "list" ? await readList(kind, api, declared) : await readEach(kind, api, declared);
    return count(kind, declared, stored);
  } catch (error) {
    if (!(error instanceof CallFailure) || error instanceof Unauthorised) throw error;
    notes.push(note(reading.place, batch.address, `not observed: ${error.message}`));
    return undefined;
  }
}

async function readEach(
  kind: RecordsKind,
  api: ReadApi,
  declared: readonly JsonObject[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const stored = new Map<string, JsonObject>();
  const queue = [...declared];
  const worker = async (): Promise<void> => {
    for (let record = queue.shift(); record !== undefined; record = queue.shift()) {
      const found = await kind.observeRecord(api, record);
      if (found !== undefined) stored.set(kind.recordKey(record), found);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return stored;
}

async function readList(
  kind: RecordsKind,
  api: ReadApi,
  declared: readonly JsonObject[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const wanted = new Set(declared.map((record) => kind.recordKey(record)));
  const stored = new Map<string, JsonObject>();
  const twice = new Set<string>();
  for await (const found of kind.observeAll(api)) {
    const key = kind.recordKey(found);
    if (!wanted.has(key)) continue;
    if (stored.has(key)) twice.add(key);
    stored.set(key, found);
  }
  // Two records of one contact and channel tell nothing: CXone's answer to the batch decides.
  for (const key of twice) stored.delete(key);
  return stored;
}

/**
 * Equal is the same answer with the same effective time; older loses, and a tie goes to the opt-out (CXONE-API §7). An opt-out is left out
 * only where an opt-out is held: under a newer opt-in it goes all the same, and CXone's own answer says that it was skipped (RELIABILITY I1).
 */
function count(
  kind: RecordsKind,
  declared: readonly JsonObject[],
  stored: ReadonlyMap<string, JsonObject>,
): RecordsObservation {
  let unchanged = 0;
  let skipped = 0;
  const older = new Set<string>();
  for (const record of declared) {
    const found = stored.get(kind.recordKey(record));
    if (found === undefined) continue;
    const [mine, its] = [kind.effectiveAt(record), kind.effectiveAt(found)];
    const isSame = kind.isOptOut(record) === kind.isOptOut(found);
    if (mine === its && isSame) unchanged++;
    else if (mine < its || (mine === its && kind.isOptOut(found))) {
      skipped++;
      if (!kind.isOptOut(record) || kind.isOptOut(found)) older.add(kind.recordKey(record));
    }
  }
  return { unchanged, skipped, older };
}

function note(place: Place, address: string, message: string): Diagnostic {
  return {
    code: "CX4042",
    severity: "warning",
    message,
    hint: "The plan counts this batch from its file; nothing else depends on it.",
    ...place,
    address,
  };
}
