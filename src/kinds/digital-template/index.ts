// DigitalTemplate: a template of several channels; CXone counts its versions itself and persists each through a job. Source: CXONE-API §4.
import { digest } from "../../base/digest.ts";
import type { ReadApi } from "../../contract/api.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type {
  Accepted,
  KnownRemote,
  Observed,
  Performer,
  Target,
  Version,
  VersionStatus,
  WriteCall,
} from "../../contract/kind.ts";
import { versioned } from "../../contract/lifecycle.ts";
import {
  asAsked,
  type From,
  idOf,
  listOf,
  listOrKnown,
  objectOf,
  orMissing,
  statusOf,
  textOf,
  textOrNull,
  textsOf,
} from "../_shared/answer.ts";
import { normaliseLocale } from "../_shared/locales.ts";
import { counts } from "./counts.ts";
import { variablesInOrder } from "./message.ts";
import { rules, schemaCodes } from "./rules.ts";
import type { ContentBlock, DigitalSpec } from "./spec.ts";
import { bump, compareVersions } from "./version.ts";

interface DigitalState {
  readonly templateId: string;
  readonly locale: string;
  readonly channels: readonly string[];
  readonly contentBlocks: readonly JsonObject[];
  readonly variables: readonly string[];
}

const from: From = { family: "digital", path: "/api/v1/interactions/digital/templates" };
const jobFrom: From = { family: "digital", path: "/api/v1/jobs" };
const statuses: Readonly<Record<string, VersionStatus>> = { ACTIVE: "active", DEPRECATED: "deprecated" };
/** A job is asked after these pauses; a longer one is left to the next run. */
const jobPausesMs = [100, 200, 400, 800, 1500, 3000, 4000];

