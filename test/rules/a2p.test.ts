// The rules of A2pRegistration: their own examples, and the edges that one example cannot show.
import assert from "node:assert/strict";
import test from "node:test";
import { rules } from "../../src/kinds/a2p-registration/rules.ts";
import { checkExamples, codesOf, findingsOf } from "./declared-text.ts";

for (const rule of rules) test(`${rule.code} holds by its own examples`, () => checkExamples(rule));

const template = JSON.stringify({
  apiVersion: "cxform/v1",
  kind: "SmsTemplate",
  metadata: { name: "parcel" },
  spec: { content: "Juniper: your parcel has arrived. Reply STOP to opt out.", fromAddress: "+15035550142" },
});

function registration(change: Record<string, string>): string {
  const described = "Customers tick an unticked box at checkout, under the words text me about it.";
  const spec = {
    template: "parcel",
    campaignName: "Parcels",
    messageClass: "MARKETING",
    optInLanguage: described,
    ...change,
  };
  return `${template}\n---\n${JSON.stringify({ apiVersion: "cxform/v1", kind: "A2pRegistration", metadata: { name: "parcel" }, spec })}`;
}

test("a template that is not declared is told with the nearest name", () => {
  const found = findingsOf(registration({ template: "parcl" }));
  assert.deepEqual(found.map(({ code }) => code).sort(), ["CX3301", "CX3305"]);
  const [missing] = found.filter(({ code }) => code === "CX3301");
  assert.equal(missing?.message, 'template "parcl" is no declared SmsTemplate');
  assert.match(missing?.hint ?? "", /Write "parcel"/);
});

test("a claim of compliance describes nothing, however its nouns are put", () => {
  for (const claim of [
    "Standard TCPA compliant opt-in language for this campaign",
    "Our text messages comply with CTIA rules and the TCPA in full.",
    "Consent was obtained in accordance with the TCPA for all phone numbers.",
  ])
    assert.deepEqual(codesOf(registration({ optInLanguage: claim })), ["CX3304"], claim);
  for (const described of [
    "TCPA compliant: customers opt in by texting JOIN to 58463 in our stores.",
    "Customers opt in on our website at checkout and consent was given there, in line with the TCPA.",
  ])
    assert.deepEqual(codesOf(registration({ optInLanguage: described })), [], described);
});

test("the edges of lengths count characters and not UTF-16 units", () => {
  const table: readonly (readonly [Record<string, string>, readonly string[]])[] = [
    [{ campaignName: "😀".repeat(255) }, []],
    [{ campaignName: "x".repeat(256) }, ["CX3302"]],
    [{ campaignName: " " }, ["CX3302"]],
    [{ optInLanguage: `Customers sign a form ${"x".repeat(18)}` }, []],
    [{ optInLanguage: `Customers sign a form ${"x".repeat(17)}` }, ["CX3304"]],
    [{ optInLanguage: `Customers sign a form${" ".repeat(40)}` }, ["CX3304"]],
    [{ optInLanguage: `Customers sign a form ${"x".repeat(2026)}` }, []],
    [{ optInLanguage: `Customers sign a form ${"x".repeat(2027)}` }, ["CX3304"]],
  ];
  for (const [change, codes] of table)
    assert.deepEqual(codesOf(registration(change)), codes, JSON.stringify(change).slice(0, 60));
});

test("a claim of compliance is no description, however long", () => {
  for (const claim of [
    "Our programme is fully compliant with TCPA and CTIA rules at all times.",
    "Standard TCPA compliant. Standard TCPA compliant. Standard TCPA compliant.",
    "Express written consent was obtained in compliance with all applicable laws.",
  ]) {
    assert.deepEqual(codesOf(registration({ optInLanguage: claim })), ["CX3304"], claim);
  }
  const told = "In compliance with TCPA, guests sign a paper card at the counter before we write to them.";
  assert.deepEqual(codesOf(registration({ optInLanguage: told })), []);
});

test("every class of CXone and of The Campaign Registry is known, in capitals", () => {
  for (const known of ["TRANSACTIONAL", "OTP", "2FA", "CHARITY", "POLITICAL", "SWEEPSTAKE", "K12_EDUCATION"]) {
    assert.deepEqual(codesOf(registration({ messageClass: known })), [], known);
  }
  const [found] = findingsOf(registration({ messageClass: "customer care" }));
  assert.deepEqual([found?.code, found?.hint], ["CX3303", "Write CUSTOMER_CARE."]);
});
