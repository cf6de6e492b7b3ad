// WebhookSubscription: where CXone reports decisions; its secret is known by its variable and rotation only. Source: CXONE-API §5.
import { digest } from "../../base/digest.ts";
import type { ReadApi } from "../../contract/api.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type { KnownRemote, Observed, Performer, Target, WriteCall } from "../../contract/kind.ts";
import { mutable } from "../../contract/lifecycle.ts";
import { asAsked, type From, idOf, objectOf, textOf, textsOf } from "../_shared/answer.ts";
import { rules, schemaCodes } from "./rules.ts";
import type { WebhookSpec } from "./spec.ts";

interface WebhookState {
  readonly url: string;
  readonly events: readonly string[];
  /** Never the secret nor a fingerprint of it: raising the rotation is how a change is declared. */
  readonly secret: { readonly variable: string; readonly rotation: number };
}

const from: From = { family: "messaging", path: "/api/v1/webhooks" };

function parse(value: Json | undefined): Observed {
  const object = objectOf(value, from);
  const url = textOf(object, "url", from);
  // The secret is never returned, so it is no part of what is observed.
  const state: JsonObject = { url, events: textsOf(object, "events", from) };
  return {
    remoteId: idOf(object, "id", from),
    remoteName: url,
    status: "active",
    statusText: "ACTIVE",
    state,
    revision: digest(state),
  };
}

async function all(api: ReadApi): Promise<readonly Observed[]> {
  if (!api.capabilities.list) return [];
  const items = await api.list({ path: "webhooks", idOf: (item) => idOf(item, "id", from) });
  return items.map(parse);
}

const read = async (api: ReadApi, known: KnownRemote): Promise<Observed | undefined> =>
  (await all(api)).find((one) => one.remoteId === known.remoteId);

const isSame = (one: Observed, state: JsonObject): boolean =>
  one.state["url"] === state["url"] &&
  digest([...(one.state["events"] as readonly string[])].sort()) ===
    digest([...(state["events"] as readonly string[])].sort());

function writing(on: Performer, target: Target, observed: Observed | undefined): WriteCall {
  const { state } = target;
  const secret = state["secret"] as { readonly variable: string; readonly rotation: number };
  const shown: JsonObject = { url: state["url"] as string, events: state["events"] as Json };
  return {
    operation: observed === undefined ? "create" : "update",
    method: observed === undefined ? "POST" : "PUT",
    path: "webhooks",
    ...(observed === undefined ? {} : { segments: [observed.remoteId], remoteId: observed.remoteId }),
    body: () => ({ ...shown, secret: on.secret(secret.variable) }),
    // The key must not depend on the secret: a ledger would then hold something to guess it against.
    keyBody: { ...shown, secret: { ...secret } },
    remoteName: state["url"] as string,
    isTransition: observed !== undefined,
    accept: ({ body }) => {
      if (body === undefined) return undefined;
      const answered = parse(body);
      return { observed: observed === undefined ? answered : asAsked(answered, observed.remoteId, from) };
    },
    readBack: async (api) => {
      const found = (await all(api)).filter((one) => isSame(one, state));
      // A PUT that only changes the secret cannot be seen; it is repeated with the same key, which is harmless.
      return observed === undefined || !isSame(observed, state) ? found[0] : undefined;
    },
    ...(observed === undefined ? {} : { missing: (api) => gone(api, observed) }),
  };
}

/** What a 404 to a change means: by the list, or else by itself. */
async function gone(api: ReadApi, observed: Observed): Promise<Observed | undefined> {
  const isThere = (await all(api)).some((one) => one.remoteId === observed.remoteId);
  return isThere ? undefined : { ...observed, status: "deprecated", statusText: "DELETED" };
}

function removal(observed: Observed): WriteCall {
  return {
    operation: "remove",
    method: "DELETE",
    path: "webhooks",
    segments: [observed.remoteId],
    keyBody: null,
    remoteId: observed.remoteId,
    remoteName: observed.remoteName,
    isTransition: true,
    accept: () => ({ observed: { ...observed, status: "deprecated", statusText: "DELETED" } }),
    // Without lists nothing is seen, which is not the same as gone: it is asked again.
    readBack: async (api) => (api.capabilities.list ? gone(api, observed) : undefined),
    missing: (api) => gone(api, observed),
  };
}

export default mutable<WebhookState>({
  name: "WebhookSubscription",
  slug: "webhook-subscription",
  folder: "webhooks",
  family: "messaging",
  refersTo: [],
  follows: [],
  rules,
  schemaCodes,
  sensitive: [],
  removal: "remove",
  links: {},
  address: (name) => `WebhookSubscription/${name}`,
  references: () => [],
  secrets: (spec) => [{ variable: (spec as unknown as WebhookSpec).secret.fromEnv, pointer: "/spec/secret/fromEnv" }],
  normalise: ({ spec }: { spec: WebhookSpec }) => ({
    url: spec.url,
    events: [...spec.events],
    secret: { variable: spec.secret.fromEnv, rotation: spec.secret.rotation ?? 1 },
  }),
  effect: () => "CXone reports its events to this address from then on",
  fields: {
    url: { change: "update" },
    events: { change: "update", compare: "set" },
    secret: { change: "update" },
  },
  keyOf: (_name, state) => state["url"] as string,
  declaration: ({ state }) => {
    const url = state["url"] as string;
    if (!URL.canParse(url)) return "its url cannot be read";
    const known = state["secret"] as WebhookState["secret"] | undefined;
    const secret: JsonObject =
      known === undefined ? { fromEnv: "CXONE_WEBHOOK_SECRET" } : { fromEnv: known.variable, rotation: known.rotation };
    return {
      // CXone has no name for it.
      name: new URL(url).hostname,
      isNameFree: true,
      spec: { url, events: state["events"] as Json, secret },
      comments: {
        secret: " CXone never shows a secret: set this variable to the one that the subscription was made with.",
      },
    };
  },
  isSeenInListOnly: true,
  observe: async (api) => (api.capabilities.list ? all(api) : undefined),
  read,
  need: () => ({ do: "nothing" }),
  operations: {
    create: (on, target) => on.write(writing(on, target, undefined)),
    update: async (on, target, observed) => {
      const written = await on.write(writing(on, target, observed));
      // Somebody has removed it, or we have without learning of it.
      return written.observed.status === "active" ? written : on.write(writing(on, target, undefined));
    },
    remove: (on, observed) => on.write(removal(observed)),
  },
  pointerOf: (field) => `/spec${field}`,
});
