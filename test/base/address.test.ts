// Holds the globs that select addresses to a plain recursive definition of them, and to linear time on hostile ones.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { kindOfAddress, matchesGlob, selects } from "../../src/base/address.ts";
import { growth } from "../_world/growth.ts";

/** The meaning of a glob, said as simply as possible and without regard to time. */
function means(glob: string, text: string): boolean {
  if (glob === "") return text === "";
  if (glob.startsWith("**")) return means(glob.slice(2), text) || (text !== "" && means(glob, text.slice(1)));
  if (glob.startsWith("*"))
    return means(glob.slice(1), text) || (text !== "" && !text.startsWith("/") && means(glob, text.slice(1)));
  if (text === "" || (glob[0] === "?" ? text.startsWith("/") : glob[0] !== text[0])) return false;
  return means(glob.slice(1), text.slice(1));
}

test("a glob matches exactly what its definition says", () => {
  const globs = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "**", "?"), maxLength: 8 });
  const texts = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 9 });
  fc.assert(
    fc.property(globs, texts, (glob, text) => {
      assert.equal(matchesGlob(glob, text), means(glob, text), `${glob} on ${text}`);
    }),
    { numRuns: 5_000 },
  );
});

test("a pattern selects a whole address, or all that lies below a prefix up to a slash", () => {
  const address = "WhatsAppTemplate/parcel/pt_BR";
  for (const pattern of [
    address,
    "WhatsAppTemplate",
    "WhatsAppTemplate/parcel",
    "WhatsAppTemplate/par*",
    "WhatsAppTemplate/*/pt_BR",
    "*/parcel",
    "**",
    "WhatsAppTemplate/parce?/pt_B?",
  ]) {
    assert.ok(selects(pattern, address), pattern);
  }
  for (const pattern of [
    "",
    "WhatsApp",
    "WhatsAppTemplate/parc",
    "WhatsAppTemplate/parcel/",
    "WhatsAppTemplate/parcel/pt",
    "*/pt_BR",
    "whatsapptemplate/parcel",
    "WhatsAppTemplate/parcel/pt_BR/x",
    "WhatsAppTemplate?parcel",
  ]) {
    assert.ok(!selects(pattern, address), pattern);
  }
});

test("no character of a pattern has a meaning beside star and question mark", () => {
  assert.ok(matchesGlob("a.c+(d)[e]", "a.c+(d)[e]"));
  assert.ok(!matchesGlob("a.c", "abc"));
  assert.ok(!matchesGlob("[ab]", "a"));
  assert.ok(!matchesGlob("(a|b)", "a"));
});

test("eight times the text is not much more than eight times the work, for hostile globs as well", () => {
  const hostile: readonly (readonly [glob: string, unit: string])[] = [
    [`${"*a".repeat(50)}*b`, "a"],
    [`${"**a".repeat(50)}**b`, "a"],
    [`${"**a*".repeat(50)}b`, "aaaa/"],
    [`${"*/".repeat(50)}**b`, "aaaa/"],
    [`${"?*".repeat(50)}b`, "a"],
    ["**".repeat(500), "aaaa/"],
  ];
  for (const [glob, unit] of hostile) {
    assert.equal(matchesGlob(glob, unit.repeat(4_000)), /^\*+$/.test(glob), glob.slice(0, 12));
    const times = growth((size) => matchesGlob(glob, unit.repeat(size)), 2_000, 16_000);
    assert.ok(times < 32, `${glob.slice(0, 12)}…: ${times.toFixed(1)} times the work for eight times the text`);
  }
});

test("the kind of an address is what stands before its first slash", () => {
  assert.equal(kindOfAddress("DigitalTemplate/booking/en-US"), "DigitalTemplate");
  assert.equal(kindOfAddress("SmsTemplate"), "SmsTemplate");
});
