// One step of a plan: what must be read right before it, which operation it is, what the ledger learns from it, and what is said of it.
import assert from "node:assert/strict";
import test from "node:test";
import { performStep, type StepContext } from "../../src/apply/step.ts";
import { digest } from "../../src/base/digest.ts";
import { type CallFacts, Refused, UnknownOutcome } from "../../src/base/failure.ts";
import type { Capabilities } from "../../src/contract/api.ts";
import type { Declared } from "../../src/contract/declared.ts";
import type { EntryDraft } from "../../src/contract/entry.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import type {
  Accepted,
  KnownRemote,
  Observed,
  ObservedKind,
  Performer,
  Target,
  WriteCall,
} from "../../src/contract/kind.ts";
import type { Action, Step } from "../../src/contract/plan.ts";
import type { Assignment } from "../../src/plan/input.ts";
import { type Reply, type Scene, scene } from "./scene.ts";

const address = "SmsTemplate/otp/en";
const call: CallFacts = { family: "messaging", method: "POST", path: "templates", requestId: "request-1" };
const state: JsonObject = { text: "hello", token: "t0p" };
const one = (name: string, more: Partial<Observed> = {}): Observed => ({
  remoteId: `id-${name}`,
  remoteName: name,
  status: "active",
  statusText: "APPROVED",
  state,
  revision: "",
  ...more,
});
const target: Target = { address, name: "otp", state };
const content = { text: "hello", token: "t0p" };

const written = (operation: string): WriteCall => ({
  operation,
  method: "POST",
  path: "templates",
  body: () => ({}),
  keyBody: {},
  isTransition: false,
  accept: () => ({ observed: one("otp") }),
  readBack: async () => undefined,
});

interface Asked {
  readonly action: Action;
  readonly lifecycle?: "versioned" | "mutable" | "once" | "records";
  readonly version?: Step["version"];
  readonly followUp?: boolean;
  readonly assignment?: Omit<Partial<Assignment>, "kind">;
  /** What each reading of an object finds. */
  readonly reads?: readonly (Observed | undefined)[];
  /** What the operation ends with. */
  readonly end?: Partial<Accepted> | Error;
  readonly capabilities?: Partial<Capabilities>;
  readonly made?: StepContext["made"];
  readonly remoteIds?: ReadonlyMap<string, string>;
  readonly known?: readonly EntryDraft[];
  readonly lacks?: readonly string[];
  readonly isSeenInListOnly?: true;
  /** What each operation writes, and what is answered: a body, or the error that the client throws. */
  readonly writes?: Partial<WriteCall>;
  readonly replies?: readonly Reply[];
  readonly signal?: AbortSignal;
}

interface Done extends Scene {
  readonly outcome: Awaited<ReturnType<typeof performStep>>["outcome"];
  readonly failure: unknown;
  readonly did: readonly string[];
  readonly looked: readonly KnownRemote[];
  readonly context: StepContext;
  readonly performers: readonly Performer[];
  /** What was to serve again, as it was handed over. */
  readonly broughtBack: readonly Observed[];
  /** Entries after those that were known before. */
  readonly said: readonly EntryDraft[];
}

