// The rules of SmsTemplate: their own examples, and the lines of RULES that one example cannot show.
import assert from "node:assert/strict";
import test from "node:test";
import { counts } from "../../src/kinds/sms-template/counts.ts";
import { isOneTimeCode } from "../../src/kinds/sms-template/one-time-code.ts";
import { hasOptOut } from "../../src/kinds/sms-template/opt-out.ts";
import { rules } from "../../src/kinds/sms-template/rules.ts";
import { senderOf } from "../../src/kinds/sms-template/sender.ts";
import type { SmsSpec } from "../../src/kinds/sms-template/spec.ts";
import { growth } from "../_world/growth.ts";
import { checkExamples, codesOf, findingsOf } from "./declared-text.ts";

for (const rule of rules) test(`${rule.code} holds by its own examples`, () => checkExamples(rule));

function sms(spec: Partial<SmsSpec>, labels?: Record<string, string>): string {
  const whole = { fromAddress: "58463", ...spec };
  return JSON.stringify({
    apiVersion: "cxform/v1",
    kind: "SmsTemplate",
    metadata: { name: "theme", ...(labels ? { labels } : {}) },
    spec: whole,
  });
}

const phrases: readonly (readonly [boolean, string])[] = [
  [true, "Reply STOP to opt out."],
  [true, "Reply STOP"],
  [true, "reply stop to end"],
  [true, "REPLY STOP TO OPT OUT"],
  [true, "Text STOP to unsubscribe"],
  [true, "Txt STOP to quit."],
  [true, "STOP to opt out"],
  [true, "Msg & data rates may apply. STOP to end, HELP for help."],
  [true, "Reply HELP for help or STOP to cancel."],
  [true, "Reply YES to confirm or STOP to opt out"],
  [true, "Text HELP for help, STOP to end"],
  [true, "Send STOP to 58463 to stop these messages"],
  [true, "Text STOP to end"],
  [true, "To opt out, reply with the word STOP."],
  [true, "You can opt out any time by replying STOP."],
  [true, 'Reply "STOP" to opt out'],
  [true, "Reply “STOP” at any time"],
  [true, "Reply END to opt-out"],
  [true, "Text CANCEL to stop"],
  [true, "Reply QUIT"],
  [true, "Reply UNSUBSCRIBE to leave"],
  [true, "Reply OPT OUT to leave"],
  [true, "text opt-out any time"],
  [true, "Reply REVOKE to withdraw your consent"],
  [true, "Opt out: STOP"],
  [true, "STOP=end"],
  [true, "STOP 2 end"],
  [true, "Reply Y, N or STOP"],
  [true, "Not interested? Reply STOP"],
  [true, "If you do not want these texts, reply STOP"],
  [true, "Responda STOP para cancelar"],
  [true, "STOP au 36105"],
  [true, "Antworte mit STOP zum Abmelden"],
  [false, "do not reply stop"],
  [false, "Please do not reply STOP to this number"],
  [false, "Don’t text STOP"],
  [false, "You do not need to reply STOP"],
  [false, "There is no need to text STOP"],
  [false, "Replying STOP does not end these messages"],
  [false, "Reply STOP2END"],
  [false, "Reply nonstop for more"],
  [false, "Reply non-stop"],
  [false, "Your stopwatch has arrived. Reply with a photo."],
  [false, "Text unstoppable to win"],
  [false, "Stop by our store to see the new boots"],
  [false, "Get off at the next stop to cancel your ticket"],
  [false, "Reply by the end of the day"],
  [false, "Reply to cancel your appointment"],
  [false, "We stop at nothing"],
  [false, "Please reply. Stop the clock."],
  [false, "Reply at https://stop.example/end"],
  [false, "Unsubscribe at juniperandpine.example/sms"],
  [false, "Reply {{word}}"],
  [false, "Reply YES"],
  [false, ""],
];

