// Idempotency keys: the same key with the same body answers again what it answered (CXONE-API §7 ✚, here for every write).
// It knows no resource.
import { type Answer, type Call, refusal } from "./answer.ts";
import { digestOf } from "./chance.ts";
import type { KeyRow } from "./rows.ts";
import type { Store } from "./store.ts";

/** Answers that settle nothing are not kept: the request may be tried again. */
const UNSETTLED = new Set([401, 408, 425, 429]);

export interface Replay {
  /** What to answer without executing, if anything. */
  before(call: Call, text: string): { readonly answer: Answer; readonly isReuse: boolean } | undefined;
  /** Keeps a definite answer. Inside a turn of the store. */
  after(call: Call, text: string, answer: Answer): void;
}

export function createReplay(store: Store, keyTtlMs: number): Replay {
  const idOf = (call: Call): string => `${call.family} ${call.idempotencyKey}`;
  const fingerprintOf = (call: Call, text: string): string =>
    digestOf(`${call.method} ${call.path}?${call.query}\n${text}`);
  return {
    before: (call, text) => {
      const kept = call.idempotencyKey === null ? undefined : store.get("keys", idOf(call));
      if (kept === undefined || call.at - kept.at >= keyTtlMs) return undefined;
      if (kept.fingerprint === fingerprintOf(call, text)) return { answer: thaw(kept), isReuse: false };
      const message = "this idempotency key was used for another request";
      return { answer: refusal(422, message, [{ field: "X-Idempotency-Key", message }]), isReuse: true };
    },
    after: (call, text, answer) => {
      if (call.idempotencyKey === null || answer.status >= 500 || UNSETTLED.has(answer.status)) return;
      store.put("keys", idOf(call), {
        fingerprint: fingerprintOf(call, text),
        at: call.at,
        status: answer.status,
        text: answer.body === undefined ? null : JSON.stringify(answer.body),
        headers: answer.headers ?? {},
      });
    },
  };
}

function thaw(kept: KeyRow): Answer {
  const { status, text, headers } = kept;
  return text === null ? { status, headers } : { status, headers, body: JSON.parse(text) };
}
