// Whether a contact may be written to: the list of reasons row by row, and quiet hours in the recipient's time zone.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../../src/contract/json.ts";
import { eligibility, isTimezone } from "../../src/kinds/preference-batch/eligibility.ts";

const at = Date.UTC(2026, 10, 20, 17, 0, 0);
const agreed: JsonObject = {
  channel: "sms",
  optIn: true,
  consentTimestamp: "2026-09-14T08:21:07.000Z",
  withdrawalTimestamp: null,
  regulatoryRegion: "GDPR",
};
const judge = (change: JsonObject, policy: { timezone?: string; gdprCutoff?: boolean } = {}, when = at): string =>
  eligibility({ ...agreed, ...change }, "sms", when, { gdprCutoff: true, ...policy }).reason;

test("the first reason that applies is the answer", () => {
  const table: readonly (readonly [JsonObject, string])[] = [
    [{}, "compliant"],
    [{ regulatoryRegion: "NONE", consentTimestamp: null }, "compliant"],
    [{ optIn: false }, "explicit_opt_out"],
    [{ optIn: false, regulatoryRegion: "CCPA" }, "ccpa_sale_opt_out"],
    [{ optIn: false, consentTimestamp: "nonsense" }, "explicit_opt_out"],
    [{ withdrawalTimestamp: "2026-09-14T08:21:07Z" }, "withdrawal_supersedes_consent"],
    [{ withdrawalTimestamp: "2026-09-14T10:21:07+02:00" }, "withdrawal_supersedes_consent"],
    [{ withdrawalTimestamp: "2026-09-14T08:21:06Z" }, "compliant"],
    [{ withdrawalTimestamp: "2026-09-14T08:21:06Z", consentTimestamp: null }, "withdrawal_supersedes_consent"],
    [{ consentTimestamp: null }, "gdpr_consent_insufficient"],
    [{ consentTimestamp: "2018-05-24T23:59:59Z" }, "gdpr_consent_insufficient"],
    [{ consentTimestamp: "2018-05-25T00:00:00Z" }, "compliant"],
    [{ consentTimestamp: "2018-05-24T23:59:59Z", regulatoryRegion: "CCPA" }, "compliant"],
    [{ optIn: null }, "unknown"],
    [{ optIn: "true" }, "unknown"],
    [{ channel: "email" }, "unknown"],
    [{ regulatoryRegion: "LGPD" }, "unknown"],
    [{ regulatoryRegion: null }, "unknown"],
    [{ consentTimestamp: "yesterday" }, "unknown"],
    [{ withdrawalTimestamp: 5 }, "unknown"],
  ];
  for (const [change, reason] of table) assert.equal(judge(change), reason, JSON.stringify(change));
  for (const record of [undefined, "unreadable"] as const) {
    assert.deepEqual(eligibility(record, "sms", at, { gdprCutoff: true }), {
      eligible: false,
      reason: "unknown",
      unchecked: [],
    });
  }
});

test("the cutoff of 2018 can be switched off, the need of consent cannot", () => {
  assert.equal(judge({ consentTimestamp: "2017-01-01T00:00:00Z" }, { gdprCutoff: false }), "compliant");
  assert.equal(judge({ consentTimestamp: null }, { gdprCutoff: false }), "gdpr_consent_insufficient");
});

test("quiet hours are those of the recipient", () => {
  const tcpa = { regulatoryRegion: "TCPA" };
  const timezone = "America/Los_Angeles";
  const clock = (text: string): number => Date.parse(`2026-11-20T${text}-08:00`);
  for (const [text, reason] of [
    ["00:00:00", "quiet_hours"],
    ["07:59:59", "quiet_hours"],
    ["08:00:00", "compliant"],
    ["20:59:59", "compliant"],
    ["21:00:00", "quiet_hours"],
    ["23:59:59", "quiet_hours"],
  ] as const) {
    assert.equal(judge(tcpa, { timezone }, clock(text)), reason, text);
  }
  // In summer Los Angeles is an hour closer to UTC.
  assert.equal(judge(tcpa, { timezone }, Date.parse("2026-07-01T15:30:00Z")), "compliant");
  assert.equal(judge(tcpa, { timezone }, Date.parse("2026-12-01T15:30:00Z")), "quiet_hours");
  assert.equal(judge(tcpa, { timezone: "Asia/Kolkata" }, Date.parse("2026-12-01T02:30:00Z")), "compliant");
  assert.equal(judge({ regulatoryRegion: "GDPR" }, { timezone }, clock("03:00:00")), "compliant");
  assert.equal(
    eligibility({ ...agreed, ...tcpa, channel: "email" }, "email", clock("03:00:00"), { gdprCutoff: true, timezone })
      .reason,
    "compliant",
  );
});

test("without a time zone the answer says what it could not check", () => {
  const tcpa = { ...agreed, regulatoryRegion: "TCPA" };
  assert.deepEqual(eligibility(tcpa, "sms", at, { gdprCutoff: true }), {
    eligible: true,
    reason: "compliant",
    unchecked: ["quiet_hours"],
  });
  assert.deepEqual(eligibility(agreed, "sms", at, { gdprCutoff: true }).unchecked, []);
  assert.deepEqual(eligibility({ ...tcpa, channel: "voice" }, "voice", at, { gdprCutoff: true }).unchecked, [
    "quiet_hours",
  ]);
});

test("time zones are known by their IANA names", () => {
  for (const name of ["Europe/Berlin", "America/New_York", "UTC"]) assert.ok(isTimezone(name), name);
  for (const name of ["Berlin", "", "Mars/Olympus"]) assert.ok(!isTimezone(name), name);
});

test("only a record that opts in is ever eligible, whatever else it holds", () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.constantFrom("2026-01-01T00:00:00Z", "GDPR", "TCPA", "CCPA", "NONE", "sms"),
  );
  const record = fc.record({
    channel: value,
    optIn: value,
    consentTimestamp: value,
    withdrawalTimestamp: value,
    regulatoryRegion: value,
  });
  fc.assert(
    fc.property(record, fc.boolean(), (held, gdprCutoff) => {
      const { eligible, reason } = eligibility(held, "sms", at, { gdprCutoff });
      assert.equal(eligible, reason === "compliant");
      if (eligible) assert.ok(held.optIn === true && held.channel === "sms");
    }),
    { numRuns: 500, seed: 20261120 },
  );
});