test("an opt-out instruction is told from its words", () => {
  for (const [isInstruction, text] of phrases) {
    assert.equal(hasOptOut(text), isInstruction, text);
    assert.equal(hasOptOut(`Juniper & Pine: your order is ready. ${text}`), isInstruction, `after a sentence: ${text}`);
  }
});

test("every keyword works in an instruction and not inside of another word", () => {
  for (const word of ["stop", "end", "cancel", "unsubscribe", "quit", "revoke", "opt out", "opt-out", "optout"]) {
    for (const form of [word, word.toUpperCase(), `${word[0]?.toUpperCase()}${word.slice(1)}`]) {
      assert.ok(hasOptOut(`Reply ${form} to leave.`), form);
      assert.ok(!hasOptOut(`Reply x${form.replace(/[ -]/g, "")} to leave.`), `x${form}`);
    }
  }
});

test("eight times the text is not much more than eight times the work", () => {
  for (const unit of ["reply ", "a.", "{{ ", "not to ", "1 "]) {
    const judge = (size: number): unknown => codesOf(sms({ content: unit.repeat(size), maxSegments: 400 }));
    const times = growth(judge, 1_500, 12_000);
    // Quadratic work would be 64 times as much.
    assert.ok(times < 32, `${JSON.stringify(unit)}: ${times.toFixed(1)} times`);
  }
});

test("senders are told apart by their form", () => {
  const senders: readonly (readonly [string, string | undefined])[] = [
    ["58463", "short code"],
    ["584630", "short code"],
    ["5846", undefined],
    ["5846301", undefined],
    ["+15035550142", "10DLC number"],
    ["+18885550142", "toll-free number"],
    ["+1503555014", undefined],
    ["+150355501422", undefined],
    ["15035550142", undefined],
    ["+445035550142", undefined],
    ["+1 503 555 0142", undefined],
    ["Juniper", "name"],
    ["Juniper 24", "name"],
    ["JuniperPine", "name"],
    ["JuniperPines", undefined],
    ["Juniper&Pin", undefined],
    ["Jüniper", undefined],
    ["   ", undefined],
    ["", undefined],
  ];
  for (const [address, sort] of senders) assert.equal(senderOf(address), sort, address);
});

test("an unquoted sender is told to be quoted", () => {
  const [found] = findingsOf(
    'apiVersion: cxform/v1\nkind: SmsTemplate\nmetadata:\n  name: otp\nspec:\n  content: "Juniper: hello. Reply STOP to end."\n  fromAddress: +15035550142\n',
  );
  assert.deepEqual([found?.code, found?.line, found?.column], ["CX3204", 7, 16]);
  assert.match(found?.message ?? "", /the number 15035550142/);
  assert.match(found?.hint ?? "", /quotes.*drops the plus/);
});

const opening = "Juniper: ";
const ending = " Reply STOP to opt out.";
const filled = (length: number): string => `${opening}${"a".repeat(length - opening.length - ending.length)}${ending}`;

test("the message of too many segments says what it counted", () => {
  assert.deepEqual(codesOf(sms({ content: filled(160) })), []);
  const [plain] = findingsOf(sms({ content: filled(161) }));
  assert.equal(plain?.message, "content needs 2 segments; maxSegments is 1");
  assert.equal(
    plain?.hint,
    "It is GSM-7, 161 septets. Shorten the text by 1 septet, or set maxSegments: 2 (each segment is billed).",
  );
  const curly = filled(100).replace("aaa", "a’a");
  const [unicode] = findingsOf(sms({ content: curly }));
  assert.equal(
    unicode?.message,
    `content needs 2 segments; maxSegments is 1 (UCS-2, 100 units; "’" (U+2019) at character ${curly.indexOf("’") + 1} is not in the GSM alphabet, "'" is)`,
  );
  const [emoji] = findingsOf(sms({ content: `😀 ${filled(80)}` }));
  assert.match(emoji?.message ?? "", /"😀" \(U\+1F600\) at character 1 is not in the GSM alphabet\)$/);
  const [invisible] = findingsOf(sms({ content: filled(80).replace("aa", "a\u200b") }));
  assert.match(invisible?.message ?? "", /; U\+200B at character 11 is not in the GSM alphabet, it can be left out\)$/);
  assert.deepEqual(codesOf(sms({ content: filled(306), maxSegments: 2 })), []);
  assert.deepEqual(codesOf(sms({ content: filled(307), maxSegments: 2 })), ["CX3201"]);
});

