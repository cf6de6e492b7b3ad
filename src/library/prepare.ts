// From files and CXone to a plan: the one path that plan, apply and settle share, so that what is shown is what is done.

import { version } from "../base/version.ts";
import type { Family } from "../contract/api.ts";
import type { Declared, Manifests } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { LedgerState } from "../contract/entry.ts";
import type { JsonObject } from "../contract/json.ts";
import type { PlanOptions } from "../contract/plan.ts";
import { kinds } from "../kinds/kinds.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { readManifests } from "../manifest/read.ts";
import { mergeRecords } from "../manifest/records.ts";
import { observe, observeNothing } from "../observe/observe.ts";
import { kindsToObserve, makePlan } from "../plan/assemble.ts";
import type { PlanInput, Planned } from "../plan/input.ts";
import { chunksToSend } from "../plan/records.ts";
import { duplicateCode } from "../plan/versioned.ts";
import { selected } from "./address-query.ts";
import { Invalid } from "./invalid.ts";
import type { Workplace } from "./workplace.ts";

export interface Prepared {
  readonly manifests: Manifests;
  readonly ledger: Ledger;
  readonly planned: Planned;
}

/** Reads and checks the manifests of the workplace's environment, unless it was given them. */
export async function readAll(workplace: Workplace): Promise<Manifests> {
  const { config, environment, world } = workplace;
  if (workplace.manifests !== undefined) return workplace.manifests;
  return readManifests({
    config,
    environment,
    kinds,
    now: world.clock.now(),
    secret: (variable) => world.env(variable),
  });
}

/** The ledger of the workplace's environment. */
export function openLedgerOf(workplace: Workplace): Promise<Ledger> {
  return openLedger(workplace.store, { environment: workplace.environment.name });
}

/** Nothing can block opt-outs but their own batch. */
export function isInvalid(manifests: Manifests, options: PlanOptions): boolean {
  return !manifests.isValid && options.optOutsOnly !== true;
}

/** The families of API behind some addresses. */
export function familiesOf(addresses: readonly string[]): readonly Family[] {
  const named = new Set(addresses.map((address) => address.slice(0, address.indexOf("/"))));
  return [...new Set(kinds.filter((kind) => named.has(kind.name)).map((kind) => kind.family))];
}

/** Throws Invalid for manifests with an error, unless only the opt-outs are wanted: nothing else can block those. */
export function demandValid(manifests: Manifests, ledger: Ledger, options: PlanOptions): void {
  if (!isInvalid(manifests, options)) return;
  throw new Invalid(manifests.diagnostics, manifests.sources, countWaitingOptOuts(manifests, ledger));
}

/** The valid opt-outs of declared batches that CXone has not answered yet. */
export function countWaitingOptOuts(manifests: Manifests, ledger: Ledger): number {
  return batchesOf(manifests)
    .flatMap((batch) => chunksToSend(batch, ledger.state.resources[batch.address], true))
    .reduce((sum, chunk) => sum + chunk.count, 0);
}

/** Every batch that has valid records, also where an error stands beside them; one an address, since all opt-outs of a name used twice go. */
function batchesOf(manifests: Manifests): readonly Declared[] {
  const batches = new Map<string, Declared>();
  for (const one of [...manifests.declared, ...manifests.damagedBatches]) {
    if (one.records === undefined) continue;
    const before = batches.get(one.address);
    const records = before?.records === undefined ? one.records : mergeRecords([before.records, one.records]);
    batches.set(one.address, { ...(before ?? one), records });
  }
  return [...batches.values()];
}

/** A pattern that selects nothing is a misspelt one: "no changes" would be a lie. Throws NotFound with what may have been meant. */
export function demandSelection(manifests: Manifests, ledger: Ledger, options: PlanOptions): void {
  const declared = manifests.declared.map((one) => one.address);
  const known = [...new Set([...declared, ...Object.keys(ledger.state.resources)])];
  selected(options.only, known, "neither a manifest nor the ledger has");
  selected(options.adopt, declared, "no manifest declares");
}

