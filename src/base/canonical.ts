// Canonical JSON (RFC 8785): one text for one value, so that digests can be compared; knows no meaning of any value.
import type { Json } from "../contract/json.ts";

/** The RFC 8785 text of a value. Throws TypeError for what JSON cannot hold (NaN, lone surrogates). */
export function canonical(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (typeof value === "string") return canonicalString(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const object = value as Readonly<Record<string, Json | undefined>>;
  // RFC 8785 §3.2.3: keys in the order of their UTF-16 code units, which is JavaScript's own string order.
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${canonicalString(key)}:${canonical(object[key] as Json)}`);
  return `{${members.join(",")}}`;
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold ${value}`);
  return JSON.stringify(value);
}

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError("canonical JSON cannot hold a lone surrogate");
  return JSON.stringify(value);
}
