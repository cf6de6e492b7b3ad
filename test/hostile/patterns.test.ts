// Every regular expression of the source, and every parser and rule, takes 50 kB of near misses in well under a second; none is made from data.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { RuleScope, RuleSubject } from "../../src/contract/diagnostic.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import { parseDottedText } from "../../src/kinds/_shared/dotted-placeholders.ts";
import { nearestLanguage } from "../../src/kinds/_shared/languages.ts";
import { localeError, normaliseLocale } from "../../src/kinds/_shared/locales.ts";
import { comparableUrl } from "../../src/kinds/_shared/public-url.ts";
import { parseTime, whyNoTime } from "../../src/kinds/_shared/rfc3339.ts";
import { segment } from "../../src/kinds/_shared/segments.ts";
import { firstWebAddress } from "../../src/kinds/_shared/web-address.ts";
import { parseWhatsAppText } from "../../src/kinds/_shared/whatsapp-placeholders.ts";
import { countWords } from "../../src/kinds/_shared/words.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { checkRecord } from "../../src/kinds/preference-batch/record.ts";
import { recordRules } from "../../src/kinds/preference-batch/rules.ts";
import { readDocuments } from "../../src/manifest/document.ts";
import { Lines } from "../../src/manifest/lines.ts";
import { patternsOf } from "./patterns.ts";
import { pumpsOf, slowest } from "./pumps.ts";

const mostMs = 200;

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join("src", name));

/** Patterns that only ever see less, with why. */
const bounded: ReadonlyMap<string, string> = new Map([
  ['"(?:[^"\\\\]|\\\\.)*"(?:\\s*:)?', "rows.ts: JSON.parse has refused a line with an open quote before"],
]);

test("the reader of patterns finds them and nothing else", () => {
  const text = [
    "#!/usr/bin/env node",
    "const a = b / c / d; // /no/",
    'const e = "/no/" + `/no/ ${f / g} ${h({ i: /one/g })} /no/`;',
    "/* /no/ */ if (/two[/]\\/x/u.test(j)) return /three/;",
    "const k = l[m / 2] / n;",
  ].join("\n");
  assert.deepEqual(
    patternsOf(text).map(({ source, flags, line }) => `${line} ${source} ${flags}`),
    ["3 one g", "4 two[/]\\/x u", "4 three "],
  );
});

test("no pattern is compiled from data", () => {
  for (const file of sources) assert.doesNotMatch(readFileSync(file, "utf8"), /\bRegExp\(/, file);
});

test("every pattern of the source takes 50 kB of near misses in less than 200 ms", (t) => {
  const seen = new Set<string>();
  const slow: string[] = [];
  let worst = { ms: 0, shown: "" };
  for (const file of sources) {
    for (const { source, flags, line } of patternsOf(readFileSync(file, "utf8"))) {
      if (seen.has(source + flags) || bounded.has(source)) continue;
      seen.add(source + flags);
      // All matches, as replaceAll and matchAll look for them.
      const pattern = new RegExp(source, flags.includes("g") ? flags : `${flags}g`);
      const { ms, pump } = slowest((text) => void text.replace(pattern, ""), pumpsOf(source));
      const shown = `${file}:${line} /${source.slice(0, 60)}/ on ${JSON.stringify(pump)}: ${Math.round(ms)} ms`;
      if (ms > worst.ms) worst = { ms, shown };
      if (ms > mostMs) slow.push(shown);
    }
  }
  t.diagnostic(`${seen.size} patterns, the slowest ${worst.shown}`);
  assert.deepEqual(slow, []);
  assert.ok(seen.size > 150, String(seen.size));
});

test("a quadratic pattern would be found", () => {
  assert.ok(slowest((text) => void text.replace(/ +$/g, ""), [" "]).ms > mostMs);
  assert.ok(slowest((text) => void text.replace(/(?<! ) +$/g, ""), [" "]).ms < mostMs);
});

const now = Date.UTC(2026, 10, 20);
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  segment,
  parseWhatsAppText,
  parseDottedText,
  firstWebAddress,
  countWords,
  parseTime,
  whyNoTime,
  localeError,
  normaliseLocale,
  comparableUrl,
};

