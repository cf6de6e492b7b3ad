// Builders for the planner's tests: declared resources, ledger versions and observed objects in a line each. Decides nothing, reads nothing.

import assert from "node:assert/strict";
import type { Family } from "../../src/contract/api.ts";
import type { ChunkSummary, Declared, RecordsContent } from "../../src/contract/declared.ts";
import type { LedgerResource, LedgerVersion } from "../../src/contract/entry.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import type { Kind, Observed, Version, VersionStatus } from "../../src/contract/kind.ts";
import type { Held, Plan, Step } from "../../src/contract/plan.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { comparable, contentDigest, maskedContent } from "../../src/plan/content.ts";
import type { KindObservation, PlanInput, Planned, RecordsObservation } from "../../src/plan/input.ts";
import { allCapabilities } from "../_world/capabilities.ts";

export const now = Date.UTC(2026, 10, 20, 12, 0, 0);
export const dayMs = 86_400_000;
export const at = (days: number): string => new Date(now + days * dayMs).toISOString();

export function kindNamed<Lifecycle extends Kind["lifecycle"]>(
  name: string,
  lifecycle: Lifecycle,
): Extract<Kind, { lifecycle: Lifecycle }> {
  const kind = kinds.find((one) => one.name === name && one.lifecycle === lifecycle);
  if (kind === undefined) throw new Error(`no ${lifecycle} kind ${name}`);
  return kind as Extract<Kind, { lifecycle: Lifecycle }>;
}

export const whatsapp = kindNamed("WhatsAppTemplate", "versioned");
export const digital = kindNamed("DigitalTemplate", "versioned");
export const sms = kindNamed("SmsTemplate", "mutable");
export const a2p = kindNamed("A2pRegistration", "mutable");
export const webhook = kindNamed("WebhookSubscription", "mutable");
export const session = kindNamed("GuestSession", "once");
export const batch = kindNamed("PreferenceBatch", "records");

/** Specs in the words of the shop, to be altered field by field. */
export const specs = {
  parcel: {
    language: "en",
    category: "UTILITY",
    body: "Parcel {{1}} is on its way to {{2}}.",
    footer: "Juniper & Pine deliveries",
    examples: { "1": "PX7740", "2": "Maya" },
  },
  fitting: {
    locale: "en-US",
    channels: ["whatsapp", "messenger"],
    contentBlocks: [{ id: "greeting", type: "text", content: "Hello {{customer.name}}, see you at {{store.name}}." }],
    variables: ["customer.name", "store.name"],
  },
  code: { content: "Juniper & Pine: your code is {{code}}.", fromAddress: "+15035550142" },
  campaign: {
    template: "sign-in-code",
    campaignName: "Juniper & Pine sign-in codes",
    messageClass: "2FA",
    optInLanguage: "Customers tick a box that reads: text me a code.",
  },
  hook: {
    url: "https://hooks.juniperandpine.example/cxone",
    events: ["template.approved", "template.rejected"],
    secret: { fromEnv: "CXONE_WEBHOOK_SECRET", rotation: 1 },
  },
  winter: {
    channelId: "5057a31d-207a-4d01-ac84-099cedd49a26",
    queueId: "39a7c2c6-8603-4645-8ec0-0f31dc43a737",
    language: ["en-US"],
    metadata: { campaign: "winter sale" },
    callbackUrl: "https://hooks.juniperandpine.example/guests/winter",
  },
} as const satisfies Readonly<Record<string, JsonObject>>;

export interface DeclaredFacts {
  readonly renamedFrom?: string;
  readonly records?: RecordsContent;
}

/** A resource as the manifests' reader hands it over. */
export function declare(kind: Kind, name: string, spec: JsonObject, facts: DeclaredFacts = {}): Declared {
  const source = { file: `${kind.folder}/${name}.yaml`, line: 2, column: 1 };
  return {
    address: kind.address(name, spec),
    kind: kind.name,
    name,
    metadata: { name, ...(facts.renamedFrom === undefined ? {} : { renamedFrom: facts.renamedFrom }) },
    spec,
    kindDefinition: kind,
    labels: {},
    state: kind.normalise({ name, spec }),
    references: kind.references(spec),
    source,
    place: (pointer) => (pointer === "" ? source : { ...source, line: 7, column: 3 }),
    ...facts,
  };
}

