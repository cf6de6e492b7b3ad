// The program from end to end, as a child process in a project of its own, with the embedded simulator.
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { config, optOut, otp, parcel, project } from "./program.ts";

test("a template goes from plan to apply to settle, and senders, status and history know it", async (t) => {
  const at = project(t, { "cxform.yaml": config, "templates/otp.yaml": otp, "templates/parcel.yaml": parcel });
  const planned = await at.run(["plan", "--out", "plan.json", "--detailed-exitcode", "--format", "json"]);
  assert.equal(planned.exit, 2, planned.err);
  const plan = JSON.parse(planned.out) as { readonly digest: string; readonly summary: { readonly create: number } };
  assert.equal(plan.summary.create, 2);
  assert.equal(statSync(join(at.dir, "plan.json")).mode & 0o777, 0o600);
  assert.equal((JSON.parse(readFileSync(join(at.dir, "plan.json"), "utf8")) as typeof plan).digest, plan.digest);

  const applied = await at.run(["apply", "plan.json", "--yes"]);
  assert.equal(applied.exit, 0, applied.err);
  assert.match(
    applied.out,
    /Plan for environment local[\s\S]*Done[\s\S]*\+ WhatsAppTemplate\/parcel\/en {2}submitted v1/,
  );
  assert.match(applied.out, /Waiting\n {2}… WhatsAppTemplate\/parcel\/en v1 {2}for CXone's decision/);
  assert.match(applied.out, /2 of 2 steps done\. 1 resource waits\.\nNext: cxform settle records decisions/);

  const settled = await at.run(["settle"]);
  assert.equal(settled.exit, 0, settled.err);
  assert.match(settled.out, /Decided by CXone\n {2}✓ WhatsAppTemplate\/parcel\/en v1 {2}active/);

  const [again, resolved, status, history, verified] = await Promise.all([
    at.run(["plan", "--detailed-exitcode"]),
    at.run(["resolve", "--format", "json"]),
    at.run(["status"]),
    at.run(["history", "SmsTemplate/otp", "--format", "json"]),
    at.run(["audit", "verify", "--format", "json"]),
  ]);
  assert.equal(again.exit, 0, again.out);
  assert.match(again.out, /No changes/);
  const { resources } = JSON.parse(resolved.out) as {
    readonly resources: readonly {
      readonly address: string;
      readonly remoteName: string;
      readonly parameters: readonly string[];
    }[];
  };
  assert.deepEqual(
    resources.map(({ address, remoteName, parameters }) => ({ address, remoteName, parameters })),
    [
      { address: "SmsTemplate/otp", remoteName: "otp", parameters: ["code"] },
      { address: "WhatsAppTemplate/parcel/en", remoteName: "parcel", parameters: ["1"] },
    ],
  );
  assert.match(status.out, /SmsTemplate\/otp +v1 +active/);
  const { versions } = JSON.parse(history.out) as {
    readonly versions: readonly { readonly address: string; readonly createdBy: string }[];
  };
  assert.deepEqual(
    versions.map(({ address, createdBy }) => [address, createdBy]),
    [["SmsTemplate/otp", "kim"]],
  );
  assert.equal((JSON.parse(verified.out) as { readonly ok: boolean }).ok, true);

  const stale = await at.run(["apply", "plan.json", "--yes", "--format", "json"]);
  assert.equal(stale.exit, 3);
  const { error } = JSON.parse(stale.out) as {
    readonly error: { readonly code: string; readonly moved: readonly string[] };
  };
  assert.equal(error.code, "CX4001");
  assert.equal(error.moved.length, 2);
  assert.doesNotMatch(stale.err, /\n {4}at /, "no stack trace");

  const head = join(at.dir, ".cxform/ledger/HEAD.json");
  writeFileSync(head, readFileSync(head, "utf8").replace(/"seq": ?\d+/, '"seq":999'));
  const [broken, plain] = await Promise.all([at.run(["audit", "verify"]), at.run(["status"])]);
  assert.equal(broken.exit, 1);
  assert.match(broken.out, /broken: .* the first bad entry is \d+/);
  assert.equal(plain.exit, 4);
});

test("an error in a manifest is told at its line, performs nothing, and names the lane of waiting opt-outs", async (t) => {
  const at = project(t, {
    "cxform.yaml": config,
    "templates/otp.yaml": otp.replace("Reply STOP to opt out.", "Reply STOP to opt out. ".repeat(8)),
    "preferences/crm.yaml": optOut,
  });
  const [validated, github, applied] = await Promise.all([
    at.run(["validate", "--format", "json"]),
    at.run(["validate", "--format", "github"]),
    at.run(["apply", "--yes", "--format", "json"]),
  ]);
  assert.equal(validated.exit, 1);
  const { valid, resources, diagnostics } = JSON.parse(validated.out) as {
    readonly valid: boolean;
    readonly resources: readonly unknown[];
    readonly diagnostics: readonly { readonly code: string; readonly line: number }[];
  };
  assert.equal(valid, false);
  assert.equal(resources.length, 2);
  assert.deepEqual(
    diagnostics.filter(({ code }) => code === "CX3201").map(({ line }) => line),
    [6],
  );
  assert.match(github.out, /^::error file=templates\/otp\.yaml,line=6,/m);
  assert.equal(applied.exit, 1);
  const failed = JSON.parse(applied.out) as {
    readonly error: { readonly hint: string };
    readonly diagnostics: readonly unknown[];
  };
  assert.match(failed.error.hint, /nothing was sent\. 1 valid opt-out waits: cxform apply --opt-outs-only/);
  assert.ok(failed.diagnostics.length > 0);
  assert.match(applied.err, /templates\/otp\.yaml:6:\d+: .* \[CX3201\]\n {2}6 \| /);

  const lane = await at.run(["apply", "--opt-outs-only", "--yes", "--format", "json"]);
  assert.equal(lane.exit, 0, lane.err);
  const { outcomes } = JSON.parse(lane.out) as {
    readonly outcomes: readonly { readonly action: string; readonly status: string }[];
  };
  assert.deepEqual(
    outcomes.map(({ action, status }) => [action, status]),
    [["records", "ok"]],
  );
  assert.doesNotMatch(applied.out + applied.err + lane.out + lane.err, /aeb7b9c9/, "no contact id anywhere");
});

test("refusals, usage and unknown things have their own exit codes", async (t) => {
  const at = project(t, { "cxform.yaml": config, "templates/otp.yaml": otp });
  const [asks, readOnly, typo, unknown, environment, faults] = await Promise.all([
    at.run(["apply"]),
    at.run(["apply", "--yes", "--env", "frozen"]),
    at.run(["applly", "--format", "json"]),
    at.run(["resolve", "SmsTemplate/opt", "--format", "json"]),
    at.run(["status", "--env", "produktion"]),
    at.run(["simulator", "--faults", "nowhere.yaml"]),
  ]);
  assert.equal(asks.exit, 3);
  assert.match(asks.err, /no terminal to ask at \[CX4004\]\n {2}hint: Run apply with --yes/);
  assert.equal(readOnly.exit, 3);
  assert.match(readOnly.err, /frozen is readOnly \[CX4002\]/);
  assert.equal(typo.exit, 64);
  assert.match(typo.err, /Did you mean apply\?/);
  assert.equal((JSON.parse(typo.out) as { readonly error: { readonly code: string } }).error.code, "usage");
  assert.equal(unknown.exit, 1);
  assert.equal((JSON.parse(unknown.out) as { readonly error: { readonly code: string } }).error.code, "CX4060");
  assert.equal(environment.exit, 1);
  assert.match(environment.err, /the environment produktion is unknown/);
  assert.equal(faults.exit, 64);
  assert.match(faults.err, /nowhere\.yaml cannot be read: there is no such file/);
});

test("the simulator prints where it is and runs until it is interrupted", async (t) => {
  const at = project(t, {
    "faults.yaml": "faults:\n  - { kind: status, status: 503, family: messaging, method: POST }\n",
  });
  const ended = await at.run(["simulator", "--format", "json", "--faults", "faults.yaml", "--review-delay", "20ms"], {
    onOutput: (text, kill) => {
      if (text.includes("secret")) kill("SIGINT");
    },
  });
  assert.equal(ended.exit, 0, ended.err);
  const { families, client } = JSON.parse(ended.out) as {
    readonly families: Record<string, { readonly baseUrl: string }>;
    readonly client: { readonly id: string };
  };
  assert.deepEqual(Object.keys(families).sort(), ["digital", "engage", "messaging", "omnichannel", "preferences"]);
  assert.match(families["digital"]?.baseUrl ?? "", /^http:\/\/127\.0\.0\.1:\d+\/digital$/);
  assert.equal(client.id, "local");
});

test("an interrupted wait records what was done, releases the claim and exits 130", async (t) => {
  const at = project(t, {
    "cxform.yaml": config.replace("reviewDelay: 50ms }\n  frozen", "reviewDelay: 1h }\n  frozen"),
    "templates/parcel.yaml": parcel,
  });
  const ended = await at.run(["apply", "--yes", "--wait", "10m", "--verbose"], {
    onOutput: (text, kill) => {
      // The answer to the submission: from then on it only waits.
      if (/omnichannel POST \S*templates 20\d/.test(text)) setTimeout(() => kill("SIGINT"), 300);
    },
  });
  assert.equal(ended.exit, 130, ended.err);
  assert.match(ended.out, /\+ WhatsAppTemplate\/parcel\/en {2}submitted v1/);
  assert.match(ended.out, /the run was interrupted and has recorded what it did/);
  const after = await at.run(["status", "--format", "json"]);
  const { claim, resources } = JSON.parse(after.out) as {
    readonly claim?: unknown;
    readonly resources: readonly { readonly status: string }[];
  };
  assert.equal(claim, undefined);
  assert.deepEqual(
    resources.map(({ status }) => status),
    ["pending"],
  );
});

test("apply and settle say in JSON, too, what is blocked and what CXone has decided", async (t) => {
  const at = project(t, { "cxform.yaml": config, "templates/parcel.yaml": parcel });
  interface Told {
    readonly decided: readonly { readonly address: string; readonly status: string }[];
    readonly blocked: readonly { readonly address: string; readonly by: string }[];
    readonly exit: number;
  }
  const told = async (...args: readonly string[]): Promise<Told> => {
    const { out, err } = await at.run([...args, "--format", "json"]);
    assert.notEqual(out, "", err);
    return JSON.parse(out) as Told;
  };
  const first = await told("apply", "--yes", "--wait", "20s");
  assert.deepEqual(
    first.decided.map(({ address, status }) => [address, status]),
    [["WhatsAppTemplate/parcel/en", "active"]],
  );
  assert.deepEqual(first.blocked, []);
  at.write("templates/packet.yaml", parcel.replace("parcel", "packet"));
  const second = await told("apply", "--yes");
  assert.equal(second.exit, 3);
  assert.deepEqual(
    second.blocked.map(({ address, by }) => [address, by]),
    [["WhatsAppTemplate/packet/en", "duplicate"]],
  );
});

test("without a stateDir, too, the embedded simulator remembers what the ledger remembers", async (t) => {
  const bare =
    "apiVersion: cxform/v1\nkind: Config\nmanifests: [templates]\nenvironments: { local: { simulator: {} } }\n";
  const at = project(t, { "cxform.yaml": bare, "templates/parcel.yaml": parcel });
  assert.equal((await at.run(["apply", "--yes"])).exit, 0);
  const again = await at.run(["plan", "--detailed-exitcode"]);
  assert.equal(again.exit, 0, again.out);
});
