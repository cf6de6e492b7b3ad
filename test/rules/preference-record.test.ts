// One consent record at its edges: what is said of each wrong field word for word, that no unexpected value is repeated, and its keys, which must never change.
import assert from "node:assert/strict";
import test from "node:test";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import { eligibility, isTimezone } from "../../src/kinds/preference-batch/eligibility.ts";
import {
  checkRecord,
  effectiveAt,
  formProblem,
  normaliseRecord,
  personalContact,
  recordContent,
  recordId,
  recordKey,
  sourceFindings,
} from "../../src/kinds/preference-batch/record.ts";

const now = Date.parse("2026-11-20T10:00:00Z");
const contactId = "c081fa25-fb4a-4cc4-a8ae-88fa5e98e00e";
const time = "2026-09-14T08:21:07Z";
const record: JsonObject = { contactId, channel: "sms", optIn: true, consentTimestamp: time };
const said = (change: JsonObject, without?: string): readonly string[] => {
  const { [without ?? ""]: _left, ...rest } = { ...record, ...change };
  return checkRecord(rest, { source: "web" }, now).map(({ message, pointer }) => `${pointer} ${message}`);
};

test("a record in order is said nothing of", () => {
  assert.deepEqual(said({}), []);
  assert.deepEqual(said({ contactId: contactId.toUpperCase(), regulatoryRegion: null, source: null }), []);
});

test("what is no map of fields is said once to be none", () => {
  for (const value of [null, 5, "text", true, [record]] as readonly Json[])
    assert.deepEqual(
      checkRecord(value, { source: "web" }, now).map(({ code, message }) => `${code} ${message}`),
      ["CX3620 the record is no map of fields"],
    );
});

test("missing and undocumented fields are named, where their names may be shown", () => {
  assert.equal(formProblem({})?.message, "the record lacks contactId, channel and optIn");
  assert.equal(formProblem({ contactId, optIn: true })?.message, "the record lacks channel");
  assert.deepEqual(said({}, "contactId"), [" the record lacks contactId"]);
  const undocumented = (name: string): string | undefined => formProblem({ ...record, [name]: "x" })?.message;
  assert.equal(undocumented("consent_time"), 'the record has a field "consent_time" that is not documented');
  for (const name of ["1abc", "abc1", "ada@acme.example", "a".repeat(41)])
    assert.equal(undocumented(name), "the record has a field that is not documented");
  assert.deepEqual(said({ optIn: "yes" }), ["/optIn optIn is neither true nor false"]);
});

test("a contact id is a UUID and nothing around or like it", () => {
  for (const value of [`x${contactId}`, `${contactId}x`, "ada", true, null, [contactId]] as readonly Json[])
    assert.deepEqual(said({ contactId: value }), ["/contactId contactId is not a UUID"], JSON.stringify(value));
  assert.deepEqual(said({ contactId: 14155550100 }), [
    "/contactId contactId looks like a phone number; it must be a UUID",
  ]);
  assert.equal(personalContact("tel:030 901820"), "a phone number");
  assert.equal(personalContact("030 901820 x"), undefined);
  assert.equal(personalContact("x 030 901820"), undefined);
  assert.equal(personalContact("ada@acme"), "an e-mail address");
});

test("a choice is one of its words; another word is shown, anything else is not", () => {
  const [message] = said({ channel: "fax" });
  assert.match(message ?? "", /^\/channel channel "fax" is none of /);
  for (const value of [true, ["sms"], "fax 1", "x".repeat(21), null] as readonly Json[])
    assert.match(said({ channel: value })[0] ?? "", /^\/channel channel is none of /, JSON.stringify(value));
  assert.match(said({ regulatoryRegion: "LGPD" })[0] ?? "", /^\/regulatoryRegion regulatoryRegion "LGPD" is none of /);
});

test("a source has 1 to 50 characters that are not all blank", () => {
  const of = (source: Json | undefined, pointer = "/source") =>
    sourceFindings(source, pointer).map((one) => one.message);
  assert.deepEqual(of(undefined), []);
  assert.deepEqual(of(null), []);
  assert.deepEqual(of(null, "/spec/source"), ["source is no text"]);
  assert.deepEqual(of(5), ["source is no text"]);
  for (const blank of ["", "   ", " ".repeat(51)]) assert.deepEqual(of(blank), ["source is empty"]);
  assert.deepEqual(of("é".repeat(50)), []);
  assert.deepEqual(of("é".repeat(51)), ["source has 51 characters; the limit is 50"]);
});