/** A batch of records of which only counts matter: one chunk a number, opt-outs before opt-ins. */
export function declareBatch(
  name: string,
  counts: { readonly optOuts: readonly number[]; readonly optIns: readonly number[] },
): Declared {
  const chunk =
    (optOut: boolean) =>
    (count: number, index: number): ChunkSummary => ({
      digest: `${name}-${optOut ? "out" : "in"}-${index}-${count}`,
      optOut,
      count,
    });
  const chunks = [...counts.optOuts.map(chunk(true)), ...counts.optIns.map(chunk(false))];
  const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0);
  const [optOuts, optIns] = [sum(counts.optOuts), sum(counts.optIns)];
  const summary = { contentDigest: `of-${name}`, total: optOuts + optIns, optIns, optOuts, invalid: 0, chunks };
  const records: RecordsContent = {
    summary,
    chunks: () => {
      throw new Error("a plan reads no record");
    },
  };
  return declare(batch, name, { source: "store-tablet", records: [] }, { records });
}

const words: Readonly<Record<VersionStatus, string>> = {
  pending: "PENDING",
  active: "APPROVED",
  rejected: "REJECTED",
  deprecated: "DEPRECATED",
  paused: "PAUSED",
  unknown: "FLAGGED",
};

/** One version: what the ledger says of it and, unless said otherwise, what CXone shows of it. */
export interface VersionFacts {
  readonly version: Version;
  readonly spec: JsonObject;
  readonly status: VersionStatus;
  /** Days from now; for an active version 30 days ago unless said otherwise. */
  readonly activeSinceDays?: number;
  readonly remoteName?: string;
  /** False: the list does not show it. `gone`: a typed 404 denies it. */
  readonly shown?: false | "gone";
  /** What CXone says differently from the ledger. */
  readonly observed?: Partial<Observed>;
  readonly ledger?: Partial<LedgerVersion>;
  /** Never submitted with a result: no id, a key in CXone's hands. */
  readonly begun?: true;
}

export interface Standing {
  readonly kind: Kind;
  readonly address: string;
  readonly resource: LedgerResource;
  readonly objects: readonly Observed[];
  readonly gone: readonly string[];
  readonly contents: ReadonlyMap<string, JsonObject>;
}

/** What an address owns: its ledger and its objects. */
export function stands(kind: Kind, name: string, ...facts: readonly VersionFacts[]): Standing {
  const versions: LedgerVersion[] = [];
  const objects: Observed[] = [];
  const gone: string[] = [];
  const contents = new Map<string, JsonObject>();
  for (const one of facts) {
    const state = kind.normalise({ name, spec: one.spec });
    const remoteId = remoteIdOf(kind, name, one);
    const remoteName = one.remoteName ?? remoteNameOf(kind, name, state, one.version);
    const since = one.activeSinceDays ?? (one.status === "active" ? -30 : undefined);
    const digest = contentDigest(kind, state);
    contents.set(digest, maskedContent(kind, comparable(kind, state)));
    versions.push({
      version: one.version,
      digest,
      remoteName,
      status: one.status,
      submittedAt: at(-40),
      ...(one.begun === true
        ? { begun: { operation: "create", idempotencyKey: "key", generation: 0, at: at(-40) } }
        : { remoteId }),
      ...(since === undefined ? {} : { activeSince: at(since), decidedAt: at(since) }),
      ...one.ledger,
    });
    if (one.shown === "gone") gone.push(kind === digital ? `${remoteId}@${one.version}` : remoteId);
    if (one.shown === undefined && one.begun !== true) objects.push(objectOf(kind, remoteName, state, one, remoteId));
  }
  const address = kind.address(name, facts[0]?.spec ?? {});
  return { kind, address, resource: { versions }, objects, gone, contents };
}

function remoteIdOf(kind: Kind, name: string, facts: VersionFacts): string {
  const qualifier = kind.address("", facts.spec).split("/")[2] ?? "";
  return kind === digital
    ? String(kind.normalise({ name, spec: facts.spec })["templateId"])
    : `id-${name}${qualifier}-${facts.version}`;
}

function remoteNameOf(kind: Kind, name: string, state: JsonObject, version: Version): string {
  if (kind.lifecycle === "versioned") return kind.remoteName({ address: "", name, state }, version);
  return kind === webhook ? String(state["url"]) : name;
}

function objectOf(kind: Kind, remoteName: string, state: JsonObject, facts: VersionFacts, remoteId: string): Observed {
  return {
    remoteId,
    remoteName,
    status: facts.status,
    statusText: words[facts.status],
    state: shownState(kind, state),
    revision: `"rev-${remoteId}-${facts.version}"`,
    ...(kind === digital ? { version: facts.version } : {}),
    ...(facts.activeSinceDays === undefined ? {} : { decidedAt: at(facts.activeSinceDays) }),
    ...facts.observed,
  };
}

