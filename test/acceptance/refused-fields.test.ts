// What CXone says of a field, in `errors[].field` of a 400 or 422, is told at the place in the manifest that the field came from.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Family } from "../double/wire.ts";
import { a2p, batch, digital, guest, optIn, optOut, sms, webhook, whatsapp } from "./manifests.ts";
import { scenario } from "./project.ts";

interface Refused {
  readonly family: Family;
  readonly path: RegExp;
  readonly manifests: readonly ReturnType<typeof whatsapp>[];
  /** By the field as CXone names it: the pointer, and what stands at its place. */
  readonly fields: Readonly<Record<string, readonly [string, string]>>;
}

const cases: Readonly<Record<string, Refused>> = {
  WhatsAppTemplate: {
    family: "omnichannel",
    path: /templates$/,
    manifests: [
      whatsapp("order_update", "your order is packed", { buttons: [{ type: "QUICK_REPLY", text: "Thanks" }] }),
    ],
    fields: {
      "/body": ["/spec/body", '"Hello'],
      language: ["/spec/language", '"en_US"'],
      "/name": ["/metadata/name", '"order_update"'],
      "buttons[0].text": ["/spec/buttons/0/text", '"Thanks"'],
    },
  },
  DigitalTemplate: {
    family: "digital",
    path: /templates$/,
    manifests: [
      digital("booking", "", {
        contentBlocks: [
          { id: "main", type: "text", content: "Hello {{customer.name}}." },
          { id: "more", type: "text", content: "Welcome." },
        ],
      }),
    ],
    fields: {
      "contentBlocks[1].content": ["/spec/contentBlocks/1/content", '"Welcome."'],
      "/contentBlocks/0/content": ["/spec/contentBlocks/0/content", '"Hello'],
      "/locale": ["/spec/locale", '"en-US"'],
    },
  },
  SmsTemplate: {
    family: "messaging",
    path: /messaging\/templates$/,
    manifests: [sms("otp")],
    fields: {
      "/from_address": ["/spec/fromAddress", '"+15035550142"'],
      from_address: ["/spec/fromAddress", '"+15035550142"'],
      content: ["/spec/content", '"Acme:'],
      name: ["/metadata/name", '"otp"'],
    },
  },
  A2pRegistration: {
    family: "messaging",
    path: /registrations$/,
    manifests: [a2p("otp", "otp"), sms("otp")],
    fields: {
      opt_in_language: ["/spec/optInLanguage", '"Customers'],
      "/message_class": ["/spec/messageClass", '"2FA"'],
      template_id: ["/spec/template", '"otp"'],
    },
  },
  WebhookSubscription: {
    family: "messaging",
    path: /webhooks$/,
    manifests: [webhook("decisions")],
    fields: { "events[1]": ["/spec/events/1", '"a2p.registered"'], "/url": ["/spec/url", '"https://hooks'] },
  },
  GuestSession: {
    family: "engage",
    path: /guests$/,
    manifests: [guest("winter")],
    fields: {
      "language[0]": ["/spec/language/0", '"en-US"'],
      "metadata.campaign": ["/spec/metadata/campaign", '"winter"'],
    },
  },
  "PreferenceBatch of opt-ins": {
    family: "preferences",
    path: /batch$/,
    manifests: [batch("web", [optIn(1)])],
    fields: { consentTimestamp: ["/spec/records/0/consentTimestamp", '"2026-05-01'] },
  },
  PreferenceBatch: {
    family: "preferences",
    path: /batch$/,
    manifests: [batch("crm", [optIn(1), optOut(2)])],
    // Opt-outs go first, so the second record stands alone in the call that is refused.
    fields: {
      "[0].withdrawalTimestamp": ["/spec/records/1/withdrawalTimestamp", '"2026-05-02'],
      "/0/channel": ["/spec/records/1/channel", '"email"'],
      source: ["/spec/records/1/source", "{"],
    },
  },
};

for (const [kind, { family, path, manifests, fields }] of Object.entries(cases))
  for (const status of [400, 422])
    scenario(
      `a field of a ${kind} that CXone refuses with ${status} is told at its place`,
      { isOpenEnded: true },
      async (project) => {
        project.put(...manifests);
        const named = Object.keys(fields);
        project.double.fault({ family, method: "POST", path, when: "before", how: status, fields: named });
        let done = await project.apply({});
        // A registration waits for its template.
        if ((done.refusals ?? []).length === 0) done = await project.apply({});
        const refusals = done.refusals ?? [];
        assert.deepEqual(
          refusals.map(({ pointer }) => pointer),
          Object.values(fields).map(([pointer]) => pointer),
        );
        for (const [at, { file, line, column, code, message }] of refusals.entries()) {
          assert.match(code, /^CX5\d{3}$/);
          assert.equal(message, "CXone refuses this: cannot be taken");
          const text = readFileSync(join(project.dir, file), "utf8").split("\n")[line - 1] ?? "";
          const [, begins] = Object.values(fields)[at] as readonly [string, string];
          assert.ok(text.slice(column - 1).startsWith(begins), `${named[at]}: ${text.slice(column - 1, column + 30)}`);
        }
      },
    );
