// Reads an answer's body as JSON within limits: what CXone sends is input like any other. Knows no call.
import type { Json } from "../contract/json.ts";

export type Body =
  | { readonly kind: "empty" }
  | { readonly kind: "json"; readonly value: Json }
  /** Cut off, not UTF-8 or not JSON: another try may bring a better one. */
  | { readonly kind: "unreadable"; readonly reason: string }
  /** Beyond what we take, whole as it may be. */
  | { readonly kind: "refused"; readonly reason: string };

export const mostBodyBytes = 64 * 1024 * 1024;
/** Deeper nesting than any answer of the contract has, and than recursive readers behind us could take. */
const deepest = 64;

/** Reads and parses; throws only what the stream throws (a connection that breaks). */
export async function readBody(response: Response, mostBytes: number): Promise<Body> {
  const announced = Number(response.headers.get("content-length") ?? 0);
  if (announced > mostBytes) {
    await response.body?.cancel();
    return tooBig(mostBytes);
  }
  if (response.body === null) return { kind: "empty" };
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    sizeBytes += value.byteLength;
    if (sizeBytes > mostBytes) {
      await reader.cancel();
      return tooBig(mostBytes);
    }
    chunks.push(value);
  }
  return sizeBytes === 0 ? { kind: "empty" } : parseBody(Buffer.concat(chunks, sizeBytes));
}

/** Parses bytes as JSON. */
export function parseBody(bytes: Uint8Array): Body {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { kind: "unreadable", reason: "is not UTF-8" };
  }
  if (text.trim() === "") return { kind: "empty" };
  if (depthOf(text) > deepest) return { kind: "refused", reason: `is nested deeper than ${deepest}` };
  try {
    // The parser's own message would quote the answer.
    const value = JSON.parse(text, mayHoldPrototype(text) ? withoutPrototype : undefined) as Json;
    return { kind: "json", value: mayBeUnwritable(text) ? writable(value) : value };
  } catch {
    return { kind: "unreadable", reason: "is not JSON" };
  }
}

function tooBig(mostBytes: number): Body {
  return { kind: "refused", reason: `is larger than ${mostBytes} bytes` };
}

/** An own `__proto__` key would become a prototype in the first naive copy (RELIABILITY §7 P1); unknown fields are ignored anyway. */
function withoutPrototype(key: string, value: unknown): unknown {
  return key === "__proto__" ? undefined : value;
}

function mayHoldPrototype(text: string): boolean {
  return text.includes("__proto__") || /\\u00(5f|70|72|6f|74)/i.test(text);
}

function mayBeUnwritable(text: string): boolean {
  return /\\u[dD][89a-fA-F]|[eE]\+?\d{2}|\d{300}/.test(text);
}

/**
 * JSON can name half a character (a text that was cut within an emoji) and numbers beyond every double, which canonical JSON cannot hold:
 * the ledger's digests of answers must not end a run. The half reads U+FFFD, as in any decoder; the number null, which no field of ours takes.
 */
function writable(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(writable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key.toWellFormed(), writable(part as Json)]));
}

function depthOf(text: string): number {
  let depth = 0;
  let greatest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) greatest = Math.max(greatest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return greatest;
}
