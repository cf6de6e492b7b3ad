// Pages of a list, as every family but preferences has them (CXONE-API §3). It knows no resource.
import { type Answer, type Call, type FieldError, invalid, ok } from "./answer.ts";

export const MAX_PAGE_SIZE = 100;

/** Reads a positive integer of the query; anything else is an error that names the parameter. */
export function readInteger(
  query: URLSearchParams,
  name: string,
  limits: { readonly absent: number; readonly max: number },
  errors: FieldError[],
): number {
  const text = query.get(name);
  if (text === null) return limits.absent;
  const value = /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) errors.push({ field: name, message: "must be a positive integer" });
  else if (value > limits.max) errors.push({ field: name, message: `is ${value}; at most ${limits.max}` });
  return value;
}

/** Answers one page of the ids, each shown by `show`; 400 when `page` or `pageSize` is out of its range. */
export function answerPage(call: Call, ids: readonly string[], show: (id: string) => unknown): Answer {
  const errors: FieldError[] = [];
  const page = readInteger(call.query, "page", { absent: 1, max: Number.MAX_SAFE_INTEGER }, errors);
  const pageSize = readInteger(call.query, "pageSize", { absent: MAX_PAGE_SIZE, max: MAX_PAGE_SIZE }, errors);
  if (errors.length > 0) return invalid(errors);
  const from = (page - 1) * pageSize;
  const items = shifted(call, ids, from, pageSize).map(show);
  return ok(200, { items, page, pageSize, total: ids.length });
}

/** The ids of a page; a `shiftPage` fault moves it by one, as a list does that changes while it is read. */
function shifted(call: Call, ids: readonly string[], from: number, size: number): readonly string[] {
  if (call.fault?.kind !== "shiftPage") return ids.slice(from, from + size);
  const by = call.fault.shift === "drop" ? 1 : -1;
  return ids.slice(Math.max(0, from + by), Math.max(0, from + by) + size);
}
