// The tenant's SMS templates, A2P registrations and webhooks, written from CXONE-API §5. It knows nothing of the engine.
import { type Arrived, type Effect, type Ground, iso, one, type Reply, refusal } from "./facts.ts";
import { type Log, type Page, verdict } from "./tenant-templates.ts";

export interface Sms {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  content: string;
  fromAddress: string;
  status: string;
  updatedAt: number;
  revision: number;
}

interface Registration {
  readonly id: string;
  readonly body: Readonly<Record<string, string>>;
  status: string;
}

interface Webhook {
  readonly id: string;
  url: string;
  events: readonly string[];
}

export function openSms(ground: Ground, log: Log, page: Page) {
  const { timeline, chance, options } = ground;
  const templates = new Map<string, Sms>();
  const tagOf = (each: Sms): string => `"r${each.revision}"`;
  const show = (each: Sms) => ({
    id: each.id,
    name: each.name,
    status: each.status,
    content: each.content,
    from_address: each.fromAddress,
    meta: { created_at: iso(each.createdAt), updated_at: iso(each.updatedAt) },
  });
  const whole = (each: Sms, status: number): Reply => ({
    status,
    body: show(each),
    ...(options.etags ? { headers: { etag: tagOf(each) } } : {}),
  });
  const touch = (each: Sms, by: Effect["by"], what: string, before: string, request?: Arrived): void => {
    each.revision += 1;
    each.updatedAt = timeline.now;
    const { id, status } = each;
    log({ by, kind: "SmsTemplate", what, id, before, status, ...(request === undefined ? {} : { request }) });
  };

  const create = (request: Arrived): Reply => {
    const { name, content, from_address } = JSON.parse(request.body) as Record<string, string>;
    if (name === undefined || content === undefined || from_address === undefined) return refusal(400, "incomplete");
    // A name stays taken for good, whatever became of its template.
    if ([...templates.values()].some((each) => each.name === name)) return refusal(409, "the name is taken");
    const now = timeline.now;
    const made: Sms = {
      id: chance.uuid(),
      name,
      content,
      fromAddress: from_address,
      status: "DRAFT",
      createdAt: now,
      updatedAt: now,
      revision: 1,
    };
    templates.set(made.id, made);
    log({ by: "run", kind: "SmsTemplate", what: "created", id: made.id, status: "DRAFT", request });
    return { status: 201, body: show(made) };
  };

  const replace = (request: Arrived, each: Sms): Reply => {
    const match = request.headers.get("if-match");
    if (options.etags && match === null) return refusal(428, "If-Match is required");
    if (options.etags && match !== tagOf(each)) return refusal(412, "it was changed meanwhile");
    const { status, content, from_address } = JSON.parse(request.body) as Record<string, string>;
    const isSame = content === each.content && from_address === each.fromAddress;
    if (status === "APPROVED" && each.status === "APPROVED" && isSame) return refusal(409, "approved already");
    const before = each.status;
    each.content = content as string;
    each.fromAddress = from_address as string;
    const isReviewed = status === "APPROVED" && chance.fraction() < (options.reviews.late ?? 0) / 2;
    each.status = isReviewed ? "PENDING_REVIEW" : (status as string);
    touch(each, "run", status === "DEPRECATED" ? "deprecated" : "changed", before, request);
    if (isReviewed) {
      const { revision } = each;
      timeline.after(verdict(ground)?.delayMs ?? 60_000, () => {
        if (each.revision !== revision) return;
        each.status = "APPROVED";
        touch(each, "meta", "decided", "PENDING_REVIEW");
      });
    }
    return chance.fraction() < 0.1 ? { status: 204 } : whole(each, 200);
  };

  return {
    templates,
    serve(request: Arrived, [id]: readonly string[]): Reply {
      if (request.method === "POST") return create(request);
      if (id === undefined) {
        if (!options.lists) return refusal(403, "no lists");
        const items = [...templates.values()].map((each) => ({
          ...show(each),
          ...(options.etags ? { etag: tagOf(each) } : {}),
        }));
        return page(request, items);
      }
      const found = templates.get(id);
      if (found === undefined) return refusal(404, "there is no such template");
      return request.method === "PUT" ? replace(request, found) : whole(found, 200);
    },
    /** A person edits one in CXone's own console. */
    editOne(): void {
      const chosen = one(ground, [...templates.values()]);
      if (chosen === undefined || chosen.status === "DEPRECATED") return;
      const before = chosen.status;
      chosen.content = `${chosen.content} (edited)`;
      touch(chosen, "person", "changed", before);
    },
    deprecateOne(): void {
      const chosen = one(ground, [...templates.values()]);
      if (chosen === undefined || chosen.status !== "APPROVED") return;
      chosen.status = "DEPRECATED";
      touch(chosen, "person", "deprecated", "APPROVED");
    },
  };
}

