// The rules of DigitalTemplate against their own examples and the repository's templates.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { Finding, Rule, RuleSubject } from "../../src/contract/diagnostic.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import { likelyLocale, localeError, normaliseLocale } from "../../src/kinds/_shared/locales.ts";
import { counts } from "../../src/kinds/digital-template/counts.ts";
import { composed, variablesInOrder } from "../../src/kinds/digital-template/message.ts";
import { rules } from "../../src/kinds/digital-template/rules.ts";
import type { DigitalSpec } from "../../src/kinds/digital-template/spec.ts";
import { checkExamples, schemaPointers, scopeOf, type Tested, toldOf } from "./told.ts";

const tested: Tested = {
  kind: "DigitalTemplate",
  slug: "digital-template",
  rules: rules as readonly Rule<never>[],
  address: (name, spec) => `DigitalTemplate/${name}/${normaliseLocale(spec["locale"] as string)}`,
};

for (const rule of tested.rules) {
  test(`${rule.code} holds in its examples: ${rule.title}`, () => checkExamples(tested, rule));
}

function found(spec: Partial<DigitalSpec>): readonly (Finding & { readonly code: string })[] {
  const whole: DigitalSpec = {
    locale: "en-US",
    channels: ["messenger"],
    contentBlocks: [{ id: "a", type: "text", content: "Your fitting is booked." }],
    variables: [],
    ...spec,
  };
  const subject: RuleSubject<DigitalSpec> = {
    address: "DigitalTemplate/fitting/en-US",
    kind: tested.kind,
    name: "fitting",
    metadata: {},
    spec: whole,
  };
  const scope = scopeOf([subject as unknown as RuleSubject]);
  return rules.flatMap((rule) =>
    [...rule.check(subject, scope)].map((finding) => ({ severity: rule.severity, ...finding, code: rule.code })),
  );
}

const told = (spec: Partial<DigitalSpec>): readonly string[] =>
  found(spec).map(({ code, severity }) => `${code}${severity === "warning" ? "w" : ""}`);

const blocks = (...contents: readonly string[]): Pick<DigitalSpec, "contentBlocks"> => ({
  contentBlocks: contents.map((content, at) => ({ id: `block_${at + 1}`, type: "text", content })),
});

test("codes are numbered without gaps and stand in order", () => {
  assert.deepEqual(
    rules.map(({ code }) => code),
    rules.map((_, at) => `CX3${101 + at}`),
  );
});

test("no example is refused by the schema first", () => {
  for (const { code, examples } of rules) {
    assert.deepEqual([...schemaPointers(tested, examples.wrong), ...schemaPointers(tested, examples.right)], [], code);
  }
});

test("the repository's own templates raise nothing", () => {
  const folder = "templates/digital";
  for (const file of readdirSync(folder)) {
    assert.deepEqual(toldOf(tested, readFileSync(join(folder, file), "utf8")), [], file);
  }
});

test("placeholders and variables are judged by form, declaration and use", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["Hi {{customer.first_name}}", ["customer.first_name"], []],
    ["{{a}}{{b.c.d}}{{_x9}}", ["a", "b.c.d", "_x9"], []],
    ["Hi {{order-id}}", [], ["CX3101"]],
    ["Hi {{ customer.name }}", ["customer.name"], ["CX3101"]],
    ["Hi {{Customer.name}}", [], ["CX3101"]],
    ["Hi {{customer..name}}", [], ["CX3101"]],
    ["Hi {{customer.}}", [], ["CX3101"]],
    ["Hi {{1}}", [], ["CX3101"]],
    ["Hi {{{name}}}", ["name"], ["CX3101"]],
    ["Hi {{name", ["name"], ["CX3101"]],
    ["Hi name}}", ["name"], ["CX3101"]],
    ["Hi {{name}}", [], ["CX3102"]],
    ["Hi {{name}} and {{name}}", [], ["CX3102", "CX3102"]],
    ["Hi {{constructor}}", [], ["CX3102"]],
    ["Hi", ["name"], ["CX3103w"]],
    ["Hi", ["First Name"], ["CX3103w"]],
    ["Hi {{name}}", ["name", "name"], ["CX3104"]],
    ["Hi", ["name", "name"], ["CX3103w", "CX3104"]],
    ["{a} single braces}", [], []],
  ];
  for (const [content, variables, expected] of cases) {
    assert.deepEqual(told({ ...blocks(content), variables }), expected, content);
  }
});

