// A line for each resource: version, status, since when, what it waits for. From the ledger and the manifests; it contacts nobody.
import type { LedgerResource, LedgerVersion } from "../contract/entry.ts";
import type { Version } from "../contract/kind.ts";
import { kinds } from "../kinds/kinds.ts";
import { readManifests } from "../manifest/read.ts";
import { type LedgerOptions, type OpenedLedger, readLedger } from "./open-ledger.ts";
import { activeVersions, retiresAt } from "./resolve.ts";

export interface ResourceStatus {
  readonly address: string;
  readonly version?: Version;
  /** A version's status, `not applied` for what is declared only, or `removed`. */
  readonly status: string;
  readonly since?: string;
  readonly remoteName?: string;
  readonly remoteId?: string;
  readonly reason?: string;
  /** What it waits for, in words. */
  readonly waitsFor?: string;
}

export interface Status {
  readonly environment: string;
  readonly resources: readonly ResourceStatus[];
  /** The run that holds the environment now. */
  readonly claim?: { readonly run: string; readonly since: string; readonly actor?: string };
}

/** Throws Invalid when there is no such environment; BrokenChain, LedgerUnusable. Invalid manifests hinder nothing. */
export async function status(options: LedgerOptions): Promise<Status> {
  return statusOf(await readLedger(options), options.config, options.world);
}

/** The same of a ledger that was read. */
export async function statusOf(
  { environment, ledger }: OpenedLedger,
  config: LedgerOptions["config"],
  world: Pick<LedgerOptions["world"], "clock" | "env">,
): Promise<Status> {
  const manifests = await readManifests({
    config,
    environment,
    kinds,
    now: world.clock.now(),
    secret: (variable) => world.env(variable),
    selectValidateOnly: true,
  });
  const declared = new Set(manifests.resources.map((resource) => resource.address));
  const { resources } = ledger.state;
  const addresses = [...new Set([...declared, ...Object.keys(resources)])].sort();
  const claim = ledger.openClaim?.entry;
  return {
    environment: environment.name,
    resources: addresses.flatMap((address) => {
      const resource = resources[address];
      if (resource === undefined) return [{ address, status: "not applied", waitsFor: "cxform apply" }];
      if (resource.forgotten === true && !declared.has(address)) return [{ address, status: "removed" }];
      // Nothing but its former names is known of it, and nobody declares it: there is nothing to tell.
      if (isNameOnly(resource) && !declared.has(address)) return [];
      return [resourceStatus(address, resource, declared.has(address), environment.retireAfterMs)];
    }),
    ...(claim === undefined
      ? {}
      : { claim: { run: claim.run, since: claim.at, ...(claim.actor === undefined ? {} : { actor: claim.actor }) } }),
  };
}

function isNameOnly({ versions, records }: LedgerResource): boolean {
  return versions.length === 0 && records === undefined;
}

function resourceStatus(
  address: string,
  resource: LedgerResource,
  isDeclared: boolean,
  retireAfterMs: number,
): ResourceStatus {
  const active = activeVersions(resource);
  const newest = resource.versions.at(-1);
  const shown = active.at(-1) ?? newest;
  if (shown === undefined) {
    return {
      address,
      status: resource.records === undefined ? "not applied" : "unfinished",
      waitsFor: isDeclared ? "cxform apply" : "nothing",
    };
  }
  const since = sinceOf(shown);
  const waits = [
    ...resource.versions.filter((version) => version !== shown || version.status !== "active").flatMap(waitOf),
    ...active
      .slice(0, -1)
      .map((version) => `the retirement of ${version.remoteName} at ${retiresAt(shown, retireAfterMs)}`),
    ...(!isDeclared && active.length > 0 ? ["cxform apply, to retire it: no manifest declares it"] : []),
  ];
  return {
    address,
    version: shown.version,
    status: shown.status,
    ...(since === undefined ? {} : { since }),
    remoteName: shown.remoteName,
    ...(shown.remoteId === undefined ? {} : { remoteId: shown.remoteId }),
    ...(shown.reason === undefined ? {} : { reason: shown.reason }),
    ...(waits.length === 0 ? {} : { waitsFor: waits.join("; ") }),
  };
}

function sinceOf(version: LedgerVersion): string | undefined {
  if (version.status === "active") return version.activeSince ?? version.submittedAt;
  if (version.status === "deprecated") return version.deprecatedAt;
  return version.decidedAt ?? version.submittedAt;
}

function waitOf(version: LedgerVersion): readonly string[] {
  const name = `version ${version.version}`;
  if (version.status === "pending") return [`CXone's decision on ${name}`];
  if (version.status === "paused") return [`CXone to go on with ${name}, which is paused`];
  if (version.status === "unknown") return [`the outcome of ${name}, which the next apply or settle reads`];
  return [];
}
