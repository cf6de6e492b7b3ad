// SHA-256 digests and name-based UUIDs; knows nothing of what is digested.
import { createHash } from "node:crypto";
import type { Json } from "../contract/json.ts";
import { canonical } from "./canonical.ts";

/** Hex SHA-256 of bytes or UTF-8 text. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Hex SHA-256 of the canonical JSON of a value. */
export function digest(value: Json): string {
  return sha256(canonical(value));
}

/** The same with the algorithm's name before it, as plans carry it: `sha256:…`. */
export function labelledDigest(value: Json): string {
  return `sha256:${digest(value)}`;
}

/** cxform's own namespace for name-based UUIDs; never to be changed, since keys in ledgers depend on it. */
const namespace = Buffer.from("6f1b2d1c5a3e5c0e9b7d3f4a8c2e1d70", "hex");

/** UUIDv5 (RFC 9562 §5.5) of a value's canonical JSON in cxform's namespace. */
export function nameUuid(value: Json): string {
  const bytes = createHash("sha1").update(namespace).update(canonical(value)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
