// The rules of PreferenceBatch and one consent record: examples, tables, identity, and that no contact id is ever repeated.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import { formatTime, parseTime } from "../../src/kinds/_shared/rfc3339.ts";
import {
  checkRecord,
  effectiveAt,
  isOptOut,
  normaliseRecord,
  recordId,
  recordKey,
} from "../../src/kinds/preference-batch/record.ts";
import { columnsFinding, csvRecord, fileRules } from "../../src/kinds/preference-batch/records-file.ts";
import {
  contradictingRecord,
  duplicateRecord,
  recordRules,
  rules,
  schemaCodes,
} from "../../src/kinds/preference-batch/rules.ts";
import { checkExamples, codesOf, findingsOf, now } from "./declared-text.ts";

for (const rule of [...rules, ...recordRules])
  test(`${rule.code} holds by its own examples`, () => checkExamples(rule));

const contactId = "c081fa25-fb4a-4cc4-a8ae-88fa5e98e00e";
const spec = { source: "web-checkout" };
const optIn: JsonObject = { contactId, channel: "sms", optIn: true, consentTimestamp: "2026-09-14T08:21:07Z" };
const optOut: JsonObject = { contactId, channel: "sms", optIn: false, withdrawalTimestamp: "2026-09-14T08:21:07Z" };
const codesFor = (record: Json, region?: string): readonly string[] =>
  checkRecord(record, region === undefined ? spec : { ...spec, regulatoryRegion: region }, now).map(({ code }) => code);

test("every code from CX3601 to CX3620 is documented once", () => {
  const all = [...rules, ...recordRules, ...fileRules].map(({ code }) => code).sort();
  assert.deepEqual(
    all,
    Array.from({ length: 20 }, (_, index) => `CX36${String(index + 1).padStart(2, "0")}`),
  );
  for (const { code } of schemaCodes) assert.ok(all.includes(code), code);
});

test("what the reader of a batch finds bears the codes that are documented", () => {
  assert.equal(duplicateRecord("line 17").code, "CX3613");
  assert.equal(
    duplicateRecord("line 17").message,
    "the contact and channel stand twice in the batch, first in line 17",
  );
  assert.equal(contradictingRecord("record 3 of PreferenceBatch/a").code, "CX3614");
});

test("a contactId is a UUID of any version, and what is none is never repeated", () => {
  for (const id of [
    contactId,
    contactId.toUpperCase(),
    "00000000-0000-0000-0000-000000000000",
    "11111111-2222-f333-f444-555555555555",
  ]) {
    assert.deepEqual(codesFor({ ...optIn, contactId: id }), [], id);
  }
  const table: readonly (readonly [Json, string])[] = [
    ["customer-20417", "CX3601"],
    ["", "CX3601"],
    [null, "CX3601"],
    [true, "CX3601"],
    [`${contactId} `, "CX3601"],
    [contactId.replaceAll("-", ""), "CX3601"],
    ["kim@juniper.example", "CX3602"],
    ["Kim Lee <kim@localhost>", "CX3602"],
    ["+15035550142", "CX3602"],
    ["503 555 0142", "CX3602"],
    ["0049 (30) 1234-567", "CX3602"],
    ["tel:+15035550142", "CX3602"],
    ["5035550142", "CX3602"],
    [15035550142, "CX3602"],
  ];
  for (const [id, code] of table) {
    const found = checkRecord({ ...optIn, contactId: id }, spec, now);
    assert.deepEqual(
      found.map((each) => each.code),
      [code],
      String(id),
    );
    if (typeof id === "string" && id.length > 3) assert.ok(!JSON.stringify(found).includes(id), id);
  }
});