test("a wrong placeholder is pointed at by its brace, with block, line and column", () => {
  const [first, second, ...rest] = found({
    ...blocks("Hello {{order-id}},", "Dear 😀\n  {{ customer.name }}"),
    variables: ["customer.name"],
  });
  assert.deepEqual(rest, []);
  assert.deepEqual([first?.pointer, first?.offset, first?.length], ["/spec/contentBlocks/0/content", 6, 12]);
  assert.match(first?.message ?? "", /^block "block_1", line 1, column 7: \{\{order-id\}\} is not a placeholder/);
  assert.equal(first?.hint, "Write {{order_id}}.");
  assert.deepEqual([second?.pointer, second?.offset, second?.length], ["/spec/contentBlocks/1/content", 10, 19]);
  assert.match(second?.message ?? "", /^block "block_2", line 2, column 3: .* has spaces inside the braces$/);
  assert.equal(second?.hint, "Write {{customer.name}}.");
});

test("600 Cyrillic letters are too many bytes for whatsapp and nothing else", () => {
  const letters = "Ж".repeat(600);
  assert.deepEqual(told({ ...blocks(letters), channels: ["whatsapp"] }), ["CX3109"]);
  assert.deepEqual(told({ ...blocks(letters), channels: ["messenger"] }), []);
  assert.match(found({ ...blocks(letters), channels: ["whatsapp"] })[0]?.message ?? "", /1200 bytes in 600 characters/);
  assert.deepEqual(told({ ...blocks("Ж".repeat(512)), channels: ["whatsapp"] }), []);
  assert.deepEqual(told({ ...blocks("Ж".repeat(512), "Ж".repeat(512)), channels: ["whatsapp"] }), []);
  assert.equal(found({ ...blocks(`${"a".repeat(1022)}😀`), channels: ["whatsapp"] })[0]?.offset, 1022);
});

test("the message for sms is all blocks together", () => {
  assert.deepEqual(told({ ...blocks("a".repeat(160)), channels: ["sms"] }), []);
  assert.deepEqual(told({ ...blocks("a".repeat(161)), channels: ["sms"] }), ["CX3110w"]);
  assert.deepEqual(told({ ...blocks("a".repeat(80), "a".repeat(79)), channels: ["sms"] }), []);
  assert.deepEqual(told({ ...blocks("a".repeat(80), "a".repeat(80)), channels: ["sms"] }), ["CX3110w"]);
  assert.deepEqual(told({ ...blocks("a".repeat(400)), channels: ["messenger"] }), []);
  const [finding] = found({ ...blocks("a".repeat(60), "Reply “stop” to opt out"), channels: ["sms"] });
  assert.equal(
    finding?.message,
    'the message for sms needs 2 segments (UCS-2, 84 units, one holds 70), because "“" is not in the GSM alphabet',
  );
  assert.deepEqual([finding?.pointer, finding?.offset], ["/spec/contentBlocks/1/content", 6]);
});

test("blocks and channels are there, and each once", () => {
  const block = { id: "a", type: "text", content: "Hi" };
  assert.deepEqual(told({ contentBlocks: [] }), ["CX3106"]);
  assert.deepEqual(told({ contentBlocks: [{ ...block, content: " \n" }] }), ["CX3106"]);
  assert.deepEqual(told({ contentBlocks: [{ ...block, id: "" }] }), ["CX3105"]);
  assert.deepEqual(told({ contentBlocks: [block, block, block] }), ["CX3105", "CX3105"]);
  assert.deepEqual(told({ channels: [] }), ["CX3107"]);
  assert.deepEqual(told({ channels: ["sms", "sms"] }), ["CX3107"]);
  assert.deepEqual(told({ channels: ["carrier-pigeon"] }), ["CX3108w"]);
  assert.equal(found({ channels: ["whatsap"] })[0]?.hint, "Did you mean whatsapp?");
});

