// WhatsAppTemplate: a template that Meta reviews; versions are templates side by side, told apart by name. Source: CXONE-API §3.
import { digest } from "../../base/digest.ts";
import type { ReadApi } from "../../contract/api.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type {
  Accepted,
  KnownRemote,
  Observed,
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
  timeOf,
  withoutNulls,
} from "../_shared/answer.ts";
import { normaliseLanguage } from "../_shared/languages.ts";
import { advise } from "./advice.ts";
import { counts } from "./counts.ts";
import { placeholderOrder, placeholdersIn } from "./placeholder-order.ts";
import { rules, schemaCodes } from "./rules.ts";
import { sample } from "./sample.ts";
import type { WhatsAppSpec } from "./spec.ts";

interface WhatsAppState {
  readonly language: string;
  readonly category: string | null;
  readonly header: string | JsonObject | null;
  readonly body: string;
  readonly footer: string | null;
  readonly buttons: readonly JsonObject[];
  readonly examples: JsonObject;
}

const from: From = { family: "omnichannel", path: "/api/v2/omnichannel/messaging/templates" };

const statuses: Readonly<Record<string, VersionStatus>> = {
  PENDING: "pending",
  IN_REVIEW: "pending",
  APPROVED: "active",
  REJECTED: "rejected",
  DEPRECATED: "deprecated",
  PAUSED: "paused",
  DISABLED: "paused",
  IN_APPEAL: "paused",
};

