// One write from intent to result: what is announced, when it is sent again and when not, and what the ledger says of it (CXONE-API §2, RELIABILITY §2.2).
import assert from "node:assert/strict";
import test from "node:test";
import { createPerformer, idempotencyKey, type PerformerOptions } from "../../src/apply/performer.ts";
import { releaseClaim, releaseDeadClaim } from "../../src/apply/recover.ts";
import { digest } from "../../src/base/digest.ts";
import {
  type CallFacts,
  Claimed,
  Conflict,
  Forbidden,
  Limited,
  Missing,
  Refused,
  Unauthorised,
  Unexpected,
  UnknownOutcome,
  Unreachable,
} from "../../src/base/failure.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import type { Observed, WriteCall } from "../../src/contract/kind.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { environment, holder, memoryStore as memoryStoreOf } from "../ledger/scene.ts";
import { type Scene, type SceneOptions, scene, start } from "./scene.ts";

const address = "SmsTemplate/otp";
const facts: CallFacts = { family: "messaging", method: "POST", path: "/templates", requestId: "request-lost" };
const lost = (): UnknownOutcome => new UnknownOutcome("no answer", facts, { hint: "Run again." });
const missing = (): Missing => new Missing("404", facts, { hint: "Plan again." });
const conflict = (): Conflict => new Conflict("409", facts, { hint: "Plan again." });
const seen: Observed = {
  remoteId: "id-1",
  remoteName: "otp",
  status: "pending",
  state: {},
  reason: "is reviewed",
  decidedAt: "2026-06-01T09:00:01.000Z",
} as Observed;
const content = { digest: digest({ text: "hello" }), masked: { text: "hello" } as JsonObject };

interface Asked extends SceneOptions {
  /** What each read-back finds; undefined beyond the end. */
  readonly reads?: readonly (Observed | Error | undefined)[];
  readonly isOnce?: boolean;
  readonly call?: Partial<WriteCall>;
  readonly isBare?: boolean;
  readonly signal?: AbortSignal;
}

interface Written extends Scene {
  readonly end: unknown;
  readonly told: { requestId?: string; latencyMs: number }[];
  readonly bodies: unknown[];
}

async function write(asked: Asked): Promise<Written> {
  const made = await scene(asked);
  const told: { requestId?: string; latencyMs: number }[] = [];
  const reads = [...(asked.reads ?? [])];
  const options: PerformerOptions = {
    ...made,
    address,
    version: 1,
    ...(asked.isBare === true ? {} : { content }),
    isOnce: asked.isOnce ?? false,
    signal: asked.signal,
    remoteIdOf: (other) => `id of ${other}`,
    secret: (variable) => `secret of ${variable}`,
    onWrite: (outcome) => told.push(outcome),
  };
  const call: WriteCall = {
    operation: "create",
    method: "POST",
    path: "templates",
    keyBody: { text: "hello" },
    body: (atMs) => ({ text: "hello", atMs }),
    remoteName: "otp",
    accept: (answer) => (answer.body === null ? undefined : { observed: seen, jobId: "job-1" }),
    readBack: async (_api, key) => {
      made.steps.push(
        `read ${key === idempotencyKey("create", address, 1, { text: "hello" }, made.ledger.generation("create", address, 1)) ? "" : "by another key"}`.trim(),
      );
      const found = reads.shift();
      if (found instanceof Error) throw found;
      return found;
    },
    isTransition: false,
    ...asked.call,
  };
  const performer = createPerformer(options);
  const end = await performer.write(call).catch((error: unknown) => error);
  return { ...made, end, told, bodies: made.sent.map((one) => one.body) };
}

const phases = (written: Written): readonly string[] =>
  written.ledger.entries.map((entry) => [entry.phase, entry.outcome].filter((word) => word !== undefined).join(" "));
const lastOf = (written: Written): Entry => written.ledger.entries.at(-1) as Entry;