test("locales are tags with a region that Intl knows", () => {
  for (const locale of [
    "en-US",
    "en-us",
    "zh-Hant-TW",
    "es-419",
    "fil-PH",
    "sr-Latn-RS",
    "de-DE-1996",
    "ar-EG-u-nu-arab",
  ]) {
    assert.equal(localeError(locale), undefined, locale);
  }
  const wrong = {
    "": "form",
    en_US: "form",
    "e-US": "form",
    "en-": "form",
    en: "noRegion",
    "zh-Hant": "noRegion",
    "xx-US": "unknownLanguage",
    "xx-YY": "unknownLanguage",
    "und-US": "unknownLanguage",
    "en-YY": "unknownRegion",
    "en-ZZ": "unknownRegion",
  };
  for (const [locale, error] of Object.entries(wrong)) assert.equal(localeError(locale), error, locale);
});

test("locales are brought to their usual case and completed", () => {
  const usual = {
    "en-us": "en-US",
    "ZH-hant-tw": "zh-Hant-TW",
    "de-de-1996": "de-DE-1996",
    "AR-eg-U-NU-ARAB": "ar-EG-u-nu-arab",
    "es-419": "es-419",
    "no tag": "no tag",
    en_US: "en_US",
  };
  for (const [locale, expected] of Object.entries(usual)) assert.equal(normaliseLocale(locale), expected);
  const likely = { en_us: "en-US", en: "en-US", "zh-Hant": "zh-Hant-TW", "de-YY": "de-DE", "xx-YY": undefined };
  for (const [locale, expected] of Object.entries(likely)) assert.equal(likelyLocale(locale), expected, locale);
});

test("a templateId is told once, where it was chosen", () => {
  const document = (name: string, locale: string, more = ""): string => {
    const content = "contentBlocks: [{ id: a, type: text, content: Hi }]";
    const spec = `{ locale: ${locale}, channels: [messenger], ${content}, variables: []${more} }`;
    return `{ apiVersion: cxform/v1, kind: DigitalTemplate, metadata: { name: ${name} }, spec: ${spec} }\n`;
  };
  const lines = (...documents: readonly string[]): readonly number[] =>
    toldOf(tested, documents.join("---\n")).map(({ line }) => line);
  assert.deepEqual(lines(document("b", "en-US"), document("a", "en-US", ", templateId: b.en-US")), [3]);
  assert.deepEqual(lines(document("a", "en-us", ", templateId: b.en-US"), document("b", "en-us")), [1]);
  assert.deepEqual(lines(document("a", "en-US", ", templateId: x"), document("b", "en-US", ", templateId: x")), [3]);
  assert.deepEqual(lines(document("a", "en-US"), document("a", "de-DE")), []);
});

test("counts are by block, and in segments for sms", () => {
  const spec: JsonObject = {
    channels: ["whatsapp", "sms"],
    contentBlocks: [
      { id: "one", type: "text", content: "Привет" },
      { id: "two", type: "text", content: "Hi" },
    ],
  };
  assert.deepEqual(counts({ spec }), {
    contentBlocks: { one: { characters: 6, bytes: 12 }, two: { characters: 2, bytes: 2 } },
    sms: { encoding: "UCS-2", units: 9, segments: 1 },
  });
  assert.deepEqual(counts({ spec: { channels: ["sms"], contentBlocks: [{ id: "a", content: "€" }] } }), {
    contentBlocks: { a: { characters: 1, bytes: 3 } },
    sms: { encoding: "GSM-7", septets: 2, segments: 1 },
  });
  assert.equal("sms" in counts({ spec: { ...spec, channels: ["whatsapp"] } }), false);
});

test("variables are numbered by first use over all blocks", () => {
  const { contentBlocks } = blocks("{{b}} then {{a.c}}", "{{b}} and {{d}}");
  assert.deepEqual(variablesInOrder(contentBlocks), ["b", "a.c", "d"]);
  assert.equal(composed(contentBlocks), "{{b}} then {{a.c}}\n{{b}} and {{d}}");
});