async function perform(asked: Asked): Promise<Done> {
  const made = await scene({
    replies: asked.replies ?? [],
    ...(asked.capabilities === undefined ? {} : { capabilities: asked.capabilities }),
  });
  if (asked.known !== undefined) await made.run.append(asked.known);
  const before = made.ledger.entries.length;
  const did: string[] = [];
  const looked: KnownRemote[] = [];
  const performers: Performer[] = [];
  const broughtBack: Observed[] = [];
  const reads = [...(asked.reads ?? [])];
  const operation =
    (name: string) =>
    async (on: Performer, ...given: readonly unknown[]): Promise<Accepted> => {
      performers.push(on);
      if (name === "reactivate") broughtBack.push(given[0] as Observed);
      const last = given.at(-1);
      did.push([name, ...(typeof last === "object" ? [] : [String(last)])].join(" "));
      if (asked.end instanceof Error) throw asked.end;
      if (asked.writes !== undefined) return on.write({ ...written(name), ...asked.writes });
      return { observed: one("otp"), ...asked.end };
    };
  const names = ["submit", "deprecate", "reactivate", "create", "update", "remove", "send"];
  const kind = {
    name: "SmsTemplate",
    family: "messaging",
    lifecycle: asked.lifecycle ?? "versioned",
    fields: { text: { change: "newVersion" }, token: { change: "newVersion" } },
    sensitive: ["token"],
    isSeenInListOnly: asked.isSeenInListOnly,
    read: async (_api: unknown, known: KnownRemote) => {
      looked.push(known);
      did.push(`read ${known.remoteName}`);
      return reads.shift();
    },
    operations: Object.fromEntries(
      names.filter((name) => !asked.lacks?.includes(name)).map((name) => [name, operation(name)]),
    ),
  } as unknown as ObservedKind;
  const context: StepContext = {
    ...made,
    remoteIds: new Map(asked.remoteIds),
    made: asked.made ?? new Map(),
    signal: asked.signal,
    secret: (variable) => `secret of ${variable}`,
  };
  const step = {
    action: asked.action,
    address,
    version: asked.version ?? { from: 1, to: 2 },
    followUp: asked.followUp ?? false,
    reason: "as declared",
  } as Step;
  const { outcome, failure } = await performStep(context, step, { kind, ...asked.assignment });
  const said = made.ledger.entries.slice(before === 0 ? 0 : before);
  return { ...made, outcome, failure, did, looked, context, performers, broughtBack, said };
}

const submission = { target, content };
const referring = (of: string): { readonly declared: Declared } => ({
  declared: { references: [{ address: of, pointer: "/spec/template" }] } as unknown as Declared,
});

test("each action is its kind's own operation, with the number of the version", async () => {
  const observed = one("otp-old");
  const table: readonly (readonly [Asked, string])[] = [
    [{ action: "create", assignment: submission }, "submit 2"],
    [{ action: "newVersion", assignment: submission }, "submit 2"],
    [{ action: "deprecate", assignment: { observed }, version: { from: 1, to: null } }, "deprecate"],
    [{ action: "reactivate", assignment: { observed, ...submission } }, "reactivate"],
    [{ action: "create", lifecycle: "mutable", assignment: submission }, "create"],
    [{ action: "update", lifecycle: "mutable", assignment: { observed, ...submission } }, "update"],
    [{ action: "remove", lifecycle: "mutable", assignment: { observed } }, "remove"],
    [{ action: "deprecate", lifecycle: "mutable", assignment: { observed } }, "remove"],
    [{ action: "send", lifecycle: "once", assignment: submission }, "send 2"],
  ];
  for (const [asked, expected] of table) {
    const { did, outcome } = await perform(asked);
    assert.deepEqual(did, [expected], `${asked.lifecycle ?? "versioned"} ${asked.action}`);
    assert.equal(outcome.status, "ok");
    assert.equal(outcome.version, asked.version?.to === null ? 1 : 2);
    assert.equal(outcome.remoteId, "id-otp");
  }
});

test("a step without what it needs is a broken assumption, not a call", async () => {
  const table: readonly Asked[] = [
    { action: "create" },
    { action: "create", lifecycle: "mutable" },
    { action: "deprecate" },
    { action: "reactivate" },
    { action: "update", lifecycle: "mutable", assignment: submission },
    { action: "remove", lifecycle: "mutable" },
    { action: "send", lifecycle: "once" },
    { action: "adopt" },
    { action: "adopt", assignment: { observed: one("otp") } },
    { action: "adopt", assignment: { observed: one("otp"), target } },
    { action: "adopt", assignment: { observed: one("otp"), content } },
    { action: "create", assignment: submission, version: { from: null, to: null } },
    { action: "records", lifecycle: "records", assignment: submission },
    { action: "update", lifecycle: "mutable", assignment: { observed: one("otp"), ...submission }, lacks: ["update"] },
    { action: "remove", lifecycle: "mutable", assignment: { observed: one("otp") }, lacks: ["remove"] },
  ];
  for (const asked of table) await assert.rejects(perform(asked), { name: "Bug" }, JSON.stringify(asked));
});

