// What to do about one guest-session-like resource: sent once per generation, then never looked at again.
import { isoTime } from "../base/duration.ts";
import type { Declared } from "../contract/declared.ts";
import type { LedgerResource } from "../contract/entry.ts";
import type { OnceKind } from "../contract/kind.ts";
import { comparable, contentDigest } from "./content.ts";
import { decide } from "./decision.ts";
import type { Decision, PlanInput } from "./input.ts";
import { formerAddress } from "./rename.ts";

export function decideOnce(
  kind: OnceKind,
  input: PlanInput,
  declared: Declared,
  resource: LedgerResource | undefined,
  after: readonly string[],
): Decision {
  const { address } = declared;
  const generation = kind.generation(declared.spec);
  const former = formerAddress(declared);
  const own = resource?.versions.find((version) => version.version === generation);
  // A renamed session is the same session: what its former address sent is not sent again.
  const inherited =
    former === undefined
      ? undefined
      : input.ledger.resources[former]?.versions.find((version) => version.version === generation);
  const sent = own ?? inherited;
  const wanted = contentDigest(kind, declared.state);
  const isKnown = resource !== undefined && resource.versions.length > 0;
  const found = input.observation.sessions.get(`${address}@${generation}`);
  const base = { address, isOwned: isKnown, isActive: sent?.status === "active", staysActive: true };
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
  if (own === undefined && inherited !== undefined) {
    // Its key bears the former address: under the new one it could be sent twice.
    const reason = `its sending as ${former} is not resolved; apply once under the former name, then rename`;
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
    return decide({ ...base, events: [{ ...event, observedAt: isoTime(input.now) }] });
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
