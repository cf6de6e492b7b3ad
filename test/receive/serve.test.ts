// What events start: a settle that reads CXone and believes nothing else, a workflow, a line in the ledger; over real loopback servers.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { realWorld } from "../../src/cli/world.ts";
import type { Entry } from "../../src/contract/entry.ts";
import { apply } from "../../src/library/apply.ts";
import { listEntries, verify } from "../../src/library/audit.ts";
import { loadConfig } from "../../src/library/config.ts";
import { Invalid } from "../../src/library/invalid.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { whatsapp } from "../acceptance/manifests.ts";
import { guest, metric, type ProjectDir, post, projectDir, routes, type Served, secret, served } from "./served.ts";

const waitFor = async (what: string, condition: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> => {
  const end = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > end) assert.fail(`${what}: still not so after ${limitMs} ms`);
    await sleep(50);
  }
};

/** A project whose CXone is a simulator that never decides by itself. */
async function tenant(t: TestContext): Promise<{ readonly project: ProjectDir; readonly simulator: Simulator }> {
  const simulator = await startSimulator({ decisions: [{ match: "*", decision: "never" }] });
  t.after(() => simulator.close());
  const project = projectDir(t, {
    retireAfter: "0s",
    credentials: { clientId: { fromEnv: "ID" }, clientSecret: { fromEnv: "SECRET" } },
    apis: simulator.families,
  });
  const env = { ...project.env, ID: simulator.client.id, SECRET: simulator.client.secret };
  return { project: { ...project, env }, simulator };
}

function applyIn({ dir, env }: ProjectDir) {
  const { config } = loadConfig({ cwd: dir });
  const world = { ...realWorld(), env: (name: string) => env[name] };
  return apply({ config, world, attribution: { actor: "maria" } });
}

const declare = ({ dir }: ProjectDir, words: string): void =>
  writeFileSync(join(dir, "manifests", "parcel.yaml"), JSON.stringify(whatsapp("parcel", words)));

const statuses = (simulator: Simulator): readonly (readonly [unknown, unknown])[] =>
  simulator.world.list("whatsapp").map(({ name, status }) => [name, status] as const);

/** Its review begins after a while, however slow this machine is. */
const undecided = /^(?:PENDING|IN_REVIEW)$/;

async function entriesOf({ dir }: ProjectDir): Promise<readonly Entry[]> {
  const { config } = loadConfig({ cwd: dir });
  return (await listEntries({ config, world: realWorld() })).entries;
}

const settles = (receiver: Served) => metric(receiver.url, 'cxform_receiver_wakes_total{outcome="ok"}');

test("APPROVED in an event retires nothing while CXone says PENDING, and what CXone approves is settled at once", async (t) => {
  const { project, simulator } = await tenant(t);
  declare(project, "your parcel is on its way");
  await applyIn(project);
  const first = String(simulator.world.list("whatsapp")[0]?.["id"]);
  simulator.world.decide(first, "APPROVED");
  const receiver = await served(t, project);
  assert.equal(await post(receiver.url + routes.status, { templateId: first, status: "APPROVED" }), 202);
  await waitFor("the first settle", async () => (await settles(receiver)) >= 1);
  declare(project, "your parcel has left our house");
  await applyIn(project);
  const second = String(simulator.world.list("whatsapp").find(({ name }) => name === "parcel_v2")?.["id"]);

  const before = await settles(receiver);
  assert.equal(await post(receiver.url + routes.status, { templateId: second, status: "APPROVED" }), 202);
  await waitFor("the settle", async () => (await settles(receiver)) > before);
  assert.equal(statuses(simulator)[0]?.[1], "APPROVED");
  assert.match(String(statuses(simulator)[1]?.[1]), undecided);
  const believed = (await entriesOf(project)).filter(({ version, status }) => version === 2 && status === "active");
  assert.deepEqual(believed, []);

  simulator.world.decide(second, "APPROVED");
  await post(receiver.url + routes.status, { templateId: second, status: "APPROVED" });
  await waitFor("the retirement", () => statuses(simulator)[0]?.[1] === "DEPRECATED");
  await receiver.stop();
  assert.deepEqual(statuses(simulator), [
    ["parcel", "DEPRECATED"],
    ["parcel_v2", "APPROVED"],
  ]);
  assert.deepEqual(receiver.troubles, []);
  assert.deepEqual(simulator.violations, []);
});