test("a step waits for a reference that is not active, and for one that this run made and cannot read as active", async () => {
  const of = "SmsTemplate/pin";
  const waits = `it waits for ${of}, which is not active yet`;
  const remoteIds = new Map([[of, "id-pin"]]);
  const kindOf = async (reads: readonly (Observed | undefined)[]) => {
    const asked: KnownRemote[] = [];
    const left = [...reads];
    const read = async (_api: unknown, known: KnownRemote) => {
      asked.push(known);
      return left.shift();
    };
    const made = new Map([[of, { kind: { read } as unknown as ObservedKind, observed: one("pin", { version: 7 }) }]]);
    return { asked, made };
  };
  const assignment = { ...submission, ...referring(of) };
  assert.equal((await perform({ action: "create", assignment })).outcome.error, waits);
  assert.equal((await perform({ action: "create", assignment, remoteIds })).outcome.status, "ok");
  for (const [found, isActive] of [
    [one("pin"), true],
    [one("pin", { status: "pending" }), false],
    [undefined, false],
  ] as const) {
    const { asked, made } = await kindOf([found]);
    const done = await perform({ action: "create", assignment, remoteIds, made });
    assert.deepEqual(
      [done.outcome.status, done.outcome.error],
      isActive ? ["ok", undefined] : ["skipped", waits],
      "what was read does not decide",
    );
    assert.deepEqual(asked, [
      { address: of, name: "pin", version: 7, remoteName: "pin", remoteId: "id-pin", status: "active" },
    ]);
    if (!isActive) assert.deepEqual(done.did, []);
  }
  const { made } = await kindOf([one("pin")]);
  assert.equal((await perform({ action: "create", assignment, made })).outcome.error, waits);
});

test("a retirement reads its successor right before and once more after", async () => {
  const assignment = { observed: one("otp-old"), successor: one("otp-new") };
  const asked = { action: "deprecate", followUp: true, assignment, version: { from: 1, to: null } } as const;
  const gone = { observed: one("otp-old", { status: "deprecated" }) };
  const active = one("otp-new");
  const good = await perform({ ...asked, reads: [active, active], end: gone });
  assert.deepEqual(good.did, ["read otp-new", "deprecate", "read otp-new"]);
  assert.deepEqual([good.outcome.status, good.outcome.error], ["ok", undefined]);
  assert.equal(good.looked[0]?.version, 1);
  for (const found of [undefined, one("otp-new", { status: "paused" })]) {
    const held = await perform({ ...asked, reads: [found] });
    assert.deepEqual(held.did, ["read otp-new"]);
    assert.deepEqual(
      [held.outcome.status, held.outcome.error],
      ["skipped", "its successor otp-new is not read as active"],
    );
    const late = await perform({ ...asked, reads: [active, found], end: gone });
    assert.deepEqual(late.did, ["read otp-new", "deprecate", "read otp-new", "reactivate"]);
    assert.deepEqual(late.broughtBack, [assignment.observed], "the version, as it was observed");
    assert.deepEqual(
      [late.outcome.status, late.outcome.error],
      ["failed", "otp-new stopped being active while otp-old was retired; otp-old was reactivated"],
    );
    const tenant = { reactivate: false };
    const stuck = await perform({ ...asked, reads: [active, found], end: gone, capabilities: tenant });
    assert.deepEqual(stuck.did, ["read otp-new", "deprecate", "read otp-new"]);
    assert.deepEqual(
      [stuck.outcome.status, stuck.outcome.error],
      ["failed", "otp-new is not active any more and this tenant cannot reactivate otp-old"],
    );
  }
});

test("a mutable kind that can bring back what it retired looks at the successor, too, and forgets nothing that came back", async () => {
  const asked = {
    action: "deprecate",
    lifecycle: "mutable",
    followUp: true,
    version: { from: 1, to: null },
    assignment: { observed: one("otp-old"), successor: one("otp-new") },
    end: { observed: one("otp-old", { status: "deprecated" }) },
    capabilities: { reactivate: false },
  } as const;
  const good = await perform({ ...asked, reads: [one("otp-new"), one("otp-new")] });
  assert.deepEqual(good.did, ["read otp-new", "remove", "read otp-new"]);
  assert.deepEqual([good.outcome.status, good.said.at(-1)?.action], ["ok", "forgotten"]);
  const late = await perform({ ...asked, reads: [one("otp-new"), one("otp-new", { status: "deprecated" })] });
  assert.deepEqual(late.did, ["read otp-new", "remove", "read otp-new", "reactivate"]);
  assert.deepEqual(late.broughtBack, [asked.end.observed], "the object under the revision that its retirement left");
  assert.deepEqual(
    [late.outcome.status, late.outcome.error],
    ["failed", "otp-new stopped being active while otp-old was retired; otp-old was reactivated"],
  );
  assert.ok(!late.said.some(({ action }) => action === "forgotten"));
});