test("placeholders count with their longest values", () => {
  const content = `${filled(154)} {{a}}`;
  assert.deepEqual(codesOf(sms({ content, variables: { a: { maxLength: 5, example: "12" } } })), []);
  const [found] = findingsOf(sms({ content, variables: { a: { maxLength: 6, example: "12" } } }));
  assert.equal(found?.message, "content needs 2 segments; maxSegments is 1");
  assert.match(found?.hint ?? "", /^It is GSM-7, 161 septets with the longest values\. /);
  // The braces of a placeholder are not sent; those of the text are two septets each.
  assert.deepEqual(codesOf(sms({ content: `${filled(157)} {`, variables: {} })), []);
  assert.deepEqual(codesOf(sms({ content: `${filled(158)} {`, variables: {} })), ["CX3201"]);
  const [example] = findingsOf(sms({ content, variables: { a: { maxLength: 5, example: "Łódź" } } }));
  assert.match(example?.message ?? "", /UCS-2.*"Ł" \(U\+0141\) in the example of \{\{a\}\} is not/);
  assert.deepEqual(codesOf(sms({ content, variables: { a: { example: "123456" } } })), ["CX3201", "CX3203"]);
});

test("every placeholder without maxLength is told once, at its place", () => {
  const found = findingsOf(
    sms({ content: "Juniper: {{a}} {{b}} {{a}} {{c}}. Reply STOP.", variables: { b: { maxLength: 2 }, c: {} } }),
  );
  assert.deepEqual(
    found.map(({ code, severity, message }) => [code, severity, message.split(",")[0]]),
    [
      ["CX3203", "warning", "{{a}} is not among the variables"],
      ["CX3203", "warning", "{{c}} has no maxLength"],
    ],
  );
  assert.deepEqual(codesOf(sms({ content: "Juniper: {{toString}}. Reply STOP." })), ["CX3203"]);
});

test("a sender by name needs a link or a number, because nobody can reply to it", () => {
  const from = (content: string): readonly string[] =>
    findingsOf(sms({ content, fromAddress: "JuniperPine" })).map(({ code, severity }) => `${code} ${severity}`);
  assert.deepEqual(from("Deine Bestellung liegt bereit. Abmelden: https://juniperandpine.example/sms"), []);
  assert.deepEqual(from("Your order is ready. Opt out: juniperandpine.com/sms"), []);
  assert.deepEqual(from("Your order is ready. Opt out: {{optout_url}}"), ["CX3203 warning"]);
  assert.deepEqual(from("Votre commande est là. STOP au 36105"), []);
  assert.deepEqual(from("Your order is ready. To unsubscribe call +44 20 7946 0958"), []);
  assert.deepEqual(from("Your order is ready. Reply STOP to opt out."), ["CX3205 error"]);
  assert.deepEqual(from("Your order is ready: https://juniperandpine.example/o"), ["CX3205 warning"]);
});

