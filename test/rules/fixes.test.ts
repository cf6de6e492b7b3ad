// The fix that a hint names is the one that this very value needs.
import assert from "node:assert/strict";
import test from "node:test";
import { openShop } from "./shop.ts";

const shop = openShop();
test.after(() => shop.remove());

interface Told {
  readonly code: string;
  readonly place: string;
  readonly message: string;
  readonly hint: string;
}

async function only(manifest: string): Promise<Told> {
  shop.fill({ "declared/a.yaml": manifest });
  const { diagnostics } = await shop.read();
  const [first, ...rest] = diagnostics;
  assert.ok(first !== undefined && rest.length === 0, JSON.stringify(diagnostics));
  return { code: first.code, place: `${first.line}:${first.column}`, message: first.message, hint: first.hint };
}

const head = (kind: string, name: string): string =>
  `apiVersion: cxform/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;
const whatsApp = (rest: string): string =>
  `${head("WhatsAppTemplate", "order_packed")}  language: en\n  body: Your order is packed.\n${rest}`;
const batch = (record: string, region = "GDPR"): string =>
  `${head("PreferenceBatch", "checkout")}  source: checkout\n  regulatoryRegion: ${region}\n  records:\n    - contactId: c081fa25-fb4a-4cc4-a8ae-88fa5e98e00e\n      channel: email\n${record}`;
const agreed = '      consentTimestamp: "2026-09-14T08:21:07Z"\n';

test("a choice of Meta's in small letters or by another name is answered with the one that was meant", async () => {
  assert.equal((await only(whatsApp("  category: utility\n"))).hint, "Write UTILITY.");
  assert.equal((await only(whatsApp("  category: UTILTY\n"))).hint, "Write UTILITY.");
  assert.match((await only(whatsApp("  category: TRANSACTIONAL\n"))).hint, /^Write AUTHENTICATION for one-time codes/);
  const header = (format: string): string =>
    whatsApp(`  category: UTILITY\n  header: { format: ${format}, example: "https://juniperandpine.example/a.jpg" }\n`);
  assert.equal((await only(header("image"))).hint, "Write IMAGE.");
  assert.match((await only(header("TEXT"))).hint, /plain string/);
  const button = (type: string): string =>
    whatsApp(`  category: UTILITY\n  buttons:\n    - { type: ${type}, text: Keep it }\n`);
  assert.equal((await only(button("quick_reply"))).hint, "Write QUICK_REPLY.");
  assert.equal((await only(button("CALL"))).hint, "Write PHONE_NUMBER.");
});

test("a sender that lacks a digit is not completed with a wrong one", async () => {
  const sms = (from: string): string =>
    `${head("SmsTemplate", "parcel")}  content: "Juniper & Pine: your parcel is here. Reply STOP to opt out."\n  fromAddress: "${from}"\n`;
  assert.match((await only(sms("+1503555014"))).hint, /^Use a short code/);
  assert.match((await only(sms("+44 1503555014"))).hint, /^Use a short code/);
  for (const from of ["5035550142", "15035550142", "1-503-555-0142", "+1 (503) 555-0142"])
    assert.equal((await only(sms(from))).hint, 'Write it as "+15035550142", in quotes.', from);
});

test("a record's slip is told at its field, with what to write there", async () => {
  const yes = await only(batch(`      optIn: yes\n${agreed}`));
  assert.deepEqual([yes.code, yes.place], ["CX3620", "10:14"]);
  assert.equal(yes.hint, "Write optIn: true or optIn: false, without quotes.");
  const unknown = await only(batch(`      optIn: true\n${agreed}      colour: green\n`));
  assert.deepEqual([unknown.code, unknown.place], ["CX3620", "12:15"]);
  const region = await only(batch(`      optIn: true\n${agreed}`, "EU"));
  assert.equal(region.message, 'regulatoryRegion "EU" is none of GDPR, CCPA, TCPA and NONE');
});

test("a count of one stands with a noun of one", async () => {
  const digital = (content: string, channel: string): string =>
    `${head("DigitalTemplate", "fitting")}  locale: en-US\n  channels: [${channel}]\n  contentBlocks:\n    - { id: main, type: text, content: ${content} }\n  variables: []\n`;
  assert.match((await only(digital("a".repeat(1025), "whatsapp"))).hint, /by 1 byte,/);
  assert.match((await only(digital("a".repeat(161), "sms"))).hint, /by 1 septet,/);
  const records = Array.from({ length: 101 }, (_, at) => {
    const id = `c081fa25-fb4a-4cc4-a8ae-${String(at).padStart(12, "0")}`;
    return `    - { contactId: ${id}, channel: fax, optIn: true, consentTimestamp: "2026-09-14T08:21:07Z" }\n`;
  });
  shop.fill({
    "declared/a.yaml": `${head("PreferenceBatch", "checkout")}  source: checkout\n  records:\n${records.join("")}`,
  });
  const { diagnostics } = await shop.read();
  assert.equal(diagnostics.length, 101);
  assert.deepEqual(
    diagnostics.filter(({ code }) => code === "CX3694").map(({ message }) => message),
    ["1 more finding in this batch (1 error)"],
  );
});