test("a write is announced, sent once with its key, and its answer is recorded", async () => {
  const written = await write({ replies: [{ id: "id-1" }] });
  assert.deepEqual(phases(written), ["claim", "intent", "result ok"]);
  assert.deepEqual(written.steps, ["send"]);
  const key = idempotencyKey("create", address, 1, { text: "hello" }, 0);
  const [, intent, result] = written.ledger.entries;
  const { digest: contentDigest } = content;
  const common = {
    action: "create",
    address,
    version: 1,
    remoteName: "otp",
    digest: contentDigest,
    idempotencyKey: key,
    generation: 0,
  };
  assert.deepEqual(factsOf(intent), { phase: "intent", ...common });
  assert.deepEqual(factsOf(result), {
    ...common,
    phase: "result",
    outcome: "ok",
    status: "pending",
    remoteId: "id-1",
    jobId: "job-1",
    reason: "is reviewed",
    decidedAt: "2026-06-01T09:00:01.000Z",
    requestId: "request-1",
    responseDigest: digest({ id: "id-1" }),
    latencyMs: 40,
  });
  assert.deepEqual(written.sent, [
    { method: "POST", path: "templates", body: { text: "hello", atMs: start }, idempotencyKey: key },
  ]);
  assert.deepEqual(written.told, [{ latencyMs: 40, requestId: "request-1" }]);
  assert.equal(await written.store.read(`content/${contentDigest}.json`), '{"text":"hello"}');
});

test("what the call says of segments, query, headers and the remote id is sent and announced, what it does not say is absent", async () => {
  const call = { segments: ["id-1"], query: { page: "1" }, headers: { "If-Match": '"1"' }, remoteId: "id-1" };
  const written = await write({ replies: [{}], call, isBare: true });
  const { segments, query, headers } = written.sent[0] ?? {};
  assert.deepEqual(
    { segments, query, headers },
    { segments: ["id-1"], query: { page: "1" }, headers: { "If-Match": '"1"' } },
  );
  assert.equal(written.ledger.entries[1]?.remoteId, "id-1");
  assert.equal("digest" in (written.ledger.entries[1] as Entry), false);
  const made = await scene({ replies: [{}] });
  const { body: _body, remoteName: _remoteName, ...bare } = { ...callOf(), body: undefined, remoteName: undefined };
  await createPerformer({ ...made, ...optionsOf() }).write(bare);
  assert.deepEqual(Object.keys(made.sent[0] ?? {}).sort(), ["idempotencyKey", "method", "path"]);
  assert.equal("remoteName" in (made.ledger.entries[1] as Entry), false);
});

test("a performer passes on the api, ids, secrets and waits", async () => {
  const made = await scene({ replies: [] });
  const performer = createPerformer({ ...made, ...optionsOf() });
  assert.equal(performer.api, made.api);
  assert.equal(performer.remoteIdOf("X/y"), "id of X/y");
  assert.equal(performer.secret("HOOK"), "secret of HOOK");
  await performer.sleep(7);
  assert.deepEqual(made.slept, [7]);
});

test("a lost answer is read back before anything is sent again, and found is done", async () => {
  const written = await write({ replies: [lost()], reads: [seen] });
  assert.deepEqual(written.steps, ["send", "read"]);
  assert.deepEqual(phases(written), ["claim", "intent", "result ok"]);
  assert.equal("requestId" in lastOf(written), false);
  assert.equal(lastOf(written).latencyMs, 40);
  assert.deepEqual(written.told, [{ latencyMs: 40 }]);
});

test("absent after a lost answer, the same bytes are sent again under the same key, three times in all", async () => {
  const written = await write({ replies: [lost(), lost(), lost()] });
  assert.deepEqual(written.steps, ["send", "read", "send", "read", "send", "read"]);
  assert.equal(new Set(written.sent.map((one) => one.idempotencyKey)).size, 1);
  assert.deepEqual(written.bodies, [written.bodies[0], written.bodies[0], written.bodies[0]]);
  assert.deepEqual(
    written.sent.map((one) => one.isRepeat),
    [undefined, true, true],
    "each further one takes one of the run's retries",
  );
  assert.ok(written.end instanceof UnknownOutcome);
  assert.deepEqual(phases(written), ["claim", "intent", "result unknown"]);
  assert.equal(lastOf(written).reason, "CX5009: no answer");
  assert.equal(lastOf(written).requestId, "request-lost");
  assert.deepEqual(written.told, [{ latencyMs: 120, requestId: "request-lost" }]);
});

test("without a retry left what may have arrived stays unknown, under the same key", async () => {
  const spent = new Limited("POST /templates was not sent again: the run's retries are spent", facts, { hint: "" });
  const written = await write({ replies: [lost(), spent] });
  assert.deepEqual(written.steps, ["send", "read", "send"]);
  assert.ok(written.end instanceof UnknownOutcome);
  assert.match(written.end.message, /an earlier copy may arrive: POST .templates was not sent again/);
  assert.deepEqual(phases(written), ["claim", "intent", "result unknown"]);
});

