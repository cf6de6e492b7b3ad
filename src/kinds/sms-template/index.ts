// SmsTemplate: one object changed in place under its ETag, approved by this tool. Source: CXONE-API §5, DESIGN §4 "Mutable".

import { digest } from "../../base/digest.ts";
import { Conflict } from "../../base/failure.ts";
import type { ReadApi } from "../../contract/api.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type {
  Accepted,
  KnownRemote,
  Need,
  Observed,
  Performer,
  Target,
  VersionStatus,
  WriteCall,
} from "../../contract/kind.ts";
import { mutable } from "../../contract/lifecycle.ts";
import {
  asAsked,
  type From,
  idOf,
  listOrKnown,
  objectOf,
  orMissing,
  statusOf,
  textOf,
  timeOf,
} from "../_shared/answer.ts";
import { filled } from "../_shared/sample.ts";
import { counts } from "./counts.ts";
import { variableOf } from "./longest.ts";
import { rules, schemaCodes } from "./rules.ts";
import type { SmsSpec } from "./spec.ts";

interface SmsState {
  readonly content: string;
  readonly fromAddress: string;
  readonly approved: boolean;
}

const from: From = { family: "messaging", path: "/api/v1/messaging/templates" };

const statuses: Readonly<Record<string, VersionStatus>> = {
  // A draft waits for our own approval; `need` tells it from one that waits for somebody else.
  DRAFT: "pending",
  PENDING_REVIEW: "pending",
  APPROVED: "active",
  REJECTED: "rejected",
  DEPRECATED: "deprecated",
};

function parse(value: Json | undefined, etag?: string): Observed {
  const object = objectOf(value, from);
  const statusText = textOf(object, "status", from);
  const state: JsonObject = {
    content: textOf(object, "content", from),
    fromAddress: textOf(object, "from_address", from),
  };
  const meta = object["meta"];
  const revision = etag ?? (typeof object["etag"] === "string" ? object["etag"] : digest({ statusText, state }));
  const { etag: _etag, ...extra } = object;
  return {
    remoteId: idOf(object, "id", from),
    remoteName: textOf(object, "name", from),
    status: statusOf(statuses, statusText),
    statusText,
    state,
    revision,
    extra,
    ...(typeof meta === "object" && meta !== null && !Array.isArray(meta) ? times(meta as JsonObject, statusText) : {}),
  };
}

function times(meta: JsonObject, statusText: string): { createdAt?: string; decidedAt?: string } {
  const isDecided = statusText === "APPROVED" || statusText === "REJECTED";
  const [createdAt, updatedAt] = [timeOf(meta["created_at"]), timeOf(meta["updated_at"])];
  return {
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(isDecided && updatedAt !== undefined ? { decidedAt: updatedAt } : {}),
  };
}

async function readOne(api: ReadApi, remoteId: string): Promise<Observed | undefined> {
  const answer = await orMissing(api.get({ path: "templates", segments: [remoteId] }));
  return answer === undefined ? undefined : asAsked(parse(answer.body, answer.etag), remoteId, from);
}

const read = async (api: ReadApi, known: KnownRemote): Promise<Observed | undefined> =>
  known.remoteId === undefined ? undefined : readOne(api, known.remoteId);

async function find(api: ReadApi, name: string): Promise<Observed | undefined> {
  if (!api.capabilities.list) return undefined;
  const items = await api.list({ path: "templates", idOf: (item) => idOf(item, "id", from) });
  return items.map((item) => parse(item)).find((one) => one.remoteName === name);
}

const hasContent = (observed: Observed | undefined, state: JsonObject): boolean =>
  observed?.state["content"] === state["content"] && observed?.state["fromAddress"] === state["fromAddress"];

function creation(target: Target): WriteCall {
  const body: JsonObject = {
    name: target.name,
    content: target.state["content"] as string,
    from_address: target.state["fromAddress"] as string,
  };
  return {
    operation: "create",
    method: "POST",
    path: "templates",
    body: () => body,
    keyBody: body,
    remoteName: target.name,
    isTransition: false,
    accept: (answer) => (answer.body === undefined ? undefined : { observed: parse(answer.body, answer.etag) }),
    readBack: async (api) => {
      const found = await find(api, target.name);
      return hasContent(found, target.state) ? found : undefined;
    },
  };
}