test("an event that is here before CXone shows the status is looked at again, without another one", async (t) => {
  const { project, simulator } = await tenant(t);
  declare(project, "your parcel is on its way");
  await applyIn(project);
  const id = String(simulator.world.list("whatsapp")[0]?.["id"]);
  const receiver = await served(t, project);
  assert.equal(await post(receiver.url + routes.status, { templateId: id, status: "APPROVED" }), 202);
  await waitFor("the first settle", async () => (await settles(receiver)) === 1);
  const active = async () =>
    (await entriesOf(project)).filter(({ remoteId, status }) => remoteId === id && status === "active").length;
  assert.equal(await active(), 0, "the event is not believed");
  receiver.later(5_000);
  await waitFor("the second look", async () => (await settles(receiver)) === 2);
  simulator.world.decide(id, "APPROVED");
  receiver.later(30_000);
  await waitFor("the decision", async () => (await active()) === 1);
  receiver.later(120_000);
  await sleep(1_500);
  assert.equal(await settles(receiver), 3, "what is decided is not looked at again");
  await receiver.stop();
  assert.deepEqual(receiver.troubles, []);
});

test("what CXone never shows is looked at four times, what is not ours or claims no decision once", async (t) => {
  const { project, simulator } = await tenant(t);
  declare(project, "your parcel is on its way");
  await applyIn(project);
  const id = String(simulator.world.list("whatsapp")[0]?.["id"]);
  const events: number[] = [];
  const receiver = await served(t, project, { onSettled: (_applied, count) => void events.push(count) });
  await post(receiver.url + routes.status, { templateId: id, status: "IN_REVIEW" });
  await waitFor("the settle", () => events.length === 1);
  await post(receiver.url + routes.status, { templateId: "somebody-elses", status: "APPROVED" });
  await waitFor("the next settle", () => events.length === 2);
  receiver.later(5_000);
  await sleep(1_500);
  assert.deepEqual(events, [1, 1]);
  await post(receiver.url + routes.status, { templateId: id, status: "REJECTED" });
  await waitFor("the settle of the claim", () => events.length === 3);
  for (const [index, ms] of [5_000, 30_000, 120_000].entries()) {
    receiver.later(ms - 1_000);
    await sleep(300);
    assert.equal(events.length, 3 + index, "not before its time");
    receiver.later(1_000);
    await waitFor("the next look", () => events.length === 4 + index);
  }
  receiver.later(24 * 3_600_000);
  await sleep(1_500);
  assert.deepEqual(events, [1, 1, 1, 0, 0, 0]);
  await receiver.stop();
  assert.match(String(statuses(simulator)[0]?.[1]), undecided);
  assert.deepEqual(receiver.troubles, []);
});

test("every callback is an entry of the ledger once, without its body, and the chain holds", async (t) => {
  const project = projectDir(t);
  const first = await served(t, project);
  const metadata = { phone: "canary-phone" };
  await post(first.url + routes.guest, { ...guest("canary-session"), metadata }, { id: "msg_guest" });
  await post(first.url + routes.guest, { ...guest("canary-session"), metadata }, { id: "msg_guest" });
  await post(first.url + routes.cms, { event: "entry.published", name: "order" }, { id: "msg_cms" });
  await post(first.url + routes.events, { type: "meteor.impact" }, { id: "msg_unknown" });
  await first.stop();
  // As after a process that died between the ledger's append and its own mark.
  const database = await first.database();
  await database.run((sql) => sql.updateTable("events").set({ recorded_at: null }).execute());
  const second = await served(t, project);
  await post(second.url + routes.guest, { ...guest("canary-session"), metadata }, { id: "msg_guest" });
  await second.stop();
  const entries = await entriesOf(project);
  assert.deepEqual(
    entries
      .filter(({ action }) => action === "callback")
      .map(({ idempotencyKey, reason }) => [idempotencyKey, reason])
      .sort(),
    [
      ["msg_cms", "cms: entry.published"],
      ["msg_guest", "cxone-guest: session.created"],
      ["msg_unknown", "cxone-events: meteor.impact"],
    ],
  );
  assert.doesNotMatch(JSON.stringify(entries), /canary/);
  const { config } = loadConfig({ cwd: project.dir });
  assert.equal((await verify({ config, world: realWorld() })).problems.length, 0);
});