/** Observes and plans. Sends nothing but GETs and token requests. */
export async function prepare(
  workplace: Workplace,
  manifests: Manifests,
  ledger: Ledger,
  options: PlanOptions,
  commit: string | undefined,
): Promise<Planned> {
  return makePlan(await inputOf(workplace, manifests, ledger, options, commit));
}

/** Everything that a plan, or the drift, is made from. Sends nothing but GETs and token requests. */
export async function inputOf(
  workplace: Workplace,
  manifests: Manifests,
  ledger: Ledger,
  options: PlanOptions,
  commit: string | undefined,
): Promise<PlanInput> {
  const { environment, world } = workplace;
  const declared = options.optOutsOnly === true ? batchesOf(manifests) : manifests.declared;
  const addresses = [...declared.map((one) => one.address), ...Object.keys(ledger.state.resources)];
  const needed = kindsToObserve(kinds, addresses, options.only);
  const wanted = kinds.filter(
    (kind) =>
      needed.has(kind.name) &&
      workplace.isEnabled(kind.family) &&
      (options.optOutsOnly !== true || kind.lifecycle === "records"),
  );
  if (options.offline !== true) demandReachable(workplace, declared, [...new Set(wanted.map((kind) => kind.family))]);
  const observation =
    options.offline === true
      ? observeNothing(environment.place)
      : await observe({
          kinds,
          needed,
          declared: declared.filter((one) => isNeeded(one.address, needed)),
          ledger: ledger.state,
          reader: (family) => workplace.client.reader(family),
          isEnabled: workplace.isEnabled,
          consentObserve: environment.consentObserve,
          optOutsOnly: options.optOutsOnly === true,
          place: environment.place,
        });
  const notes: readonly Diagnostic[] = [
    ...manifests.diagnostics.filter((diagnostic) => options.optOutsOnly !== true || diagnostic.severity === "warning"),
    ...workplace.unsetSecrets(
      declared.filter((one) => options.offline !== true && workplace.isEnabled(one.kindDefinition.family)),
    ),
  ];
  return {
    tool: `cxform/${version}`,
    environment: environment.name,
    ...(commit === undefined ? {} : { commit }),
    now: world.clock.now(),
    options,
    kinds,
    declared,
    ledger: ledger.state,
    contents: await contentsOf(ledger.state, ledger),
    observation: { ...observation, notes: [...notes, ...observation.notes] },
    retireAfterMs: environment.retireAfterMs,
    guards: environment.guards,
    duplicates: workplace.config.ruleSeverities[duplicateCode] ?? "error",
    ignoreUnmanaged: environment.ignoreUnmanaged,
    isEnabled: workplace.isEnabled,
    capabilities: (family) => environment.families[family].capabilities,
    place: environment.place,
  };
}

const isNeeded = (address: string, needed: ReadonlySet<string>): boolean =>
  needed.has(address.slice(0, address.indexOf("/")));

function demandReachable(
  workplace: Workplace,
  declared: readonly Declared[],
  families: Parameters<Workplace["obstacles"]>[0],
): void {
  const secrets = workplace.unsetSecrets(declared.filter((one) => workplace.isEnabled(one.kindDefinition.family)));
  const problems = [
    ...workplace.obstacles(families),
    ...secrets.filter((diagnostic) => diagnostic.severity === "error"),
  ];
  const seen = new Set<string>();
  const distinct = problems.filter((problem) => {
    const key = `${problem.code} ${problem.message}`;
    return seen.has(key) ? false : seen.add(key);
  });
  if (distinct.length > 0) throw new Invalid(distinct);
}

/** The content of every version that the ledger knows, by digest. */
async function contentsOf(state: LedgerState, ledger: Ledger): Promise<ReadonlyMap<string, JsonObject>> {
  const contents = new Map<string, JsonObject>();
  for (const resource of Object.values(state.resources)) {
    for (const { digest } of resource.versions) {
      if (contents.has(digest)) continue;
      const content = await ledger.content(digest);
      if (typeof content === "object" && content !== null && !Array.isArray(content))
        contents.set(digest, content as JsonObject);
    }
  }
  return contents;
}
