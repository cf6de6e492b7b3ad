// What may be shown of an answer's own words: cleaned, cut, and without anything that the request held. Knows no call.
import type { FieldError } from "../base/failure.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Body } from "./body.ts";

const longest = 300;
const mostFieldErrors = 50;
/** What is shorter is no secret that could be told from a word. */
const leastSecret = 8;
/** Names of states, categories and formats that the contract knows: a message needs them and nobody minds. */
const known = new Set(
  (
    "PENDING APPROVED REJECTED DEPRECATED ACTIVE DRAFT PENDING_REVIEW AUTHENTICATION MARKETING UTILITY TRANSACTIONAL OTP " +
    "QUICK_REPLY URL PHONE_NUMBER COPY_CODE IMAGE VIDEO DOCUMENT LOCATION GDPR CCPA TCPA NONE"
  ).split(" "),
);
/** Control characters, line separators, zero-width and bidirectional marks: they would forge lines of a log. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
/** Ids and telephone numbers may be contacts, even where the request did not hold them. */
const personal = /(?<![^\s@"'<>])[^\s@"'<>]+@[^\s@"'<>]+|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\+?\d{7,}/gi;

/** The string values of a request (not its field names), which no error may repeat. */
export function valuesOf(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return value.length >= 3 && !known.has(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((item: Json) => valuesOf(item));
}

/** The same JSON without secrets in its texts: a job's or a reviewer's words may be shown and recorded, whoever wrote them. */
export function withoutSecrets<T extends Json | undefined>(value: T, secrets: readonly string[]): T {
  const told = longestFirst(secrets.filter((secret) => secret.length >= leastSecret));
  const free = (part: Json): Json => {
    if (typeof part === "string") return told.reduce((text, secret) => text.split(secret).join("(hidden)"), part);
    if (Array.isArray(part)) return part.map(free);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, free(inner as Json)]));
  };
  const holds = (part: Json | undefined): boolean =>
    typeof part === "string"
      ? told.some((secret) => part.includes(secret))
      : typeof part === "object" && part !== null && Object.values(part).some(holds);
  return value !== undefined && holds(value) ? (free(value) as T) : value;
}

/** What holds another one goes before it: otherwise a part of it would stay. */
const longestFirst = (values: readonly string[]): readonly string[] =>
  [...values].sort((left, right) => right.length - left.length);

/** A value as a server may say it back. */
function formsOf(value: string): readonly string[] {
  if (value.length < leastSecret) return value === "" ? [] : [value];
  const bytes = Buffer.from(value);
  const [base64, hex] = [bytes.toString("base64"), bytes.toString("hex")];
  const encoded = [base64, base64.split("=", 1)[0] as string, bytes.toString("base64url"), hex, hex.toUpperCase()];
  return [value, value.toUpperCase(), value.toLowerCase(), encodeURIComponent(value.toWellFormed()), ...encoded];
}

/** One line of at most 300 characters; hidden values read `(hidden)`. */
export function clean(text: string, hidden: readonly string[]): string {
  let shown = text.slice(0, 10_000);
  for (const value of longestFirst(hidden.flatMap(formsOf))) shown = shown.split(value).join("(hidden)");
  shown = shown.replace(personal, "(hidden)").replace(invisible, " ").replace(/\s+/g, " ").trim();
  const characters = [...shown];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join("")}…` : shown;
}

/** `message` and `errors[]` of a JSON error (CXONE-API, preamble), as far as they are there. */
export function readError(
  body: Body,
  hidden: readonly string[],
): { readonly message?: string; readonly fieldErrors?: readonly FieldError[] } {
  if (body.kind !== "json" || !isObject(body.value)) return {};
  const { message, errors } = body.value;
  const fieldErrors = Array.isArray(errors)
    ? errors.slice(0, mostFieldErrors).flatMap((error: Json): readonly FieldError[] => {
        if (!isObject(error) || typeof error["field"] !== "string" || typeof error["message"] !== "string") return [];
        return [{ field: cleanField(error["field"], hidden), message: clean(error["message"], hidden) }];
      })
    : [];
  return {
    ...(typeof message === "string" && message.trim() !== "" ? { message: clean(message, hidden) } : {}),
    ...(fieldErrors.length > 0 ? { fieldErrors } : {}),
  };
}

/** A pointer to a field is kept whole, so that its YAML place can be found, unless it holds more than names and indices. */
function cleanField(field: string, hidden: readonly string[]): string {
  const isPointer = /^\/?[A-Za-z_]\w{0,63}([./[\]]+\w{1,64}){0,20}\]?$/.test(field);
  const isTelling = hidden.some((value) => value.length >= 8 && field.includes(value)) || /\d{7}/.test(field);
  return isPointer && !isTelling ? field : clean(field, hidden);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
