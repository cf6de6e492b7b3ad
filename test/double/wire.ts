// What the double's families and its server share: requests, answers, routes, faults and pages. It must not know the product.

export type Family = "omnichannel" | "digital" | "messaging" | "engage" | "preferences";
export const families: readonly Family[] = ["omnichannel", "digital", "messaging", "engage", "preferences"];

export type Json = Readonly<Record<string, unknown>>;
export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};
export type Call = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Notes something that a client must not do, whatever is answered. */
  readonly wrong: (what: string) => void;
};
/** One request as it arrived and what was answered; `status` 0 when the socket was destroyed. */
export type Exchange = {
  readonly family: Family;
  readonly token: boolean;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: string;
  readonly body: unknown;
  readonly executed: boolean;
  readonly status: number;
  readonly answer: unknown;
};
export type Route = {
  readonly method: string;
  readonly path: RegExp;
  readonly scope: string | null;
  readonly query?: readonly string[];
  readonly run: (call: Call, params: readonly string[]) => Answer;
};
/** `before`: not executed; `after`: executed and then spoiled. */
export type Fault = {
  readonly family: Family;
  readonly method: string;
  readonly path: RegExp;
  readonly when: "before" | "after";
  /** A status to answer with, or the way in which the answer is spoiled. */
  readonly how: number | "lost" | "truncated";
  readonly retryAfter?: string;
  /** What `errors[].field` says of each field that is refused. */
  readonly fields?: readonly string[];
  readonly skip?: number;
  readonly times?: number;
};

export const refuse = (status: number, message: string, field?: string): Answer => ({
  status,
  body: { message, ...(field === undefined ? {} : { errors: [{ field, message }] }) },
});
export const missing = (): Answer => refuse(404, "not found");
export const ok = (body: unknown): Answer => ({ status: 200, body });

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The body as an object that has every key of `required` and none beside those and `optional`. */
export function fields(call: Call, required: readonly string[], optional: readonly string[] = []): Json {
  if (!isObject(call.body)) {
    call.wrong("the body is no object");
    return {};
  }
  for (const key of required) if (!(key in call.body)) call.wrong(`the body lacks ${key}`);
  for (const key of Object.keys(call.body))
    if (!required.includes(key) && !optional.includes(key)) call.wrong(`the body has an unknown field ${key}`);
  return call.body;
}

/** CXONE-API §3: `{items, page, pageSize, total}`, at most 100 a page. */
export function page(call: Call, items: readonly unknown[]): Answer {
  const number = Number(call.query.get("page") ?? "1");
  const size = Number(call.query.get("pageSize") ?? "100");
  if (!(number >= 1) || !(size >= 1 && size <= 100)) return refuse(400, "page or pageSize is out of range");
  return ok({
    items: items.slice((number - 1) * size, number * size),
    page: number,
    pageSize: size,
    total: items.length,
  });
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : isObject(value)
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((key) => [key, sorted(value[key])]),
        )
      : value;
/** Equality of JSON values without regard to the order of keys. */
export const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