function parse(value: Json | undefined): Observed {
  const object = objectOf(value, from);
  const templateId = idOf(object, "templateId", from);
  // ✚ in CXONE-API §4: a tenant without the field has no deprecated versions to tell apart.
  const statusText = textOrNull(object, "status", from) ?? "ACTIVE";
  const state: JsonObject = {
    templateId,
    locale: textOf(object, "locale", from),
    channels: textsOf(object, "channels", from),
    contentBlocks: listOf(object, "contentBlocks", from).map((block) => {
      const { id, type, content } = objectOf(block, from, "contentBlocks");
      return { id: id as Json, type: type as Json, content: content as Json };
    }),
    variables: textsOf(object, "variables", from),
  };
  const createdAt = createdAtOf(object);
  return {
    remoteId: templateId,
    remoteName: templateId,
    version: idOf(object, "version", from),
    status: statusOf(statuses, statusText),
    statusText,
    state,
    revision: digest(state),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/** `metadata.timestamp`, epoch seconds, where it is a time that a calendar has. */
function createdAtOf({ metadata }: JsonObject): string | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const { timestamp } = metadata as JsonObject;
  const created = new Date(typeof timestamp === "number" ? timestamp * 1000 : Number.NaN);
  return Number.isNaN(created.getTime()) ? undefined : created.toISOString();
}

async function readVersion(api: ReadApi, templateId: string, version: Version): Promise<Observed | undefined> {
  const answer = await orMissing(api.get({ path: "templates", segments: [templateId, "versions", String(version)] }));
  return answer === undefined ? undefined : asAsked(parse(answer.body), templateId, from, version);
}

const read = (api: ReadApi, known: KnownRemote): Promise<Observed | undefined> =>
  readVersion(api, known.remoteId ?? known.remoteName, known.version);

function pendingVersion(target: Target, version: Version): Observed {
  const templateId = target.state["templateId"] as string;
  return {
    remoteId: templateId,
    remoteName: templateId,
    version,
    status: "pending",
    statusText: "QUEUED",
    state: target.state,
    revision: "",
  };
}

function submission(target: Target, version: Version): WriteCall {
  const { state } = target;
  const templateId = state["templateId"] as string;
  const content: JsonObject = {
    templateId,
    version: String(version),
    channels: state["channels"] as Json,
    locale: state["locale"] as string,
    contentBlocks: state["contentBlocks"] as Json,
    variables: state["variables"] as Json,
  };
  return {
    operation: version === "v1.0" ? "create" : "newVersion",
    method: "POST",
    path: "templates",
    // Epoch seconds, unlike every other time of the contract.
    body: (atMs) => ({ ...content, metadata: { createdBy: "cxform", timestamp: Math.floor(atMs / 1000) } }),
    keyBody: content,
    remoteId: templateId,
    remoteName: templateId,
    isTransition: false,
    accept: (answer) => ({
      observed: pendingVersion(target, version),
      jobId: idOf(objectOf(answer.body, jobFrom), "jobId", jobFrom),
    }),
    readBack: async (api) => {
      const found = await readVersion(api, templateId, version);
      return found !== undefined && digest(found.state) === digest(state) ? found : undefined;
    },
  };
}

async function askJob(
  api: ReadApi,
  jobId: string,
): Promise<{ status: "pending" | "active" | "rejected"; reason?: string } | undefined> {
  const answer = await orMissing(api.get({ path: "jobs", segments: [jobId] }));
  if (answer === undefined) return undefined;
  const job = objectOf(answer.body, jobFrom);
  const status = textOf(job, "status", jobFrom);
  if (status === "COMPLETED") return { status: "active" };
  if (status !== "FAILED") return { status: "pending" };
  return { status: "rejected", reason: textOrNull(job, "errorMessage", jobFrom) ?? "the job failed without a reason" };
}

async function submit(on: Performer, target: Target, version: Version): Promise<Accepted> {
  const call = submission(target, version);
  const accepted = await on.write(call);
  if (accepted.jobId === undefined) return accepted;
  for (const pauseMs of jobPausesMs) {
    await on.sleep(pauseMs);
    const job = await askJob(on.api, accepted.jobId);
    if (job?.status === "rejected") {
      // A job that failed has not always done nothing (RELIABILITY S7): what is stored is what senders get.
      const stored = await call.readBack(on.api, "");
      if (stored !== undefined) return { ...accepted, observed: stored };
      return { ...accepted, observed: failedVersion(accepted.observed, job.reason) };
    }
    if (job?.status === "active") {
      const observed = await readVersion(on.api, accepted.observed.remoteId, version);
      if (observed !== undefined) return { ...accepted, observed };
    }
  }
  return accepted;
}

function failedVersion(observed: Observed, reason: string | undefined): Observed {
  return { ...observed, status: "rejected", statusText: "FAILED", ...(reason === undefined ? {} : { reason }) };
}

function statusChange(operation: string, status: "DEPRECATED" | "ACTIVE", observed: Observed): WriteCall {
  const version = observed.version as Version;
  return {
    operation,
    method: "PUT",
    path: "templates",
    segments: [observed.remoteId, "versions", String(version)],
    body: () => ({ status }),
    keyBody: { status },
    remoteId: observed.remoteId,
    remoteName: observed.remoteName,
    isTransition: true,
    accept: ({ body }) =>
      body === undefined ? undefined : { observed: asAsked(parse(body), observed.remoteId, from, version) },
    readBack: async (api) => {
      const found = await readVersion(api, observed.remoteId, version);
      return found?.statusText === status ? found : undefined;
    },
  };
}

/** Meta needs positional placeholders: who sends through WhatsApp by position must follow a changed order (RULES, CX31xx). */
function positionsMoved(before: Json, after: Json, next: JsonObject): string | undefined {
  if (!(next["channels"] as readonly string[]).includes("whatsapp")) return undefined;
  const orders = [before, after].map((blocks) =>
    variablesInOrder((blocks ?? []) as unknown as readonly ContentBlock[]).join(" "),
  );
  return before === null || orders[0] === orders[1]
    ? undefined
    : "the order of the variables changes: WhatsApp counts them";
}

export default versioned<DigitalState>({
  name: "DigitalTemplate",
  slug: "digital-template",
  folder: "templates/digital",
  family: "digital",
  refersTo: [],
  follows: [],
  rules,
  schemaCodes,
  sensitive: [],
  counts,
  firstVersion: "v1.0",
  namedVersions: false,
  links: {},
  // CXONE-API §4: the same content of a version is accepted again.
  repeated: "same",
  address: (name, spec) => `DigitalTemplate/${name}/${normaliseLocale((spec as unknown as DigitalSpec).locale)}`,
  references: () => [],
  normalise: ({ name, spec }: { name: string; spec: DigitalSpec }) => {
    const locale = normaliseLocale(spec.locale);
    return {
      templateId: spec.templateId ?? `${name}.${locale}`,
      locale,
      channels: [...spec.channels],
      contentBlocks: spec.contentBlocks.map(({ id, type, content }) => ({ id, type, content })),
      variables: [...spec.variables],
    };
  },
  fields: {
    templateId: {
      change: "forbid",
      why: "templateId is what CXone knows this template by; declare a new resource with metadata.renamedFrom instead",
    },
    locale: { change: "forbid", why: "a locale is part of the address; another locale is another resource" },
    channels: { change: "newVersion", compare: "set" },
    contentBlocks: { change: "newVersion", risk: positionsMoved },
    variables: { change: "newVersion", compare: "set" },
  },
  keyOf: (_name, state) => state["templateId"] as string,
  declaration: ({ state }) => {
    const { templateId, locale, ...rest } = state;
    const suffix = `.${normaliseLocale(String(locale))}`;
    const id = String(templateId);
    // The id is what it is: a name is taken from it only so that the default id is that very one.
    const isDefault = id.endsWith(suffix) && id.length > suffix.length;
    const spec: JsonObject = { locale: locale as Json, ...rest };
    return isDefault
      ? { name: id.slice(0, -suffix.length), isNameFree: false, spec }
      : { name: id, isNameFree: true, spec: { ...spec, templateId: id } };
  },
  observe: (api, known) =>
    listOrKnown(
      api,
      { path: "templates" },
      (item) => `${idOf(item, "templateId", from)}@${idOf(item, "version", from)}`,
      parse,
      known,
      read,
    ),
  read,
  bump,
  compareVersions,
  notes: (state) => {
    const order = variablesInOrder(state["contentBlocks"] as unknown as readonly ContentBlock[]);
    if (!(state["channels"] as readonly string[]).includes("whatsapp") || order.length === 0) return [];
    return [`WhatsApp counts variables: ${order.map((name, index) => `{{${name}}} is {{${index + 1}}}`).join(", ")}`];
  },
  remoteName: (target) => target.state["templateId"] as string,
  job: async (api, known) => (known.jobId === undefined ? undefined : askJob(api, known.jobId)),
  operations: {
    submit,
    deprecate: (on, observed) => on.write(statusChange("deprecate", "DEPRECATED", observed)),
    reactivate: (on, observed) => on.write(statusChange("reactivate", "ACTIVE", observed)),
  },
  parameters: (state) => (state["variables"] ?? []) as readonly string[],
  effect: () => "goes to CXone, which checks it before it can be sent",
  pointerOf: (field) => `/spec${field}`,
});
