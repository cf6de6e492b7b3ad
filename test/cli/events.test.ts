// `cxform events` as it is shipped: what is printed, with which exit, and that no contact and no body ever is.
import assert from "node:assert/strict";
import test from "node:test";
import { startTarget } from "../receive/target-server.ts";
import { optOut, parcel, project } from "./program.ts";

const contact = "aeb7b9c9-c520-4c90-bf00-30191c716404";

const configWith = (cms: string, marketing: string): string => `apiVersion: cxform/v1
kind: Config
manifests: [templates, preferences]
defaultEnvironment: local
environments:
  local:
    simulator: { stateDir: .cxform/simulator, reviewDelay: 50ms }
    hooks:
      cms: ${cms}
      marketing: ${marketing}
`;

test("apply writes events down, flush sends them, a hook that is down is red, and retry, purge and list tell no contact", async (t) => {
  const [cms, marketing] = [await startTarget(t), await startTarget(t)];
  const here = project(t, {
    "cxform.yaml": configWith(cms.url, marketing.url),
    "templates/parcel.yaml": parcel,
    "preferences/crm.yaml": optOut,
  });
  assert.equal((await here.run(["apply", "--yes"])).exit, 0);
  const listed = await here.run(["events", "list", "--format", "json"]);
  const events = JSON.parse(listed.out) as { waiting: number; deliveries: { target: string }[] };
  assert.deepEqual([listed.exit, events.waiting], [0, 2]);
  assert.deepEqual(events.deliveries.map(({ target }) => target).toSorted(), ["cms", "marketing"]);
  cms.answer = () => 410;
  const red = await here.run(["events", "flush", "--for", "20s"]);
  assert.deepEqual([red.exit, red.err], [3, ""]);
  assert.match(
    red.out,
    /^Delivered 1, gave up 1\. 0 waiting, 1 dead letter; cxform events retry sends them again\.\n$/,
  );
  const told = await here.run(["events", "list"]);
  assert.match(told.out, /cms +dead +1 +- +WhatsAppTemplate\/parcel\/en +answered 410/);
  cms.answer = () => 204;
  assert.match((await here.run(["events", "retry"])).out, /^1 delivery waits again\.\n$/);
  const green = await here.run(["events", "flush", "--format", "json"]);
  const flushed = JSON.parse(green.out) as Record<string, unknown>;
  assert.deepEqual([green.exit, flushed["delivered"], flushed["dead"], flushed["isRecorded"]], [0, 1, 0, true]);
  assert.equal(marketing.calls.length, 1);
  assert.ok(marketing.calls[0]?.text.includes(contact));

  const unknown = await here.run(["events", "retry", "0f0f0f0f-0000-5000-8000-000000000000"]);
  assert.equal(unknown.exit, 1);
  assert.match(unknown.err, /CX4065/);
  const argument = await here.run(["events", "purge", "--contact", contact]);
  assert.equal(argument.exit, 64);
  const nobody = await here.run(["events", "purge", "--contact", "-"]);
  assert.equal(nobody.exit, 64);
  const verified = await here.run(["audit", "verify"]);
  assert.equal(verified.exit, 0, verified.out + verified.err);
  const entries = await here.run(["audit", "list", "--format", "json"]);
  for (const { out, err } of [listed, red, told, green, unknown, argument, nobody, entries])
    assert.ok(!`${out}${err}`.includes(contact), "an output holds the contact");
});

test("a database that is none of PostgreSQL is a usage error, and one that cannot be reached is told", async (t) => {
  const here = project(t, { "cxform.yaml": configWith("https://cms.acme.example", "https://m.acme.example") });
  assert.equal((await here.run(["events", "list", "--database", "mysql://x/y"])).exit, 64);
  const down = await here.run(["events", "list"], {
    env: { CXFORM_DATABASE_URL: "postgres://user:hidden-word@127.0.0.1:1/none" },
  });
  assert.equal(down.exit, 4);
  assert.match(down.err, /CX8026/);
  assert.ok(!down.err.includes("hidden-word"));
});