/** What was planned, under a strong ETag: a list that shows none (✚) is made up for by a read, which must show what was planned. */
async function guarded(on: Performer, observed: Observed): Promise<Observed> {
  if (!on.api.capabilities.etag || observed.revision.startsWith('"')) return observed;
  const found = await readOne(on.api, observed.remoteId);
  if (found !== undefined && found.statusText === observed.statusText && hasContent(found, observed.state))
    return found;
  throw changedMeanwhile(observed.remoteName);
}

function changedMeanwhile(remoteName: string): Conflict {
  return new Conflict(
    `messaging: ${remoteName} is not as it was planned`,
    { family: "messaging", method: "PUT", path: "templates" },
    { hint: "Plan again: somebody changed it in CXone." },
  );
}

/** The contract's only write to an existing template: the whole object, guarded by the ETag that was read. */
function replacement(
  operation: string,
  observed: Observed,
  state: JsonObject,
  status: string,
  etag: boolean,
): WriteCall {
  const body: JsonObject = {
    ...observed.extra,
    id: observed.remoteId,
    name: observed.remoteName,
    status,
    content: state["content"] as string,
    from_address: state["fromAddress"] as string,
  };
  const { meta: _meta, ...content } = body;
  return {
    operation,
    method: "PUT",
    path: "templates",
    segments: [observed.remoteId],
    ...(etag ? { headers: { "If-Match": observed.revision } } : {}),
    body: () => body,
    // CXone's own times are left out; the revision stands for them, so that a key never goes out with two bodies.
    keyBody: { ...content, revision: observed.revision },
    remoteId: observed.remoteId,
    remoteName: observed.remoteName,
    isTransition: true,
    accept: ({ body, etag }) =>
      body === undefined ? undefined : { observed: asAsked(parse(body, etag), observed.remoteId, from) },
    readBack: async (api) => {
      const found = await readOne(api, observed.remoteId);
      const isThere =
        found !== undefined &&
        hasContent(found, state) &&
        (found.statusText === status || found.statusText === "PENDING_REVIEW");
      return isThere ? found : undefined;
    },
  };
}

/** Approves what is still as `planned`, in its own words: what somebody has edited since is neither overwritten nor approved. */
async function approve(on: Performer, state: JsonObject, planned: Observed, operation = "approve"): Promise<Accepted> {
  // The POST's answer has no ETag by contract; the approval must be guarded by one.
  const answer = await on.api.get({ path: "templates", segments: [planned.remoteId] });
  const draft = asAsked(parse(answer.body, answer.etag), planned.remoteId, from);
  if (!hasContent(draft, state)) throw changedMeanwhile(planned.remoteName);
  if (draft.statusText === "APPROVED" || draft.statusText === "PENDING_REVIEW") return { observed: draft };
  if (draft.statusText !== planned.statusText) throw changedMeanwhile(planned.remoteName);
  return on.write(replacement(operation, draft, state, "APPROVED", on.api.capabilities.etag));
}

const noDraft = (word: string): string =>
  `CXone holds it as ${word} and not as the draft that approved: false leaves; declare approved: true to have the change approved, or restore the content`;

function need(state: JsonObject, observed: Observed): Need {
  const word = observed.statusText;
  if (word === "PENDING_REVIEW") return { do: "wait", by: "pending", reason: "CXone reviews it" };
  if (word === "REJECTED" && hasContent(observed, state)) {
    return { do: "block", by: "rejected", reason: observed.reason ?? "CXone rejected it; change the content" };
  }
  if (state["approved"] === true && word === "DRAFT")
    return { do: "update", reason: "a draft that is to be approved", isUnfinished: true };
  if (state["approved"] === true && word === "DEPRECATED")
    return { do: "update", reason: "deprecated in CXone, declared as approved", isUnfinished: false };
  if (!Object.hasOwn(statuses, word)) return { do: "wait", by: "paused", reason: `CXone reports the status ${word}` };
  // Written as declared it would be a draft again: what is live would go out of service, and the plan would show a change of words.
  if (state["approved"] !== true && word !== "DRAFT") return { do: "keep", reason: noDraft(word) };
  return { do: "nothing" };
}