test("found after the last re-send is done", async () => {
  const written = await write({ replies: [lost(), lost(), lost()], reads: [undefined, undefined, seen] });
  assert.deepEqual(phases(written), ["claim", "intent", "result ok"]);
});

test("a read-back that fails leaves the outcome unknown, and nothing is sent again", async () => {
  const written = await write({
    replies: [lost()],
    reads: [new Unreachable("no answer to a read", facts, { hint: "" })],
  });
  assert.deepEqual(written.steps, ["send", "read"]);
  assert.ok(written.end instanceof UnknownOutcome);
  assert.match(written.end.message, /create of otp: reading back failed: no answer to a read/);
  assert.ok(written.end.cause instanceof Unreachable);
  assert.deepEqual(phases(written), ["claim", "intent", "result unknown"]);
  const bug = new TypeError("ours");
  assert.equal((await write({ replies: [lost()], reads: [bug] })).end, bug);
});

test("an answer that shows no object is read back; without one it is sent again, then unknown", async () => {
  const done = await write({ replies: [null], reads: [seen] });
  assert.deepEqual(done.steps, ["send", "read"]);
  assert.equal(lastOf(done).requestId, "request-1");
  assert.equal(lastOf(done).responseDigest, digest(null));
  const never = await write({ replies: [null, null, null] });
  assert.equal(never.sent.length, 3);
  assert.ok(never.end instanceof UnknownOutcome);
  assert.match(never.end.message, /shows no object/);
  const odd = await write({
    replies: [{}],
    reads: [seen],
    call: {
      accept: () => {
        throw new Unexpected("another shape", facts, { hint: "" });
      },
    },
  });
  assert.deepEqual(phases(odd), ["claim", "intent", "result ok"]);
});

test("a bug in an answer's reading is no doubt: it is thrown, and recorded as unknown", async () => {
  const bug = new TypeError("ours");
  const accept = () => {
    throw bug;
  };
  const written = await write({ replies: [{}], call: { accept } });
  assert.equal(written.end, bug);
  assert.deepEqual(written.steps, ["send"]);
  assert.deepEqual(phases(written), ["claim", "intent", "result unknown"]);
  assert.equal(lastOf(written).reason, "the run was interrupted");
  assert.equal("requestId" in lastOf(written), false);
});

test("a definite refusal fails without a second try", async () => {
  const refused = await write({ replies: [new Refused("400", facts, { hint: "" })] });
  assert.deepEqual(phases(refused), ["claim", "intent", "result failed"]);
  assert.deepEqual(refused.steps, ["send"]);
  assert.equal(refused.ledger.generation("create", address, 1), 1);
  const limited = await write({ replies: [new Limited("429", facts, { hint: "" })] });
  assert.deepEqual(phases(limited), ["claim", "intent", "result failed"]);
  const strange = await write({ replies: [new Unexpected("html", facts, { hint: "" })] });
  assert.deepEqual(phases(strange), ["claim", "intent", "result unknown"]);
});

test("turned away after a lost copy, the outcome stays unknown; refused by its content it is a failure", async () => {
  for (const error of [Limited, Unreachable, Unauthorised, Forbidden].map(
    (Kind) => new Kind("no", facts, { hint: "" }),
  )) {
    const written = await write({ replies: [lost(), error] });
    assert.deepEqual(phases(written), ["claim", "intent", "result unknown"], error.name);
    assert.ok(written.end instanceof UnknownOutcome);
    assert.equal(written.end.cause, error);
    assert.equal((await write({ replies: [error] })).end, error);
  }
  const refused = await write({ replies: [lost(), new Refused("400", facts, { hint: "" })] });
  assert.deepEqual(phases(refused), ["claim", "intent", "result failed"]);
});

test("refused after a lost copy, a conflict is a failure only once the lost one cannot arrive any more", async () => {
  for (const idempotencyKeys of [true, false]) {
    const capabilities = { idempotencyKeys, requestLifeMs: 9_000 };
    const absent = await write({ replies: [lost(), conflict()], capabilities });
    assert.deepEqual(absent.steps, ["send", "read", "send", "read", "sleep 9000", "read"]);
    assert.deepEqual(phases(absent), ["claim", "intent", "result failed"]);
    const arrived = await write({ replies: [lost(), conflict()], reads: [undefined, undefined, seen], capabilities });
    assert.deepEqual(phases(arrived), ["claim", "intent", "result ok"]);
    const cut = await write({ replies: [conflict()], capabilities, signal: AbortSignal.abort() });
    assert.deepEqual(phases(cut), ["claim", "intent", "result failed"], "nothing was lost before it");
  }
});

