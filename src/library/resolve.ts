// What a sender needs now, from the ledger alone: names, ids, parameters, and which version goes when. It contacts nobody.
import { kindOfAddress } from "../base/address.ts";
import { isoTime } from "../base/duration.ts";
import type { LedgerResource, LedgerVersion } from "../contract/entry.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Kind, Version } from "../contract/kind.ts";
import { kinds } from "../kinds/kinds.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { NotFound, selected } from "./address-query.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";

export interface ResolveOptions extends LedgerOptions {
  /** Addresses or patterns; absent or empty: everything that is active. */
  readonly addresses?: readonly string[];
}

export interface Resolved {
  readonly address: string;
  /** How a sender names it. */
  readonly remoteName: string;
  readonly remoteId?: string;
  readonly version: Version;
  /** The names that a sender fills in, in their order. */
  readonly parameters: readonly string[];
  /** Since when this version is active. */
  readonly since?: string;
  /** Versions that are still active beside it, and when they are retired. */
  readonly retiring: readonly { readonly version: Version; readonly remoteName: string; readonly at: string }[];
}

/** Throws NotFound for an address that is unknown or has nothing active; BrokenChain, LedgerUnusable. */
export async function resolve(
  options: ResolveOptions,
): Promise<{ readonly environment: string; readonly resources: readonly Resolved[] }> {
  const { environment, ledger } = await readLedger(options);
  const { resources } = ledger.state;
  const kindOf = (address: string): Kind | undefined => kinds.find((kind) => kind.name === kindOfAddress(address));
  const isSendable = (address: string): boolean => ["versioned", "mutable"].includes(kindOf(address)?.lifecycle ?? "");
  const patterns = options.addresses ?? [];
  const found: Resolved[] = [];
  for (const address of selected(patterns, Object.keys(resources).filter(isSendable))) {
    const resource = resources[address] as LedgerResource;
    const active = activeVersions(resource);
    const newest = active.at(-1);
    if (newest !== undefined) {
      found.push(
        await resolved(address, newest, active.slice(0, -1), {
          ledger,
          kind: kindOf(address),
          retireAfterMs: environment.retireAfterMs,
        }),
      );
    } else if (patterns.includes(address)) {
      const last = resource.versions.at(-1);
      const why = last === undefined ? "it was removed" : `version ${last.version} is ${last.status}`;
      throw new NotFound(
        "CX4061",
        `${address} has no active version: ${why}`,
        `Run cxform status --env ${environment.name} to see what it waits for.`,
      );
    }
  }
  return { environment: environment.name, resources: found };
}

/** Active versions, the one that became active last at the end. */
export function activeVersions(resource: LedgerResource): readonly LedgerVersion[] {
  if (resource.forgotten === true) return [];
  const since = (version: LedgerVersion): string => version.activeSince ?? version.submittedAt ?? "";
  return resource.versions
    .filter((version) => version.status === "active")
    .map((version, index) => ({ version, index }))
    .sort((left, right) =>
      since(left.version) === since(right.version)
        ? left.index - right.index
        : since(left.version) < since(right.version)
          ? -1
          : 1,
    )
    .map(({ version }) => version);
}

/** When a version that was replaced is retired. */
export function retiresAt(successor: LedgerVersion, retireAfterMs: number): string {
  const since = Date.parse(successor.activeSince ?? successor.submittedAt ?? "");
  return Number.isNaN(since) ? "" : isoTime(since + retireAfterMs);
}

interface Known {
  readonly ledger: Ledger;
  readonly kind: Kind | undefined;
  readonly retireAfterMs: number;
}

async function resolved(
  address: string,
  newest: LedgerVersion,
  replaced: readonly LedgerVersion[],
  known: Known,
): Promise<Resolved> {
  const content = await known.ledger.content(newest.digest);
  const isObject = typeof content === "object" && content !== null && !Array.isArray(content);
  return {
    address,
    remoteName: newest.remoteName,
    ...(newest.remoteId === undefined ? {} : { remoteId: newest.remoteId }),
    version: newest.version,
    parameters: isObject ? (known.kind?.parameters?.(content as JsonObject) ?? []) : [],
    ...(newest.activeSince === undefined ? {} : { since: newest.activeSince }),
    retiring: replaced.map((version) => ({
      version: version.version,
      remoteName: version.remoteName,
      at: retiresAt(newest, known.retireAfterMs),
    })),
  };
}
