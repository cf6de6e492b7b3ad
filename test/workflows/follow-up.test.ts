// What the follow-up tells people: rejections and overdue reviews on their pull requests, once; also when GitHub fails, and when the apply was cancelled.
import assert from "node:assert/strict";
import test from "node:test";
import { until } from "../_world/world.ts";
import { ledgerOf } from "./ledger.ts";
import { type Place, place, template } from "./place.ts";
import type { RunResult } from "./runner.ts";

const hour = 3_600_000;
const job = "follow-up (production)";

async function followed(here: Place): Promise<RunResult> {
  const run = await here.followUp();
  assert.equal(run.jobs[job]?.result, "success", run.log);
  return run;
}

/** A follow-up to which nothing is new. */
async function nothingNew(here: Place): Promise<void> {
  const before = here.writes;
  const { log } = await followed(here);
  assert.equal(here.writes, before, `${here.double.calls.slice(-20).join("\n")}\n${log}`);
}

async function applied(here: Place, commit: string): Promise<RunResult> {
  const run = await here.apply(commit);
  assert.equal(run.jobs["apply-production"]?.result, "success", run.log);
  return run;
}

test("a rejection is told once, with its reason and what keeps being sent, and after GitHub's failure by the next follow-up", async (context) => {
  const here = await place(context);
  const { double, simulator } = here;
  await applied(here, here.merge(here.open({ "templates/parcel.yaml": template("your parcel left") })));
  here.now += 2 * hour;
  await followed(here);
  const pull = here.open({ "templates/parcel.yaml": template("your parcel is on its way") });
  await applied(here, here.merge(pull));
  const submitted = simulator.world.list("whatsapp").at(-1);
  simulator.world.decide(String(submitted?.["id"]), "REJECTED", "PROMOTIONAL");

  double.fault("issues/update-comment", { kind: "status", status: 403, message: "Resource not accessible" });
  double.fault("issues/create-comment", { kind: "status", status: 502 });
  const failed = await followed(here);
  assert.match(failed.log, /pull request 8 of what was applied was not told: GitHub does not allow .* \(403\)/);
  assert.match(
    failed.log,
    /::warning title=cxform::pull request 8 of the rejection of WhatsAppTemplate\/parcel\/en_US version 2 was not told/,
  );
  assert.match(failed.log, /The next follow-up tells it\./);
  assert.deepEqual(here.comments(pull, "cxform:rejected"), []);
  const decided = (await ledgerOf(here)).filter(({ action, version }) => action === "decided" && version === 2);
  assert.deepEqual(
    decided.map(({ status, reason }) => [status, reason]),
    [["rejected", "PROMOTIONAL"]],
  );

  await followed(here);
  const [told, ...more] = here.comments(pull, "cxform:rejected");
  assert.equal(more.length, 0);
  assert.match(told ?? "", /The reason given: `PROMOTIONAL`/);
  assert.match(told ?? "", /Nothing changes for customers: v1 keeps being sent/);
  assert.match(
    here.comments(pull, "cxform:apply").join(),
    /❌ `WhatsAppTemplate\/parcel\/en_US` v2 rejected: `PROMOTIONAL`/,
  );
  await nothingNew(here);
  // Whoever hides a comment has read it.
  const comment = double.state.comments.find(({ body }) => body.startsWith("<!-- cxform:rejected"));
  if (comment !== undefined) comment.minimised = "RESOLVED";
  await nothingNew(here);
});