test("only a follow-up of a kind that can bring something back looks at a successor afterwards", async () => {
  const assignment = { observed: one("otp-old"), successor: one("otp-new") };
  const active = one("otp-new");
  const version = { from: 1, to: null };
  const removal = await perform({ action: "deprecate", assignment, reads: [active], version });
  assert.deepEqual(removal.did, ["read otp-new", "deprecate"]);
  const mutable = await perform({
    action: "remove",
    lifecycle: "mutable",
    followUp: true,
    assignment,
    reads: [active],
    lacks: ["reactivate"],
  });
  assert.deepEqual(mutable.did, ["read otp-new", "remove"]);
  const alone = await perform({
    action: "deprecate",
    followUp: true,
    assignment: { observed: one("otp-old") },
    version,
  });
  assert.deepEqual(alone.did, ["deprecate"]);
  const sent = await perform({ action: "send", lifecycle: "once", assignment: { ...submission, successor: active } });
  assert.deepEqual(sent.did, ["send 2"]);
});

test("what CXone refuses is failed, what it leaves open is unknown, what is no answer of CXone goes up", async () => {
  const refused = new Refused("400", call, { hint: "Correct it." });
  const failed = await perform({ action: "create", assignment: submission, end: refused });
  assert.deepEqual(failed.outcome, {
    address,
    action: "create",
    version: 2,
    status: "failed",
    latencyMs: 0,
    error: `400 [${refused.code}]`,
  });
  assert.equal(failed.failure, refused);
  const lost = new UnknownOutcome("no answer", call, { hint: "Run again." });
  assert.equal((await perform({ action: "create", assignment: submission, end: lost })).outcome.status, "unknown");
  await assert.rejects(perform({ action: "create", assignment: submission, end: new RangeError("bug") }), RangeError);
});

test("where only a list shows the successor and the tenant has none, the ledger stands in for the reading", async () => {
  const asked = {
    action: "remove",
    lifecycle: "mutable",
    followUp: true,
    version: { from: 1, to: null },
    isSeenInListOnly: true,
  } as const;
  const successor = one("otp-new");
  const gone = { observed: one("otp-old", { status: "deprecated" }) };
  const assignment = { observed: one("otp-old"), successor };
  const without = await perform({ ...asked, assignment, end: gone, capabilities: { list: false } });
  assert.deepEqual([without.did, without.outcome.status], [["remove"], "ok"]);
  const listed = await perform({ ...asked, assignment, end: gone, reads: [undefined] });
  assert.deepEqual([listed.did, listed.outcome.status], [["read otp-new"], "skipped"]);
  const waiting = { observed: one("otp-old"), successor: one("otp-new", { status: "pending" }) };
  const held = await perform({ ...asked, assignment: waiting, capabilities: { list: false } });
  assert.deepEqual([held.did, held.outcome.status], [[], "skipped"]);
});

test("what was made is known to later steps: its id while it is active, itself to be read again", async () => {
  const active = await perform({ action: "create", assignment: submission });
  assert.deepEqual([...active.context.remoteIds], [[address, "id-otp"]]);
  assert.deepEqual([...active.context.made.keys()], [address]);
  assert.equal(active.context.made.get(address)?.observed.remoteId, "id-otp");
  const pending = await perform({
    action: "create",
    lifecycle: "mutable",
    assignment: submission,
    end: { observed: one("otp", { status: "pending" }) },
  });
  assert.deepEqual([...pending.context.remoteIds], []);
  assert.deepEqual([...pending.context.made.keys()], [address]);
  const sent = await perform({
    action: "send",
    lifecycle: "once",
    assignment: submission,
    end: { channelUrl: "https://x" },
  });
  assert.deepEqual([...sent.context.made.keys()], []);
  assert.equal(sent.outcome.channelUrl, "https://x");
  assert.ok(!("channelUrl" in active.outcome) && !("error" in active.outcome));
});

