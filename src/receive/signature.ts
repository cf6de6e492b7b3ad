// Signatures as Standard Webhooks make them (CXONE-API §8): over raw bytes, by one secret or by two while one replaces the
// other. It reads no clock and parses no body.
import { createHmac, timingSafeEqual } from "node:crypto";

/** A shorter key is refused: 192 bits, as Standard Webhooks demand. */
export const smallestKeyBytes = 24;
const toleranceS = 300;
const base64Prefix = "whsec_";
/** Whoever signs with more secrets than this at once is not rotating any more. */
const mostSignatures = 8;

export interface SignedHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** `unsigned`: headers are missing or malformed; `time`: too old or too new; `wrong`: no signature fits. */
export type SignatureFault = "unsigned" | "time" | "wrong";

export type Verdict =
  | { readonly isValid: true; readonly id: string; readonly sentAt: number }
  | { readonly isValid: false; readonly fault: SignatureFault };

/** The bytes of a secret, `whsec_<base64>` or any other text; undefined where they are fewer than 24. */
export function keyOf(secret: string): Uint8Array | undefined {
  const key = bytesOf(secret);
  return key !== undefined && key.length >= smallestKeyBytes ? key : undefined;
}

function bytesOf(secret: string): Uint8Array | undefined {
  if (!secret.startsWith(base64Prefix)) return Buffer.from(secret, "utf8");
  const encoded = secret.slice(base64Prefix.length);
  // Node decodes anything, and would make another key of a mistyped secret than the sender does.
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  return Buffer.from(encoded, "base64");
}

/** The value of `webhook-signature` by one key; `timestampS` is epoch seconds. */
export function sign(key: Uint8Array, id: string, timestampS: number, rawBody: string | Uint8Array): string {
  return `v1,${hmac(key, id, String(timestampS), rawBody)}`;
}

function hmac(key: Uint8Array, id: string, timestamp: string, rawBody: string | Uint8Array): string {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(rawBody).digest("base64");
}

/** Judges a request by its headers and raw bytes: 401 for every fault. `now` is epoch milliseconds; `sentAt` too. */
export function verify(keys: readonly Uint8Array[], headers: SignedHeaders, rawBody: Uint8Array, now: number): Verdict {
  const { id, timestamp, signature } = headers;
  if (id === undefined || timestamp === undefined || signature === undefined) return refuse("unsigned");
  // An id with a dot could be read as another id with another time.
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(id) || !/^(?:0|[1-9]\d{0,11})$/.test(timestamp)) return refuse("unsigned");
  const given = signature.split(" ").filter((each) => each.startsWith("v1,"));
  if (given.length === 0 || given.length > mostSignatures) return refuse("unsigned");
  const fits = keys.map((key) => {
    const expected = Buffer.from(hmac(key, id, timestamp, rawBody), "latin1");
    return given.map((each) => isSame(Buffer.from(each.slice(3), "utf8"), expected)).includes(true);
  });
  if (!fits.includes(true)) return refuse("wrong");
  // After the signature: a stranger learns nothing of our clock.
  if (Math.abs(now - Number(timestamp) * 1000) > toleranceS * 1000) return refuse("time");
  return { isValid: true, id, sentAt: Number(timestamp) * 1000 };
}

const refuse = (fault: SignatureFault): Verdict => ({ isValid: false, fault });

/** The base64 texts are compared, not what they decode to: their last character has bits that decoding drops. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
