// What the schema refuses hides nothing else: all findings of a manifest come in one run, and none follows from another.
import assert from "node:assert/strict";
import test from "node:test";
import { openShop } from "./shop.ts";

const shop = openShop();
test.after(() => shop.remove());

/** `line:column code` of each finding in files of these manifests. */
async function brief(...manifests: readonly string[]): Promise<readonly string[]> {
  shop.fill({ "declared/a.yaml": manifests.join("---\n") });
  const { diagnostics } = await shop.read();
  return diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

const head = (kind: string, name: string): string =>
  `apiVersion: cxform/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;
const long = "a".repeat(61);
const whatsApp = (spec: string): string => `${head("WhatsAppTemplate", "order_packed")}${spec}`;
const sms = (more: string, content = "Juniper & Pine: your parcel is here. Reply STOP to opt out."): string =>
  `${head("SmsTemplate", "parcel")}  content: "${content}"\n  fromAddress: "+15035550142"\n${more}`;
const registration = (more = "  messageClass: DELIVERY_NOTIFICATION\n"): string =>
  `${head("A2pRegistration", "parcel")}  template: parcel\n  campaignName: Juniper & Pine delivery notices\n${more}  optInLanguage: Customers tick an unticked box at checkout, under the words text me about this order.\n`;

test("a value outside its list and an unknown field hide no other finding", async () => {
  const spec = `  language: xx_YY\n  category: TRANSACTIONAL\n  body: "Hello {{order-id}} there"\n  footer: ${long}\n  colour: green\n`;
  assert.deepEqual(await brief(whatsApp(spec)), [
    "5:13 CX3006",
    "6:13 CX3007",
    "7:16 CX3019",
    "8:71 CX3017",
    "9:3 CX2002",
  ]);
});

test("a misspelt field is told once, and what is under it counts as what was meant", async () => {
  const spec = `  language: en\n  categroy: UTILITY\n  body: "Hello {{1}}, your order is packed."\n  exampels: { "1": Kim }\n  footer: ${long}\n`;
  assert.deepEqual(await brief(whatsApp(spec)), ["6:3 CX2002", "8:3 CX2002", "9:71 CX3017"]);
  const button = `  language: en\n  category: UTILITY\n  body: Your order is packed.\n  buttons:\n    - { type: URL, text: Track order, uri: "https://juniperandpine.example" }\n`;
  assert.deepEqual(await brief(whatsApp(button)), ["9:39 CX2002"]);
});

test("a text that YAML misread hides no other finding", async () => {
  const unquoted = sms("", "Your parcel is here.").replace('"+15035550142"', "+15035550142");
  assert.deepEqual(await brief(unquoted), ["5:12 CX3205", "5:12 CX3207", "6:16 CX3204"]);
});

test("a misspelt type of button or category brings no findings that follow from it", async () => {
  const buttons = `  buttons:\n    - { type: QUICK_REPLY, text: Keep it }\n    - { type: quick_reply, text: Send it back }\n`;
  const spec = `  language: en\n  category: UTILITY\n  body: Your order is packed.\n`;
  assert.deepEqual(await brief(whatsApp(spec + buttons)), ["10:15 CX3029"]);
  const code = `  language: en\n  category: authentication\n  body: "{{1}} is your code for signing in."\n  examples: { "1": "482913" }\n`;
  assert.deepEqual(await brief(whatsApp(code)), ["6:13 CX3007"]);
  const spanish = spec.replace("en\n", "es\n").replace("UTILITY", "UTILTY").replace("Your", "Tu");
  assert.deepEqual(await brief(whatsApp(spec), whatsApp(spanish)), ["14:13 CX3007"]);
});

test("a template that the schema refuses is declared for its registration, and the other way round", async () => {
  assert.deepEqual(await brief(sms("  maxSegments: 0\n"), registration()), ["7:16 CX2005"]);
  const without = sms("").replace(/ {2}content: .*\n/, "");
  assert.deepEqual(await brief(without, registration()), ["4:1 CX2001"]);
  assert.deepEqual(await brief(sms(""), registration("")), ["11:1 CX2001"]);
});

test("a wrong region of a batch hides no finding about its records, and a wrong record none about the batch", async () => {
  const batch = (source: string, region: string, channel: string): string =>
    `${head("PreferenceBatch", "checkout")}  source: ${source}\n  regulatoryRegion: ${region}\n  records:\n    - { contactId: c081fa25-fb4a-4cc4-a8ae-88fa5e98e00e, channel: ${channel}, optIn: true, consentTimestamp: "2026-09-14T08:21:07Z" }\n`;
  assert.deepEqual(await brief(batch('""', "EU", "fax")), ["5:11 CX3605", "6:21 CX3604", "8:67 CX3603"]);
});

test("what a variable that nobody set leaves open hides nothing else", async () => {
  const spec = `  language: en\n  category: UTILITY\n  body: "Hello \${shop}, your order is packed."\n  footer: ${long}\n`;
  assert.deepEqual(await brief(whatsApp(spec)), ["7:16 CX1026", "8:71 CX3017"]);
});

test("a records file whose description is wrong is not opened, and a folder in its place is told at the path", async () => {
  const batch = (path: string, format: string): string =>
    `${head("PreferenceBatch", "checkout")}  source: checkout\n  recordsFile:\n    path: ${path}\n    format: ${format}\n    sha256: ${"a".repeat(64)}\n`;
  assert.deepEqual(await brief(batch('""', "csv")), ["7:11 CX2005"]);
  assert.deepEqual(await brief(batch("records.csv", "xlsx")), ["8:13 CX2004"]);
  assert.deepEqual(await brief(batch(".", "csv")), ["7:11 CX3619"]);
});
