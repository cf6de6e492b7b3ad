// Guest sessions and consent records of the double: CXONE-API.md §6 and §7. It must not know the product.
import { randomUUID } from "node:crypto";
import type { Consent, State } from "./state.ts";
import { type Call, fields, isObject, type Json, missing, ok, type Route, refuse, same } from "./wire.ts";

export function engage(state: State): readonly Route[] {
  const write = "digital:guest:write";
  const shown = (guest: State["guests"][number]) => ({
    sessionId: guest.sessionId,
    status: guest.status,
    channelId: guest.channelId,
    queueId: guest.queueId,
    metadata: guest.metadata,
  });
  const guests = /^\/api\/v1\/guests$/;
  return [
    {
      method: "POST",
      path: guests,
      scope: write,
      run: (call) => {
        const body = fields(call, ["channelId", "queueId", "language", "metadata", "callbackUrl"]);
        if (call.headers["x-cxone-client"] !== "cxform") call.wrong("X-CXone-Client is not cxform");
        const key = call.headers["x-idempotency-key"] ?? "";
        const found = state.knobs.idempotencyKeys ? state.guests.find((each) => each.key === key) : undefined;
        if (found !== undefined)
          return same(found.body, body)
            ? {
                status: 201,
                body: { sessionId: found.sessionId, channelUrl: `https://chat.example/${found.sessionId}` },
              }
            : refuse(409, "the key has another body");
        const session = {
          sessionId: `guest-${randomUUID()}`,
          status: "ACTIVE",
          key,
          body,
          channelId: body.channelId,
          queueId: body.queueId,
          metadata: body.metadata,
        };
        state.guests.push(session);
        return {
          status: 201,
          body: { sessionId: session.sessionId, channelUrl: `https://chat.example/${session.sessionId}` },
        };
      },
    },
    {
      method: "GET",
      path: guests,
      scope: null,
      query: ["idempotencyKey"],
      run: (call) =>
        state.knobs.idempotencyKeys
          ? ok({ items: state.guests.filter((each) => each.key === call.query.get("idempotencyKey")).map(shown) })
          : missing(),
    },
    {
      method: "GET",
      path: /^\/api\/v1\/guests\/([^/]+)$/,
      scope: null,
      run: (_call, [id]) => {
        const found = state.guests.find((each) => each.sessionId === id);
        return found === undefined ? missing() : ok(shown(found));
      },
    },
    {
      method: "GET",
      path: /^\/api\/v1\/channels\/([^/]+)$/,
      scope: "digital:channel:read",
      run: (_call, [id]) => {
        const known = state.guestChannels.get(id ?? "");
        if (!state.knobs.channels) return missing();
        return ok(known ?? { id, status: "ACTIVE", programmaticGuests: true });
      },
    },
  ];
}

const effective = (record: Json): number =>
  Date.parse(String(record.optIn === false ? record.withdrawalTimestamp : record.consentTimestamp));

/** timestamp-wins with a tie going to the opt-out: CXONE-API §7. */
function settleConsent(state: State, call: Call, record: Json): Json {
  const { contactId, channel, optIn } = record;
  const facts = { contactId, channel };
  const at = effective(record);
  if (Number.isNaN(at) || typeof optIn !== "boolean") call.wrong("a record has no effective time");
  for (const key of [
    "contactId",
    "channel",
    "optIn",
    "consentTimestamp",
    "withdrawalTimestamp",
    "regulatoryRegion",
    "source",
    "idempotencyKey",
  ])
    if (!(key in record)) call.wrong(`a record lacks ${key}`);
  if (at > state.knobs.now().getTime() + 300_000)
    return {
      ...facts,
      id: null,
      optIn,
      status: "rejected",
      conflictResolved: false,
      error: "the time is in the future",
    };
  if (state.knobs.rejects.has(String(contactId)))
    return { ...facts, id: null, optIn, status: "rejected", conflictResolved: false, error: "no such contact" };
  const stored = state.consents.find((each) => each.contactId === contactId && each.channel === channel);
  if (stored === undefined) {
    const fresh = {
      ...record,
      id: `pref-${randomUUID()}`,
      updatedAt: state.knobs.now().toISOString(),
    } as unknown as Consent;
    state.consents.push(fresh);
    return { ...facts, id: fresh.id, optIn, status: "created", conflictResolved: false };
  }
  const before = effective(stored);
  if (before === at && stored.optIn === optIn)
    return { ...facts, id: stored.id, optIn, status: "unchanged", conflictResolved: false };
  const wins = at > before || (at === before && optIn === false);
  if (!wins) return { ...facts, id: stored.id, optIn: stored.optIn, status: "skipped", conflictResolved: true };
  Object.assign(stored, record, { updatedAt: state.knobs.now().toISOString() });
  return { ...facts, id: stored.id, optIn, status: "updated", conflictResolved: stored.optIn !== optIn };
}

export function preferences(state: State): readonly Route[] {
  return [
    {
      method: "POST",
      path: /^\/api\/v2\/preferences\/batch$/,
      scope: "preferences:write",
      run: (call) => {
        if (call.headers["x-conflict-resolution"] !== "timestamp-wins")
          call.wrong("X-Conflict-Resolution is not timestamp-wins");
        if (!Array.isArray(call.body) || call.body.length === 0 || call.body.length > 100) {
          call.wrong("a batch is an array of 1 to 100 records");
          return refuse(400, "a batch is an array of 1 to 100 records");
        }
        const records = call.body.filter(isObject);
        if (new Set(records.map((each) => `${each.contactId} ${each.channel}`)).size !== call.body.length)
          call.wrong("a batch names a contact and channel twice");
        const refusal = records.map((each) => state.knobs.refusesBatch.get(String(each.contactId))).find(Boolean);
        if (refusal !== undefined) return refuse(refusal, "a record of the batch is refused");
        const key = call.headers["x-idempotency-key"] ?? "";
        const before = state.batches.get(key);
        if (state.knobs.idempotencyKeys && before !== undefined)
          return same(before.body, call.body) ? ok(before.answer) : refuse(422, "the key has another body");
        const settled = records.map((each) => settleConsent(state, call, each));
        const answer = state.knobs.contradicts
          ? settled.map((each) => ({ ...each, optIn: each.optIn !== true }))
          : settled;
        state.batches.set(key, { body: call.body, answer });
        return ok(answer);
      },
    },
    {
      method: "GET",
      path: /^\/api\/v2\/preferences$/,
      scope: "preferences:read",
      query: ["contactId", "channel", "cursor", "limit"],
      run: (call) => {
        const contactId = call.query.get("contactId");
        if (contactId !== null)
          return ok(
            state.consents.filter((each) => each.contactId === contactId && each.channel === call.query.get("channel")),
          );
        if (!state.knobs.list) return missing();
        const from = Number(call.query.get("cursor") ?? "0");
        const limit = Math.min(Number(call.query.get("limit") ?? "1000"), 1000);
        const isMore = from + limit < state.consents.length;
        return ok({
          items: state.consents.slice(from, from + limit),
          nextCursor: isMore ? String(from + limit) : null,
        });
      },
    },
  ];
}