test("a step that ends rejected has failed, with the reason", async () => {
  const rejected = (reason?: string) =>
    perform({
      action: "create",
      assignment: submission,
      end: { observed: one("otp", { status: "rejected", ...(reason === undefined ? {} : { reason }) }) },
    });
  assert.deepEqual(
    [(await rejected("too short")).outcome.status, (await rejected("too short")).outcome.error],
    ["failed", "too short"],
  );
  assert.equal((await rejected()).outcome.error, "rejected");
});

const known: EntryDraft = {
  phase: "intent",
  action: "create",
  address,
  version: 2,
  remoteName: "otp",
  remoteId: "id-otp",
  idempotencyKey: "key-1",
  generation: 0,
};
const pendingResult: EntryDraft = { ...known, phase: "result", outcome: "ok", status: "pending" };

test("what an operation saw after its last write goes into the ledger, once", async () => {
  const end = (status: Observed["status"], more: Partial<Observed> = {}) => ({
    observed: one("otp", { status, ...more }),
  });
  const base = { action: "create", assignment: submission, known: [known, pendingResult] } as const;
  for (const [status, word] of [
    ["active", "decided"],
    ["rejected", "decided"],
    ["paused", "observed"],
  ] as const) {
    const { said } = await perform({
      ...base,
      end: end(status, { reason: "why", decidedAt: "2026-06-01T08:00:00.000Z" }),
    });
    assert.equal(said.length, 1);
    const { phase, action, version, remoteName, remoteId, reason, decidedAt, observedAt } = said[0] as EntryDraft;
    assert.deepEqual(
      { phase, action, status: said[0]?.status, version, remoteName, remoteId, reason, decidedAt, observedAt },
      {
        phase: "event",
        action: word,
        status,
        version: 2,
        remoteName: "otp",
        remoteId: "id-otp",
        reason: "why",
        decidedAt: "2026-06-01T08:00:00.000Z",
        observedAt: "2026-06-01T09:00:00.000Z",
      },
    );
  }
  const plain = (await perform({ ...base, end: end("active") })).said[0];
  assert.ok(plain !== undefined && !("reason" in plain) && !("decidedAt" in plain));
  assert.deepEqual((await perform({ ...base, end: end("pending") })).said, []);
  assert.deepEqual((await perform({ ...base, version: { from: 1, to: 3 }, end: end("active") })).said, []);
  assert.deepEqual((await perform({ action: "create", assignment: submission, end: end("active") })).said, []);
});

test("a mutable object that is deprecated is forgotten; one that is removed or has versions is not", async () => {
  const assignment = { observed: one("otp") };
  const { said } = await perform({ action: "deprecate", lifecycle: "mutable", assignment });
  const events = said.filter((entry) => entry.phase === "event");
  assert.deepEqual(
    events.map(({ action, address: of, reason }) => [action, of, reason]),
    [["forgotten", address, "as declared"]],
  );
  for (const asked of [
    { action: "remove", lifecycle: "mutable", assignment },
    { action: "deprecate", lifecycle: "versioned", assignment },
  ] as const)
    assert.deepEqual((await perform(asked)).said, []);
});

test("an adoption is an event with the content that it names, and no call", async () => {
  const base = { action: "adopt", lifecycle: "mutable" } as const;
  const seen = one("otp", { decidedAt: "2026-06-01T08:00:00.000Z" });
  const { said, did, outcome, context, ledger } = await perform({
    ...base,
    assignment: { observed: seen, ...submission },
  });
  assert.deepEqual(did, []);
  assert.deepEqual(outcome, { address, action: "adopt", status: "ok", remoteId: "id-otp", version: 2 });
  const event = said.find((entry) => entry.phase === "event");
  assert.deepEqual(
    [event?.action, event?.digest, event?.contentHash, event?.status, event?.remoteId, event?.decidedAt],
    ["adopted", digest(state), digest({ text: "hello", token: "(sensitive)" }), "active", "id-otp", seen.decidedAt],
  );
  assert.deepEqual(await ledger.content(digest(state)), { text: "hello", token: "(sensitive)" });
  assert.deepEqual([...context.remoteIds], [[address, "id-otp"]]);
  const pending = one("otp", { status: "pending" });
  const open = { text: "hello" };
  const bare = await perform({
    ...base,
    assignment: { observed: pending, target: { ...target, state: open }, content: open },
  });
  const plain = bare.said.find((entry) => entry.phase === "event");
  assert.ok(plain !== undefined && !("contentHash" in plain) && !("decidedAt" in plain));
  assert.deepEqual([...bare.context.remoteIds], []);
});

