// BusinessHours: when a service desk answers; one object a name, changed in place. Source: the worked example of CONTRIBUTING.md.
import { digest } from "../../../src/base/digest.ts";
import type { ReadApi } from "../../../src/contract/api.ts";
import type { Json, JsonObject } from "../../../src/contract/json.ts";
import type { KnownRemote, Observed, Target, WriteCall } from "../../../src/contract/kind.ts";
import { mutable } from "../../../src/contract/lifecycle.ts";
import {
  asAsked,
  type From,
  idOf,
  listOf,
  objectOf,
  orMissing,
  textOf,
  textsOf,
} from "../../../src/kinds/_shared/answer.ts";

type HoursSpec = {
  readonly timeZone: string;
  readonly opens: readonly { readonly day: string; readonly from: string; readonly to: string }[];
  readonly closedOn?: readonly string[];
  readonly note?: string;
};

interface HoursState {
  readonly timeZone: string;
  readonly opens: readonly JsonObject[];
  readonly closedOn: readonly string[];
  readonly note: string;
}

const from: From = { family: "engage", path: "hours" };

function parse(value: Json | undefined): Observed {
  const object = objectOf(value, from);
  // CXone keeps no note, so it is left out of what is observed and never compared.
  const state: JsonObject = {
    timeZone: textOf(object, "timeZone", from),
    opens: listOf(object, "opens", from),
    closedOn: textsOf(object, "closedOn", from),
  };
  return {
    remoteId: idOf(object, "id", from),
    remoteName: textOf(object, "name", from),
    status: "active",
    statusText: "ACTIVE",
    state,
    revision: digest(state),
  };
}

async function all(api: ReadApi): Promise<readonly Observed[]> {
  const items = await api.list({ path: "hours", idOf: (item) => idOf(item, "id", from) });
  return items.map(parse);
}

async function read(api: ReadApi, known: KnownRemote): Promise<Observed | undefined> {
  const answer = await orMissing(api.get({ path: "hours", segments: [known.remoteId ?? ""] }));
  return answer === undefined ? undefined : asAsked(parse(answer.body), known.remoteId ?? "", from);
}

function writing(target: Target, observed: Observed | undefined): WriteCall {
  const { timeZone, opens, closedOn } = target.state as unknown as HoursState;
  const body: JsonObject = { name: target.name, timeZone, opens, closedOn };
  return {
    operation: observed === undefined ? "create" : "update",
    method: observed === undefined ? "POST" : "PUT",
    path: "hours",
    ...(observed === undefined ? {} : { segments: [observed.remoteId], remoteId: observed.remoteId }),
    body: () => body,
    keyBody: body,
    remoteName: target.name,
    isTransition: observed !== undefined,
    accept: (answer) => (answer.body === undefined ? undefined : { observed: parse(answer.body) }),
    // Found after a lost answer only when it holds the very content that was sent.
    readBack: async (api) =>
      (await all(api)).find(
        (one) => one.remoteName === target.name && digest(one.state) === digest({ timeZone, opens, closedOn }),
      ),
  };
}

export default mutable<HoursState>({
  name: "BusinessHours",
  slug: "business-hours",
  folder: "hours",
  family: "engage",
  refersTo: [],
  follows: [],
  rules: [],
  schemaCodes: [],
  sensitive: ["note"],
  removal: "none",
  links: {},
  address: (name) => `BusinessHours/${name}`,
  references: () => [],
  normalise: ({ spec }: { spec: HoursSpec }) => ({
    timeZone: spec.timeZone,
    opens: spec.opens.map(({ day, from: opensAt, to }) => ({ day, from: opensAt, to })),
    closedOn: [...(spec.closedOn ?? [])],
    note: spec.note ?? "",
  }),
  fields: {
    timeZone: { change: "forbid", why: "the hours of a desk that moved are new hours; declare them under a new name" },
    opens: { change: "update" },
    closedOn: { change: "update", compare: "set" },
    note: { change: "ignore", why: "notes are for colleagues; CXone never sees them" },
  },
  keyOf: (name) => name,
  observe: async (api) => (api.capabilities.list ? all(api) : undefined),
  read,
  need: () => ({ do: "nothing" }),
  operations: {
    create: (on, target) => on.write(writing(target, undefined)),
    update: (on, target, observed) => on.write(writing(target, observed)),
  },
  pointerOf: (field) => `/spec${field}`,
});
