// rollback: the manifest says again what an earlier version said, comments stay, and a plan goes back to that version.
import assert from "node:assert/strict";
import test from "node:test";
import { NotAllowed } from "../../src/base/failure.ts";
import { NotFound } from "../../src/library/address-query.ts";
import { Invalid } from "../../src/library/invalid.ts";
import { plan } from "../../src/library/plan.ts";
import { rollback } from "../../src/library/rollback.ts";
import { type Place, place } from "./place.ts";

const parcel = (body: string, footer = ""): string => `# ours
apiVersion: cxform/v1
kind: WhatsAppTemplate
metadata:
  name: parcel
  labels: { team: post } # who answers for it
spec:
  language: en
  category: UTILITY
  body: ${body} # the words${footer}
  examples:
    "1": JP20418 # made up
`;
const other = `---
# the other one
apiVersion: cxform/v1
kind: SmsTemplate
metadata: { name: otp }
spec:
  content: "Acme: your code is {{code}}. Reply STOP to opt out."
  fromAddress: "+15035550142"
  variables: { code: { maxLength: 6 } }
`;
const address = "WhatsAppTemplate/parcel/en";
const first = "Your parcel {{1}} has left our warehouse today.";
const second = "Your parcel {{1}} is on its way to you by now.";

async function twoVersions(at: Place): Promise<void> {
  at.write("templates/all.yaml", `${parcel(first)}${other}`);
  await at.apply();
  at.now += 60_000;
  await at.apply();
  at.write("templates/all.yaml", `${parcel(second, "\n  footer: Acme")}${other}`);
  await at.apply();
  at.now += 60_000;
  await at.apply();
}

test("a rollback changes the fields that differ and nothing else, and the plan reactivates the version", async (t) => {
  const at = await place(t);
  await twoVersions(at);
  const done = await rollback({ ...at.options(), address });
  assert.deepEqual([done.version, done.file], [1, "templates/all.yaml"]);
  assert.deepEqual([...done.changed].sort(), ["body", "footer"]);
  assert.equal(
    at.read("templates/all.yaml"),
    `${parcel(first).replace("{ team: post }", "{team: post}")}${other.replace("{ name: otp }", "{name: otp}").replace("{ code: { maxLength: 6 } }", "{code: {maxLength: 6}}")}`,
  );
  const { plan: made } = await plan(at.options());
  assert.deepEqual(
    made.steps.map((step) => [step.action, step.address, step.version.to]),
    [["reactivate", address, 1]],
  );
  const again = await rollback({ ...at.options(), address, to: "v1" });
  assert.deepEqual(again.changed, []);
  const forth = await rollback({ ...at.options(), address, to: "2" });
  assert.deepEqual([...forth.changed].sort(), ["body", "footer"]);
  assert.deepEqual((await plan(at.options())).plan.steps, []);
});

test("a template that is changed in place goes back by an update", async (t) => {
  const at = await place(t);
  at.write("templates/otp.yaml", other);
  await at.apply();
  at.write("templates/otp.yaml", other.replace("your code is", "the code is"));
  await at.apply();
  const done = await rollback({ ...at.options(), address: "SmsTemplate/otp" });
  assert.deepEqual([done.version, done.changed], [1, ["content"]]);
  const { plan: made } = await plan(at.options());
  assert.deepEqual(
    made.steps.map((step) => [step.action, step.version.to]),
    [["update", 3]],
  );
});

test("what cannot be done is refused, and the file stays as it is", async (t) => {
  const at = await place(t);
  await twoVersions(at);
  const text = at.read("templates/all.yaml");
  const back = (over: object) => rollback({ ...at.options(), address, ...over });
  await assert.rejects(back({ address: "WhatsAppTemplate/parce/en" }), (error: unknown) => {
    assert.ok(error instanceof NotFound);
    assert.equal(error.hint, `Did you mean ${address}?`);
    return true;
  });
  await assert.rejects(back({ to: "7" }), /no version 7/);
  await assert.rejects(back({ address: "SmsTemplate/otp" }), /no earlier version/);
  const content = text.replace(`body: ${second}`, `body: &words ${second}`).replace("footer: Acme", "footer: *words");
  at.write("templates/all.yaml", content);
  await assert.rejects(back({}), Error);
  assert.equal(at.read("templates/all.yaml"), content);
  at.write("templates/all.yaml", text.replace("language: en", "language: xx"));
  await assert.rejects(back({}), Invalid);
  at.write("templates/all.yaml", other);
  await assert.rejects(back({}), (error: unknown) => error instanceof NotAllowed && !(error instanceof NotFound));
});
