// The list of kinds, the one place that names them all. To add a kind: one folder, one schema, one line here, one case.
import type { Kind } from "../contract/kind.ts";
import a2pRegistration from "./a2p-registration/index.ts";
import digitalTemplate from "./digital-template/index.ts";
import guestSession from "./guest-session/index.ts";
import preferenceBatch from "./preference-batch/index.ts";
import smsTemplate from "./sms-template/index.ts";
import webhookSubscription from "./webhook-subscription/index.ts";
import whatsappTemplate from "./whatsapp-template/index.ts";

export const kinds: readonly Kind[] = [
  preferenceBatch,
  webhookSubscription,
  smsTemplate,
  a2pRegistration,
  whatsappTemplate,
  digitalTemplate,
  guestSession,
];
