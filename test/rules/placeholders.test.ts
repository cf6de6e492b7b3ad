// The parsers of placeholders and the measures of texts, at their edges.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseDottedText } from "../../src/kinds/_shared/dotted-placeholders.ts";
import { firstEmoji } from "../../src/kinds/_shared/emoji.ts";
import {
  countCodePoints,
  lineAndColumn,
  offsetAfterBytes,
  offsetAfterCodePoints,
} from "../../src/kinds/_shared/measure.ts";
import { firstWebAddress } from "../../src/kinds/_shared/web-address.ts";
import { parseWhatsAppText, withoutPlaceholders } from "../../src/kinds/_shared/whatsapp-placeholders.ts";
import { countWords } from "../../src/kinds/_shared/words.ts";

test("WhatsApp placeholders are found with their kind, name and UTF-16 place", () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string, number, number])[]])[] = [
    ["", []],
    ["no {braces} here", []],
    ["{{1}}", [["positional", "1", 0, 5]]],
    [
      "a{{1}}{{2}}b",
      [
        ["positional", "1", 1, 5],
        ["positional", "2", 6, 5],
      ],
    ],
    ["😀 {{12}}", [["positional", "12", 3, 6]]],
    ["é\n{{first_name}}", [["named", "first_name", 2, 14]]],
    ["{{_a1}}", [["named", "_a1", 0, 7]]],
  ];
  for (const [text, expected] of cases) {
    const { placeholders, errors } = parseWhatsAppText(text);
    assert.deepEqual(errors, [], text);
    assert.deepEqual(
      placeholders.map(({ kind, name, start, length }) => [kind, name, start, length]),
      expected,
      text,
    );
  }
});

test("every wrong brace is an error with its reason, place and correction", () => {
  const cases: readonly (readonly [string, string, number, number, string | undefined])[] = [
    ["a {{ 1 }}", "space", 2, 7, "{{1}}"],
    ["{{First Name}}", "name", 0, 14, "{{first_name}}"],
    ["{{firstName}}", "name", 0, 13, "{{first_name}}"],
    ["{{order-id}}", "name", 0, 12, "{{order_id}}"],
    ["{{customer.name}}", "name", 0, 17, "{{customer_name}}"],
    ["{{007}}", "name", 0, 7, "{{7}}"],
    ["{{0}}", "name", 0, 5, "{{1}}"],
    ["{{1st}}", "name", 0, 7, undefined],
    ["{{имя}}", "name", 0, 7, undefined],
    ["{{}}", "empty", 0, 4, undefined],
    ["{{ }}", "empty", 0, 5, undefined],
    ["{{{1}}}", "braces", 0, 7, "{{1}}"],
    ["😀{{1}}}", "braces", 2, 6, "{{1}}"],
    ["a {{1} b", "unclosed", 2, 2, undefined],
    ["a 1}} b", "unopened", 3, 2, undefined],
    ["{{1} and {{2}}", "unclosed", 0, 2, undefined],
    ["{{1}} and 2}}", "unopened", 11, 2, undefined],
    ["{{1\n}}", "space", 0, 6, "{{1}}"],
  ];
  for (const [text, reason, start, length, suggestion] of cases) {
    const { errors } = parseWhatsAppText(text);
    assert.deepEqual(
      errors.map((error) => [error.reason, error.start, error.length, error.suggestion]),
      [[reason, start, length, suggestion]],
      text,
    );
    assert.equal(errors[0]?.text, text.slice(start, start + length));
  }
});

test("dotted placeholders have another grammar and the same places", () => {
  const { placeholders, errors } = parseDottedText("😀 {{a.b_1._c}}{{Customer.First-Name}} {{1.a}}");
  assert.deepEqual(placeholders, [{ name: "a.b_1._c", start: 3, length: 12 }]);
  assert.deepEqual(
    errors.map(({ reason, start, suggestion }) => [reason, start, suggestion]),
    [
      ["name", 15, "{{customer.first_name}}"],
      ["name", 39, undefined],
    ],
  );
});

test("of any text every double brace belongs to a placeholder or to an error, and to one only", () => {
  const piece = fc.constantFrom("{", "}", "{{", "}}", "1", "name", " ", "😀", "\n", "a.b");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("");
      for (const { placeholders, errors } of [parseWhatsAppText(text), parseDottedText(text)]) {
        const covered = new Array<number>(text.length).fill(0);
        for (const { start, length } of [...placeholders, ...errors]) {
          for (let at = start; at < start + length; at++) covered[at] = (covered[at] as number) + 1;
        }
        assert.ok(covered.every((count) => count <= 1));
        for (const match of text.matchAll(/\{\{|\}\}/g)) assert.equal(covered[match.index], 1);
      }
    }),
  );
});

test("a text without its placeholders keeps its length", () => {
  assert.equal(withoutPlaceholders("a {{1}}b{{ x }}"), "a      b       ");
  assert.equal(withoutPlaceholders("a {{1"), "a {{1");
});

test("characters are code points, and limits fall between them", () => {
  assert.equal(countCodePoints("a😀é"), 3);
  assert.equal(countCodePoints("\ud800"), 1);
  assert.equal(offsetAfterCodePoints("😀😀a", 2), 4);
  assert.equal(offsetAfterCodePoints("ab", 5), 2);
  assert.equal(offsetAfterBytes("aЖ😀", 3), 2);
  assert.equal(offsetAfterBytes("aЖ😀", 7), 4);
  assert.deepEqual(lineAndColumn("a\nbc\n", 3), { line: 2, column: 2 });
  assert.deepEqual(lineAndColumn("a\nbc", 1), { line: 1, column: 2 });
});

test("emoji are told from text that merely looks pictorial", () => {
  for (const text of ["© 2026 Acme™", "3 → 5", "№ 1 #2 *", "℃ ½ ✓̸".slice(0, 3), "〰 〽", "ℹ"])
    assert.equal(firstEmoji(text), undefined, text);
  const cases: readonly (readonly [string, string, number])[] = [
    ["ab 😀!", "😀", 3],
    ["I ❤ it", "❤", 2],
    ["ℹ️", "ℹ️", 0],
    ["1️⃣", "1️⃣", 0],
    ["x👩‍👩‍👧 y", "👩‍👩‍👧", 1],
    ["👍🏽", "👍🏽", 0],
    ["🇵🇹 now", "🇵🇹", 0],
  ];
  for (const [text, emoji, offset] of cases) assert.deepEqual(firstEmoji(text), { text: emoji, offset }, text);
});

test("words are counted in scripts with and without spaces", () => {
  assert.equal(countWords("Your order – no. 5 – is on its way!"), 8);
  assert.equal(countWords("   ...   "), 0);
  assert.ok(countWords("您的订单已经发出") >= 3);
  assert.ok(countWords("ご注文の商品を発送しました") >= 3);
  assert.ok(countWords("คำสั่งซื้อของคุณถูกจัดส่งแล้ว") >= 3);
});

test("web addresses are found with and without a scheme", () => {
  for (const text of [
    "see https://acme.test/a",
    "www.acme.test",
    "go to acme.com/x now",
    "(acme.io)",
    "app://open",
    "acme.com.",
  ]) {
    assert.notEqual(firstWebAddress(text), undefined, text);
  }
  for (const text of ["Done.Thanks", "mail me@acme.com", "3.50 EUR", "e.g. this", "...", "://"]) {
    assert.equal(firstWebAddress(text), undefined, text);
  }
  assert.deepEqual(firstWebAddress("at (https://acme.test/a?b=1)."), { text: "https://acme.test/a?b=1", offset: 4 });
});