test("an unquoted phone number and a literal in the wrong column are not repeated by the schema's codes either", () => {
  const text = (record: string): string =>
    `apiVersion: cxform/v1\nkind: PreferenceBatch\nmetadata:\n  name: a\nspec:\n  source: a\n  records:\n    - ${record}\n`;
  const phone = findingsOf(
    text("{ contactId: +15035550142, channel: sms, optIn: false, withdrawalTimestamp: 2026-09-14T08:21:07Z }"),
  );
  assert.deepEqual(
    phone.map(({ code, message }) => [code, message]),
    [["CX3602", "contactId looks like a phone number; it must be a UUID"]],
  );
  const shifted = findingsOf(
    text(`{ contactId: ${contactId}, channel: kim@juniper.example, optIn: kim@juniper.example }`),
  );
  assert.deepEqual(
    shifted.map(({ code }) => code),
    ["CX3603", "CX3620"],
  );
  assert.ok(!JSON.stringify(shifted).includes("kim"));
});

test("each answer needs the times that prove it", () => {
  const none = { ...optIn, consentTimestamp: null };
  const table: readonly (readonly [JsonObject, string | undefined, readonly string[]])[] = [
    [optIn, "GDPR", []],
    [none, "GDPR", ["CX3608"]],
    [{ ...none, regulatoryRegion: "NONE" }, "GDPR", []],
    [{ ...none, regulatoryRegion: "GDPR" }, undefined, ["CX3608"]],
    [none, "TCPA", ["CX3609"]],
    [{ ...none, channel: "voice" }, "TCPA", ["CX3609"]],
    [{ ...none, channel: "email" }, "TCPA", []],
    [{ ...none, channel: "whatsapp" }, "TCPA", []],
    [none, "CCPA", []],
    [none, undefined, []],
    [optOut, "GDPR", []],
    [{ ...optOut, consentTimestamp: null }, "TCPA", []],
    [{ ...optOut, withdrawalTimestamp: null }, "GDPR", ["CX3607"]],
    [{ ...optIn, withdrawalTimestamp: "2026-09-20T00:00:00Z" }, "GDPR", ["CX3606"]],
    [{ ...optIn, withdrawalTimestamp: null }, "GDPR", []],
  ];
  for (const [record, region, codes] of table)
    assert.deepEqual(codesFor(record, region), codes, JSON.stringify([record, region]));
});

test("times have an offset, an order, and are not in the future", () => {
  const consent = (consentTimestamp: Json): readonly string[] => codesFor({ ...optIn, consentTimestamp }, "GDPR");
  for (const time of [
    "2026-09-14T08:21:07Z",
    "2026-09-14t08:21:07z",
    "2026-09-14T08:21:07.123456789+05:45",
    "2024-02-29T00:00:00-12:00",
    "2016-12-31T23:59:60Z",
  ]) {
    assert.deepEqual(consent(time), [], time);
  }
  for (const time of [
    "2026-09-14T08:21:07",
    "2026-09-14",
    "2026-09-14 08:21:07Z",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-09-14T24:00:00Z",
    "2026-09-14T08:21Z",
    "2026-09-14T08:21:07+0200",
    "yesterday",
    "",
    1789376467,
    true,
  ]) {
    assert.deepEqual(consent(time), ["CX3610"], String(time));
  }
  assert.deepEqual(consent(formatTime(now + 300_000)), []);
  assert.deepEqual(consent(formatTime(now + 300_001)), ["CX3612"]);
  assert.deepEqual(consent(formatTime(now + 300_001).replace("Z", "+01:00")), []);
  const withdrawn = (consentTimestamp: string): readonly string[] => codesFor({ ...optOut, consentTimestamp }, "GDPR");
  assert.deepEqual(withdrawn("2026-09-14T08:21:07Z"), []);
  assert.deepEqual(withdrawn("2026-09-14T10:21:07+02:00"), []);
  assert.deepEqual(withdrawn("2026-09-14T08:21:08Z"), ["CX3611"]);
});

test("the message of a time says why, and shows nothing that is not a date", () => {
  const [found] = checkRecord({ ...optIn, consentTimestamp: "2026-09-14T08:21:07" }, spec, now);
  assert.equal(found?.message, 'consentTimestamp "2026-09-14T08:21:07" is no RFC 3339 time: the offset is missing');
  const [shifted] = checkRecord({ ...optIn, consentTimestamp: "+15035550142" }, spec, now);
  assert.equal(shifted?.message, "consentTimestamp is no RFC 3339 time: it has another form");
});