export function openRegistrations(ground: Ground, log: Log, page: Page, templates: ReadonlyMap<string, Sms>) {
  const { timeline, chance } = ground;
  const registrations = new Map<string, Registration>();
  const show = ({ id, status, body }: Registration) => ({ ...body, id, status });
  return {
    registrations,
    serve(request: Arrived): Reply {
      if (request.method === "GET")
        return ground.options.lists ? page(request, [...registrations.values()].map(show)) : refusal(403, "no lists");
      const body = JSON.parse(request.body) as Record<string, string>;
      const template = templates.get(body["template_id"] ?? "");
      if (template?.status !== "APPROVED") return refusal(409, "the template is not approved");
      if ([...registrations.values()].some((each) => each.body["template_id"] === template.id))
        return refusal(409, "the template is registered");
      const decision = verdict(ground);
      const made: Registration = {
        id: chance.uuid(),
        body,
        status: decision?.delayMs === 0 ? "REGISTERED" : "PENDING",
      };
      registrations.set(made.id, made);
      log({ by: "run", kind: "A2pRegistration", what: "created", id: made.id, status: made.status, request });
      if (decision !== undefined && decision.delayMs > 0)
        timeline.after(decision.delayMs, () => {
          made.status = decision.isYes ? "REGISTERED" : "REJECTED";
          log({ by: "meta", kind: "A2pRegistration", what: "decided", id: made.id, status: made.status });
        });
      return { status: 201, body: show(made) };
    },
  };
}

export function openWebhooks(ground: Ground, log: Log, page: Page) {
  const webhooks = new Map<string, Webhook>();
  const show = ({ id, url, events }: Webhook) => ({ id, url, events });
  const isTaken = (url: string, but: string): boolean =>
    [...webhooks.values()].some((each) => each.url === url && each.id !== but);
  return {
    webhooks,
    serve(request: Arrived, [id]: readonly string[]): Reply {
      const { method } = request;
      if (method === "GET")
        return ground.options.lists ? page(request, [...webhooks.values()].map(show)) : refusal(403, "no lists");
      if (method === "POST") {
        const { url, events } = JSON.parse(request.body) as Webhook;
        if (isTaken(url, "")) return refusal(409, "a webhook for this url exists");
        const made: Webhook = { id: ground.chance.uuid(), url, events };
        webhooks.set(made.id, made);
        log({ by: "run", kind: "WebhookSubscription", what: "created", id: made.id, status: "ACTIVE", request });
        return { status: 201, body: show(made) };
      }
      const found = webhooks.get(id as string);
      if (found === undefined) return refusal(404, "there is no such webhook");
      if (method === "DELETE") {
        webhooks.delete(found.id);
        log({ by: "run", kind: "WebhookSubscription", what: "removed", id: found.id, before: found.url, request });
        return { status: 204 };
      }
      const { url, events } = JSON.parse(request.body) as Webhook;
      if (isTaken(url, found.id)) return refusal(409, "a webhook for this url exists");
      found.url = url;
      found.events = events;
      log({ by: "run", kind: "WebhookSubscription", what: "changed", id: found.id, request });
      return { status: 200, body: show(found) };
    },
  };
}