test("an operation gets ids and secrets by name, and an id that is not there is a broken assumption", async () => {
  const remoteIds = new Map([["SmsTemplate/pin", "id-pin"]]);
  const { performers } = await perform({ action: "create", assignment: submission, remoteIds });
  const [on] = performers;
  assert.equal(on?.remoteIdOf("SmsTemplate/pin"), "id-pin");
  assert.equal(on?.secret("HOOK"), "secret of HOOK");
  assert.throws(() => on?.remoteIdOf("SmsTemplate/none"), { name: "Bug" });
});

test("a write is announced with the content that the step submits, and its time is the outcome's", async () => {
  const intentOf = ({ said }: Done) => said.find((entry) => entry.phase === "intent");
  const base = { writes: {}, replies: [{}] } as const;
  const made = await perform({ ...base, action: "create", assignment: submission });
  assert.deepEqual(
    [intentOf(made)?.address, intentOf(made)?.version, intentOf(made)?.digest],
    [address, 2, digest(state)],
  );
  assert.deepEqual(await made.ledger.content(digest(state)), { text: "hello", token: "(sensitive)" });
  assert.equal(made.outcome.latencyMs, 40);
  for (const assignment of [
    { observed: one("otp") },
    { observed: one("otp"), target },
    { observed: one("otp"), content },
  ]) {
    const retired = await perform({ ...base, action: "deprecate", assignment, version: { from: 1, to: null } });
    assert.equal(intentOf(retired)?.version, 1);
    assert.ok(!("digest" in (intentOf(retired) ?? {})), "what is retired submits nothing");
  }
});

test("only what is sent once waits for a lost request's life before it goes again", async () => {
  const lost = (): UnknownOutcome => new UnknownOutcome("no answer", call, { hint: "Run again." });
  const base = { writes: {}, capabilities: { idempotencyKeys: false } } as const;
  const once = await perform({
    ...base,
    action: "send",
    lifecycle: "once",
    assignment: submission,
    replies: [lost(), {}],
  });
  assert.deepEqual(once.steps, ["send", "sleep 30000", "send"]);
  const again = await perform({ ...base, action: "create", assignment: submission, replies: [lost(), {}] });
  assert.deepEqual(again.steps, ["send", "send"]);
});

test("what comes back after its successor was lost is a write of its own, under its own number", async () => {
  const lost = (): UnknownOutcome => new UnknownOutcome("no answer", call, { hint: "Run again." });
  const back = await perform({
    action: "deprecate",
    followUp: true,
    version: { from: 1, to: null },
    assignment: { observed: one("otp-old"), successor: one("otp-new") },
    reads: [one("otp-new"), undefined],
    writes: {},
    capabilities: { idempotencyKeys: false },
    replies: [{}, lost(), {}],
  });
  const writes = back.said.filter((entry) => entry.phase === "intent");
  assert.deepEqual(
    writes.map((entry) => [entry.action, entry.address, entry.version]),
    [
      ["deprecate", address, 1],
      ["reactivate", address, 1],
    ],
  );
  assert.deepEqual(back.steps, ["send", "send", "send"]);
});

test("a step that is held back before it has a number says none", async () => {
  const held = await perform({
    action: "create",
    version: { from: null, to: null },
    assignment: { ...submission, ...referring("SmsTemplate/pin") },
  });
  assert.equal(held.outcome.status, "skipped");
  assert.ok(!("version" in held.outcome));
});

test("once the run is interrupted, a lost write is looked for and not sent again", async () => {
  const lost = new UnknownOutcome("lost", call, { hint: "Run again." });
  const asked = { action: "create", assignment: submission, writes: {}, replies: [lost, lost, lost] } as const;
  assert.equal((await perform(asked)).sent.length, 3);
  const stopped = await perform({ ...asked, signal: AbortSignal.abort() });
  assert.deepEqual([stopped.sent.length, stopped.outcome.status], [1, "unknown"]);
});
