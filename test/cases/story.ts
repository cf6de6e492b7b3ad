// Reads a case folder and makes its plan: manifests through the reader and the schemas, objects through the kinds' own parsing. Decides nothing.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kindOfAddress } from "../../src/base/address.ts";
import type { Config } from "../../src/contract/config.ts";
import type { Declared, Manifests } from "../../src/contract/declared.ts";
import type { LedgerResource, LedgerState, LedgerVersion } from "../../src/contract/entry.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import type { Kind, Version, VersionStatus } from "../../src/contract/kind.ts";
import type { PlanOptions } from "../../src/contract/plan.ts";
import { familyProfiles } from "../../src/cxone/families.ts";
import { loadConfig } from "../../src/manifest/config.ts";
import { readManifests } from "../../src/manifest/read.ts";
import { observe } from "../../src/observe/observe.ts";
import { kindsToObserve, makePlan } from "../../src/plan/assemble.ts";
import { comparable, contentDigest, maskedContent } from "../../src/plan/content.ts";
import type { Planned } from "../../src/plan/input.ts";
import { type Holdings, type Tenant, tenantWith } from "./tenant.ts";

export const casesDir = fileURLToPath(new URL(".", import.meta.url));
export const now = Date.UTC(2026, 10, 20, 12, 0, 0);

/** `observed.json`: what CXone holds, what the ledger knows of it, and what the plan was asked for. */
export interface Situation {
  /** What this case shows, in a sentence. */
  readonly story: string;
  readonly holds?: Holdings;
  readonly ledger?: Readonly<Record<string, LedgerFacts>>;
  readonly options?: Partial<PlanOptions>;
}

/** The spec that a version was submitted with stands for its content and digest. */
interface VersionFacts {
  readonly version: Version;
  readonly status: VersionStatus;
  readonly spec: JsonObject;
  readonly remoteName: string;
  readonly remoteId?: string;
}

interface LedgerFacts {
  readonly versions?: readonly (VersionFacts & Partial<LedgerVersion>)[];
  readonly records?: LedgerResource["records"];
}

export interface Told {
  readonly situation: Situation;
  readonly manifests: Manifests;
  readonly planned: Planned;
  readonly tenant: Tenant;
}

export function situationOf(dir: string): Situation {
  return JSON.parse(readFileSync(join(dir, "observed.json"), "utf8")) as Situation;
}

let loaded: Config | undefined;

/** `test/cases/cxform.yaml`, read once. */
function caseConfig(): Config {
  if (loaded !== undefined) return loaded;
  const file = join(casesDir, "cxform.yaml");
  const { config, diagnostics } = loadConfig({ file, cwd: casesDir, defaults: familyProfiles, toolVersion: "0.1.0" });
  assert.ok(config !== undefined, JSON.stringify(diagnostics));
  loaded = config;
  return config;
}

/** The plan of a case folder, with the kinds given. `schemasDir` only where the schemas are not the repository's. */
export async function tell(dir: string, kinds: readonly Kind[], schemasDir?: string): Promise<Told> {
  const situation = situationOf(dir);
  const config = caseConfig();
  const chosen = config.environments["production"];
  assert.ok(chosen !== undefined);
  const declaredDir = join(dir, "declared");
  const environment = { ...chosen, manifests: existsSync(declaredDir) ? [declaredDir] : [] };
  const manifests = await readManifests({
    config: { ...config, root: dir },
    environment,
    kinds,
    now,
    secret: () => undefined,
    ...(schemasDir === undefined ? {} : { schemasDir }),
  });
  const { ledger, contents } = ledgerOf(situation, kinds);
  const options: PlanOptions = { only: [], adopt: [], ...situation.options };
  const tenant = tenantWith(situation.holds ?? {});
  const observing = observeWith(manifests.declared, kinds, ledger, tenant, options);
  const observation = await observe({ ...observing, place: environment.place });
  const planned = makePlan({
    tool: "cxform/case",
    environment: environment.name,
    now,
    options,
    kinds,
    declared: manifests.declared,
    ledger,
    contents,
    observation: { ...observation, notes: [...manifests.diagnostics, ...observation.notes] },
    retireAfterMs: environment.retireAfterMs,
    guards: environment.guards,
    duplicates: "error",
    ignoreUnmanaged: environment.ignoreUnmanaged,
    isEnabled: () => true,
    capabilities: (family) => environment.families[family].capabilities,
    place: environment.place,
  });
  return { situation, manifests, planned, tenant };
}

function observeWith(
  declared: readonly Declared[],
  kinds: readonly Kind[],
  ledger: LedgerState,
  tenant: Tenant,
  options: PlanOptions,
): Omit<Parameters<typeof observe>[0], "place"> {
  const addresses = [...declared.map((one) => one.address), ...Object.keys(ledger.resources)];
  return {
    kinds,
    needed: kindsToObserve(kinds, addresses, options.only),
    declared,
    ledger,
    reader: tenant.reader,
    isEnabled: () => true,
    consentObserve: "auto",
    optOutsOnly: options.optOutsOnly === true,
  };
}

function ledgerOf(
  situation: Situation,
  kinds: readonly Kind[],
): { readonly ledger: LedgerState; readonly contents: ReadonlyMap<string, JsonObject> } {
  const contents = new Map<string, JsonObject>();
  const resources: Record<string, LedgerResource> = {};
  for (const [address, facts] of Object.entries(situation.ledger ?? {})) {
    const kind = kinds.find((one) => one.name === kindOfAddress(address));
    assert.ok(kind !== undefined, `${address} is of a known kind`);
    const name = address.split("/")[1] ?? "";
    const versions = (facts.versions ?? []).map(({ spec, ...version }) => {
      const state = kind.normalise({ name, spec });
      const digest = contentDigest(kind, state);
      contents.set(digest, maskedContent(kind, comparable(kind, state)));
      return { ...version, digest };
    });
    resources[address] = { versions, ...(facts.records === undefined ? {} : { records: facts.records }) };
  }
  return { ledger: { formatVersion: 1, environment: "production", head: "0", resources }, contents };
}

/** What `plan.json` holds: the plan, and beside it the events for the ledger and the reads that it took. */
export function expectation({ planned, tenant }: Told): Json {
  return JSON.parse(JSON.stringify({ plan: planned.plan, events: planned.events, reads: tenant.reads() })) as Json;
}
