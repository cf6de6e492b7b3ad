// import: CXone to YAML, after which a plan only adopts; nothing is overwritten and nothing is sent.
import assert from "node:assert/strict";
import { readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parse } from "yaml";
import { kinds } from "../../src/kinds/kinds.ts";
import { NotFound } from "../../src/library/address-query.ts";
import { formatText } from "../../src/library/format.ts";
import { importManifests } from "../../src/library/import.ts";
import { plan } from "../../src/library/plan.ts";
import { renderManifest } from "../../src/manifest/render.ts";
import { type Place, place } from "./place.ts";

const body = "Hello {{1}}, your order has left the warehouse.\n\nCosts ${0} to send back, # as always.";
const smsContent = "Acme: your code is {{code}}. Reply STOP to opt out.";
const optIn = "Customers tick an unticked box below their mobile number that reads: text me a code when I sign in.";

/** One object of each kind, and what must not be imported beside it. */
async function fill(at: Place): Promise<void> {
  const { world } = at.simulator;
  const shown = world.createTemplate({
    name: "order_update",
    language: "en_US",
    category: "UTILITY",
    body,
    footer: "Acme",
    buttons: [{ type: "URL", text: "Track", url: "https://acme.example/track" }],
    examples: { "1": "Ana" },
  });
  world.decide(shown, "APPROVED");
  const old = world.createTemplate({ name: "old", language: "en", body: "This one has served its time long ago." });
  world.decide(old, "APPROVED");
  world.decide(old, "DEPRECATED");
  const block = (content: string) => [{ id: "main", type: "text", content }];
  const digital = {
    templateId: "booking.en-US",
    channels: ["messenger"],
    locale: "en-US",
    variables: ["customer.name"],
    metadata: {},
  };
  for (const version of ["v1.9", "v1.10"])
    world.createDigitalVersion({ ...digital, version, contentBlocks: block(`{{customer.name}}, ${version}`) });
  world.createDigitalVersion({
    ...digital,
    templateId: "T-4711",
    version: "v2.0",
    contentBlocks: block("Hi {{customer.name}}"),
  });
  const sms = world.createSmsTemplate(
    { name: "Sign in code", content: smsContent, fromAddress: "+15035550142" },
    "APPROVED",
  );
  world.createSmsTemplate({ name: "draft", content: smsContent, fromAddress: "+15035550142" });
  const long = `${smsContent} ${"Every word of this is part of a long message. ".repeat(4)}`;
  world.createSmsTemplate({ name: "long", content: long, fromAddress: "+15035550142" }, "APPROVED");
  const send = (path: string, value: object) => call(at, path, value);
  await send("/api/v1/a2p/registrations", {
    template_id: sms,
    campaign_name: "Acme codes",
    message_class: "2FA",
    opt_in_language: optIn,
  });
  for (const path of ["one", "two"])
    await send("/api/v1/webhooks", {
      url: `https://hooks.acme.example/${path}`,
      events: ["template.approved", "a2p.registered"],
      secret: "a-secret-that-is-long-enough-for-this",
    });
}

async function call(at: Place, path: string, value: object): Promise<void> {
  const { baseUrl, tokenUrl } = at.simulator.families.messaging;
  const { id, secret } = at.simulator.client;
  const scope = "messaging:read messaging:write a2p:write webhooks:write";
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret, scope });
  const token = (await (await fetch(tokenUrl, { method: "POST", body: form })).json()) as { access_token: string };
  const answer = await fetch(`${baseUrl}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token.access_token}`,
      "content-type": "application/json",
      "x-idempotency-key": crypto.randomUUID(),
      "x-request-id": crypto.randomUUID(),
    },
    body: JSON.stringify(value),
  });
  assert.equal(answer.status, 201, await answer.text());
}