const nearMisses = ["a", " ", "1", ".", "{{1}} ", "{{a", "a@a.", "STOP ", "1-", "é", "\n", "http://a.", "😀"];

for (const [name, parse] of Object.entries(parsers)) {
  test(`${name} takes 50 kB of near misses in less than 200 ms`, () => {
    const { ms, pump } = slowest((text) => void parse(text), pumpsOf("a").slice(0, 57));
    assert.ok(ms < mostMs, `${JSON.stringify(pump)}: ${ms} ms`);
  });
}

test("50 kB of any sort are read as YAML in less than a second", () => {
  const { ms, pump } = slowest((text) => void readDocuments(new Lines("a.yaml", text)), nearMisses);
  assert.ok(ms < 1_000, `${JSON.stringify(pump)}: ${ms} ms`);
});

test("a language is compared with those that there are only when it is short enough to be one", () => {
  const { ms, pump } = slowest((text) => void nearestLanguage(text), ["x", "en_", "zz-"]);
  assert.ok(ms < mostMs, `${JSON.stringify(pump)}: ${ms} ms`);
});

/** A copy of a value with one string in it replaced. */
function replaced(value: Json, path: readonly (string | number)[], text: string): Json {
  const [first, ...rest] = path;
  if (first === undefined) return text;
  if (Array.isArray(value)) return value.map((item, at) => (at === first ? replaced(item, rest, text) : item));
  return { ...(value as JsonObject), [first]: replaced((value as JsonObject)[first] as Json, rest, text) };
}

function stringPaths(value: Json, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value === "string") return [path];
  if (Array.isArray(value)) return value.flatMap((item: Json, at) => stringPaths(item, [...path, at]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, Json]) => stringPaths(item, [...path, key]));
}

for (const kind of kinds) {
  test(`the rules of ${kind.name} take 50 kB in any of their fields in less than 200 ms`, () => {
    const rules = kind.name === "PreferenceBatch" ? [...kind.rules, ...recordRules] : kind.rules;
    const text = kind.rules[0]?.examples.right ?? "";
    const value = readDocuments(new Lines("a.yaml", text)).documents[0]?.value as JsonObject;
    const spec = value["spec"] as JsonObject;
    for (const path of stringPaths(spec)) {
      const { ms, pump } = slowest((long) => {
        const subject = {
          address: `${kind.name}/a`,
          kind: kind.name,
          name: "a",
          metadata: value["metadata"] as JsonObject,
          spec: replaced(spec, path, long) as JsonObject,
        };
        const scope: RuleScope = {
          ofKind: <Spec>(name: string) => (name === kind.name ? [subject as unknown as RuleSubject<Spec>] : []),
          refused: () => [],
          now,
          secret: () => undefined,
          extraLanguages: [],
        };
        for (const rule of rules) for (const _ of rule.check(subject as RuleSubject<never>, scope));
      }, nearMisses);
      assert.ok(ms < mostMs, `${path.join(".")}: ${JSON.stringify(pump)}: ${Math.round(ms)} ms`);
    }
  });
}

test("a record takes 50 kB in any of its fields in less than 200 ms", () => {
  const record: JsonObject = {
    contactId: "c081fa25-fb4a-4cc4-a8ae-88fa5e98e00e",
    channel: "email",
    optIn: true,
    consentTimestamp: "2026-09-14T08:21:07Z",
    source: "web",
  };
  for (const path of stringPaths(record)) {
    const { ms, pump } = slowest((long) => {
      checkRecord(replaced(record, path, long), { source: "web" }, now);
    }, nearMisses);
    assert.ok(ms < mostMs, `${path.join(".")}: ${JSON.stringify(pump)}: ${Math.round(ms)} ms`);
  }
});