test("an event that was taken before a crash is acted on by the next process", async (t) => {
  const project = projectDir(t);
  // Debounced for long: it ends before anything is started, as a kill would end it.
  const first = await served(t, project, { debounceMs: 60_000 });
  await post(first.url + routes.status, { templateId: "t1", status: "APPROVED" });
  await first.stop();
  const settled: number[] = [];
  const second = await served(t, project, { onSettled: (_applied, events) => void settled.push(events) });
  await waitFor("the settle", () => settled.length > 0);
  assert.deepEqual(settled, [1]);
  await second.stop();
});

test("a burst of events starts one settle", async (t) => {
  const settled: number[] = [];
  const receiver = await served(t, projectDir(t), {
    debounceMs: 1_000,
    onSettled: (_applied, events) => void settled.push(events),
  });
  await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      post(receiver.url + routes.status, { templateId: `t${at}`, status: "APPROVED" }),
    ),
  );
  await waitFor("the settle", () => settled.reduce((sum, events) => sum + events, 0) === 30);
  await receiver.stop();
  assert.ok(settled.length <= 2, `${settled.length} settles`);
});

test("where workflows are to be woken, templates and content start them, and a refusal is tried again", async (t) => {
  const asked: { readonly path: string; readonly authorization: string; readonly body: Record<string, unknown> }[] = [];
  let refusals = 1;
  const github = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    request.on("end", () => {
      const { authorization = "" } = request.headers;
      asked.push({ path: request.url ?? "", authorization, body: JSON.parse(text) as Record<string, unknown> });
      response.writeHead(refusals-- > 0 ? 502 : 204).end();
    });
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
  t.after(() => github.close());
  const dispatch = { repository: "acme/messaging", token: { fromEnv: "DISPATCH_TOKEN" } };
  const project = projectDir(t, { simulator: {}, receiver: { secret: { fromEnv: "HOOK_SECRET" }, dispatch } });
  const receiver = await served(t, project, {
    env: {
      DISPATCH_TOKEN: "ghp_canary",
      GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
    },
  });
  await post(receiver.url + routes.status, { templateId: "t1", status: "APPROVED" });
  await waitFor("the second try", () => asked.length === 2);
  await post(receiver.url + routes.cms, { event: "entry.published", name: "order_confirmation" });
  await waitFor("the CMS", () => asked.length === 3);
  await receiver.stop();
  assert.ok(
    asked.every(
      ({ path, authorization }) => path === "/repos/acme/messaging/dispatches" && authorization.endsWith("ghp_canary"),
    ),
  );
  assert.deepEqual(
    asked.slice(1).map(({ body }) => body),
    [
      {
        event_type: "cxform-template-event",
        client_payload: { environment: "test", events: 1, templates: [{ id: "t1", status: "APPROVED" }] },
      },
      {
        event_type: "cxform-cms-event",
        client_payload: { environment: "test", events: 1, names: ["order_confirmation"] },
      },
    ],
  );
  assert.equal(receiver.troubles.length, 1);
  assert.doesNotMatch(String(receiver.troubles[0]?.error), /canary/);
});

test("without a secret of 24 bytes, or with a variable that is not set, it does not start and names what is missing", async (t) => {
  const refusalOf = async (environment: Record<string, unknown>, env: Readonly<Record<string, string>>) => {
    const project = { ...projectDir(t, environment), env };
    const error = await served(t, project).then(
      () => assert.fail("it started"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Invalid);
    return error.diagnostics.map(({ code, message }) => `${code} ${message}`);
  };
  const named = { simulator: {}, receiver: { secret: { fromEnv: "HOOK_SECRET" } } };
  assert.deepEqual(await refusalOf({ simulator: {}, receiver: {} }, {}), [
    "CX8027 environment test names no secret for its receiver",
  ]);
  assert.deepEqual(await refusalOf(named, {}), ["CX8015 the environment variable HOOK_SECRET is not set"]);
  assert.deepEqual(await refusalOf(named, { HOOK_SECRET: "x".repeat(23) }), [
    "CX8027 the secret in HOOK_SECRET is shorter than 24 bytes, or begins with whsec_ and is not base64",
  ]);
  const twice = { simulator: {}, receiver: { ...named.receiver, previousSecret: { fromEnv: "OLD" } } };
  assert.deepEqual(await refusalOf(twice, { HOOK_SECRET: secret, OLD: "short" }), [
    "CX8027 the secret in OLD is shorter than 24 bytes, or begins with whsec_ and is not base64",
  ]);
});