test("without an answer, the latency is that of the whole write", async () => {
  const capabilities = { idempotencyKeys: false, requestLifeMs: 9_000 };
  const late = { capabilities, startAt: start + 60_000, isOnce: true } as const;
  const found = await write({ ...late, replies: [lost()], reads: [undefined, seen] });
  assert.deepEqual([lastOf(found).latencyMs, found.told], [9_040, [{ latencyMs: 9_040 }]]);
  const refused = await write({ ...late, replies: [lost(), conflict()] });
  assert.equal(lastOf(refused).latencyMs, 18_080);
});

test("of an approval, too, what a run before left unknown is looked for first, and stays unknown when it is turned away", async () => {
  const call = { operation: "approve", isTransition: true } as const;
  const first = await write({ replies: [{ id: "id-1" }] });
  const next = (number: number) => ({ store: memoryOf(first.store), number, call });
  await first.run.release();
  const lostOnce = await write({ ...next(2), replies: [lost(), lost(), lost()] });
  assert.equal(lastOf(lostOnce).outcome, "unknown");
  await lostOnce.run.release();
  const turnedAway = await write({
    store: memoryOf(lostOnce.store),
    number: 3,
    call,
    replies: [new Limited("429", facts, { hint: "" })],
  });
  assert.deepEqual([turnedAway.steps, lastOf(turnedAway).outcome], [["read by another key", "send"], "unknown"]);
});

test("a conflict is read back only for a change of status and after a lost copy", async () => {
  const created = await write({ replies: [conflict()], reads: [seen] });
  assert.deepEqual(created.steps, ["send"]);
  assert.deepEqual(phases(created), ["claim", "intent", "result failed"]);
  const changed = await write({ replies: [conflict()], reads: [seen], call: { isTransition: true } });
  assert.deepEqual(changed.steps, ["send", "read"]);
  assert.deepEqual(phases(changed), ["claim", "intent", "result ok"]);
  const absent = await write({ replies: [conflict()], call: { isTransition: true } });
  assert.deepEqual(phases(absent), ["claim", "intent", "result failed"]);
  const late = await write({ replies: [lost(), conflict()], reads: [undefined, seen] });
  assert.deepEqual(late.steps, ["send", "read", "send", "read"]);
  assert.deepEqual(phases(late), ["claim", "intent", "result ok"]);
});

test("sent once, without keys, a lost request's life is waited out before the re-send; with keys, or for what is listed, it is not", async () => {
  const capabilities = { idempotencyKeys: false, requestLifeMs: 9_000 };
  const waited = await write({ replies: [lost(), {}], isOnce: true, capabilities });
  assert.deepEqual(waited.steps, ["send", "read", "sleep 9000", "read", "send"]);
  const found = await write({ replies: [lost()], reads: [undefined, seen], isOnce: true, capabilities });
  assert.deepEqual(found.steps, ["send", "read", "sleep 9000", "read"]);
  const atOnce = await write({ replies: [lost()], reads: [seen], isOnce: true, capabilities });
  assert.deepEqual(atOnce.steps, ["send", "read"]);
  const keyed = await write({ replies: [lost(), {}], isOnce: true });
  assert.deepEqual(keyed.steps, ["send", "read", "send"]);
  const listed = await write({ replies: [lost(), {}], capabilities });
  assert.deepEqual(listed.steps, ["send", "read", "send"]);
  const answered = await write({ replies: [null], reads: [seen], isOnce: true, capabilities });
  assert.deepEqual(answered.steps, ["send", "read"]);
  const silent = await write({ replies: [null, {}], isOnce: true, capabilities });
  assert.deepEqual(silent.steps, ["send", "read", "read", "sleep 9000", "read", "send"]);
  const contradicted = await write({ replies: [conflict()], isOnce: true, capabilities, call: { isTransition: true } });
  assert.deepEqual(contradicted.steps, ["send", "read"], "an answered request is not on its way any more");
});