test("choices, sources and the form of a record are judged", () => {
  const table: readonly (readonly [Json, readonly string[]])[] = [
    [{ ...optIn, channel: "fax" }, ["CX3603"]],
    [{ ...optIn, channel: "SMS" }, ["CX3603"]],
    [{ ...optIn, channel: null }, ["CX3603"]],
    [{ ...optIn, regulatoryRegion: "gdpr" }, ["CX3604"]],
    [{ ...optIn, regulatoryRegion: null }, []],
    [{ ...optIn, source: "x".repeat(50) }, []],
    [{ ...optIn, source: "😀".repeat(50) }, []],
    [{ ...optIn, source: "x".repeat(51) }, ["CX3605"]],
    [{ ...optIn, source: "" }, ["CX3605"]],
    [{ ...optIn, source: 5 }, ["CX3605"]],
    [{ ...optIn, optin: true }, ["CX3620"]],
    [{ ...optIn, optIn: "true" }, ["CX3620"]],
    [{ contactId, channel: "sms" }, ["CX3620"]],
    [[], ["CX3620"]],
    [null, ["CX3620"]],
    ["sms", ["CX3620"]],
  ];
  for (const [record, codes] of table) assert.deepEqual(codesFor(record), codes, JSON.stringify(record));
  assert.equal(
    checkRecord({ ...optIn, optin: true }, spec, now)[0]?.message,
    'the record has a field "optin" that is not documented',
  );
});

test("a record is sent with defaults and with times in UTC", () => {
  assert.deepEqual(
    normaliseRecord(
      { ...optOut, contactId: contactId.toUpperCase(), withdrawalTimestamp: "2026-09-14T10:21:07.5+02:00" },
      spec,
    ),
    {
      contactId,
      channel: "sms",
      optIn: false,
      consentTimestamp: null,
      withdrawalTimestamp: "2026-09-14T08:21:07.500Z",
      regulatoryRegion: "NONE",
      source: "web-checkout",
    },
  );
  const own = normaliseRecord(
    { ...optIn, regulatoryRegion: "CCPA", source: "store" },
    { ...spec, regulatoryRegion: "GDPR" },
  );
  assert.deepEqual([own["regulatoryRegion"], own["source"]], ["CCPA", "store"]);
  assert.equal(normaliseRecord(optIn, { ...spec, regulatoryRegion: "GDPR" })["regulatoryRegion"], "GDPR");
  assert.deepEqual(normaliseRecord(own, spec), own);
});

