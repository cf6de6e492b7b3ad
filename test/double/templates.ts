// WhatsApp and digital templates of the double: CXONE-API.md §3 and §4. It must not know the product.
import { randomUUID } from "node:crypto";
import type { Digital, State, WhatsApp } from "./state.ts";
import {
  type Answer,
  type Call,
  fields,
  isObject,
  type Json,
  missing,
  ok,
  page,
  type Route,
  refuse,
  same,
} from "./wire.ts";

const omni = "/api/v2/omnichannel/messaging/templates";
const omniRead = "omnichannel:messaging:templates:read";
const omniWrite = "omnichannel:messaging:templates:write";
const shownWhatsApp = ({ wasApproved: _, ...template }: WhatsApp) => template;

function createWhatsApp(state: State, call: Call): Answer {
  const body = fields(
    call,
    ["name", "channel", "language", "body", "header", "footer", "buttons", "status"],
    ["category", "examples"],
  );
  if (body.channel !== "whatsapp" || body.status !== "PENDING") call.wrong("channel or status of a new template");
  if (!/^[a-z]{2,3}(_[A-Z]{2})?$/.test(String(body.language)))
    call.wrong(`language ${String(body.language)} is not in Meta's form`);
  if (!/^[a-z0-9_]{1,512}$/.test(String(body.name))) return refuse(400, "the name is not allowed", "/name");
  if (typeof body.body !== "string" || body.body === "") return refuse(400, "the body is empty", "/body");
  if (!Array.isArray(body.buttons)) call.wrong("buttons is no array");
  if (state.whatsapp.some((each) => each.name === body.name && each.language === body.language))
    return refuse(409, "name and language are taken");
  const at = state.knobs.now().toISOString();
  const isApproved = state.knobs.approveAtOnce;
  const template = {
    category: "UTILITY",
    ...body,
    id: `wa-${randomUUID()}`,
    status: isApproved ? "APPROVED" : "PENDING",
    rejectionReason: null,
    createdAt: at,
    updatedAt: at,
    wasApproved: isApproved,
  } as unknown as WhatsApp;
  state.whatsapp.push(template);
  return { status: 201, body: shownWhatsApp(template) };
}

function changeWhatsApp(state: State, call: Call, id: string): Answer {
  const template = state.whatsapp.find((each) => each.id === id);
  const { status } = fields(call, ["status"]);
  if (template === undefined) return missing();
  if (status === "DEPRECATED") {
    if (!state.knobs.deprecate) return refuse(404, "this tenant cannot deprecate");
    if (!["APPROVED", "PAUSED", "REJECTED"].includes(template.status))
      return refuse(409, `the template is ${template.status}`);
  } else if (status === "APPROVED") {
    if (!state.knobs.reactivate) return refuse(404, "this tenant cannot reactivate");
    if (template.status !== "DEPRECATED" || !template.wasApproved)
      return refuse(409, `the template is ${template.status}`);
  } else return refuse(400, "status is not allowed", "/status");
  Object.assign(template, { status, updatedAt: state.knobs.now().toISOString() });
  return ok(shownWhatsApp(template));
}

export function omnichannel(state: State): readonly Route[] {
  const listed = (call: Call) => {
    const [name, status] = [call.query.get("name"), call.query.get("status")];
    return state.whatsapp
      .filter((each) => (name === null || each.name === name) && (status === null || each.status === status))
      .map(shownWhatsApp);
  };
  return [
    { method: "POST", path: new RegExp(`^${omni}$`), scope: omniWrite, run: (call) => createWhatsApp(state, call) },
    {
      method: "GET",
      path: new RegExp(`^${omni}$`),
      scope: omniRead,
      query: ["page", "pageSize", "name", "status"],
      run: (call) => (state.knobs.list ? page(call, listed(call)) : missing()),
    },
    {
      method: "GET",
      path: new RegExp(`^${omni}/([^/]+)$`),
      scope: omniRead,
      run: (_call, [id]) => {
        const template = state.whatsapp.find((each) => each.id === id);
        return template === undefined ? missing() : ok(shownWhatsApp(template));
      },
    },
    {
      method: "PUT",
      path: new RegExp(`^${omni}/([^/]+)$`),
      scope: omniWrite,
      run: (call, [id]) => changeWhatsApp(state, call, id ?? ""),
    },
  ];
}

