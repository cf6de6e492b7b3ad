// What a plan and an apply send: which requests, in which order, with which headers and bodies, for all seven kinds.
import assert from "node:assert/strict";
import {
  a2p,
  batch,
  channelId,
  contactId,
  digital,
  guest,
  optIn,
  optOut,
  orderBody,
  queueId,
  sms,
  webhook,
  whatsapp,
} from "./manifests.ts";
import { exampleValue, type Project, scenario, webhookSecret } from "./project.ts";

const uuid5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function putAll(project: Project): void {
  project.put(
    whatsapp("order", "your order 17 is packed", {
      language: "en-US",
      header: "Your order",
      footer: "Acme, outdoor gear",
      buttons: [{ type: "QUICK_REPLY", text: "Thanks" }],
    }),
    digital("booking", "Hello {{customer.name}}, your table is booked."),
    sms("otp"),
    a2p("otp", "otp"),
    webhook("decisions"),
    guest("winter"),
    batch("may", [optIn(1), optOut(2)]),
  );
}

async function applyAll(project: Project): Promise<void> {
  putAll(project);
  project.mark();
  const made = await project.plan();
  assert.deepEqual(project.writes, [], "a plan writes");
  assert.equal(made.steps.length, 7);
  await project.applied(0);
  const bodyOf = (method: string, path: RegExp) => {
    const found = project.requests.filter((each) => !each.token && each.method === method && path.test(each.path));
    assert.equal(found.length, 1, `${method} ${path} was sent ${found.length} times`);
    return found[0]?.body;
  };
  assert.deepEqual(bodyOf("POST", /omnichannel/), {
    name: "order",
    channel: "whatsapp",
    language: "en_US",
    category: "UTILITY",
    body: orderBody("your order 17 is packed"),
    header: "Your order",
    footer: "Acme, outdoor gear",
    buttons: [{ type: "QUICK_REPLY", text: "Thanks" }],
    examples: { "1": exampleValue },
    status: "PENDING",
  });
  const { metadata, ...version } = bodyOf("POST", /digital\/templates/) as {
    metadata: { createdBy: string; timestamp: number };
  };
  assert.deepEqual(version, {
    templateId: "booking.en-US",
    version: "v1.0",
    channels: ["messenger"],
    locale: "en-US",
    contentBlocks: [{ id: "main", type: "text", content: "Hello {{customer.name}}, your table is booked." }],
    variables: ["customer.name"],
  });
  assert.ok(Math.abs(metadata.timestamp - project.now / 1000) < 60, "the timestamp is not in epoch seconds");
  const content = "Acme: your code is {{code}}. Reply STOP to opt out.";
  assert.deepEqual(bodyOf("POST", /v1\/messaging\/templates$/), { name: "otp", content, from_address: "+15035550142" });
  const [stored] = project.double.sms;
  const put = bodyOf("PUT", /messaging\/templates/) as Record<string, unknown>;
  assert.deepEqual(
    { ...put, meta: null },
    { id: stored?.id, name: "otp", status: "APPROVED", content, from_address: "+15035550142", meta: null },
  );
  assert.equal(stored?.status, "APPROVED");
  assert.deepEqual(bodyOf("POST", /a2p/), {
    template_id: stored?.id,
    campaign_name: "Acme sign-in codes",
    message_class: "2FA",
    opt_in_language:
      "Customers tick an unticked box below their mobile number that reads: text me a code when I sign in.",
  });
  assert.deepEqual(bodyOf("POST", /webhooks/), {
    url: "https://hooks.acme.example/decisions",
    events: ["template.approved", "a2p.registered"],
    secret: webhookSecret,
  });
  assert.deepEqual(bodyOf("POST", /guests/), {
    channelId,
    queueId,
    language: ["en-US"],
    metadata: { campaign: "winter" },
    callbackUrl: "https://hooks.acme.example/guests",
  });
  // Opt-outs are a call of their own, before the opt-ins: DESIGN §4.
  const records = project.requests
    .filter((each) => each.path.endsWith("/batch"))
    .flatMap((each) => each.body as Record<string, unknown>[]);
  const keys = records.map((each) => String(each.idempotencyKey));
  for (const key of keys) assert.match(key, uuid5);
  const common = { channel: "email", regulatoryRegion: "GDPR", source: "web" };
  assert.deepEqual(records, [
    {
      ...common,
      contactId: contactId(2),
      optIn: false,
      consentTimestamp: null,
      withdrawalTimestamp: "2026-05-02T10:00:00.000Z",
      idempotencyKey: keys[0],
    },
    {
      ...common,
      contactId: contactId(1),
      optIn: true,
      consentTimestamp: "2026-05-01T10:00:00.000Z",
      withdrawalTimestamp: null,
      idempotencyKey: keys[1],
    },
  ]);
  assert.equal(project.writes.length, 9, project.writes.join("\n"));
  const ids = project.double.exchanges.flatMap((each) =>
    each.headers["x-request-id"] === undefined ? [] : [each.headers["x-request-id"]],
  );
  assert.equal(new Set(ids).size, ids.length);
  project.double.approve("order");
  await project.applied(0);
  assert.deepEqual(project.versions("WhatsAppTemplate/order/en_US"), ["1 active"]);
  assert.deepEqual(project.versions("DigitalTemplate/booking/en-US"), ["v1.0 active"]);
  for (const address of [
    "SmsTemplate/otp",
    "A2pRegistration/otp",
    "WebhookSubscription/decisions",
    "GuestSession/winter",
  ])
    assert.deepEqual(project.versions(address), ["1 active"], address);
}

scenario(
  "a plan only reads; an apply sends each write of the seven kinds once, with its headers and its whole body",
  {},
  applyAll,
);
scenario("the same holds when all families are path prefixes of one origin", { oneOrigin: true }, applyAll);

scenario(
  "a plan of 250 unchanged WhatsApp templates takes three list calls",
  { environment: { guards: { maxUpdate: { count: 1000, percent: 100 } } } },
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    for (let number = 0; number < 250; number += 1)
      project.put(whatsapp(`order_${number}`, `your order ${number} is packed`));
    await project.applied(0);
    assert.equal(project.writes.length, 250);
    project.mark();
    await project.isSettled();
    assert.equal(project.reads.length, 3, project.reads.join("\n"));
    assert.deepEqual(project.tokens, ["omnichannel"]);
  },
);

scenario("families without manifests or ledger entries are not contacted at all", {}, async (project) => {
  project.put(sms("otp"));
  await project.applied(0);
  assert.deepEqual([...new Set(project.double.exchanges.map((each) => each.family))], ["messaging"]);
});

scenario("an empty project contacts nobody and writes no ledger", {}, async (project) => {
  await project.applied(0);
  assert.deepEqual(project.double.exchanges, []);
});