test("after an import a plan only adopts, for every kind that is observed, and then nothing is left", async (t) => {
  const at = await place(t);
  await fill(at);
  const writes = () => at.simulator.requests.filter(({ method }) => method !== "GET").length;
  const before = writes();
  const imported = await importManifests(at.options());
  assert.deepEqual(
    imported.diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.deepEqual(imported.written.map(({ address, file }) => `${address} ${file}`).sort(), [
    "A2pRegistration/Sign in code templates/a2p/Sign-in-code.yaml",
    "DigitalTemplate/T-4711/en-US templates/digital/T-4711.en-US.yaml",
    "DigitalTemplate/booking/en-US templates/digital/booking.en-US.yaml",
    "SmsTemplate/Sign in code templates/sms/Sign-in-code.yaml",
    "SmsTemplate/draft templates/sms/draft.yaml",
    "SmsTemplate/long templates/sms/long.yaml",
    "WebhookSubscription/hooks.acme.example webhooks/hooks.acme.example.yaml",
    "WebhookSubscription/hooks.acme.example-2 webhooks/hooks.acme.example-2.yaml",
    "WhatsAppTemplate/order_update/en_US templates/whatsapp/order_update.en_US.yaml",
  ]);
  assert.equal(at.has("ledger"), false);
  const { plan: made } = await plan(at.options());
  const steps = made.steps.map(({ action }) => action);
  assert.deepEqual(
    steps,
    imported.written.map(() => "adopt"),
  );
  assert.deepEqual(made.blocked, []);
  const observed = kinds.filter(({ lifecycle }) => lifecycle === "versioned" || lifecycle === "mutable");
  assert.deepEqual(
    [...new Set(made.steps.map(({ address }) => address.split("/")[0]))].sort(),
    observed.map(({ name }) => name).sort(),
  );
  // Token requests are POSTs as well.
  assert.equal(
    at.simulator.requests.filter(({ method, path }) => method !== "GET" && !path.includes("token")).length,
    3,
  );
  assert.ok(writes() >= before);
  assert.equal((await at.apply()).exit, 0);
  const { plan: empty } = await plan(at.options());
  assert.deepEqual([empty.steps, empty.blocked], [[], []]);
  const again = await importManifests(at.options());
  assert.deepEqual(again.written, []);
  assert.ok(again.skipped.every(({ reason }) => reason === "the ledger owns it"));
});

test("what is written reads well and says exactly what CXone holds", async (t) => {
  const at = await place(t);
  await fill(at);
  await importManifests(at.options());
  const whatsapp = at.read("templates/whatsapp/order_update.en_US.yaml");
  assert.match(
    whatsapp,
    /^# yaml-language-server: \$schema=\S+whatsapp-template\.schema\.json\napiVersion: cxform\/v1\n/,
  );
  assert.match(
    whatsapp,
    /body: \|-\n {4}Hello \{\{1\}\}, your order has left the warehouse\.\n\n {4}Costs \$\$\{0\} to/,
  );
  assert.deepEqual((parse(whatsapp) as { spec: object }).spec, {
    language: "en_US",
    category: "UTILITY",
    body: body.replace("${", () => "$${"),
    footer: "Acme",
    buttons: [{ type: "URL", text: "Track", url: "https://acme.example/track" }],
    examples: { "1": "Ana" },
  });
  assert.match(at.read("templates/digital/booking.en-US.yaml"), /v1\.10/);
  assert.doesNotMatch(at.read("templates/digital/booking.en-US.yaml"), /templateId/);
  assert.match(at.read("templates/digital/T-4711.en-US.yaml"), /templateId: T-4711/);
  assert.match(at.read("templates/sms/draft.yaml"), /approved: false/);
  assert.match(at.read("templates/sms/draft.yaml"), /fromAddress: "\+15035550142"/);
  assert.match(at.read("templates/sms/long.yaml"), /maxSegments: 2/);
  assert.match(
    at.read("webhooks/hooks.acme.example.yaml"),
    / {2}# CXone never shows a secret[^\n]+\n {2}secret:\n {4}fromEnv: CXONE_WEBHOOK_SECRET\n/,
  );
  for (const folder of ["templates/whatsapp", "templates/sms", "templates/a2p", "templates/digital", "webhooks"])
    for (const file of readdirSync(join(at.dir, folder))) {
      const text = at.read(`${folder}/${file}`);
      assert.equal(formatText(text), text, file);
    }
});

test("what is declared, ignored or in the way is left alone, and a pattern narrows", async (t) => {
  const at = await place(t, { ignoreUnmanaged: ["DigitalTemplate/T-*", "DigitalTemplate/*/**"] });
  await fill(at);
  at.write("templates/own.yaml", {
    apiVersion: "cxform/v1",
    kind: "SmsTemplate",
    metadata: { name: "Sign in code" },
    spec: { content: smsContent, fromAddress: "+15035550142", variables: { code: { maxLength: 6 } } },
  });
  at.write("templates/sms/draft.yaml", "# mine\n");
  const one = await importManifests({ ...at.options(), patterns: ["WhatsAppTemplate/order_*"] });
  assert.deepEqual(
    one.written.map(({ address }) => address),
    ["WhatsAppTemplate/order_update/en_US"],
  );
  const registration = await importManifests({ ...at.options(), patterns: ["A2pRegistration"] });
  assert.deepEqual(
    registration.written.map(({ address }) => address),
    ["A2pRegistration/Sign in code"],
  );
  const rest = await importManifests(at.options());
  const reasons = Object.fromEntries(rest.skipped.map(({ object, reason }) => [object, reason]));
  assert.equal(reasons["draft"], "templates/sms/draft.yaml is there already");
  assert.equal(reasons["Sign in code"], "it is declared already");
  assert.equal(reasons["T-4711"], "ignoreUnmanaged names it");
  assert.equal(at.read("templates/sms/draft.yaml"), "# mine\n");
  await assert.rejects(importManifests({ ...at.options(), patterns: ["SmsTemplat"] }), NotFound);
  await assert.rejects(importManifests({ ...at.options(), patterns: ["SmsTemplate/none"] }), NotFound);
  await assert.rejects(importManifests({ ...at.options(), patterns: ["PreferenceBatch"] }), NotFound);
});

test("a hostile name becomes no path, and a linked folder is not followed", async (t) => {
  const at = await place(t);
  const { world } = at.simulator;
  const content = { content: smsContent, fromAddress: "+15035550142" };
  world.createSmsTemplate({ ...content, name: "../../escape" }, "APPROVED");
  world.createSmsTemplate({ ...content, name: ".. #1" }, "APPROVED");
  const imported = await importManifests({ ...at.options(), patterns: ["SmsTemplate"] });
  assert.deepEqual(
    imported.written.map(({ file }) => file),
    ["templates/sms/1.yaml"],
  );
  assert.match(imported.skipped[0]?.reason ?? "", /name/);
  world.createTemplate({ name: "a", language: "en", body: "Your parcel is on its way to you." });
  at.now += 60_000;
  symlinkSync(tmpdir(), join(at.dir, "templates/whatsapp"));
  await assert.rejects(importManifests({ ...at.options(), patterns: ["WhatsAppTemplate"] }), /symbolic link/);
});

test("text of every sort is read back as it was", () => {
  for (const text of [
    "a: b",
    "+15551234567",
    "{{1}}",
    "  two\n lines ",
    "$${x} ${y}",
    "tab\there",
    "no",
    "\u2028",
    "#",
  ]) {
    const yaml = renderManifest({ kind: "K", slug: "k", name: "n", spec: { text } });
    assert.equal((parse(yaml) as { spec: { text: string } }).spec.text.replaceAll("$${", "${"), text);
  }
});
