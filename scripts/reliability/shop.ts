// A shop's project with a resource of each of the seven kinds, in a folder that vanishes, and what CXone must hold of it in the end. Knows no fault.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { atExit } from "./at-exit.ts";

/** The environment of every command on the project. */
export const shopEnv = { SHOP_ID: "local", SHOP_SECRET: "local-secret", SHOP_HOOK: "the-secret-of-the-shops-hooks-01" };

export interface Shop {
  readonly dir: string;
  readonly ledgerDir: string;
  /** Writes the manifests of an edition: `first`, or `second`, in which every text is another. */
  publish(edition: Edition): void;
  remove(): void;
}

export type Edition = "first" | "second";

export interface ShopOptions {
  /** Where the families are reached: the simulator's URL, or that of a proxy before it. */
  readonly url: string;
  /** Whether CXone honours idempotency keys. */
  readonly hasKeys: boolean;
  /** How long a lost request may still land. Default 150. */
  readonly requestLifeMs?: number;
}

const families = ["omnichannel", "digital", "messaging", "engage", "preferences"] as const;
const clientAuth: Readonly<Record<string, string>> = { engage: "query", preferences: "basic" };
const tokenPath: Readonly<Record<string, string>> = { omnichannel: "/api/v2/oauth/token", engage: "/oauth2/token" };

/** A double that decides at once and has no limit. */
export function startDouble(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator({
    seed: 1,
    reviewDelayMs: 0,
    jobMs: 1,
    requestsPerSecond: Number.POSITIVE_INFINITY,
    ...options,
  });
}

/** A config whose one environment is the shop's, and an empty folder for its manifests. */
export function openProject(dir: string, environment: object): void {
  const credentials = { clientId: { fromEnv: "SHOP_ID" }, clientSecret: { fromEnv: "SHOP_SECRET" } };
  const config = {
    apiVersion: "cxform/v1",
    kind: "Config",
    manifests: ["manifests"],
    defaultEnvironment: "shop",
    environments: { shop: { credentials, ledger: { dir: "ledger" }, ...environment } },
  };
  writeFileSync(join(dir, "cxform.yaml"), JSON.stringify(config));
  mkdirSync(join(dir, "manifests"));
}

export function openShop({ url, hasKeys, requestLifeMs = 150 }: ShopOptions): Shop {
  const dir = mkdtempSync(join(tmpdir(), "cxform-shop-"));
  const remove = atExit(() => rmSync(dir, { recursive: true, force: true }));
  const apis = families.map((family) => [
    family,
    {
      baseUrl: `${url}/${family}`,
      tokenUrl: `${url}/${family}${tokenPath[family] ?? "/oauth/token"}`,
      clientAuth: clientAuth[family] ?? "form",
      capabilities: { idempotencyKeys: hasKeys, requestLife: `${requestLifeMs}ms` },
    },
  ]);
  const rateLimit = { requestsPerSecond: 1000, burst: 100 };
  openProject(dir, { retireAfter: "0s", apis: Object.fromEntries(apis), rateLimit });
  return {
    dir,
    ledgerDir: join(dir, "ledger"),
    publish(edition) {
      writeFileSync(
        join(dir, "manifests", "shop.yaml"),
        manifests(edition)
          .map((one) => JSON.stringify(one))
          .join("\n---\n"),
      );
    },
    remove,
  };
}

function manifests(edition: Edition): readonly object[] {
  const words = edition === "first" ? "your parcel is packed" : "your parcel has been packed by hand";
  const resource = (kind: string, name: string, spec: object): object => ({
    apiVersion: "cxform/v1",
    kind,
    metadata: { name },
    spec,
  });
  const record = (number: number, optIn: boolean): object => ({
    contactId: `${String(number).padStart(8, "0")}-0000-4000-a000-000000000000`,
    channel: "email",
    optIn,
    consentTimestamp: optIn ? "2026-05-01T10:00:00Z" : null,
    withdrawalTimestamp: optIn ? null : "2026-05-02T10:00:00Z",
  });
  const records = edition === "first" ? [1, 2, 3, 4] : [1, 2, 3, 4, 5, 6];
  return [
    resource("WhatsAppTemplate", "parcel", {
      language: "en_US",
      category: "UTILITY",
      body: `Hello {{1}}, ${words}, and we will write again as soon as it moves on.`,
      examples: { "1": "Robin" },
    }),
    resource("DigitalTemplate", "booking", {
      locale: "en-US",
      channels: ["messenger"],
      contentBlocks: [{ id: "main", type: "text", content: `Hello {{customer.name}}, ${words}.` }],
      variables: ["customer.name"],
    }),
    resource("SmsTemplate", "otp", {
      content: `Acme: ${words}, code {{code}}. Reply STOP to opt out.`,
      fromAddress: "+15035550142",
      variables: { code: { maxLength: 16, example: "1234" } },
    }),
    resource("A2pRegistration", "otp", {
      template: "otp",
      campaignName: "Acme sign-in codes",
      messageClass: "2FA",
      optInLanguage:
        "Customers tick an unticked box below their mobile number that reads: text me a code when I sign in.",
    }),
    resource("WebhookSubscription", "decisions", {
      url: "https://hooks.acme.example/decisions",
      events: edition === "first" ? ["template.approved"] : ["template.approved", "a2p.registered"],
      secret: { fromEnv: "SHOP_HOOK" },
    }),
    resource("GuestSession", "winter", {
      channelId: "5057a31d-207a-4d01-ac84-099cedd49a26",
      queueId: "39a7c2c6-8603-4645-8ec0-0f31dc43a737",
      language: ["en-US"],
      metadata: { campaign: "winter" },
      callbackUrl: "https://hooks.acme.example/guests",
    }),
    resource("PreferenceBatch", "may", {
      source: "web",
      regulatoryRegion: "GDPR",
      records: records.map((number) => record(number, number % 2 === 0)),
    }),
  ];
}

/** What the double holds, in words: one line an object, sorted. */
export function holdings({ world }: Pick<Simulator, "world">): readonly string[] {
  const line = (kind: string, fields: readonly unknown[]): string => [kind, ...fields].join(" ");
  return [
    ...world.list("whatsapp").map((one) => line("whatsapp", [one["name"], one["language"], one["status"]])),
    ...world.list("digital").map((one) => line("digital", [one["templateId"], one["version"], one["status"]])),
    ...world.list("sms").map((one) => line("sms", [one["name"], one["status"]])),
    ...world.list("a2p").map((one) => line("a2p", [one["campaign_name"], one["status"]])),
    ...world.list("subscriptions").map((one) => line("webhook", [one["url"], (one["events"] as string[]).join()])),
    ...world.list("guests").map((one) => line("guest", [(one["metadata"] as { campaign: string }).campaign])),
    ...world.list("preferences").map((one) => line("preference", [one["contactId"], one["optIn"]])),
  ].sort();
}
