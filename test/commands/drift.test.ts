// drift: each direction from a console edit in the simulator, and what is no drift.
import assert from "node:assert/strict";
import test from "node:test";
import { drift } from "../../src/library/drift.ts";
import { driftText } from "../../src/report/drift-text.ts";
import { otp, parcel } from "../cli/program.ts";
import { place } from "./place.ts";

test("console edits are drift with a direction, Meta's first, and only what nobody says", async (t) => {
  const at = await place(t, { ignoreUnmanaged: ["SmsTemplate/ignored"] });
  const { world } = at.simulator;
  const rows = async () => (await drift(at.options())).drift.map(({ direction, address }) => `${direction} ${address}`);
  at.write("templates/otp.yaml", otp);
  at.write("templates/lost.yaml", otp.replace("name: otp", "name: lost"));
  at.write("templates/parcel.yaml", parcel);
  at.write(
    "templates/news.yaml",
    parcel.replace("name: parcel", "name: news").replace("Your parcel", "Big parcel news"),
  );
  // Declared and not applied is no drift.
  assert.deepEqual(await rows(), []);
  await at.apply();
  // Neither is what CXone decides meanwhile.
  at.now += 60_000;
  assert.deepEqual(await rows(), []);
  await at.apply();
  assert.deepEqual(await rows(), []);
  assert.match(driftText(await drift(at.options())), /^No drift/);

  const whatsapp = new Map(world.list("whatsapp").map((one) => [one["name"], String(one["id"])]));
  const sms = new Map(world.list("sms").map((one) => [one["name"], String(one["id"])]));
  world.createSmsTemplate({ name: "stray", content: "Acme", fromAddress: "+15035550142" }, "APPROVED");
  world.createSmsTemplate({ name: "ignored", content: "Acme", fromAddress: "+15035550142" }, "APPROVED");
  world.edit("sms", sms.get("otp") as string, { content: "Edited {{code}}. Reply STOP to opt out." });
  world.remove("sms", sms.get("lost") as string);
  world.edit("whatsapp", whatsapp.get("parcel") as string, { category: "MARKETING" });
  world.decide(whatsapp.get("news") as string, "PAUSED", "low quality");
  const before = at.simulator.requests.length;
  const found = await drift(at.options());
  assert.deepEqual(
    found.drift.map(({ direction, address }) => `${direction} ${address}`),
    [
      "paused WhatsAppTemplate/news/en",
      "recategorised WhatsAppTemplate/parcel/en",
      "changed SmsTemplate/otp",
      "lost SmsTemplate/lost",
      "unmanaged SmsTemplate/stray",
    ],
  );
  assert.match(found.drift[0]?.detail ?? "", /version 1 is PAUSED in CXone/);
  assert.match(found.drift[1]?.detail ?? "", /category from UTILITY to MARKETING/);
  assert.match(found.drift[2]?.detail ?? "", /^content of version 1 changed in CXone/);
  assert.match(driftText(found), /paused +WhatsAppTemplate\/news\/en/);
  const writes = at.simulator.requests
    .slice(before)
    .filter(({ method, path }) => method !== "GET" && !path.includes("token"));
  assert.deepEqual(writes, []);

  // A manifest that says what the console made of it ends the drift; so does the console itself.
  at.write("templates/otp.yaml", otp.replace(/content: .*/, 'content: "Edited {{code}}. Reply STOP to opt out."'));
  at.write("templates/parcel.yaml", parcel.replace("UTILITY", "MARKETING"));
  world.decide(whatsapp.get("news") as string, "APPROVED");
  assert.deepEqual(await rows(), ["lost SmsTemplate/lost", "unmanaged SmsTemplate/stray"]);
});

test("an object beside a manifest of other content is drift, one of the same content is to be adopted", async (t) => {
  const at = await place(t);
  const { world } = at.simulator;
  const content = "Juniper & Pine: your sign-in code is {{code}}. Reply STOP to opt out.";
  world.createSmsTemplate({ name: "otp", content, fromAddress: "+15035550142" }, "APPROVED");
  at.write("templates/otp.yaml", otp);
  assert.deepEqual((await drift(at.options())).drift, []);
  at.write("templates/otp.yaml", otp.replace("sign-in code", "code"));
  const found = await drift(at.options());
  assert.deepEqual(
    found.drift.map(({ direction, address }) => [direction, address]),
    [["unmanaged", "SmsTemplate/otp"]],
  );
  assert.match(found.drift[0]?.detail ?? "", /other content than is declared/);
});
