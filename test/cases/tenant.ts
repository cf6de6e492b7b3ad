// A tenant in memory for the reading half of the api: lists and objects as CXone answers them, every read written down. It knows no kind and cannot write.

import assert from "node:assert/strict";
import { Missing } from "../../src/base/failure.ts";
import type { Answer, Family, ListCall, ReadApi, ReadCall } from "../../src/contract/api.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import { allCapabilities } from "../_world/capabilities.ts";

/** Objects by family and path of the family's path table. */
export type Holdings = Readonly<Record<string, Readonly<Record<string, readonly JsonObject[]>>>>;

export interface Tenant {
  reader(family: Family): ReadApi;
  /** What was read, in words and sorted: `list messaging templates`, `get preferences preferences contactId= channel=`. */
  reads(): readonly string[];
  /** `family path` of holdings that nobody read: a case that says more than it means. */
  unread(): readonly string[];
}

export function tenantWith(holdings: Holdings, capabilities: Partial<ReadApi["capabilities"]> = {}): Tenant {
  const reads: string[] = [];
  const touched = new Set<string>();
  const held = (family: Family, call: ReadCall): readonly JsonObject[] => {
    touched.add(`${family} ${call.path}`);
    return holdings[family]?.[call.path] ?? [];
  };
  const note = (how: string, family: Family, call: ReadCall): void => {
    // By name only: a contact id has no place in an expected plan.
    const query = Object.keys(call.query ?? {}).map((key) => `${key}=`);
    const segments = (call.segments ?? []).map((segment) => `/${segment}`).join("");
    reads.push([how, family, `${call.path}${segments}`, ...query].join(" "));
  };
  const reader = (family: Family): ReadApi => {
    const api: ReadApi = {
      family,
      capabilities: { ...allCapabilities, ...capabilities },
      async get(call) {
        note("get", family, call);
        return answer(bodyOf(family, call, held(family, call)));
      },
      async list(call: ListCall) {
        note("list", family, call);
        const items = held(family, call).filter((item) =>
          Object.entries(call.query ?? {}).every(([key, value]) => item[key] === value),
        );
        const ids = items.map((item) => call.idOf(item));
        assert.equal(new Set(ids).size, ids.length, `the ids of ${family} ${call.path} are unique`);
        return items;
      },
    };
    return new Proxy(api, {
      get(target, property) {
        assert.ok(property in target, `a plan asked its reader for "${String(property)}"`);
        return Reflect.get(target, property);
      },
    });
  };
  return {
    reader,
    reads: () => reads.toSorted(),
    unread: () =>
      Object.entries(holdings)
        .flatMap(([family, paths]) => Object.keys(paths).map((path) => `${family} ${path}`))
        .filter((one) => !touched.has(one)),
  };
}

function answer(body: Json): Answer {
  return { status: 200, body, requestId: "r-1", latencyMs: 1 };
}

/** CXONE-API §3 to §7: an object by its segments, a list by its query. */
function bodyOf(family: Family, call: ReadCall, held: readonly JsonObject[]): Json {
  const { segments = [], query = {} } = call;
  if (segments.length === 0) {
    const { limit, cursor: _, ...wanted } = query;
    const found = held.filter((item) => Object.entries(wanted).every(([key, value]) => item[key] === value));
    const isPage = limit !== undefined || family !== "preferences";
    return isPage ? { items: found, nextCursor: null } : found;
  }
  const [id, , version] = segments;
  const object = held.find(
    (item) =>
      [item["id"], item["templateId"], item["jobId"], item["sessionId"]].includes(id as string) &&
      (version === undefined || item["version"] === version),
  );
  if (object !== undefined) return object;
  throw new Missing(
    `${family} holds no ${call.path}/${segments.join("/")}`,
    { family, method: "GET", path: call.path, status: 404 },
    { hint: "Plan again." },
  );
}