test("a record is known by contact and channel, and its id by all that it says", () => {
  const sent = normaliseRecord(optIn, spec);
  assert.equal(recordKey(sent), recordKey({ ...sent, contactId: contactId.toUpperCase(), optIn: false }));
  assert.notEqual(recordKey(sent), recordKey({ ...sent, channel: "email" }));
  assert.equal(
    recordId(sent),
    recordId(normaliseRecord({ ...optIn, consentTimestamp: "2026-09-14T10:21:07+02:00" }, spec)),
  );
  const others = [
    { channel: "email" },
    { optIn: false },
    { consentTimestamp: "2026-09-14T08:21:08.000Z" },
    { regulatoryRegion: "CCPA" },
    { source: "store" },
  ];
  assert.equal(new Set([sent, ...others.map((change) => ({ ...sent, ...change }))].map(recordId)).size, 6);
  assert.match(recordId(sent), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("the effective time is that of the answer", () => {
  const both = { ...optOut, consentTimestamp: "2026-01-01T00:00:00Z" };
  assert.equal(effectiveAt(both), Date.UTC(2026, 8, 14, 8, 21, 7));
  assert.equal(effectiveAt({ ...both, optIn: true }), Date.UTC(2026, 0, 1));
  assert.equal(effectiveAt({ ...optIn, consentTimestamp: null }), 0);
  assert.deepEqual([isOptOut(optOut), isOptOut(optIn)], [true, false]);
});

test("contradictions between batches need one moment and two answers", () => {
  const batch = (name: string, record: JsonObject): string =>
    JSON.stringify({
      apiVersion: "cxform/v1",
      kind: "PreferenceBatch",
      metadata: { name },
      spec: { ...spec, records: [record] },
    });
  const both = (second: JsonObject): readonly string[] => codesOf(`${batch("a", optIn)}\n---\n${batch("b", second)}`);
  assert.deepEqual(both(optOut), ["CX3614"]);
  assert.deepEqual(
    both({ ...optOut, contactId: contactId.toUpperCase(), withdrawalTimestamp: "2026-09-14T10:21:07+02:00" }),
    ["CX3614"],
  );
  assert.deepEqual(both(optIn), []);
  assert.deepEqual(both({ ...optOut, channel: "email" }), []);
  assert.deepEqual(both({ ...optOut, withdrawalTimestamp: "2026-09-14T08:21:08Z" }), []);
  assert.deepEqual(both({ ...optIn, source: "store" }), []);
});

test("a CSV header is told what it lacks, and a row becomes a record", () => {
  const header = ["contactId", "channel", "optIn", "consentTimestamp", "source"];
  assert.equal(columnsFinding(header), undefined);
  assert.equal(
    columnsFinding(["contactId", "chanel", "optIn"])?.message,
    "the header lacks channel and has 1 column that no record has",
  );
  assert.match(
    columnsFinding([contactId, "sms", "true"])?.message ?? "",
    /^the header lacks contactId, channel and optIn/,
  );
  assert.ok(!JSON.stringify(columnsFinding([contactId, "sms", "true"])).includes(contactId));
  assert.match(columnsFinding([...header, "source"])?.message ?? "", /repeats source/);
  assert.deepEqual(csvRecord(header, [contactId, "sms", "TRUE", "", ""]), {
    contactId,
    channel: "sms",
    optIn: true,
    consentTimestamp: null,
    source: null,
  });
  assert.deepEqual(codesFor(csvRecord(header, [contactId, "sms", "TRUE", "2026-09-14T08:21:07Z", ""]), "GDPR"), []);
  assert.deepEqual(codesFor(csvRecord(header, [contactId, "sms", "1", "", ""])), ["CX3620"]);
});

test("times of every year and offset are read as the platform reads them", () => {
  const moments = fc.integer({ min: Date.UTC(1, 0, 2), max: Date.UTC(9998, 0, 1) });
  fc.assert(
    fc.property(moments, fc.integer({ min: -1439, max: 1439 }), (moment, offset) => {
      const local = new Date(moment + offset * 60_000).toISOString().slice(0, -1);
      const size = Math.abs(offset);
      const zone = `${offset < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
      assert.equal(parseTime(local + zone), moment);
    }),
    { numRuns: 500, seed: 20261120 },
  );
  assert.equal(parseTime("0050-01-01T00:00:00Z"), Date.parse("0050-01-01T00:00:00Z"));
  assert.equal(parseTime("2016-12-31T23:59:60Z"), Date.UTC(2017, 0, 1));
});

test("whatever a record holds, no finding repeats its contact", () => {
  const contact = fc.oneof(
    fc.emailAddress(),
    fc.string({ minLength: 8, unit: fc.constantFrom(..."0123456789+- ") }).map((text) => `${text}77123`),
  );
  const field = fc.constantFrom(
    "contactId",
    "channel",
    "optIn",
    "consentTimestamp",
    "withdrawalTimestamp",
    "regulatoryRegion",
    "source",
  );
  fc.assert(
    fc.property(contact, field, (value, name) => {
      const found = JSON.stringify(
        checkRecord({ ...optIn, [name]: value }, spec, now).map(({ message, hint, pointer }) => [
          message,
          hint,
          pointer,
        ]),
      );
      assert.ok(!found.includes(value));
    }),
    { numRuns: 500, seed: 20261120 },
  );
});