/** CXone keeps secrets, examples and our own decision about an SMS to itself. */
function shownState(kind: Kind, state: JsonObject): JsonObject {
  const hidden: Readonly<Record<string, readonly string[]>> = {
    WhatsAppTemplate: ["examples"],
    SmsTemplate: ["approved"],
    WebhookSubscription: ["secret"],
  };
  return Object.fromEntries(Object.entries(state).filter(([field]) => hidden[kind.name]?.includes(field) !== true));
}

/** The same address once the ledger has forgotten it: its object is still there. */
export function forgotten(standing: Standing): Standing {
  return { ...standing, resource: { ...standing.resource, forgotten: true } };
}

/** An object that nobody owns. */
export function unowned(kind: Kind, name: string, spec: JsonObject, facts: Partial<VersionFacts> = {}): Standing {
  const standing = stands(kind, name, { version: kind === digital ? "v1.0" : 1, status: "active", ...facts, spec });
  return { ...standing, resource: { versions: [] }, contents: new Map() };
}

export interface SceneFacts {
  readonly declared?: readonly Declared[];
  readonly standing?: readonly Standing[];
  readonly resources?: Readonly<Record<string, LedgerResource>>;
  readonly contents?: ReadonlyMap<string, JsonObject>;
  readonly sessions?: ReadonlyMap<string, Observed>;
  readonly prechecks?: ReadonlyMap<string, { readonly status: string; readonly reason: string }>;
  readonly records?: ReadonlyMap<string, RecordsObservation>;
  readonly jobs?: KindObservation["jobs"];
  readonly off?: readonly Family[];
  readonly input?: Partial<PlanInput>;
  readonly unobserved?: true;
}

/** Guards so wide that only the tests of guards meet them. */
export const wide = {
  maxRetire: { count: 1e6, percent: 100 },
  maxUpdate: { count: 1e6, percent: 100 },
  maxOptIns: 1e9,
};

export function scene(facts: SceneFacts): PlanInput {
  const standing = facts.standing ?? [];
  const observation = new Map<string, KindObservation>();
  for (const kind of kinds) {
    const own = standing.filter((one) => one.kind === kind);
    observation.set(kind.name, {
      objects: own.flatMap((one) => one.objects),
      isObserved: true,
      gone: new Set(own.flatMap((one) => one.gone)),
      jobs: facts.jobs ?? new Map(),
    });
  }
  const owned = standing.filter((one) => one.resource.versions.length > 0);
  const resources = Object.fromEntries(owned.map((one) => [one.address, one.resource] as const));
  return {
    tool: "cxform/0.1.0",
    environment: "production",
    now,
    options: { only: [], adopt: [] },
    kinds,
    declared: facts.declared ?? [],
    ledger: { formatVersion: 1, environment: "production", head: "0", resources: { ...resources, ...facts.resources } },
    contents: new Map([...standing.flatMap((one) => [...one.contents]), ...(facts.contents ?? [])]),
    observation: {
      kinds: facts.unobserved === true ? new Map() : observation,
      sessions: facts.sessions ?? new Map(),
      prechecks: facts.prechecks ?? new Map(),
      records: facts.records ?? new Map(),
      notes: [],
    },
    retireAfterMs: 7 * dayMs,
    guards: wide,
    duplicates: "error",
    ignoreUnmanaged: [],
    isEnabled: (family) => facts.off?.includes(family) !== true,
    capabilities: () => allCapabilities,
    place: { file: "cxform.yaml", line: 12, column: 3 },
    ...facts.input,
  };
}

/** The steps in a form that is short to compare: `newVersion SmsTemplate/otp 1→2`. */
export function told(plan: Plan): readonly string[] {
  return plan.steps.map(
    ({ action, address, version, followUp }: Step) =>
      `${action} ${address} ${version.from ?? "·"}→${version.to ?? "·"}${followUp ? " follow-up" : ""}`,
  );
}

/** The step of a plan that has no other. */
export function onlyStep({ plan }: Pick<Planned, "plan">): Step {
  assert.equal(plan.steps.length, 1, told(plan).join(", "));
  return plan.steps[0] as Step;
}

/** Rows likewise: `SmsTemplate/otp by pending`. */
export function rows(held: readonly Held[]): readonly string[] {
  return held.map(({ address, version, by }) => `${address}${version === undefined ? "" : `@${version}`} by ${by}`);
}

/** The whole value frozen, so that a write into it throws. Functions, maps and kinds are left as they are. */
export function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) for (const inner of value.values()) frozen(inner);
  for (const inner of Object.values(value)) frozen(inner as Json);
  return Object.freeze(value);
}
