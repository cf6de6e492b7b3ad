// SMS templates, A2P registrations, webhooks and the audit sink of the double: CXONE-API.md §5. It must not know the product.
import { randomUUID } from "node:crypto";
import type { Registration, Sms, State } from "./state.ts";
import { type Answer, type Call, fields, missing, ok, page, type Route, refuse } from "./wire.ts";

const etagOf = (template: Sms) => `"rev-${template.revision}"`;
const shownSms = ({ revision: _, ...template }: Sms) => template;

function putSms(state: State, call: Call, id: string): Answer {
  const body = fields(call, ["id", "name", "status", "content", "from_address", "meta"]);
  const template = state.sms.find((each) => each.id === id);
  if (template === undefined) return missing();
  if (body.id !== id) call.wrong("the id of the body is not that of the path");
  const condition = call.headers["if-match"];
  if (state.knobs.etag) {
    if (condition === undefined) return refuse(428, "If-Match is required");
    if (condition !== etagOf(template)) return refuse(412, "the ETag is stale");
  }
  const isSame =
    body.content === template.content && body.from_address === template.from_address && body.name === template.name;
  if (body.status === "APPROVED" && template.status === "APPROVED" && isSame)
    return refuse(409, "approved already with the same content");
  if (!["APPROVED", "DRAFT", "DEPRECATED"].includes(String(body.status)))
    return refuse(400, "status is not allowed", "/status");
  const status =
    body.status === "APPROVED" && state.knobs.smsPut === "PENDING_REVIEW" ? "PENDING_REVIEW" : String(body.status);
  Object.assign(template, {
    name: body.name,
    content: body.content,
    from_address: body.from_address,
    status,
    revision: template.revision + 1,
    meta: { ...template.meta, updated_at: state.knobs.now().toISOString() },
  });
  return state.knobs.smsPut === 204 ? { status: 204 } : ok(shownSms(template));
}

function smsRoutes(state: State): readonly Route[] {
  const path = "/api/v1/messaging/templates";
  return [
    {
      method: "POST",
      path: new RegExp(`^${path}$`),
      scope: "messaging:write",
      run: (call) => {
        const body = fields(call, ["name", "content", "from_address"]);
        if (state.sms.some((each) => each.name === body.name)) return refuse(409, "the name is taken");
        const at = state.knobs.now().toISOString();
        const template = {
          id: `sms-${randomUUID()}`,
          name: String(body.name),
          status: "DRAFT",
          content: String(body.content),
          from_address: String(body.from_address),
          revision: 1,
          meta: { created_at: at, updated_at: at },
        };
        state.sms.push(template);
        return { status: 201, body: shownSms(template) };
      },
    },
    {
      method: "GET",
      path: new RegExp(`^${path}$`),
      scope: "messaging:read",
      query: ["page", "pageSize"],
      run: (call) =>
        state.knobs.list
          ? page(
              call,
              state.sms.map((each) => ({ ...shownSms(each), ...(state.knobs.etag ? { etag: etagOf(each) } : {}) })),
            )
          : missing(),
    },
    {
      method: "GET",
      path: new RegExp(`^${path}/([^/]+)$`),
      scope: "messaging:read",
      run: (_call, [id]) => {
        const found = state.sms.find((each) => each.id === id);
        return found === undefined
          ? missing()
          : { ...ok(shownSms(found)), headers: state.knobs.etag ? { etag: etagOf(found) } : {} };
      },
    },
    {
      method: "PUT",
      path: new RegExp(`^${path}/([^/]+)$`),
      scope: "messaging:write",
      run: (call, [id]) => putSms(state, call, id ?? ""),
    },
  ];
}

export function messaging(state: State): readonly Route[] {
  const hooks = "/api/v1/webhooks";
  const a2p = /^\/api\/v1\/a2p\/registrations$/;
  const shown = ({ secret: _, ...hook }: State["webhooks"][number]) => hook;
  return [
    ...smsRoutes(state),
    {
      method: "POST",
      path: a2p,
      scope: "a2p:write",
      run: (call) => {
        const body = fields(call, ["template_id", "campaign_name", "message_class", "opt_in_language"]);
        const template = state.sms.find((each) => each.id === body.template_id);
        if (
          template?.status !== "APPROVED" ||
          state.registrations.some((each) => each.template_id === body.template_id)
        )
          return refuse(409, "the template is not approved or is registered");
        const registration = {
          ...body,
          id: `a2p-${randomUUID()}`,
          status: state.knobs.a2pStatus,
        } as unknown as Registration;
        state.registrations.push(registration);
        return { status: 201, body: { id: registration.id, status: registration.status } };
      },
    },
    {
      method: "GET",
      path: a2p,
      scope: "messaging:read",
      query: ["page", "pageSize"],
      run: (call) => (state.knobs.list ? page(call, state.registrations) : missing()),
    },
    {
      method: "POST",
      path: new RegExp(`^${hooks}$`),
      scope: "webhooks:write",
      run: (call) => {
        const body = fields(call, ["url", "events", "secret"]);
        const hook = {
          id: `hook-${randomUUID()}`,
          url: String(body.url),
          events: body.events,
          secret: String(body.secret),
        };
        state.webhooks.push(hook);
        return { status: 201, body: shown(hook) };
      },
    },
    {
      method: "GET",
      path: new RegExp(`^${hooks}$`),
      scope: "messaging:read",
      query: ["page", "pageSize"],
      run: (call) => (state.knobs.list ? page(call, state.webhooks.map(shown)) : missing()),
    },
    {
      method: "PUT",
      path: new RegExp(`^${hooks}/([^/]+)$`),
      scope: "webhooks:write",
      run: (call, [id]) => {
        const body = fields(call, ["url", "events", "secret"]);
        const hook = state.webhooks.find((each) => each.id === id);
        if (hook === undefined) return missing();
        Object.assign(hook, body);
        return ok(shown(hook));
      },
    },
    {
      method: "DELETE",
      path: new RegExp(`^${hooks}/([^/]+)$`),
      scope: "webhooks:write",
      run: (_call, [id]) => {
        const at = state.webhooks.findIndex((each) => each.id === id);
        if (at < 0) return missing();
        state.webhooks.splice(at, 1);
        return { status: 204 };
      },
    },
    {
      method: "POST",
      path: /^\/api\/v1\/audit\/logs$/,
      scope: "messaging:write",
      run: (call) => {
        state.audit.push(
          fields(call, ["timestamp", "template_id", "action", "status", "latency_ms", "operator_id", "carrier_ready"]),
        );
        return { status: 201, body: {} };
      },
    },
  ];
}
