// The program itself, as a person or a pipeline calls it: arguments, exit codes, what stands on stdout, and a kill in the middle.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundled } from "../_world/bundled.ts";
import { a2p, batch, digital, guest, optIn, optOut, sms, webhook, whatsapp } from "./manifests.ts";
import { type Project, scenario } from "./project.ts";

const program = await bundled();

type Ended = { readonly exit: number | null; readonly out: string; readonly err: string };

function begin(
  project: Project,
  words: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const { PATH, HOME, TMPDIR } = process.env;
  const env = { PATH, HOME, TMPDIR, NO_COLOR: "1", ...project.env };
  const child = spawn(process.execPath, [program, ...words], {
    cwd: project.dir,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((done) => {
    child.on("close", (exit) => {
      project.said.push(out, err);
      done({ exit, out, err });
    });
  });
  return { child, ended };
}

/** Runs a command and demands its exit code. */
async function cxform(project: Project, exit: number, ...words: readonly string[]): Promise<Ended> {
  project.double.knobs.now = () => new Date();
  project.mark();
  const ended = await begin(project, words).ended;
  // What the library does after it goes on from the wall clock.
  project.now = Date.now();
  assert.equal(ended.exit, exit, `cxform ${words.join(" ")} ended with ${ended.exit}\n${ended.out}\n${ended.err}`);
  return ended;
}

const seven = () => [
  whatsapp("order", "text of an order"),
  digital("booking", "Hello {{customer.name}}, welcome."),
  sms("otp"),
  a2p("otp", "otp"),
  webhook("decisions"),
  guest("winter"),
  batch("may", [optIn(1), optOut(2)]),
];

scenario("plan --out, apply of that file, and a plan that is empty after it", {}, async (project) => {
  project.put(...seven());
  const planned = await cxform(project, 2, "plan", "--detailed-exitcode", "--format", "json", "--out", "plan.json");
  assert.deepEqual(project.writes, []);
  const plan = JSON.parse(planned.out);
  assert.deepEqual(JSON.parse(readFileSync(join(project.dir, "plan.json"), "utf8")), plan);
  assert.equal(plan.steps.length, 7);
  assert.ok(!existsSync(join(project.dir, "ledger")), "a plan wrote a ledger");
  const refused = await cxform(project, 3, "apply");
  assert.match(refused.err, /--yes/);
  assert.deepEqual(project.writes, [], "an apply without a terminal and without --yes wrote");
  const applied = JSON.parse((await cxform(project, 0, "apply", "plan.json", "--yes", "--format", "json")).out);
  assert.deepEqual([applied.digest, applied.exit, applied.outcomes.length], [plan.digest, 0, 7]);
  for (const outcome of applied.outcomes) {
    assert.equal(outcome.status, "ok", JSON.stringify(outcome));
    for (const key of ["address", "action", "remoteId", "version", "latencyMs"])
      assert.ok(key in outcome, `an outcome lacks ${key}: ${JSON.stringify(outcome)}`);
    assert.equal(typeof outcome.latencyMs, "number", JSON.stringify(outcome));
  }
  assert.match(
    applied.outcomes.find((each: { address: string }) => each.address === "GuestSession/winter").channelUrl,
    /^https:/,
  );
  project.put(guest("spring"));
  const printed = await cxform(project, 0, "apply", "--yes");
  assert.match(printed.out, /GuestSession\/spring {2}sent/);
  assert.ok(!`${printed.out}${printed.err}`.includes("chat.example"), "a log would keep where a session is opened");
  project.double.approve("order");
  await cxform(project, 0, "settle");
  const [template] = project.double.whatsapp;
  const resolved = await cxform(project, 0, "resolve", "--format", "json");
  assert.match(resolved.out, new RegExp(template?.id ?? "no template"));
});

scenario(
  "exit codes: 1 for what is invalid or not set, 4 for wrong credentials",
  { isOpenEnded: true },
  async (project) => {
    project.put(sms("otp", { content: "x".repeat(400), variables: {} }));
    const invalid = await cxform(project, 1, "validate");
    assert.match(invalid.out, /SmsTemplate-otp-\.yaml:1:\d+: .* \[CX32\d\d\]/);
    project.put(sms("otp"));
    await cxform(project, 64, "plan", "--no-such-flag");
    project.env.SECRET = "another-CANARY-secret";
    const wrong = await cxform(project, 4, "apply", "--yes");
    assert.match(wrong.err, /\bSECRET\b/);
    assert.ok(!wrong.err.includes("CANARY"));
    delete project.env.SECRET;
    const unset = await cxform(project, 1, "plan");
    assert.match(unset.err + unset.out, /cxform\.yaml:1:\d+: .*\bSECRET\b/);
    assert.deepEqual(project.writes, []);
  },
);

scenario("the lane of the opt-outs says what it went past", { isOpenEnded: true }, async (project) => {
  project.put(sms("otp", { content: "x".repeat(400), variables: {} }), batch("may", [optOut(2)]));
  const sent = await cxform(project, 0, "apply", "--opt-outs-only", "--yes", "--format", "json");
  assert.equal(JSON.parse(sent.out).outcomes[0].counts.sent, 1);
  assert.match(sent.err, /SmsTemplate-otp-\.yaml:1:\d+: .* \[CX32\d\d\]/);
});

scenario("a program killed while its writes are under way is taken up by the next run", {}, async (project) => {
  project.double.knobs.now = () => new Date();
  project.put(...seven());
  let child: ChildProcess | undefined;
  let count = 0;
  project.double.pause = async (phase, method) => {
    if (phase !== "executed" || method === "GET") return;
    count += 1;
    if (count === 3) child?.kill("SIGKILL");
    if (count >= 3) await new Promise((done) => setTimeout(done, 50));
  };
  const run = begin(project, ["apply", "--yes"]);
  child = run.child;
  const killed = await run.ended;
  assert.equal(killed.exit, null, `the run was not killed: ${killed.err}`);
  project.double.pause = null;
  await cxform(project, 0, "apply", "--yes");
  await cxform(project, 0, "audit", "verify");
  assert.deepEqual(
    [project.double.whatsapp.length, project.double.sms.length, project.double.registrations.length],
    [1, 1, 1],
  );
  assert.deepEqual(
    [project.double.webhooks.length, project.double.guests.length, project.double.digital.length],
    [1, 1, 1],
  );
});
