// The receiver's routes: verified before it is parsed, stored before it is answered. It knows no socket, and its answers tell nothing.
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { sha256 } from "../base/digest.ts";
import type { ReceiverRoute } from "../contract/config.ts";
import type { Json } from "../contract/json.ts";
import type { Clock } from "../contract/world.ts";
import type { Counters, Gauge } from "./counters.ts";
import { readEvent } from "./event.ts";
import type { Inbox } from "./inbox.ts";
import { readRaw } from "./raw-body.ts";
import { type Verdict, verify } from "./signature.ts";

export interface AppOptions {
  /** Each may have signed: the secret, and the one before it. */
  readonly keys: readonly Uint8Array[];
  readonly unsigned: readonly ReceiverRoute[];
  /** Whose events are taken; undefined: anybody's that are signed correctly. */
  readonly tenant?: string | undefined;
  readonly inbox: Inbox;
  readonly counters: Counters;
  readonly clock: Pick<Clock, "now" | "elapsed">;
  /** Resolves when the database can be used. */
  readonly isReady: () => Promise<boolean>;
  readonly gauges: () => Promise<readonly Gauge[]>;
}

type Bound = { Bindings: HttpBindings };

const paths: Readonly<Record<ReceiverRoute, string>> = {
  "cxone-template-status": "/webhooks/cxone-template-status",
  "cxone-guest": "/webhook/cxone-guest",
  "cxone-events": "/webhooks/cxone-events",
  cms: "/webhooks/cms",
};

/** The largest body that is taken (INTERFACE §8). */
export const mostBodyBytes = 256 * 1024;

export function receiverApp(options: AppOptions): Hono<Bound> {
  // Strict by default: `/healthz/` is another path.
  const app = new Hono<Bound>();
  for (const [route, path] of Object.entries(paths) as [ReceiverRoute, string][]) {
    app.post(path, (context) => receive(options, route, context));
    app.all(path, (context) => methodMissing(context, "POST"));
  }
  app.get("/healthz", (context) => context.body(null, 200));
  app.get("/readyz", async (context) => context.body(null, (await options.isReady()) ? 200 : 503));
  app.get("/metrics", async (context) => {
    // Without the database its figures are missing, and what was counted here is still told.
    const gauges = await options.gauges().catch(() => []);
    return context.body(options.counters.text(gauges), 200, { "content-type": "text/plain; version=0.0.4" });
  });
  for (const path of ["/healthz", "/readyz", "/metrics"])
    app.all(path, (context) => methodMissing(context, "GET, HEAD"));
  app.notFound((context) => context.body(null, 404));
  app.onError((_error, context) => context.body(null, 500));
  return app;
}

function methodMissing(context: Context<Bound>, allow: string): Response {
  return context.body(null, 405, { allow });
}

async function receive(options: AppOptions, route: ReceiverRoute, context: Context<Bound>): Promise<Response> {
  const { counters, clock, inbox } = options;
  const requestId = requestIdOf(context);
  const answer = (status: ContentfulStatusCode): Response =>
    context.body(null, status, {
      ...(requestId === undefined ? {} : { "x-request-id": requestId }),
      ...(status === 413 || status === 415 ? { connection: "close" } : {}),
      ...(status === 503 ? { "retry-after": "5" } : {}),
    });
  const encoding = context.req.header("content-encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    counters.refused(route, "encoding");
    return answer(415);
  }
  const raw = await readRaw(context.env.incoming, mostBodyBytes);
  if (raw === undefined) {
    counters.refused(route, "size");
    return answer(413);
  }
  const startedAt = clock.elapsed();
  const digest = sha256(raw);
  const verdict = judge(options, route, context, raw, digest);
  if (!verdict.isValid) {
    counters.refused(route, verdict.fault);
    return answer(401);
  }
  const text = textOf(raw);
  const body = text === undefined ? undefined : parse(text);
  if (text === undefined || body === undefined) {
    counters.refused(route, "json");
    return answer(400);
  }
  const reading = readEvent(route, body.json);
  if (options.tenant !== undefined && reading.tenants.some((tenant) => tenant !== options.tenant)) {
    counters.refused(route, "tenant");
    return answer(403);
  }
  try {
    const { id, sentAt } = verdict;
    const acceptance = await inbox.accept({ id, route, sentAt, body: text, digest, reading });
    counters.event(route, acceptance, clock.elapsed() - startedAt);
    return answer(202);
  } catch {
    counters.refused(route, "store");
    return answer(503);
  }
}

function judge(
  options: AppOptions,
  route: ReceiverRoute,
  context: Context<Bound>,
  raw: Uint8Array,
  digest: string,
): Verdict {
  const now = options.clock.now();
  // Without a signature nobody vouches for an id: the same body is the same event.
  if (options.unsigned.includes(route)) return { isValid: true, id: `${route}-${digest}`, sentAt: now };
  const headers = {
    id: context.req.header("webhook-id"),
    timestamp: context.req.header("webhook-timestamp"),
    signature: context.req.header("webhook-signature"),
  };
  return verify(options.keys, headers, raw, now);
}

/** Told back, so that both sides find the request in their logs. */
function requestIdOf(context: Context<Bound>): string | undefined {
  const given = context.req.header("x-request-id");
  return given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : undefined;
}

function textOf(raw: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
}

function parse(text: string): { readonly json: Json } | undefined {
  try {
    return { json: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
}