function segmentsOf(spec: JsonObject): number {
  return (counts({ spec })["content"] as { readonly segments: number }).segments;
}

export default mutable<SmsState>({
  name: "SmsTemplate",
  slug: "sms-template",
  folder: "templates/sms",
  family: "messaging",
  refersTo: [],
  // CXONE-API §5: the subscription is made before the approval that it should report.
  follows: ["WebhookSubscription"],
  rules,
  schemaCodes,
  sensitive: [],
  counts,
  removal: "deprecate",
  links: {},
  // CXONE-API §5: 409 on a taken name.
  repeated: "refused",
  address: (name) => `SmsTemplate/${name}`,
  references: () => [],
  normalise: ({ spec }: { spec: SmsSpec }) => ({
    content: spec.content,
    fromAddress: spec.fromAddress,
    approved: spec.approved ?? true,
  }),
  fields: {
    content: { change: "update" },
    fromAddress: { change: "update" },
    approved: {
      change: "update",
      refuses: (before, after) =>
        before === true && after === false
          ? "an approval cannot be taken back; remove the template to deprecate it"
          : undefined,
    },
  },
  keyOf: (name) => name,
  declaration: ({ remoteName, state, statusText }) => {
    const spec: JsonObject = { content: state["content"] as string, fromAddress: state["fromAddress"] as string };
    const segments = segmentsOf(spec);
    return {
      name: remoteName,
      isNameFree: false,
      spec: {
        ...spec,
        ...(segments > 1 ? { maxSegments: segments } : {}),
        ...(statusText === "DRAFT" || state["approved"] === false ? { approved: false } : {}),
      },
    };
  },
  takeOver: (spec) => (spec as unknown as SmsSpec).templateId,
  observe: (api, known) =>
    listOrKnown(
      api,
      { path: "templates" },
      (item) => idOf(item, "id", from),
      (item) => parse(item),
      known,
      read,
    ),
  read,
  need,
  operations: {
    create: async (on, target) => {
      const created = await on.write(creation(target));
      return target.state["approved"] === true ? approve(on, target.state, created.observed) : created;
    },
    update: async (on, target, observed) => {
      const isApproved = target.state["approved"] === true;
      // Approved already, it is put all the same: CXone's 409 and the reading after it tell the ledger that it is as declared.
      if (isApproved && hasContent(observed, target.state) && observed.status !== "active")
        return approve(on, target.state, observed);
      const status = isApproved ? "APPROVED" : "DRAFT";
      return on.write(
        replacement("update", await guarded(on, observed), target.state, status, on.api.capabilities.etag),
      );
    },
    remove: async (on, observed) =>
      on.write(
        replacement("deprecate", await guarded(on, observed), observed.state, "DEPRECATED", on.api.capabilities.etag),
      ),
    reactivate: (on, observed) => approve(on, observed.state, observed, "reactivate"),
  },
  parameters: (state) => [
    ...new Set(
      [...String(state["content"] ?? "").matchAll(/\{\{([^{}]{1,100})\}\}/g)].map((match) => match[1] as string),
    ),
  ],
  effect: ({ approved }) =>
    approved === true
      ? "approved by this merge: nobody reviews it after that"
      : "stays a draft that nothing can be sent with",
  sample: (spec) => {
    const { content } = spec as unknown as SmsSpec;
    return {
      parts: [{ part: "text", text: filled(content, (name) => variableOf(spec as unknown as SmsSpec, name)?.example) }],
    };
  },
  pointerOf: (field) => (field === "/from_address" ? "/spec/fromAddress" : `/spec${field}`),
});