test("an interrupted write is looked for once and left unknown: neither waited for nor sent again", async () => {
  const signal = AbortSignal.abort();
  const capabilities = { idempotencyKeys: false, requestLifeMs: 9_000 };
  const unseen = await write({ replies: [lost()], signal });
  assert.deepEqual([unseen.steps, lastOf(unseen).outcome], [["send", "read"], "unknown"]);
  const found = await write({ replies: [lost()], reads: [seen], signal });
  assert.deepEqual([found.steps, lastOf(found).outcome], [["send", "read"], "ok"]);
  const once = await write({ replies: [lost()], isOnce: true, capabilities, signal });
  assert.deepEqual([once.steps, lastOf(once).outcome], [["send", "read", "sleep 9000"], "unknown"]);
  assert.match(lastOf(once).reason ?? "", /interrupted while a lost request could still arrive/);
});

test("what a dead run announced is read back before the first send, and repeats its key and its bytes", async () => {
  const died = await scene({ replies: [] });
  await died.run.append(
    [
      {
        phase: "intent",
        action: "create",
        address,
        version: 1,
        remoteName: "otp",
        digest: content.digest,
        idempotencyKey: idempotencyKey("create", address, 1, { text: "hello" }, 0),
        generation: 0,
      },
    ],
    [{ digest: content.digest, content: content.masked }],
  );
  const { store } = died;
  await releaseClaim(
    await openLedger(store, { environment }),
    died.world,
    "grace",
    "its process ended without a release",
  );
  const capabilities = { idempotencyKeys: false, requestLifeMs: 9_000 };
  const later = { store: memoryOf(store), number: 2, startAt: start + 60_000 };
  const again = await write({ ...later, replies: [{}], isOnce: true, capabilities });
  assert.deepEqual(again.steps, ["read", "sleep 9000", "read", "send"]);
  assert.deepEqual(again.bodies, [{ text: "hello", atMs: start }]);
  const found = await write({ ...later, store: memoryOf(store), replies: [], reads: [seen] });
  assert.deepEqual(found.steps, ["read"]);
  assert.equal(lastOf(found).outcome, "ok");
  const edited = await write({ ...later, store: memoryOf(store), replies: [{}], call: { keyBody: { text: "other" } } });
  assert.deepEqual(edited.steps, ["read by another key", "send"]);
  assert.deepEqual(edited.bodies, [{ text: "hello", atMs: start + 60_000 }]);
});

test("the claim of a run that died is released with its open intents as unknown, once, in its own name", async () => {
  const died = await scene({ replies: [] });
  await died.run.append([
    { phase: "intent", action: "create", address, version: 1, idempotencyKey: "k", generation: 0 },
  ]);
  const ledger = await openLedger(died.store, { environment });
  const alive = { ...died.world, holder, isDead: async () => false, unreleased: new Set<string>() };
  await assert.rejects(releaseDeadClaim(ledger, alive, "grace"), (error) => {
    assert.ok(error instanceof Claimed);
    assert.match(error.message, /claimed by run \S+ of ada on quay, process 4711, since 2026-06-01T09:00:00/);
    assert.match(error.hint, /^Wait until that run has ended, then/);
    return true;
  });
  const elsewhere = { ...alive, holder: { ...holder, host: "pier" } };
  await assert.rejects(releaseDeadClaim(ledger, elsewhere, "grace"), (error) => {
    assert.ok(error instanceof Claimed);
    assert.match(error.hint, /cxform unlock/);
    return true;
  });
  assert.equal(await releaseDeadClaim(ledger, { ...alive, isDead: async () => true }, "grace"), true);
  const told = ledger.entries.map(({ phase, outcome, reason, actor }) => [phase, outcome, reason, actor]);
  assert.deepEqual(told.slice(1), [
    ["intent", undefined, undefined, undefined],
    ["result", "unknown", "the run died before the answer was recorded", undefined],
    ["release", undefined, "recovered: its process ended without a release", "grace"],
  ]);
  assert.deepEqual(ledger.openIntents, []);
  assert.equal(ledger.generation("create", address, 1), 0);
  assert.equal(await releaseDeadClaim(ledger, { ...alive, isDead: async () => true }, "grace"), false);
  const before = ledger.entries.length;
  await releaseClaim(ledger, died.world, "grace", "again");
  assert.equal(ledger.entries.length, before);
});

test("a claim without open intents is released alone", async () => {
  const died = await scene({ replies: [] });
  await died.run.append([{ phase: "event", action: "validated" }]);
  const ledger = await openLedger(died.store, { environment });
  await releaseClaim(ledger, died.world, "grace", "unlocked");
  assert.deepEqual(
    ledger.entries.map((entry) => entry.phase),
    ["claim", "event", "release"],
  );
});