test("for a one-time code a missing opt-out is a warning", () => {
  const severities = (content: string, more = ""): readonly string[] =>
    findingsOf(sms({ content, variables: { code: { maxLength: 6 } } }) + more)
      .filter(({ code }) => code === "CX3205")
      .map(({ severity }) => severity);
  assert.deepEqual(severities("Juniper: your sign-in code is {{code}}."), ["warning"]);
  assert.deepEqual(severities("Juniper: 20% off with code {{code}}."), ["error"]);
  const registration = {
    template: "theme",
    campaignName: "Codes",
    messageClass: "2FA",
    optInLanguage: "Customers tick an unticked box on their account page to get codes.",
  };
  const document = JSON.stringify({
    apiVersion: "cxform/v1",
    kind: "A2pRegistration",
    metadata: { name: "theme" },
    spec: registration,
  });
  assert.deepEqual(severities("Juniper: use {{code}}.", `\n---\n${document}`), ["warning"]);
  for (const text of [
    "{{c}} is your Juniper code",
    "OTP: {{c}}",
    "Your verification code: {{c}}",
    "Use PIN {{c}}",
    "Your code is {{c}}",
  ]) {
    assert.ok(isOneTimeCode(text), text);
  }
  for (const text of [
    "Your coupon code is {{c}}",
    "Show code {{c}} for 10% off",
    "Your parcel's code is {{c}}",
    "Dress code: smart",
  ]) {
    assert.ok(!isOneTimeCode(text), text);
  }
});

test("public shorteners are found by their host and not inside of another", () => {
  const found = (link: string): readonly string[] =>
    codesOf(sms({ content: `Juniper: see ${link} Reply STOP to end.` }));
  for (const link of ["bit.ly/x", "https://bit.ly/x", "HTTPS://WWW.BIT.LY/x", "tinyurl.com/x.", "(t.co/x)"])
    assert.deepEqual(found(link), ["CX3206"], link);
  for (const link of ["notbit.ly/x", "bit.ly.juniper.example/x", "rabbit.lynx/x", "juniper.example/bit.lyrics"])
    assert.deepEqual(found(link), [], link);
});

test("a name is found in many forms, and missed only where nothing can be one", () => {
  const end = " Reply STOP to opt out.";
  const named = [
    "Juniper & Pine: your parcel has arrived.",
    "[Juniper] your parcel has arrived.",
    "juniper: your parcel has arrived.",
    "Your Juniper order is ready.",
    "Thanks for shopping at IKEA!",
    "{{store_name}}: your parcel has arrived.",
    "Your parcel has arrived, see juniper.example/p",
    "Dein Paket ist da.",
    "ご注文の品が届きました。",
  ];
  for (const text of named)
    assert.deepEqual(
      codesOf(sms({ content: text + end, maxSegments: 2 })).filter((code) => code === "CX3207"),
      [],
      text,
    );
  const nameless = [
    "Your parcel has arrived.",
    "Reminder: your appointment is tomorrow.",
    "Hi! Your order is ready.",
    "Hello {{name}}, see you on Monday at 9 AM.",
    "Sale: 20% off everything until December 3.",
    "your order is ready",
  ];
  for (const text of nameless) {
    assert.deepEqual(codesOf(sms({ content: text + end, variables: { name: { maxLength: 9 } } })), ["CX3207"], text);
  }
});

test("the label brand decides whose name must stand in the text", () => {
  const content = "Your Willow parcel has arrived. Reply STOP to end.";
  assert.deepEqual(codesOf(sms({ content }, { brand: "Willow" })), []);
  const [found] = findingsOf(sms({ content }, { brand: "Juniper" }));
  assert.equal(found?.message, 'content does not name "Juniper", the brand of its label');
});

test("counts are those of the longest message", () => {
  assert.deepEqual(counts({ spec: { content: "é[", fromAddress: "58463" } }), {
    content: { characters: 2, bytes: 3, encoding: "GSM-7", septets: 3, segments: 1, worstCase: true },
  });
  assert.deepEqual(counts({ spec: { content: "ł{{a}}", fromAddress: "58463", variables: { a: { maxLength: 70 } } } }), {
    content: { characters: 71, bytes: 72, encoding: "UCS-2", units: 71, segments: 2, worstCase: true },
  });
  assert.deepEqual(counts({ spec: { content: "{{a}}", fromAddress: "58463", variables: { a: { example: "12" } } } }), {
    content: { characters: 2, bytes: 2, encoding: "GSM-7", septets: 2, segments: 1, worstCase: false },
  });
});
