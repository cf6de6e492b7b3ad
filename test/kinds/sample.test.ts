// The message that a plan shows to who will never read its YAML: filled with its author's examples, without anybody's own data.
import assert from "node:assert/strict";
import test from "node:test";
import { makePlan } from "../../src/plan/assemble.ts";
import { declare, scene, sms, specs, whatsapp } from "../plan/scene.ts";

const parcel = {
  language: "pt_BR",
  header: "Olá, {{1}}",
  body: "Seu pacote {{2}} saiu.\nAté já!",
  footer: "Juniper & Pine",
  buttons: [
    {
      type: "URL",
      text: "Rastrear",
      url: "https://juniperandpine.example/o/{{1}}",
      example: "https://juniperandpine.example/o/7",
    },
    { type: "QUICK_REPLY", text: "Obrigado" },
  ],
  examples: { "1": "Marina", "2": "PX7755" },
};

test("a WhatsApp template is shown in its language with its examples, part by part", () => {
  assert.deepEqual(whatsapp.sample?.(parcel), {
    language: "pt_BR",
    parts: [
      { part: "header", text: "Olá, Marina" },
      { part: "body", text: "Seu pacote PX7755 saiu.\nAté já!" },
      { part: "footer", text: "Juniper & Pine" },
      { part: "button", text: "Rastrear → https://juniperandpine.example/o/7" },
      { part: "button", text: "Obrigado" },
    ],
  });
});

test("an example that looks like somebody's is masked, and a placeholder without one stays", () => {
  const body = "Call {{1}}, write to {{2}}, pay with {{3}}, greet {{4}}";
  const examples = { "1": "+1 415 555 0100", "2": "ada@mail.example", "3": "4111 1111 1111 1111" };
  const shown = whatsapp.sample?.({ ...parcel, body, examples });
  assert.equal(
    shown?.parts.find(({ part }) => part === "body")?.text,
    "Call (sensitive), write to (sensitive), pay with (sensitive), greet {{4}}",
  );
});

test("an SMS template is shown with the examples of its variables, whatever they are called", () => {
  const spec = {
    content: "Your code is {{code}}{{toString}}.",
    fromAddress: "15551230000",
    variables: { code: { example: "482913" } },
  };
  assert.deepEqual(sms.sample?.(spec), {
    parts: [{ part: "text", text: "Your code is 482913{{toString}}." }],
  });
});

test("what a step tells its reader is no part of its digest", () => {
  const specsOfBoth = [specs.code, { ...specs.code, variables: { code: { example: "482913" } } }];
  const [plain, told] = specsOfBoth
    .map((spec) => declare(sms, "otp", spec))
    .map((declared) => makePlan(scene({ declared: [declared], input: { showsSamples: true } })).plan.steps[0]);
  assert.equal(told?.sample?.parts[0]?.text, "Juniper & Pine: your code is 482913.");
  assert.match(String(told?.effect), /approved by this merge/);
  assert.equal(plain?.digest, told?.digest);
});
