// Holds how durations are read and written, with their units, and times as ISO 8601 UTC.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { formatDuration, isoTime, parseDuration } from "../../src/base/duration.ts";

test("every unit of INTERFACE §2 is read as milliseconds", () => {
  const known = { "0s": 0, "500ms": 500, "2s": 2_000, "10m": 600_000, "6h": 21_600_000, "7d": 604_800_000 };
  for (const [text, expectedMs] of Object.entries(known)) assert.equal(parseDuration(text), expectedMs, text);
  assert.equal(parseDuration("1.5h"), 5_400_000);
  assert.equal(parseDuration(" 2s "), 2_000);
});

test("what is no duration is undefined, never a guess", () => {
  for (const text of ["", "7", "d", "7 d", "-1s", "1w", "7D", "1e3s", "1.2.3s", "7d3h", "NaNs", "0x10s", "1,5s"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test("a duration is written in its shortest exact form", () => {
  const known = { 0: "0s", 1: "1ms", 1500: "1500ms", 2000: "2s", 5400000: "90m", 604800000: "7d" };
  for (const [ms, text] of Object.entries(known)) assert.equal(formatDuration(Number(ms)), text);
});

test("a written duration reads back as the same number of milliseconds", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
      const text = formatDuration(ms);
      // Nine digits are the most that a file may hold; what is longer has no use.
      fc.pre(/^\d{1,9}[a-z]+$/.test(text));
      assert.equal(parseDuration(text), ms);
    }),
  );
});

test("times are ISO 8601 UTC with milliseconds", () => {
  assert.equal(isoTime(Date.UTC(2026, 10, 20, 12, 0, 0, 7)), "2026-11-20T12:00:00.007Z");
});
