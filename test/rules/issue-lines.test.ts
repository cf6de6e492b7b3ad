// What authors do wrong most often, through the whole reader and as they see it: place, words, hint, caret.
import assert from "node:assert/strict";
import test from "node:test";
import type { Diagnostic } from "../../src/contract/diagnostic.ts";
import { diagnosticsText } from "../../src/report/diagnostics.ts";
import { openShop } from "./shop.ts";

const shop = openShop();
test.after(() => shop.remove());

interface Told {
  readonly diagnostics: readonly Diagnostic[];
  /** `line:column code severity` of each. */
  readonly brief: readonly string[];
  /** The text format with source lines and carets, and everything else that the reader hands out. */
  readonly text: string;
  readonly everything: string;
}

async function tell(...manifests: readonly string[]): Promise<Told> {
  shop.fill({ "declared/a.yaml": manifests.join("---\n") });
  const { diagnostics, sources, resources } = await shop.read();
  const text = diagnosticsText(diagnostics, { sources });
  return {
    diagnostics,
    brief: diagnostics.map(({ line, column, code, severity }) => `${line}:${column} ${code} ${severity}`),
    text,
    everything: text + JSON.stringify([diagnostics, [...sources], resources]),
  };
}

const head = (kind: string, name: string): string =>
  `apiVersion: cxform/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;
const whatsApp = (language: string, body: string): string =>
  `${head("WhatsAppTemplate", "order_packed")}  language: ${language}\n  category: UTILITY\n  body: ${body}\n`;
const digital = (content: string, variables: readonly string[], channels = "webchat"): string =>
  `${head("DigitalTemplate", "order-packed")}  locale: en-US\n  channels: [${channels}]\n  contentBlocks:\n    - { id: main, type: text, content: ${content} }\n  variables: [${variables.join(", ")}]\n`;
const sms = (content: string, from: string, more = ""): string =>
  `${head("SmsTemplate", "parcel")}  content: ${content}\n  fromAddress: ${from}\n${more}`;
const contact = "c081fa25-fb4a-4cc4-a8ae-88fa5e98e00e";
const batch = (record: string): string =>
  `${head("PreferenceBatch", "2026-09-checkout")}  source: web-checkout\n  regulatoryRegion: GDPR\n  records:\n    - ${record}\n`;

test("an unquoted sender lost its plus, and the hint says to quote it", async () => {
  const { diagnostics, brief, text } = await tell(
    sms('"Juniper & Pine: your parcel has arrived. Reply STOP to opt out."', "+15551234567"),
  );
  assert.equal(brief.length, 1, text);
  assert.match(brief[0] as string, /^6:16 CX\d{4} error$/);
  assert.match((diagnostics[0] as Diagnostic).hint, /[Qq]uote/);
  assert.match((diagnostics[0] as Diagnostic).hint, /"\+15551234567"/);
});

test("a hyphen or a space inside a placeholder is pointed at by its brace, in a quoted text and in a block", async () => {
  const dashed = await tell(digital('"Order {{order-id}} is packed"', []));
  assert.deepEqual(dashed.brief, ["8:47 CX3101 error"]);
  assert.match(dashed.text, /\n {2}8 \| .*\{\{order-id\}\}.*\n {4}\| +\^{12}\n/);
  assert.match(dashed.text, /order_id/);

  const spaced = await tell(digital('"Hello {{ customer.name }}, thanks"', []));
  assert.deepEqual(spaced.brief, ["8:47 CX3101 error"]);
  assert.match(spaced.text, /\{\{customer\.name\}\}/);

  const body = "|-\n    Hello {{1}}, thanks.\n    Order {{order-id}} is packed.\n  examples: { '1': Ana }";
  const { diagnostics, text } = await tell(whatsApp("en", body));
  const [first] = diagnostics.filter(({ message }) => message.includes("order-id"));
  assert.deepEqual([first?.line, first?.column, first?.length], [9, 11, 12], text);
  const caret = text.split("\n").findIndex((line) => line.includes("  9 | "));
  const [source, marks] = text.split("\n").slice(caret, caret + 2) as [string, string];
  assert.equal(marks.indexOf("^"), source.indexOf("{{order-id}}"));
});

test("90 é fit one segment and 81 [ do not", async () => {
  const fits = await tell(sms(`"${"é".repeat(90)} Acme Reply STOP to end"`, '"+18005550142"'));
  assert.ok(!fits.brief.some((line) => line.includes("CX3201")), fits.text);
  const broken = await tell(sms(`"${"[".repeat(81)}"`, '"+18005550142"'));
  const [first] = broken.diagnostics.filter(({ code }) => code === "CX3201");
  assert.match(first?.message ?? "", /2 segments/);
  assert.match(first?.hint ?? "", /162/);
  const kept = await tell(sms(`"${"[".repeat(80)}"`, '"+18005550142"'));
  assert.ok(!kept.brief.some((line) => line.includes("CX3201")), kept.text);
});

test("fil and en_US are languages, and xx-YY is told which is near", async () => {
  for (const language of ["fil", "en_US", "en-US"]) {
    assert.deepEqual((await tell(whatsApp(language, '"Your order is packed and leaves today."'))).brief, [], language);
  }
  const { diagnostics, brief } = await tell(whatsApp("xx-YY", '"Your order is packed and leaves today."'));
  assert.deepEqual(brief.length, 1);
  assert.match(brief[0] as string, /^5:13 CX30\d\d error$/);
  assert.match((diagnostics[0] as Diagnostic).hint, /^Did you mean [a-z]{2,3}(?:_[A-Z]{2})?\?/);
});

test("600 Cyrillic letters are too many bytes for a digital whatsapp block and few characters for a WhatsAppTemplate", async () => {
  const letters = "привіт ".repeat(86).slice(0, 600);
  const { brief, diagnostics } = await tell(digital(`"${letters}"`, [], "whatsapp"));
  assert.equal(brief.length, 1);
  assert.match(brief[0] as string, /^8:\d+ CX31\d\d error$/);
  assert.match((diagnostics[0] as Diagnostic).message, /bytes.*1024/);
  assert.deepEqual((await tell(whatsApp("uk", `"${letters}"`))).brief, []);
});

test("someone who never consented may refuse", async () => {
  for (const consent of ["", ", consentTimestamp: null"]) {
    const record = `{ contactId: ${contact}, channel: email, optIn: false, withdrawalTimestamp: "2026-09-14T08:21:07Z"${consent} }`;
    assert.deepEqual((await tell(batch(record))).brief, [], consent);
  }
});

test("an e-mail address or a phone number as contactId is refused and stands in no output", async () => {
  const given = ["kim.novak@example.org", '"+49 151 23456789"', "+4915123456789", '"4915123456789"'];
  for (const value of given) {
    const record = `{ contactId: ${value}, channel: email, optIn: true, consentTimestamp: "2026-09-14T08:21:07Z" }`;
    const { brief, everything } = await tell(batch(record));
    assert.equal(brief.length, 1, value);
    assert.match(brief[0] as string, /^8:20 CX36\d\d error$/, value);
    for (const part of ["kim.novak", "example.org", "23456789", "151 2345"])
      assert.ok(!everything.includes(part), `${value}: ${part} in ${everything}`);
  }
});

test("an e-mail address in a records file, and in a file that is no YAML, stands in no output either", async () => {
  const rows = `{"contactId":"kim.novak@example.org","channel":"email","optIn":true,"consentTimestamp":"2026-09-14T08:21:07Z"}\n`;
  const { sha256 } = await import("../../src/base/digest.ts");
  const fileSpec = `  source: web\n  recordsFile: { path: rows.ndjson, format: ndjson, sha256: "${sha256(rows)}" }\n`;
  shop.fill({ "declared/a.yaml": head("PreferenceBatch", "rows") + fileSpec, "declared/rows.ndjson": rows });
  const read = await shop.read();
  assert.deepEqual(
    read.diagnostics.map(({ file, line, code }) => `${file}:${line} ${code}`),
    ["declared/rows.ndjson:1 CX3602"],
  );
  const shown = diagnosticsText(read.diagnostics, { sources: read.sources }) + JSON.stringify(read.diagnostics);
  assert.ok(!shown.includes("kim.novak"));

  const torn = await tell(batch("{ contactId: kim.novak@example.org, channel: email, optIn: [ }"));
  assert.ok(torn.brief.length > 0);
  assert.ok(!torn.everything.includes("kim.novak"), torn.everything);
});
