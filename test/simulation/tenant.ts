// The in-memory CXone of a simulated world, written from CXONE-API: tokens, idempotency keys, pages, and the way to each family. It knows nothing of the engine.
import { type Arrived, between, type Effect, type Ground, type Reply, refusal } from "./facts.ts";
import { openRegistrations, openSms, openWebhooks } from "./tenant-messaging.ts";
import { openConsents, openGuests } from "./tenant-people.ts";
import { openDigital, openWhatsApp } from "./tenant-templates.ts";

interface Kept {
  readonly body: string;
  readonly reply: Reply;
  readonly at: number;
}

const dayMs = 86_400_000;

export type Tenant = ReturnType<typeof openTenant>;

export function openTenant(ground: Ground, onEffect: (effect: Effect) => void) {
  const { timeline, chance, options } = ground;
  const effects: Effect[] = [];
  const tokens = new Map<string, { readonly family: string; readonly until: number }>();
  const kept = new Map<string, Kept>();

  const log = (said: Omit<Effect, "at">): void => {
    const effect = { at: timeline.now, ...said };
    effects.push(effect);
    ground.trace(
      `  effect ${said.by} ${said.kind} ${said.what} ${said.id.slice(0, 13)} ${said.before ?? ""}→${said.status ?? ""}`,
    );
    onEffect(effect);
  };

  /** One page; where pages shift, an item has changed its place since the page before. */
  const page = (request: Arrived, all: readonly unknown[]): Reply => {
    const { searchParams } = request.url;
    const number = Number(searchParams.get("page"));
    const size = Math.min(Number(searchParams.get("pageSize")), options.pageSize);
    const items = [...all];
    if (!ground.isQuiet && items.length > 1 && chance.fraction() < (options.faults.shiftedPages ?? 0)) {
      const [moved] = items.splice(Math.floor(chance.fraction() * items.length), 1);
      items.push(moved);
    }
    const from = (number - 1) * size;
    return {
      status: 200,
      body: { items: items.slice(from, from + size), page: number, pageSize: size, total: items.length },
    };
  };

  const whatsapp = openWhatsApp(ground, log, page);
  const digital = openDigital(ground, log, page);
  const sms = openSms(ground, log, page);
  const registrations = openRegistrations(ground, log, page, sms.templates);
  const webhooks = openWebhooks(ground, log, page);
  const guests = openGuests(ground, log);
  const consents = openConsents(ground, log);

  const token = (family: string): Reply => {
    const access_token = `TOKEN-CANARY-${chance.uuid()}`;
    const expires_in = chance.fraction() < 0.8 ? 3600 : between(ground, 5, 120);
    tokens.set(access_token, { family, until: timeline.now + expires_in * 1000 });
    return { status: 200, body: { access_token, token_type: "Bearer", expires_in } };
  };

  const isAllowed = (request: Arrived, family: string): boolean => {
    const name = (request.headers.get("authorization") ?? "").slice("Bearer ".length);
    const held = tokens.get(name);
    if (held === undefined || held.family !== family || timeline.now >= held.until) return false;
    if (ground.isQuiet || chance.fraction() >= (options.faults.expired ?? 0)) return true;
    tokens.delete(name);
    return false;
  };

  const route = (request: Arrived, family: string): Reply => {
    const parts = request.url.pathname.split("/").slice(1).map(decodeURIComponent);
    const after = (count: number): readonly string[] => parts.slice(count);
    if (family === "omnichannel") return whatsapp.serve(request, after(5));
    if (family === "digital")
      return parts[2] === "jobs" ? digital.job(parts[3] ?? "") : digital.serve(request, after(5));
    if (family === "engage") return guests.serve(request, after(3));
    if (family === "preferences") return consents.serve(request, after(3));
    if (parts[2] === "webhooks") return webhooks.serve(request, after(3));
    if (parts[2] === "a2p") return registrations.serve(request);
    return parts[3] === "templates" ? sms.serve(request, after(4)) : refusal(404, "no such path");
  };

  /** The same key with the same body is answered as it was answered. */
  const keyed = (request: Arrived, family: string): Reply => {
    const key = request.headers.get("x-idempotency-key");
    if (request.method === "GET" || options.keys === "none" || key === null) return route(request, family);
    const known = kept.get(key);
    if (known !== undefined && timeline.now - known.at < (options.keys === "honoured" ? dayMs : options.keyLifeMs)) {
      ground.trace(`  the key is known: answered as before, ${known.reply.status}`);
      return known.body === request.body ? known.reply : refusal(422, "the key was used with another body");
    }
    const reply = route(request, family);
    if (reply.status < 300 || (options.cachesRefusals && reply.status >= 400))
      kept.set(key, { body: request.body, reply: reply.kept ?? reply, at: timeline.now });
    return reply;
  };

  return {
    effects,
    whatsapp,
    digital,
    sms,
    registrations,
    webhooks,
    guests,
    consents,
    serve(request: Arrived): Reply {
      const family = request.url.hostname.split(".")[0] as string;
      if (request.url.pathname.endsWith("/token")) return token(family);
      if (!isAllowed(request, family)) return refusal(401, "the token is not valid");
      return keyed(request, family);
    },
  };
}