function factsOf(entry: Entry | undefined): object {
  const {
    seq: _seq,
    at: _at,
    run: _run,
    environment: _environment,
    prev: _prev,
    hash: _hash,
    contentHash: _contentHash,
    ...said
  } = entry as Entry;
  return said;
}

function callOf(): WriteCall {
  return {
    operation: "create",
    method: "POST",
    path: "templates",
    keyBody: {},
    accept: () => ({ observed: seen }),
    readBack: async () => undefined,
    isTransition: false,
  };
}

function optionsOf(): Omit<PerformerOptions, "api" | "run" | "ledger" | "world"> {
  return {
    address,
    version: 1,
    isOnce: false,
    remoteIdOf: (other) => `id of ${other}`,
    secret: (variable) => `secret of ${variable}`,
    onWrite: () => undefined,
  };
}

function memoryOf(store: Scene["store"]): Scene["store"] {
  return memoryStoreOf(new Map(store.files));
}

test("what an answer does not tell is not in the ledger", async () => {
  const bare = { remoteId: "id-1", remoteName: "otp", status: "active", state: {} } as Observed;
  const written = await write({ replies: [{}], isBare: true, call: { accept: () => ({ observed: bare }) } });
  const told = Object.keys(factsOf(lastOf(written))).sort();
  const always = ["action", "address", "generation", "idempotencyKey", "latencyMs", "outcome", "phase"];
  assert.deepEqual(told, [...always, "remoteId", "remoteName", "requestId", "responseDigest", "status", "version"]);
  const { requestId: _requestId, ...nameless } = facts;
  const failed = await write({ replies: [new Refused("400", nameless, { hint: "" })] });
  assert.equal("requestId" in factsOf(lastOf(failed)), false);
  assert.deepEqual(failed.told, [{ latencyMs: 40 }]);
});

test("a doubt names the write, where it has no name the path, and the way on", async () => {
  const { remoteName: _remoteName, ...nameless } = callOf();
  const made = await scene({ replies: [null, null, null] });
  const call = { ...nameless, accept: () => undefined };
  const error = await createPerformer({ ...made, ...optionsOf() })
    .write(call)
    .catch((thrown: unknown) => thrown);
  assert.ok(error instanceof UnknownOutcome);
  assert.match(error.message, /^create of templates: /);
  assert.equal(error.hint, "Run apply again: it reads CXone before it sends anything.");
  assert.deepEqual(error.call, { family: "", method: "POST", path: "templates" });
});

test("a holder that is not known is not made up", async () => {
  const { clock } = (await scene({ replies: [] })).world;
  const store = memoryStoreOf();
  const run = (await openLedger(store, { environment })).begin({ run: "20261120T100001Z-00000001", clock });
  await run.append([{ phase: "event", action: "validated" }]);
  const world = { clock, holder, isDead: async () => false, unreleased: new Set<string>() };
  await assert.rejects(
    releaseDeadClaim(await openLedger(store, { environment }), world, "grace"),
    /^Claimed: the environment harbour is claimed by run 20261120T100001Z-00000001, since 2026-06-01T09:00:00.000Z$/,
  );
});

test("a typed 404 is a failure, unless the call knows what it means", async () => {
  const failed = await write({ replies: [missing()] });
  assert.deepEqual([phases(failed).at(-1), failed.steps], ["result failed", ["send"]]);
  assert.ok(failed.end instanceof Missing);
  const gone = await write({
    replies: [missing()],
    call: { missing: async () => ({ ...seen, status: "deprecated" }) },
  });
  assert.deepEqual([phases(gone).at(-1), lastOf(gone).status], ["result ok", "deprecated"]);
  const there = await write({ replies: [missing()], call: { missing: async () => undefined } });
  assert.deepEqual([phases(there).at(-1), there.end instanceof Missing], ["result failed", true]);
});

test("a 404 whose meaning cannot be read is unknown, not a failure", async () => {
  const call: Partial<WriteCall> = {
    missing: async () => {
      throw new Unreachable("no answer", facts, { hint: "Run again." });
    },
  };
  const written = await write({ replies: [missing()], call });
  assert.equal(phases(written).at(-1), "result unknown");
  assert.ok(written.end instanceof UnknownOutcome);
});
