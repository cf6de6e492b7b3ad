// A2pRegistration: an approved SMS template registered with the carriers; nothing of it can be changed afterwards. Source: CXONE-API §5.
import { digest } from "../../base/digest.ts";
import type { ReadApi } from "../../contract/api.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type { KnownRemote, Need, Observed, Target, VersionStatus, WriteCall } from "../../contract/kind.ts";
import { mutable } from "../../contract/lifecycle.ts";
import { type From, idOf, objectOf, statusOf, textOf } from "../_shared/answer.ts";
import { rules, schemaCodes } from "./rules.ts";
import type { A2pSpec } from "./spec.ts";

interface A2pState {
  /** The address of the SmsTemplate. */
  readonly template: string;
  readonly campaignName: string;
  readonly messageClass: string;
  readonly optInLanguage: string;
}

const from: From = { family: "messaging", path: "/api/v1/a2p/registrations" };
const statuses: Readonly<Record<string, VersionStatus>> = {
  PENDING: "pending",
  REGISTERED: "active",
  REJECTED: "rejected",
};
const why = "a registration cannot be changed at the carriers; declare one under a new name";

/** An id of another type is no answer: taken for one that is left out, it would make the registration another one. */
const idField = (object: JsonObject): string => (object["id"] === undefined ? "template_id" : "id");

function parse(value: Json | undefined): Observed {
  const object = objectOf(value, from);
  // ✚ id and status: where a tenant answers neither, the template's id is the only name that there is.
  const statusText = object["status"] === undefined ? "REGISTERED" : textOf(object, "status", from);
  const templateId = idOf(object, "template_id", from);
  const state: JsonObject = {
    template: templateId,
    campaignName: textOf(object, "campaign_name", from),
    messageClass: textOf(object, "message_class", from),
    optInLanguage: textOf(object, "opt_in_language", from),
  };
  const remoteId = idOf(object, idField(object), from);
  return {
    remoteId,
    remoteName: templateId,
    status: statusOf(statuses, statusText),
    statusText,
    state,
    revision: digest({ statusText, state }),
  };
}

async function all(api: ReadApi): Promise<readonly Observed[]> {
  if (!api.capabilities.list) return [];
  const items = await api.list({
    path: "registrations",
    idOf: (item) => idOf(item, idField(item), from),
  });
  return items.map(parse);
}

const read = async (api: ReadApi, known: KnownRemote): Promise<Observed | undefined> =>
  (await all(api)).find((one) => one.remoteId === known.remoteId);

function registration(target: Target, templateId: string): WriteCall {
  const body: JsonObject = {
    template_id: templateId,
    campaign_name: target.state["campaignName"] as string,
    message_class: target.state["messageClass"] as string,
    opt_in_language: target.state["optInLanguage"] as string,
  };
  return {
    operation: "create",
    method: "POST",
    path: "registrations",
    body: () => body,
    keyBody: body,
    remoteName: templateId,
    isTransition: false,
    // The contract promises id and status only; what was sent stands in for the rest.
    accept: (answer) =>
      answer.body === undefined ? undefined : { observed: parse({ ...body, ...objectOf(answer.body, from) }) },
    readBack: async (api) => (await all(api)).find((one) => one.state["template"] === templateId),
  };
}

function need(_state: JsonObject, observed: Observed): Need {
  if (observed.status === "pending")
    return { do: "wait", by: "pending", reason: "the carriers review the registration" };
  if (observed.status === "rejected")
    return {
      do: "block",
      by: "rejected",
      reason: observed.reason ?? "the carriers rejected the registration; declare one under a new name",
    };
  if (observed.status === "unknown")
    return { do: "wait", by: "paused", reason: `CXone reports the status ${observed.statusText}` };
  return { do: "nothing" };
}

export default mutable<A2pState>({
  name: "A2pRegistration",
  slug: "a2p-registration",
  folder: "templates/a2p",
  family: "messaging",
  refersTo: ["SmsTemplate"],
  follows: ["WebhookSubscription"],
  rules,
  schemaCodes,
  sensitive: [],
  removal: "none",
  links: { template: "SmsTemplate" },
  whenReferenceChanges: {
    code: "CX4021",
    message:
      "is registered for A2P: the carriers approved other words, so carrier_ready is false until they are registered again",
    hint: "Register the new wording under a new A2pRegistration, or restore the registered one.",
  },
  // CXONE-API §5: 409 when the template is registered.
  repeated: "refused",
  address: (name) => `A2pRegistration/${name}`,
  references: (spec) => [
    { address: `SmsTemplate/${(spec as unknown as A2pSpec).template}`, pointer: "/spec/template" },
  ],
  normalise: ({ spec }: { spec: A2pSpec }) => ({
    template: `SmsTemplate/${spec.template}`,
    campaignName: spec.campaignName,
    messageClass: spec.messageClass,
    optInLanguage: spec.optInLanguage,
  }),
  fields: {
    template: { change: "forbid", why },
    campaignName: { change: "forbid", why },
    messageClass: { change: "forbid", why },
    optInLanguage: { change: "forbid", why },
  },
  effect: () => "goes to the carriers for registration, which can neither be changed nor taken back",
  keyOf: (_name, state) => state["template"] as string,
  declaration: ({ state: { template, ...spec } }) => {
    const [kind, name] = String(template).split("/");
    if (kind !== "SmsTemplate" || name === undefined)
      return "the SmsTemplate that it registers is neither declared nor imported";
    return { name, isNameFree: true, spec: { template: name, ...spec } };
  },
  isSeenInListOnly: true,
  observe: async (api) => (api.capabilities.list ? all(api) : undefined),
  read,
  need,
  operations: {
    create: (on, target) => on.write(registration(target, on.remoteIdOf(target.state["template"] as string))),
  },
  pointerOf: (field) =>
    ({
      "/template_id": "/spec/template",
      "/campaign_name": "/spec/campaignName",
      "/message_class": "/spec/messageClass",
      "/opt_in_language": "/spec/optInLanguage",
    })[field] ?? `/spec${field}`,
});
