// What to do about one guest-session-like resource: sent once per generation, then never looked at again.
import { isoTime } from "../base/duration.ts";
import type { Declared } from "../contract/declared.ts";
import type { EntryDraft, LedgerState, LedgerVersion } from "../contract/entry.ts";
import type { OnceKind } from "../contract/kind.ts";
import { comparable, contentDigest } from "./content.ts";
import { decide } from "./decision.ts";
import type { Decision, PlanInput } from "./input.ts";
import { formerAddress } from "./rename.ts";

export function decideOnce(
  kind: OnceKind,
  input: PlanInput,
  declared: Declared,
  formers: readonly string[],
  after: readonly string[],
): Decision {
  const { address } = declared;
  const generation = kind.generation(declared.spec);
  const resource = input.ledger.resources[address];
  const own = resource?.versions.find((version) => version.version === generation);
  const heritage = heritageOf(input.ledger, declared, formers);
  const inherited = own === undefined ? heritage.find(({ version }) => version.version === generation) : undefined;
  const sent = own ?? inherited?.version;
  const wanted = contentDigest(kind, declared.state);
  const isKnown = resource !== undefined && resource.versions.length > 0;
  const found = input.observation.sessions.get(`${address}@${generation}`);
  const events = heritage.flatMap((one) => takenOver(address, one, input.now));
  const base = { address, events, isOwned: isKnown, isActive: sent?.status === "active", staysActive: true };
  const since = sent?.submittedAt;
  const row = { address, kind: kind.name, version: generation, ...(since === undefined ? {} : { since }) };
  if (sent !== undefined && sent.digest !== wanted) {
    const why = Object.values(kind.fields).find((policy) => policy.change === "forbid");
    const reason = why?.change === "forbid" ? why.why : "its content changed after it was sent";
    return decide({
      ...base,
      blocked: [{ ...row, status: "SENT", reason: `generation ${generation}: ${reason}`, by: "forbid" }],
    });
  }
  if (sent !== undefined && sent.begun === undefined) return decide(base);
  if (inherited !== undefined) {
    // Its key bears the former address: under the new one it could be sent twice.
    const reason = `its sending as ${inherited.address} is not resolved; apply once under the former name, then rename`;
    return decide({ ...base, blocked: [{ ...row, status: "UNKNOWN", reason, by: "rename" }] });
  }
  if (found !== undefined) {
    const event = {
      phase: "event" as const,
      action: "observed",
      address,
      version: generation,
      remoteId: found.remoteId,
      remoteName: found.remoteName,
      status: found.status,
    };
    return decide({ ...base, events: [...events, { ...event, observedAt: isoTime(input.now) }] });
  }
  const held = input.observation.prechecks.get(address);
  if (held !== undefined)
    return decide({ ...base, blocked: [{ ...row, status: held.status, reason: held.reason, by: "reference" }] });
  const next = comparable(kind, declared.state);
  const before = resource?.versions.at(-1)?.version ?? null;
  return decide({
    ...base,
    steps: [
      {
        action: "send",
        address,
        version: { from: sent === undefined ? before : null, to: generation },
        after,
        followUp: false,
        before: {},
        next,
        risk: "medium",
        reason:
          sent === undefined
            ? before === null
              ? "new"
              : `generation ${generation} was not sent yet`
            : "its sending was begun; CXone does not hold it",
        precondition: {},
        source: declared.source,
        assignment: {
          kind,
          declared,
          target: { address, name: declared.name, state: declared.state },
          content: next,
          ...(sent === undefined ? {} : { wasApplied: true }),
        },
      },
    ],
  });
}

interface Inherited {
  readonly address: string;
  readonly version: LedgerVersion;
}

/**
 * A renamed session is the same session: the generations that its former addresses sent and it does not have itself. A former address
 * that is declared, too, counts only for one that the ledger does not know yet: from then on each has its own generations.
 */
function heritageOf({ resources }: LedgerState, declared: Declared, formers: readonly string[]): readonly Inherited[] {
  const own = new Set(resources[declared.address]?.versions.map(({ version }) => version));
  const named = formerAddress(declared);
  const all = own.size > 0 || named === undefined ? formers : [...new Set([named, ...formers])];
  const found = all.flatMap((address) => (resources[address]?.versions ?? []).map((version) => ({ address, version })));
  const first = new Map<unknown, Inherited>();
  for (const one of found)
    if (!own.has(one.version.version) && !first.has(one.version.version)) first.set(one.version.version, one);
  return [...first.values()];
}

/** The ledger's word that a generation is this address's, whatever becomes of the former one; not while its sending has no answer. */
function takenOver(address: string, { address: former, version }: Inherited, now: number): readonly EntryDraft[] {
  const { digest, remoteName, remoteId, status, begun } = version;
  if (begun !== undefined) return [];
  const event: EntryDraft = {
    phase: "event",
    action: "adopted",
    address,
    version: version.version,
    digest,
    remoteName,
    ...(remoteId === undefined ? {} : { remoteId }),
    status,
    reason: `sent as ${former}`,
    observedAt: isoTime(now),
  };
  return [event];
}