function parse(value: Json | undefined): Observed {
  const object = objectOf(value, from);
  const statusText = textOf(object, "status", from);
  const header = object["header"] ?? null;
  const reason = textOrNull(object, "rejectionReason", from);
  const updatedAt = timeOf(object["updatedAt"]);
  const createdAt = timeOf(object["createdAt"]);
  const state: JsonObject = {
    language: textOf(object, "language", from),
    header: typeof header === "object" && header !== null ? withoutNulls(objectOf(header, from, "header")) : header,
    body: textOf(object, "body", from),
    footer: textOrNull(object, "footer", from),
    buttons:
      (object["buttons"] ?? null) === null
        ? []
        : listOf(object, "buttons", from).map((button) => withoutNulls(objectOf(button, from, "buttons"))),
    ...(typeof object["category"] === "string" ? { category: object["category"] } : {}),
  };
  return {
    remoteId: idOf(object, "id", from),
    remoteName: textOf(object, "name", from),
    status: statusOf(statuses, statusText),
    statusText,
    // Meta reports NONE where there is no reason (RULES, rejection reasons).
    ...(reason !== null && reason !== "NONE" ? { reason } : {}),
    state,
    revision: digest(state),
    ...(hasExamples(object["examples"]) ? { extra: { examples: object["examples"] as JsonObject } } : {}),
    ...(updatedAt !== undefined && statusText !== "PENDING" && statusText !== "IN_REVIEW"
      ? { decidedAt: updatedAt }
      : {}),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/** CXone may leave examples out, or answer none. */
function hasExamples(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

async function readOne(api: ReadApi, remoteId: string): Promise<Observed | undefined> {
  const answer = await orMissing(api.get({ path: "templates", segments: [remoteId] }));
  return answer === undefined ? undefined : asAsked(parse(answer.body), remoteId, from);
}

const read = async (api: ReadApi, known: KnownRemote): Promise<Observed | undefined> =>
  known.remoteId === undefined ? undefined : readOne(api, known.remoteId);

/** The template of that name and language, whoever made it. */
async function find(api: ReadApi, remoteName: string, language: string): Promise<Observed | undefined> {
  if (!api.capabilities.list) return undefined;
  const items = await api.list({
    path: "templates",
    query: { name: remoteName },
    idOf: (item) => idOf(item, "id", from),
  });
  return items.map(parse).find((one) => one.remoteName === remoteName && one.state["language"] === language);
}

function remoteName(target: Target, version: Version): string {
  return version === 1 ? target.name : `${target.name}_v${version}`;
}

function submission(target: Target, version: Version): WriteCall {
  const { state } = target;
  const name = remoteName(target, version);
  const body: JsonObject = {
    name,
    channel: "whatsapp",
    language: state["language"] as string,
    ...(state["category"] === null ? {} : { category: state["category"] as string }),
    body: state["body"] as string,
    header: state["header"] as Json,
    footer: state["footer"] as Json,
    buttons: state["buttons"] as Json,
    examples: state["examples"] as Json,
    status: "PENDING",
  };
  return {
    operation: version === 1 ? "create" : "newVersion",
    method: "POST",
    path: "templates",
    body: () => body,
    keyBody: body,
    remoteName: name,
    isTransition: false,
    accept: (answer) => accept(answer.body),
    // Only a template with the very content that was sent is the effect of this submission.
    readBack: async (api) => {
      const found = await find(api, name, state["language"] as string);
      return found?.state["body"] === state["body"] && found?.state["footer"] === state["footer"] ? found : undefined;
    },
  };
}

function accept(body: Json | undefined): Accepted | undefined {
  return body === undefined ? undefined : { observed: parse(body) };
}

function statusChange(operation: string, status: "DEPRECATED" | "APPROVED", observed: Observed): WriteCall {
  return {
    operation,
    method: "PUT",
    path: "templates",
    segments: [observed.remoteId],
    body: () => ({ status }),
    keyBody: { status },
    remoteId: observed.remoteId,
    remoteName: observed.remoteName,
    isTransition: true,
    accept: ({ body }) =>
      body === undefined ? undefined : { observed: asAsked(parse(body), observed.remoteId, from) },
    readBack: async (api) => {
      const found = await readOne(api, observed.remoteId);
      return found?.statusText === status ? found : undefined;
    },
  };
}

export default versioned<WhatsAppState>({
  name: "WhatsAppTemplate",
  slug: "whatsapp-template",
  folder: "templates/whatsapp",
  family: "omnichannel",
  refersTo: [],
  follows: [],
  rules,
  schemaCodes,
  sensitive: ["examples"],
  counts,
  firstVersion: 1,
  namedVersions: true,
  links: {},
  // CXONE-API §3: 409 when (name, language) exists.
  repeated: "refused",
  address: (name, spec) => `WhatsAppTemplate/${name}/${normaliseLanguage((spec as unknown as WhatsAppSpec).language)}`,
  references: () => [],
  normalise: ({ spec }: { spec: WhatsAppSpec }) => ({
    language: normaliseLanguage(spec.language),
    category: spec.category ?? null,
    header: spec.header === undefined ? null : typeof spec.header === "string" ? spec.header : { ...spec.header },
    body: spec.body,
    footer: spec.footer ?? null,
    buttons: (spec.buttons ?? []).map((button) => withoutNulls(button as unknown as JsonObject)),
    examples: { ...spec.examples },
  }),
  fields: {
    language: { change: "forbid", why: "a language is part of the address; another language is another resource" },
    category: { change: "newVersion", setBy: "cxone" },
    header: { change: "newVersion", risk: placeholderOrder },
    body: { change: "newVersion", risk: placeholderOrder },
    footer: { change: "newVersion" },
    buttons: { change: "newVersion", risk: placeholderOrder },
    examples: {
      change: "ignore",
      why: "examples are read by Meta's reviewer only; a change of them alone is not worth a review",
    },
  },
  keyOf: (name, state) => `${name}|${state["language"]}`,
  declaration: ({ remoteName, state, extra }) => {
    // Meta's characters, and room for the suffix of later versions (CX3001, CX3002).
    if (!/^[a-z0-9_]{1,252}$/.test(remoteName)) return "its name is none that a manifest may have";
    const { language, category = null, header, body, footer } = state;
    const buttons = (state["buttons"] as readonly Json[]).length === 0 ? null : (state["buttons"] as Json);
    const spec = withoutNulls({ language, category, header, body, footer, buttons, ...extra } as JsonObject);
    return { name: remoteName, isNameFree: false, spec };
  },
  observe: (api, known) =>
    listOrKnown(
      api,
      { path: "templates" },
      (item) => idOf(item, "id", from),
      (item) => (isWhatsApp(item) ? parse(item) : undefined),
      known,
      read,
    ),
  read,
  bump: (highest) => ({ version: (highest as number) + 1 }),
  compareVersions: (left, right) => (left as number) - (right as number),
  remoteName,
  advise,
  repeats: (state, other) => {
    // Meta rejects a second template with the same body and footer in one language, whatever its name; codes are exempt.
    const same =
      state["body"] === other["body"] && state["footer"] === other["footer"] && state["language"] === other["language"];
    const exempt = state["category"] === "AUTHENTICATION" || other["category"] === "AUTHENTICATION";
    return same && !exempt ? "body and footer are word for word the same" : undefined;
  },
  operations: {
    submit: (on, target, version) => on.write(submission(target, version)),
    deprecate: (on, observed) => on.write(statusChange("deprecate", "DEPRECATED", observed)),
    reactivate: (on, observed) => on.write(statusChange("reactivate", "APPROVED", observed)),
  },
  parameters: (state) => placeholdersIn([state["header"] ?? null, state["body"] ?? null, state["buttons"] ?? null]),
  effect: () => "goes to Meta for review, which takes minutes to a day, and can be sent once Meta has approved it",
  sample,
  pointerOf: (field) => `/spec${field}`,
});

function isWhatsApp(item: JsonObject): boolean {
  return item["channel"] === undefined || item["channel"] === "whatsapp";
}
