// Judges a simulated world by the tenant's effect log, the durable ledger and the raw documents: sets and logs, none of the engine's own thoughts.
import type { Entry } from "../../src/contract/entry.ts";
import type { Plan, Step } from "../../src/contract/plan.ts";
import type { Disk } from "./disk.ts";
import type { Arrived, Effect, Ground } from "./facts.ts";
import { addressOf, type Consent, consentsOf, type Doc, docsOf, secrets } from "./manifests.ts";
import type { Process } from "./process.ts";
import type { Tenant } from "./tenant.ts";

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

export interface Oracle {
  readonly violations: readonly Violation[];
  blame(invariant: string, message: string): void;
  /** From now on these documents are declared. */
  declare(revision: number): void;
  onSend(request: Arrived, process: Process): void;
  /** The tenant has answered. */
  onServed(request: Arrived): void;
  onLimit(process: Process, until: number): void;
  onEffect(effect: Effect): void;
  /** An entry is durable. */
  onEntry(entry: Entry, isAlive: (pid: number) => boolean): void;
  /** A run was shown its plan; `reviewed` is what a person had read before, `waits` whether it will wait for decisions. */
  onPlan(process: Process, plan: Plan, reviewed: readonly Step[] | undefined, waits: boolean): void;
  /** A run ended by itself, with its outcomes. */
  onDone(process: Process): void;
  onRetries(process: Process, requests: number, retries: number): void;
  /** A run ended green: whatever is declared to be OUT is OUT. */
  onGreen(): void;
  /** The ledger is lost: what it alone could tell is asked of nobody any more. What CXone holds still counts. */
  onLoss(): void;
  /** Whether something was created whose answer was lost, and was never asked for again under its key while the server knew it. */
  hasLostCreation(): boolean;
  atEnd(): void;
}

/** How long a server that honours keys keeps them. */
const keyDayMs = 86_400_000;
const isToken = (request: Arrived): boolean => request.url.pathname.endsWith("/token");
/** Operations of the ledger by the plan's action that they belong to. */
const operationsOf: Readonly<Record<string, readonly string[]>> = {
  // A version whose predecessors never arrived is a creation, under the number that it has.
  create: ["create", "newVersion", "approve"],
  newVersion: ["create", "newVersion"],
  update: ["update", "approve"],
  deprecate: ["deprecate", "reactivate"],
  reactivate: ["reactivate"],
  remove: ["remove"],
  send: ["send"],
  records: ["records"],
};

/** Operations that a run may add to its plan once it has waited for a decision. */
const followUps: readonly string[] = ["approve", "deprecate", "reactivate", "remove"];

/** What a person agrees to in a step. How many records CXone holds already is no part of it. */
const factsOf = ({ action, address, version, patch, precondition, records }: Step): string =>
  JSON.stringify([action, address, version, patch, precondition, records?.contentDigest ?? null]);