test("a time that is none is said why, and shown only when it looks like a date", () => {
  const of = (value: Json) => said({ consentTimestamp: value }).map((one) => one.replace("/consentTimestamp ", ""));
  assert.deepEqual(of("2026-09-14"), ['consentTimestamp "2026-09-14" is no RFC 3339 time: the time of day is missing']);
  for (const value of ["2026-09-1", "2026-09-14 Ada", "x 2026-09-14"])
    assert.deepEqual(of(value), ["consentTimestamp is no RFC 3339 time: it has another form"], value);
  for (const value of [5, [time], ["2026-09-14"]] as readonly Json[])
    assert.deepEqual(of(value), ["consentTimestamp is no RFC 3339 time: it is no text"]);
});

test("a time in the future is told by minutes, hours or days", () => {
  const of = (minutes: number): string | undefined =>
    /, (.+) in the future/.exec(
      said({ consentTimestamp: new Date(now + minutes * 60_000).toISOString() })[0] ?? "",
    )?.[1];
  assert.equal(of(5), undefined);
  assert.equal(of(6), "6 minutes");
  assert.equal(of(119), "119 minutes");
  assert.equal(of(120), "2 hours");
  assert.equal(of(2879), "47 hours");
  assert.equal(of(2880), "2 days");
});

test("only an opt-out is told that its withdrawal is before its consent", () => {
  const earlier = { withdrawalTimestamp: "2026-09-13T08:21:07Z" };
  assert.equal(said({ ...earlier, optIn: false }).length, 1);
  assert.match(said({ ...earlier, optIn: false })[0] ?? "", /is before its consent/);
  assert.deepEqual(said({ ...earlier, optIn: true }), [
    "/withdrawalTimestamp the record opts in and has a withdrawalTimestamp",
  ]);
  assert.deepEqual(said({ optIn: false, withdrawalTimestamp: time }), []);
});

test("an opt-in needs its time under GDPR, and under TCPA for sms and voice, whether the field is null or left out", () => {
  const { consentTimestamp: _left, ...timeless } = record;
  const of = (change: JsonObject): readonly string[] =>
    [timeless, { ...timeless, consentTimestamp: null }].map((one) =>
      checkRecord({ ...one, ...change }, { source: "web" }, now)
        .map(({ code }) => code)
        .join(),
    );
  assert.deepEqual(of({ regulatoryRegion: "GDPR" }), ["CX3608", "CX3608"]);
  assert.deepEqual(of({ regulatoryRegion: "TCPA" }), ["CX3609", "CX3609"]);
  assert.deepEqual(of({ regulatoryRegion: "TCPA", channel: "email" }), ["", ""]);
  assert.deepEqual(of({ optIn: false, regulatoryRegion: "GDPR" }), ["CX3607", "CX3607"]);
});

test("a time in another form than a text has no effect", () => {
  assert.equal(effectiveAt({ ...record, consentTimestamp: [time] }), 0);
  assert.equal(effectiveAt({ ...record, optIn: false, withdrawalTimestamp: [time] }), 0);
  assert.equal(effectiveAt(record), Date.parse(time));
});

test("a record is sent with its own answer, in UTC, and its id in lower case", () => {
  assert.deepEqual(normaliseRecord({ ...record, contactId: contactId.toUpperCase() }, { source: "web" }), {
    contactId,
    channel: "sms",
    optIn: true,
    consentTimestamp: "2026-09-14T08:21:07.000Z",
    withdrawalTimestamp: null,
    regulatoryRegion: "NONE",
    source: "web",
  });
});

test("the keys of a record are what they were in every version", () => {
  const whole = { ...record, contactId: contactId.toUpperCase(), regulatoryRegion: "GDPR", source: "web" };
  assert.equal(recordKey(whole), `${contactId} sms`);
  assert.equal(recordId(whole), "7044c51e-bf63-59ea-8ced-c8c0483bca7b");
  assert.equal(recordContent(whole), "fd197e37-4959-5b6b-9762-b44e4313b281");
  assert.equal(recordId({ ...whole, optIn: false }), "04e61929-d468-5eaa-8834-7150e382967b");
  assert.equal(recordContent({ ...whole, optIn: false }), "04765bc6-0152-534f-b84e-369637e9bcc5");
});

test("who may be written to is said with all that belongs to the answer", () => {
  const policy = { gdprCutoff: true, timezone: "America/Los_Angeles" };
  const held = { channel: "sms", optIn: true, consentTimestamp: time, regulatoryRegion: "TCPA" };
  const yes = { eligible: true, reason: "compliant", unchecked: [] };
  assert.deepEqual(eligibility(held, "sms", Date.parse("2026-11-20T20:00:00Z"), policy), yes);
  assert.deepEqual(eligibility({ ...held, regulatoryRegion: "GDPR" }, "sms", now, policy), yes);
  assert.equal(eligibility({ ...held, consentTimestamp: [time] }, "sms", now, policy).reason, "unknown");
  assert.equal(isTimezone("Mars/Olympus"), false);
});