test("a cancelled job finishes the call in flight, sits out no Retry-After and releases its claim; the follow-up does the rest", async (context) => {
  const here = await place(context);
  const { simulator } = here;
  const pull = here.open({
    "templates/first.yaml": template("your parcel is on its way", "first"),
    "templates/second.yaml": template("your parcel has arrived", "second"),
  });
  simulator.addFault({
    kind: "status",
    family: "omnichannel",
    method: "POST",
    path: "**/templates",
    status: 429,
    retryAfter: 300,
  });
  here.cancel = (request) => /^POST .*\/omnichannel\/(?!.*token)/.test(request);
  const startedAt = here.now;
  const cancelled = await here.apply(here.merge(pull));
  assert.ok(here.now - startedAt < 300_000, "it waited");
  assert.match(cancelled.log, /interrupted/);
  const entries = await ledgerOf(here);
  assert.equal(entries.at(-1)?.phase, "release");
  assert.deepEqual([entries.at(-1)?.reason, simulator.world.list("whatsapp").length], [undefined, 0]);
  simulator.clearFaults();
  here.now += hour;
  await here.followUp();
  assert.equal(simulator.world.list("whatsapp").length, 2, "what was approved is finished");
});

test("a run that was cancelled is taken over once GitHub says so, and each of its overdue reviews is told once", async (context) => {
  const here = await place(context, {}, { decisions: [{ match: "*", decision: "never" }] });
  const { double, simulator } = here;
  const pull = here.open({
    "templates/late.yaml": template("your parcel is late", "late"),
    "templates/tardy.yaml": template("your parcel is tardy", "tardy"),
  });
  let posts = 0;
  here.cut = (request) => /^POST .*\/omnichannel\/(?!.*token)/.test(request) && ++posts === 2;
  const { id } = await here.apply(here.merge(pull));
  await until(() => simulator.world.list("whatsapp").length === 1);
  const run = double.state.runs.find((one) => one.id === id);
  assert.ok(run);

  Object.assign(run, { status: "in_progress", conclusion: null });
  const refused = await here.followUp();
  assert.equal(refused.jobs[job]?.result, "failure");
  assert.match(refused.log, /the environment production is claimed by run .* of grace on machine-\d+.*CX6002/s);
  assert.match(refused.log, /Wait until that run has ended/);
  assert.equal(simulator.world.list("whatsapp").length, 1);

  here.now += 2 * hour;
  Object.assign(run, { status: "completed", conclusion: "cancelled" });
  await followed(here);
  const released = (await ledgerOf(here)).filter(({ phase }) => phase === "release");
  assert.match(released[0]?.reason ?? "", /recovered: its process ended without a release/);
  assert.equal(simulator.world.list("whatsapp").length, 2, "what was approved is finished");

  const overdue = (): readonly string[] =>
    here.comments(pull, "cxform:overdue").map((body) => /`WhatsAppTemplate\/(\w+)/.exec(body)?.[1] ?? body);
  here.now += 21 * hour;
  await nothingNew(here);
  here.now += 2 * hour;
  await followed(here);
  assert.deepEqual(overdue().toSorted(), ["late", "tardy"]);
  assert.deepEqual(pull.labels, ["cxform-approval-overdue"]);
  here.now += 5 * hour;
  await nothingNew(here);

  const [first, second] = simulator.world.list("whatsapp").map(({ id }) => String(id));
  simulator.world.decide(first ?? "", "APPROVED");
  await followed(here);
  assert.deepEqual(pull.labels, ["cxform-approval-overdue"], "the other one still waits");
  simulator.world.decide(second ?? "", "APPROVED");
  await followed(here);
  assert.deepEqual(pull.labels, []);
  await nothingNew(here);
});

test("where people want to be notified, the ledger has an overdue review once", async (context) => {
  const notify = { url: { fromEnv: "NOTIFY_URL" } };
  const here = await place(context, { hooks: { notify } }, { decisions: [{ match: "*", decision: "never" }] });
  await applied(here, here.merge(here.open({ "templates/late.yaml": template("your parcel is late", "late") })));
  here.now += 25 * hour;
  await followed(here);
  here.now += hour;
  await followed(here);
  const entries = (await ledgerOf(here)).filter(({ action }) => action === "overdue");
  assert.deepEqual(
    entries.map(({ address, version }) => [address, version]),
    [["WhatsAppTemplate/late/en_US", 1]],
  );
});