const digi = "/api/v1/interactions/digital/templates";
const digiRead = "interactions.digital.templates.read";
const digiWrite = "interactions.digital.templates.write";
const contentOf = ({ metadata: _m, status: _s, ...content }: Json): Json => content;

function submitDigital(state: State, call: Call): Answer {
  const body = fields(call, ["templateId", "version", "channels", "locale", "contentBlocks", "variables", "metadata"]);
  const metadata = isObject(body.metadata) ? body.metadata : {};
  if (!Number.isInteger(metadata.timestamp) || Number(metadata.timestamp) > 1e11)
    call.wrong("metadata.timestamp is not in epoch seconds");
  if (typeof metadata.createdBy !== "string") call.wrong("metadata.createdBy is missing");
  if (!/^v\d+\.\d+$/.test(String(body.version))) return refuse(400, "the version is not allowed", "/version");
  const stored = state.digital.find((each) => each.templateId === body.templateId && each.version === body.version);
  if (stored !== undefined && !same(contentOf(stored), contentOf(body)))
    return refuse(409, "the version exists with other content");
  const job = { jobId: `job-${randomUUID()}`, status: "QUEUED", content: body };
  state.jobs.push(job);
  return { status: 202, body: { jobId: job.jobId } };
}

/** A job ends as the knob says when it is asked for or when the list is read: there is no clock here. */
export function runJobs(state: State): void {
  for (const job of state.jobs) {
    if (job.status === "COMPLETED" || job.status === "FAILED") continue;
    job.status = state.knobs.jobs;
    if (job.status === "FAILED") job.errorMessage = "block main was refused";
    if (job.status !== "COMPLETED" && !(job.status === "FAILED" && state.knobs.failedJobsStore)) continue;
    const { templateId, version } = job.content;
    if (!state.digital.some((each) => each.templateId === templateId && each.version === version))
      state.digital.push({ ...job.content, status: "ACTIVE" } as unknown as Digital);
  }
}

export function digital(state: State): readonly Route[] {
  const one = (id: string | undefined, version: string | undefined) =>
    state.digital.find((each) => each.templateId === decodeURIComponent(id ?? "") && each.version === version);
  return [
    { method: "POST", path: new RegExp(`^${digi}$`), scope: digiWrite, run: (call) => submitDigital(state, call) },
    {
      method: "GET",
      path: /^\/api\/v1\/jobs\/([^/]+)$/,
      scope: digiRead,
      run: (_call, [id]) => {
        runJobs(state);
        const job = state.jobs.find((each) => each.jobId === id);
        return job === undefined
          ? missing()
          : ok({
              jobId: job.jobId,
              status: job.status,
              ...(job.errorMessage === undefined ? {} : { errorMessage: job.errorMessage }),
            });
      },
    },
    {
      method: "GET",
      path: new RegExp(`^${digi}$`),
      scope: digiRead,
      query: ["page", "pageSize"],
      run: (call) => {
        runJobs(state);
        return state.knobs.list ? page(call, state.digital) : missing();
      },
    },
    {
      method: "GET",
      path: new RegExp(`^${digi}/([^/]+)/versions/([^/]+)$`),
      scope: digiRead,
      run: (_call, [id, version]) => {
        const found = one(id, version);
        return found === undefined ? missing() : ok(found);
      },
    },
    {
      method: "PUT",
      path: new RegExp(`^${digi}/([^/]+)/versions/([^/]+)$`),
      scope: digiWrite,
      run: (call, [id, version]) => {
        const { status } = fields(call, ["status"]);
        const found = one(id, version);
        if (found === undefined) return missing();
        if (status !== "ACTIVE" && status !== "DEPRECATED") return refuse(400, "status is not allowed", "/status");
        found.status = status;
        return ok(found);
      },
    },
  ];
}
