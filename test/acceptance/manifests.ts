// Manifests of the acceptance tests, one function a kind. It must not know how they are read.
import { createHash } from "node:crypto";
import { exampleValue } from "./project.ts";

type Spec = Readonly<Record<string, unknown>>;
type Metadata = Readonly<Record<string, unknown>>;
const manifest = (kind: string, name: string, spec: Spec, metadata: Metadata = {}) => ({
  apiVersion: "cxform/v1",
  kind,
  metadata: { name, ...metadata },
  spec,
});

export const orderBody = (words: string) => `Hello {{1}}, ${words}, and we will write again as soon as it moves on.`;

/** A WhatsApp template in en_US with one placeholder. */
export const whatsapp = (name: string, words: string, spec: Spec = {}, metadata: Metadata = {}) =>
  manifest(
    "WhatsAppTemplate",
    name,
    { language: "en_US", category: "UTILITY", body: orderBody(words), examples: { "1": exampleValue }, ...spec },
    metadata,
  );

export const digital = (name: string, content: string, spec: Spec = {}, metadata: Metadata = {}) =>
  manifest(
    "DigitalTemplate",
    name,
    {
      locale: "en-US",
      channels: ["messenger"],
      contentBlocks: [{ id: "main", type: "text", content }],
      variables: ["customer.name"],
      ...spec,
    },
    metadata,
  );

export const sms = (name: string, spec: Spec = {}, metadata: Metadata = {}) =>
  manifest(
    "SmsTemplate",
    name,
    {
      content: "Acme: your code is {{code}}. Reply STOP to opt out.",
      fromAddress: "+15035550142",
      variables: { code: { maxLength: 16, example: exampleValue } },
      ...spec,
    },
    metadata,
  );

export const a2p = (name: string, template: string, spec: Spec = {}) =>
  manifest("A2pRegistration", name, {
    template,
    campaignName: "Acme sign-in codes",
    messageClass: "2FA",
    optInLanguage:
      "Customers tick an unticked box below their mobile number that reads: text me a code when I sign in.",
    ...spec,
  });

export const webhook = (name: string, spec: Spec = {}) =>
  manifest("WebhookSubscription", name, {
    url: `https://hooks.acme.example/${name}`,
    events: ["template.approved", "a2p.registered"],
    secret: { fromEnv: "HOOK_SECRET" },
    ...spec,
  });

export const channelId = "5057a31d-207a-4d01-ac84-099cedd49a26";
export const queueId = "39a7c2c6-8603-4645-8ec0-0f31dc43a737";

export const guest = (name: string, spec: Spec = {}, metadata: Metadata = {}) =>
  manifest(
    "GuestSession",
    name,
    {
      channelId,
      queueId,
      language: ["en-US"],
      metadata: { campaign: "winter" },
      callbackUrl: "https://hooks.acme.example/guests",
      ...spec,
    },
    metadata,
  );

export type Row = {
  contactId: string;
  channel: string;
  optIn: boolean;
  consentTimestamp: string | null;
  withdrawalTimestamp: string | null;
};

/** A contact id that is the same for the same number. */
export function contactId(number: number): string {
  const hex = createHash("sha256").update(`contact ${number}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
export const optIn = (number: number, at = "2026-05-01T10:00:00Z"): Row => ({
  contactId: contactId(number),
  channel: "email",
  optIn: true,
  consentTimestamp: at,
  withdrawalTimestamp: null,
});
export const optOut = (number: number, at = "2026-05-02T10:00:00Z"): Row => ({
  contactId: contactId(number),
  channel: "email",
  optIn: false,
  consentTimestamp: null,
  withdrawalTimestamp: at,
});
export const batch = (name: string, records: readonly unknown[], spec: Spec = {}) =>
  manifest("PreferenceBatch", name, { source: "web", regulatoryRegion: "GDPR", records, ...spec });