export function createOracle(ground: Ground, disk: Disk, tenant: () => Tenant): Oracle {
  const { timeline, options } = ground;
  const violations: Violation[] = [];
  let declared: readonly Doc[] = [];
  /** When the ledger was lost. */
  let lostAt = 0;
  /** What each renamed address became, by every line that was ever declared, and how long the ledger was when it first was. */
  const renamedTo = new Map<string, { readonly next: string; readonly since: number }>();
  const everSaid: Consent[] = [];
  const lastWasToken = new Map<number, boolean>();
  const limits = new Map<number, number>();
  const plans = new Map<number, readonly Step[]>();
  /** Each operation and address of every plan that anybody has agreed to. */
  const agreed = new Set<string>();
  /** Of processes that wait: the addresses of their plans, what is done or waits. */
  const awaited = new Map<number, ReadonlySet<string>>();
  /** Guest sessions by address and generation. */
  const sessions = new Map<string, string[]>();
  /** Whose an object is: the address of the intent that made it. */
  const owners = new Map<string, string>();
  /** When each object was last seen to serve. */
  const servedAt = new Map<string, number>();
  /** When each object served for the first time. */
  const servedFirst = new Map<string, number>();
  /** The content that each version number stands for. */
  const numbered = new Map<string, string>();
  const holders = new Map<string, number>();
  const executed = new Map<string, Effect>();
  /** Templates and versions that this ledger has announced: of others it can only know what CXone shows. */
  const announced = new Set<string>();
  /** Keys that were sent again in quiet while the server still knew them. */
  const askedAgain = new Set<string>();
  /** The last outcome that the ledger has of each key. */
  const results = new Map<string, string>();
  /** What a person has changed, and when: what a read-back finds there tells nothing any more. */
  const touched = new Map<string, number>();
  /** When a process was shown its plan. */
  const plannedAt = new Map<number, number>();
  /** When a process last read the list of SMS templates. */
  const listedAt = new Map<number, number>();
  /** When a process asked for one object, and when that object served as it was answered: by process and id. */
  const asked = new Map<string, number>();
  const readServing = new Map<string, number>();
  /** Retirements by process, which must look at the successor once more. */
  const retired = new Map<
    number,
    { readonly key: string; readonly family: readonly string[]; readonly at: number }[]
  >();

  const blame = (invariant: string, message: string): undefined => {
    violations.push({ invariant, message });
    ground.trace(`VIOLATION ${invariant}: ${message}`);
  };
  const keyOf = (request: Arrived | undefined): string => request?.headers.get("x-idempotency-key") ?? "";
  const intentOf = (request: Arrived | undefined): Entry | undefined => disk.intents.get(keyOf(request));
  /** The one object that a GET is for: a digital template is its id and version. */
  const objectOf = (request: Arrived): string => {
    const parts = request.url.pathname.split("/").map(decodeURIComponent);
    return parts.at(-2) === "versions" ? `${parts.at(-3)}@${parts.at(-1)}` : (parts.at(-1) as string);
  };
  const isServing = (id: string): boolean => {
    const { whatsapp, digital } = tenant();
    return whatsapp.templates.get(id)?.status === "APPROVED" || digital.templates.get(id)?.status === "ACTIVE";
  };
  /** Whether the ledger has heard of the new address since: a rename of which it never heard is none to the engine. */
  const isHeardOf = ({ next, since }: { readonly next: string; readonly since: number }): boolean =>
    disk.entries.slice(since).some((one) => one.address === next);
  /** The declared document that stands for an address: its own, or the one that it was renamed to, perhaps by way of others. */
  const heirOf = (address: string): Doc | undefined => {
    const own = declared.find((one) => addressOf(one) === address);
    const renamed = renamedTo.get(address);
    if (own !== undefined || renamed === undefined) return own;
    const heir = declared.find((one) => addressOf(one) === renamed.next);
    if (heir?.metadata.renamedFrom !== undefined) return heir;
    return isHeardOf(renamed) ? heirOf(renamed.next) : undefined;
  };

  const noteRenames = (): void => {
    for (const one of declared) {
      const { renamedFrom } = one.metadata;
      if (renamedFrom === undefined) continue;
      const [former, next] = [addressOf({ ...one, metadata: { name: renamedFrom } }), addressOf(one)];
      if (renamedTo.get(former)?.next !== next) renamedTo.set(former, { next, since: disk.entries.length });
    }
  };

  /** A renamed session is the one that it was. */
  const firstNameOf = (address: string): string => {
    const before = [...renamedTo].find(([, { next }]) => next === address)?.[0];
    return before === undefined ? address : firstNameOf(before);
  };

  /** Read as serving by this very run after its plan was made; what was announced or known from before is no read. */
  const checkReadBefore = (effect: Effect, address: string, others: readonly (readonly [string, string])[]): void => {
    const pid = effect.request?.pid ?? 0;
    const since = plannedAt.get(pid) ?? 0;
    const ids = others.map(([id]) => id);
    if (!ids.some((id) => (readServing.get(`${pid} ${id}`) ?? -1) >= since))
      blame("I4", `${address} was retired by a run that had not read its successor as active`);
    const firstAt = Math.min(...ids.map((id) => servedFirst.get(id) ?? Number.POSITIVE_INFINITY));
    // A clock that jumps makes "long enough" mean something else.
    if (options.people.clockJumps === undefined && timeline.now < firstAt + options.retireAfterMs)
      blame("I4", `${address} was retired before its successor had served for retireAfter`);
    const key = keyOf(effect.request);
    retired.set(pid, [...(retired.get(pid) ?? []), { key, family: ids, at: timeline.now }]);
  };

  /** A run that retired something, and knows that it did, has looked at the successor afterwards. */
  const checkReadAfter = (process: Process): void => {
    for (const { key, family, at } of retired.get(process.pid) ?? []) {
      const isKnown = results.get(key) === "ok";
      const isSeen = family.some((id) => (asked.get(`${process.pid} ${id}`) ?? -1) >= at);
      // Who is interrupted under a Retry-After looks in the next run, and so does who was on the way to look and got no token.
      const isHindered = process.stop.signal.aborted || lastWasToken.get(process.pid) === true;
      if (isKnown && !isSeen && !isHindered)
        blame("I4", "a run retired a version and did not look at its successor afterwards");
    }
  };

  /** Under ETags nothing is overwritten that a person changed after the plan was made. */
  const checkOverwritten = (effect: Effect): void => {
    const pid = effect.request?.pid ?? 0;
    // Who waits plans anew: what is retired then was read again, and may have been changed before that.
    const isReadAgain = awaited.has(pid) && effect.status === "DEPRECATED";
    const since = isReadAgain ? (listedAt.get(pid) ?? plannedAt.get(pid)) : plannedAt.get(pid);
    const changedAt = touched.get(effect.id);
    if (!options.etags || since === undefined || changedAt === undefined || changedAt < since) return;
    blame("I11", "a run overwrote what a person had changed after its plan was made");
  };

  /** The object that an entry tells of, as effects call it. */
  const idOf = ({ address, remoteId, version }: Entry): string | undefined =>
    address?.startsWith("DigitalTemplate/") === true && remoteId !== undefined ? `${remoteId}@${version}` : remoteId;

  /** What a job of a lost ledger made, nobody's intent tells: it is the one's who takes it over. */
  const noteOwner = (entry: Entry): void => {
    const id = idOf(entry);
    if (entry.action === "adopted" && id !== undefined && entry.address !== undefined && !owners.has(id))
      owners.set(id, entry.address);
  };

  /** What the ledger calls active has served at some time. */
  const checkActive = (entry: Entry): void => {
    const id = idOf(entry);
    if (entry.status !== "active" || id === undefined || entry.outcome === "failed") return;
    const kind = entry.address?.split("/")[0];
    if (kind !== "WhatsAppTemplate" && kind !== "DigitalTemplate" && kind !== "SmsTemplate") return;
    if (!servedAt.has(id)) blame("I6", `the ledger calls ${entry.address} active, which has never served`);
  };

  const checkRetirement = (effect: Effect): void => {
    const address = owners.get(effect.id);
    const heir = address === undefined ? undefined : heirOf(address);
    if (address === undefined || heir === undefined || effect.request?.isLate === true) return;
    if (effect.before !== "APPROVED" && effect.before !== "ACTIVE") return;
    const family = new Set([address, addressOf(heir)]);
    // A successor that CXone or a person took away while the call was under way is not the engine's doing.
    const others = [...owners].filter(([id, owner]) => id !== effect.id && family.has(owner));
    checkReadBefore(effect, address, others);
    const isCovered = others.some(
      ([id]) => isServing(id) || (servedAt.get(id) ?? 0) >= (effect.request?.sentAt ?? 0) - 120_000,
    );
    if (!isCovered) blame("I4", `${address} was retired by a run while nothing else of it serves`);
  };

  const checkSms = (effect: Effect): void => {
    checkOverwritten(effect);
    const address = owners.get(effect.id);
    if (effect.by !== "run" || effect.before !== "APPROVED" || address === undefined) return;
    if (effect.status === "APPROVED" || effect.status === "PENDING_REVIEW" || effect.request?.isLate === true) return;
    const heir = heirOf(address);
    if (heir === undefined) return;
    const other = [...owners].find(([id, owner]) => owner === addressOf(heir) && id !== effect.id)?.[0];
    // As above: what a person took away while the call was under way is not the engine's doing, but it must look and bring the old one back.
    const isCovered = other !== undefined && (servedAt.get(other) ?? 0) >= (effect.request?.sentAt ?? 0) - 120_000;
    if (!isCovered) blame("I4", `${address} went from APPROVED to ${effect.status} through a run`);
    const pid = effect.request?.pid ?? 0;
    const ids = other === undefined ? [] : [other];
    retired.set(pid, [...(retired.get(pid) ?? []), { key: keyOf(effect.request), family: ids, at: timeline.now }]);
  };

  /** One number never has two contents. */
  const checkNumber = (intent: Entry | undefined): void => {
    const name = `${intent?.address}@${intent?.version}`;
    const known = numbered.get(name);
    if (known !== undefined && known !== intent?.digest) blame("I8", `${name} was submitted with two contents`);
    numbered.set(name, intent?.digest ?? "");
  };

  const isInLedger = (id: string): boolean => disk.entries.some((entry) => idOf(entry) === id);

  /** The same words twice in CXone for one address: a submission that was sent again under another name. */
  const checkTwice = (effect: Effect): void => {
    const { whatsapp, digital } = tenant();
    const address = owners.get(effect.id);
    const mine = whatsapp.templates.get(effect.id) ?? digital.templates.get(effect.id);
    const isTwice = [...owners].some(([id, owner]) => {
      const other = whatsapp.templates.get(id) ?? digital.templates.get(id);
      if (id === effect.id || owner !== address || other === undefined || mine === undefined) return false;
      // What a lost ledger had replaced is no more of its successor's than a stranger's is.
      if (!announced.has(id) && !isInLedger(id)) return false;
      const isThere = ["PENDING", "IN_REVIEW", "APPROVED", "ACTIVE"].includes(other.status);
      return isThere && JSON.stringify(other.content) === JSON.stringify(mine.content);
    });
    if (isTwice) blame("I2", `${address} was submitted twice with the same content`);
  };

  const checkWebhook = ({ before, request }: Effect): void => {
    // A rename that does not say so removes the one and makes the other: only who is declared still, or was renamed, is protected.
    const address = intentOf(request)?.address;
    const isDeclared = address !== undefined && heirOf(address)?.spec["url"] === before;
    if (isDeclared && request?.isLate !== true) blame("I4", "a webhook that is declared was removed by a run");
  };

  const checkConsent = (effect: Effect): void => {
    const said = effect.consent;
    if (said === undefined) return;
    const isDeclared = everSaid.some(
      (one) => one.contactId === said.contactId && one.optIn === said.optIn && one.at === said.at,
    );
    if (!isDeclared)
      blame("I1", `a consent with another time or answer than was ever declared was recorded (optIn ${said.optIn})`);
  };

  const isRecorded = (out: Consent): boolean => {
    const held = tenant().consents.records.get(`${out.contactId} ${out.channel}`);
    return held !== undefined && held.at >= out.at;
  };

  /** An opt-in may go only when each opt-out of its batch, and of its contact in any, has been recorded (or is older than what is). */
  const checkOrder = (request: Arrived): undefined => {
    const sent = JSON.parse(request.body) as { contactId: string; channel: string; optIn: boolean }[];
    const ins = new Set(sent.filter((one) => one.optIn).map((one) => `${one.contactId} ${one.channel}`));
    if (ins.size === 0) return undefined;
    const batch = declared.filter((one) => addressOf(one) === intentOf(request)?.address);
    if (!consentsOf(batch).every((one) => one.optIn || isRecorded(one)))
      return blame("I1", "an opt-in was sent before an opt-out of its batch was recorded");
    const others = consentsOf(declared).filter((one) => !one.optIn && ins.has(`${one.contactId} ${one.channel}`));
    if (!others.every(isRecorded))
      return blame("I1", "an opt-in was sent before an opt-out of its contact in another batch was recorded");
  };

  /** A webhook that was to be changed and is not there. */
  const isMadeAnew = (step: Step, intent: Entry): boolean =>
    step.action === "update" &&
    intent.action === "create" &&
    step.address.startsWith("WebhookSubscription/") &&
    !tenant().webhooks.webhooks.has(
      disk.entries.findLast((one) => one.address === step.address && one.phase === "result")?.remoteId ?? "",
    );

  /** What a run that waits does once a decision has come: about an address of its plan, and to what a declared one has replaced. */
  const isFollowing = ({ action = "", address = "" }: Entry, process: Process): boolean => {
    const known = awaited.get(process.pid);
    // As settle does, it also finishes what an earlier plan contained.
    if (known !== undefined && agreed.has(`${action} ${address}`)) return true;
    const isKnown = known?.has(address) === true || (action !== "approve" && heirOf(address) !== undefined);
    return known !== undefined && followUps.includes(action) && isKnown;
  };

  const checkWrite = (request: Arrived, process: Process): undefined => {
    const intent = intentOf(request);
    const name = `${request.method} ${request.url.pathname}`;
    if (intent === undefined) return blame("I6", `${name} was sent without a durable intent`);
    const holder = disk.claim?.holder?.pid;
    if (holder !== process.pid)
      blame("I10", `${name} was sent by process ${process.pid} while ${holder ?? "nobody"} holds the claim`);
    const steps = plans.get(process.pid);
    const isPlanned = steps?.some(
      (step) =>
        step.address === intent.address &&
        (operationsOf[step.action]?.includes(intent.action ?? "") === true || isMadeAnew(step, intent)),
    );
    if (isPlanned === false && !isFollowing(intent, process))
      blame("I11", `${intent.action} of ${intent.address} is in no step of the plan`);
    if (request.url.pathname.endsWith("/batch")) checkOrder(request);
  };

  const checkOuts = (invariant: string): void => {
    for (const out of consentsOf(declared).filter((one) => !one.optIn)) {
      const held = tenant().consents.records.get(`${out.contactId} ${out.channel}`);
      const isOut = held !== undefined && (!held.optIn || held.at > out.at);
      if (!isOut)
        blame(invariant, `a declared opt-out is ${held === undefined ? "not there" : "IN"} after a green run`);
    }
  };

  /** Each effect has an intent; the last word about its key is not that it failed. */
  const checkAudit = (): void => {
    const open = new Map<string, Entry>();
    for (const entry of disk.entries) {
      const name = `${entry.run} ${entry.idempotencyKey}`;
      if (entry.phase === "intent") open.set(name, entry);
      if (entry.phase === "result") open.delete(name);
    }
    for (const { action, address, run } of open.values())
      blame("I7", `${action} of ${address} was announced by ${run} and never answered`);
    for (const [key, effect] of executed) {
      // A copy of the net's own making may still take effect after CXone has refused the request itself.
      const isExcused = effect.kind === "PreferenceBatch" || touched.has(effect.id) || effect.request?.isCopy === true;
      if (results.get(key) === "failed" && !isExcused)
        blame("I6", `${effect.kind} ${effect.what} took effect and the ledger's last word is that it failed`);
      if (!results.has(key)) blame("I7", `${effect.kind} ${effect.what} took effect and has no result`);
    }
  };

  const checkSecrecy = (): void => {
    const canaries = [...Object.values(secrets).slice(1), "TOKEN-CANARY", ...everSaid.map((one) => one.contactId)];
    const text = [...disk.files.values()].join("\n");
    for (const canary of new Set(canaries))
      if (text.includes(canary)) blame("I12", "the ledger holds a secret or a contact id");
  };

  return {
    violations,
    blame,
    declare(revision) {
      declared = docsOf(revision, options);
      // What no run has heard of before its line went was never said.
      for (const [former, renamed] of renamedTo) if (!isHeardOf(renamed)) renamedTo.delete(former);
      for (const one of declared) renamedTo.delete(addressOf(one));
      noteRenames();
      everSaid.push(...consentsOf(declared));
    },
    onSend(request, process) {
      lastWasToken.set(process.pid, isToken(request));
      const until = limits.get(process.pid) ?? 0;
      // A clock tells whole milliseconds, rounded down.
      if (timeline.now < until - 1)
        blame("I14", `a request left ${Math.ceil(until - timeline.now)} ms before Retry-After allowed it`);
      if (request.method === "GET") asked.set(`${process.pid} ${objectOf(request)}`, timeline.now);
      else if (!isToken(request)) checkWrite(request, process);
    },
    onServed(request) {
      const madeAt = executed.get(keyOf(request))?.at ?? timeline.now;
      if (ground.isQuiet && madeAt < timeline.now && timeline.now < madeAt + keyDayMs) askedAgain.add(keyOf(request));
      if (request.method === "GET" && request.url.pathname.endsWith("/messaging/templates"))
        listedAt.set(request.pid, timeline.now);
      const id = request.method === "GET" ? objectOf(request) : "";
      if (isServing(id)) readServing.set(`${request.pid} ${id}`, timeline.now);
    },
    onLimit(process, until) {
      // It binds from when the answer is there, which it is within 100 ms.
      const { pid } = process;
      timeline.after(100, () => limits.set(pid, Math.max(limits.get(pid) ?? 0, until)));
    },
    onEffect(effect) {
      const { request } = effect;
      const intent = intentOf(request);
      const isServed = effect.status === "APPROVED" || effect.status === "ACTIVE";
      if (isServed && !servedFirst.has(effect.id)) servedFirst.set(effect.id, timeline.now);
      if (isServed) servedAt.set(effect.id, Number.POSITIVE_INFINITY);
      else if (effect.before === "APPROVED" || effect.before === "ACTIVE") servedAt.set(effect.id, timeline.now);
      if (effect.by === "person") touched.set(effect.id, timeline.now);
      if (effect.by !== "run") return;
      const isOfLedger = request !== undefined && request.sentAt >= lostAt;
      if (isOfLedger) executed.set(keyOf(request), effect);
      if (effect.what === "created" && intent?.address !== undefined) owners.set(effect.id, intent.address);
      const isVersioned = effect.kind === "WhatsAppTemplate" || effect.kind === "DigitalTemplate";
      if (effect.what === "created" && isVersioned && isOfLedger) {
        announced.add(effect.id);
        checkTwice(effect);
        checkNumber(intent);
      }
      if (effect.kind === "GuestSession") {
        const key = `${firstNameOf(intent?.address ?? "")}@${intent?.version}`;
        const made = [...(sessions.get(key) ?? []), effect.id];
        sessions.set(key, made);
        if (made.length > 1) blame("I3", `${key} has ${made.length} guest sessions`);
      } else if (effect.kind === "SmsTemplate") checkSms(effect);
      else if (effect.kind === "WebhookSubscription" && effect.what === "removed") checkWebhook(effect);
      else if (effect.what === "deprecated") checkRetirement(effect);
      else if (effect.what === "recorded") checkConsent(effect);
    },
    onEntry(entry, isAlive) {
      if (entry.phase === "claim") holders.set(entry.run, entry.holder?.pid ?? 0);
      const pid = holders.get(entry.run) ?? 0;
      if (entry.phase === "result" && entry.idempotencyKey !== undefined && entry.outcome !== undefined)
        results.set(entry.idempotencyKey, entry.outcome);
      noteOwner(entry);
      checkActive(entry);
      if (entry.phase === "release" && entry.reason?.startsWith("recovered") === true && isAlive(pid))
        blame("I10", `the claim of process ${pid}, which is at work, was ended by another`);
    },
    onPlan(process, { steps, waiting }, reviewed, waits) {
      for (const step of steps)
        for (const operation of operationsOf[step.action] ?? []) agreed.add(`${operation} ${step.address}`);
      if (waits) awaited.set(process.pid, new Set([...steps, ...waiting].map(({ address }) => address)));
      // Of a reviewed plan only what is in every fact as it was read may go, and what replaces finished work.
      const known = reviewed === undefined ? undefined : new Set(reviewed.map(factsOf));
      plans.set(
        process.pid,
        known === undefined ? steps : steps.filter((one) => one.followUp || known.has(factsOf(one))),
      );
      plannedAt.set(process.pid, timeline.now);
    },
    onDone: checkReadAfter,
    onRetries(process, requests, retries) {
      const most = 20 + Math.floor(requests * 0.1);
      if (retries > most) blame("I14", `process ${process.pid} retried ${retries} times for ${requests} requests`);
    },
    onLoss() {
      lostAt = timeline.now;
      for (const lost of [executed, announced, results, holders, numbered, retired, renamedTo]) lost.clear();
      noteRenames();
      // CXone tells of a session to who knows its key, and that follows from what is declared now.
      const known = new Set(declared.map((one) => `${firstNameOf(addressOf(one))}@${one.spec["generation"] ?? 1}`));
      for (const key of sessions.keys()) if (!known.has(key)) sessions.delete(key);
    },
    hasLostCreation: () =>
      [...executed].some(([key, { what }]) => what === "created" && results.get(key) !== "ok" && !askedAgain.has(key)),
    onGreen: () => checkOuts("I1"),
    atEnd() {
      checkOuts("I1");
      checkAudit();
      checkSecrecy();
    },
  };
}
