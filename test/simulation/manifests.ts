// The declared side of the simulation: eight revisions of one project, written and read once a process. The oracle judges by the raw documents.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config, Environment } from "../../src/contract/config.ts";
import type { Manifests } from "../../src/contract/declared.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { loadConfig } from "../../src/library/config.ts";
import { readManifests } from "../../src/manifest/read.ts";
import type { KindName, Options } from "./options.ts";

export const startMs = Date.parse("2026-11-20T10:00:00.000Z");
export const secrets = { ID: "sim-client", SECRET: "sim-CANARY-client-secret", HOOK: "whsec-CANARY-webhook-secret-32" };

export interface Doc {
  readonly kind: KindName;
  readonly metadata: { readonly name: string; readonly renamedFrom?: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface Consent {
  readonly contactId: string;
  readonly channel: string;
  readonly optIn: boolean;
  /** Epoch ms. */
  readonly at: number;
}

const doc = (kind: KindName, name: string, spec: Doc["spec"], renamedFrom?: string): Doc => ({
  kind,
  metadata: renamedFrom === undefined ? { name } : { name, renamedFrom },
  spec,
});

export function contactId(number: number): string {
  const hex = createHash("sha256").update(`contact ${number}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const day = (number: number): string => `2026-05-${String(number).padStart(2, "0")}T10:00:00Z`;
const said = (number: number, optIn: boolean, on: number) => ({
  contactId: contactId(number),
  channel: "email",
  optIn,
  consentTimestamp: optIn ? day(on) : null,
  withdrawalTimestamp: optIn ? null : day(on),
});
const batch = (name: string, records: readonly unknown[]): Doc =>
  doc("PreferenceBatch", name, { source: "web", regulatoryRegion: "GDPR", records });
const outs = [1, 2, 3, 4].map((number) => said(number, false, 4));
const ins = [5, 6, 7].map((number) => said(number, true, 5));

const whatsapp = (name: string, words: string, renamedFrom?: string): Doc =>
  doc(
    "WhatsAppTemplate",
    name,
    {
      language: "en_US",
      category: "UTILITY",
      body: `Hello {{1}}, ${words}, and we will write again as soon as it moves on.`,
      examples: { "1": "Ada" },
    },
    renamedFrom,
  );
const digital = (name: string, words: string, variables: readonly string[], renamedFrom?: string): Doc =>
  doc(
    "DigitalTemplate",
    name,
    {
      locale: "en-US",
      channels: ["messenger"],
      contentBlocks: [
        { id: "main", type: "text", content: `${words} ${variables.map((one) => `{{${one}}}`).join(" ")}` },
      ],
      variables,
    },
    renamedFrom,
  );
const sms = (name: string, words: string, renamedFrom?: string): Doc =>
  doc(
    "SmsTemplate",
    name,
    {
      content: `Acme: ${words} {{code}}. Reply STOP to opt out.`,
      fromAddress: "+15035550142",
      variables: { code: { maxLength: 16, example: "123456" } },
    },
    renamedFrom,
  );
const a2p = (name: string, template: string): Doc =>
  doc("A2pRegistration", name, {
    template,
    campaignName: "Acme sign-in codes",
    messageClass: "2FA",
    optInLanguage:
      "Customers tick an unticked box below their mobile number that reads: text me a code when I sign in.",
  });
const webhook = (name: string, events: readonly string[], renamedFrom?: string): Doc =>
  doc(
    "WebhookSubscription",
    name,
    { url: "https://hooks.acme.example/watch", events, secret: { fromEnv: "HOOK" } },
    renamedFrom,
  );
const guest = (name: string, generation: number, renamedFrom?: string): Doc =>
  doc(
    "GuestSession",
    name,
    {
      channelId: "5057a31d-207a-4d01-ac84-099cedd49a26",
      queueId: "39a7c2c6-8603-4645-8ec0-0f31dc43a737",
      language: ["en-US"],
      metadata: { campaign: "winter" },
      callbackUrl: "https://hooks.acme.example/guests",
      generation,
    },
    renamedFrom,
  );

const base: readonly Doc[] = [
  whatsapp("parcel", "your parcel is on its way"),
  digital("greeting", "Welcome back,", ["customer.name"]),
  sms("code", "your code is"),
  a2p("codes", "code"),
  webhook("watch", ["template.approved", "a2p.registered"]),
  guest("chat", 1),
  batch("winter", [...outs, ...ins]),
];
const many = (first: number, optIn: boolean) =>
  Array.from({ length: 130 }, (_, index) => said(first + index, optIn, optIn ? 6 : 3));
const swap = (docs: readonly Doc[], ...changed: readonly Doc[]): readonly Doc[] => [
  ...docs.filter(
    (one) => !changed.some((other) => one.kind === other.kind && one.metadata.name === other.metadata.name),
  ),
  ...changed,
];
const texts = swap(
  base,
  whatsapp("parcel", "your parcel has reached our depot"),
  digital("greeting", "Good to see you again,", ["customer.name", "customer.city"]),
  sms("code", "your new code is"),
);

/** Renamed once more after revision 3, with other words: `line` says from what, unless it was deleted. */
const renamedTwice = (line: (former: string) => string | undefined): readonly Doc[] => [
  whatsapp("parcel_news", "your parcel has something to tell", line("parcel_status")),
  digital("welcome", "Welcome in,", ["customer.name"], line("hello")),
  sms("login", "your login is", line("pin")),
  a2p("logins", "login"),
  webhook("watch-all", ["template.approved", "a2p.registered"], line("watch-decisions")),
  guest("talk", 1, line("chat")),
  batch("winter", [...outs, ...ins]),
];

export const revisions: readonly (readonly Doc[])[] = [
  base,
  texts,
  // Changed consent, a second session and another event: opt-ins of before withdrawn, one more opt-in.
  swap(
    base,
    batch("winter", [...outs, said(5, false, 9), said(6, false, 9), said(7, true, 5), said(8, true, 8)]),
    guest("chat", 2),
    webhook("watch", ["template.approved"]),
    whatsapp("notice", "there is news of your order"),
  ),
  // Renamed, with other words.
  [
    whatsapp("parcel_status", "here is the newest about your parcel", "parcel"),
    digital("hello", "Hello again,", ["customer.name"], "greeting"),
    sms("pin", "your pin is", "code"),
    a2p("pins", "pin"),
    webhook("watch-decisions", ["template.approved", "a2p.registered"], "watch"),
    guest("chat", 1),
    batch("winter", [...outs, ...ins]),
  ],
  // Everything but one template and the consent is removed.
  [whatsapp("notice", "there is news of your order"), batch("winter", [...outs, ...ins])],
  // A second batch: an opt-in older than an opt-out, an opt-out newer than an opt-in.
  [...base, batch("spring", [said(1, true, 2), said(7, false, 12), said(9, true, 11), said(10, false, 1)])],
  swap(texts, digital("greeting", "Good day,", ["customer.city"]), guest("chat", 3)),
  // A batch of two chunks of opt-outs and two of opt-ins.
  [...base, batch("census", [...many(101, false), ...many(301, true)])],
  // They come only one after the other (`isRenamedTwice`); their place after the others keeps what the seeds of before derive.
  renamedTwice((former) => former),
  renamedTwice(() => undefined),
];

/** The consent statements of a revision's documents. */
export function consentsOf(docs: readonly Doc[]): readonly Consent[] {
  return docs.flatMap((one) =>
    one.kind !== "PreferenceBatch"
      ? []
      : (one.spec["records"] as ReturnType<typeof said>[]).map((record) => ({
          contactId: record.contactId,
          channel: record.channel,
          optIn: record.optIn,
          at: Date.parse(record.optIn ? (record.consentTimestamp as string) : (record.withdrawalTimestamp as string)),
        })),
  );
}

export function addressOf(one: Doc): string {
  const { language, locale } = one.spec as { language?: string; locale?: string };
  if (one.kind === "WhatsAppTemplate")
    return `${one.kind}/${one.metadata.name}/${(language as string).replace("-", "_")}`;
  if (one.kind === "DigitalTemplate") return `${one.kind}/${one.metadata.name}/${locale}`;
  return `${one.kind}/${one.metadata.name}`;
}

export interface Project {
  readonly config: Config;
  readonly manifests: readonly Manifests[];
}

let read: Promise<Project> | undefined;

/** Reads the project through the production reader, once a process. */
export function project(): Promise<Project> {
  read ??= readProject();
  return read;
}

async function readProject(): Promise<Project> {
  const dir = mkdtempSync(join(tmpdir(), "cxform-simulation-"));
  try {
    writeFileSync(join(dir, "cxform.yaml"), JSON.stringify(configText));
    revisions.forEach((docs, index) => {
      mkdirSync(join(dir, `r${index}`));
      docs.forEach((one, number) => {
        const file = join(dir, `r${index}`, `${number}-${one.metadata.name}.yaml`);
        writeFileSync(file, JSON.stringify({ apiVersion: "cxform/v1", ...one }));
      });
    });
    const { config } = loadConfig({ cwd: dir });
    const environment = config.environments["sim"] as Environment;
    const manifests: Manifests[] = [];
    for (const index of revisions.keys()) {
      const found = await readManifests({
        config,
        environment: { ...environment, manifests: [join(dir, `r${index}`)] },
        kinds,
        now: startMs,
        secret: (name) => secrets[name as keyof typeof secrets],
      });
      const wrong = found.diagnostics.filter((one) => one.severity === "error");
      if (!found.isValid) throw new Error(`revision ${index}: ${wrong.map((one) => one.message).join("; ")}`);
      manifests.push(found);
    }
    return { config, manifests };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const configText = {
  apiVersion: "cxform/v1",
  kind: "Config",
  manifests: ["r0"],
  defaultEnvironment: "sim",
  environments: {
    sim: {
      retireAfter: "0s",
      credentials: { clientId: { fromEnv: "ID" }, clientSecret: { fromEnv: "SECRET" } },
      apis: {
        omnichannel: { baseUrl: "https://omnichannel.sim.example" },
        digital: { baseUrl: "https://digital.sim.example" },
        messaging: { baseUrl: "https://messaging.sim.example" },
        engage: { baseUrl: "https://engage.sim.example", tokenUrl: "https://engage.sim.example/oauth2/token" },
        preferences: { baseUrl: "https://preferences.sim.example" },
      },
      guards: { maxRetire: { count: 1000, percent: 100 }, maxUpdate: { count: 1000, percent: 100 } },
      ledger: { dir: "ledger" },
    },
  },
};

/** The config as a seed's tenant is. */
export function configFor({ config }: Project, options: Options): Config {
  const environment = config.environments["sim"] as Environment;
  const families = Object.fromEntries(
    Object.entries(environment.families).map(([family, settings]) => [
      family,
      {
        ...settings,
        capabilities: {
          ...settings.capabilities,
          list: options.lists,
          etag: options.etags,
          idempotencyKeys: options.keys !== "none",
          reactivate: options.reactivates,
          deprecate: options.deprecates,
          channels: false,
          requestLifeMs: options.requestLifeMs,
        },
      },
    ]),
  ) as Environment["families"];
  const { requestsPerSecond } = options;
  const rateLimit = { requestsPerSecond, burst: requestsPerSecond / 10 };
  const sim = { ...environment, families, rateLimit, retireAfterMs: options.retireAfterMs };
  return { ...config, environments: { sim } };
}

/** What a seed's kinds leave of a revision. */
export function docsOf(revision: number, options: Options): readonly Doc[] {
  return (revisions[revision] as readonly Doc[]).filter((one) => options.kinds.includes(one.kind));
}

export function manifestsFor({ manifests }: Project, revision: number, options: Options): Manifests {
  const whole = manifests[revision] as Manifests;
  const isIn = (address: string): boolean => options.kinds.some((kind) => address.startsWith(`${kind}/`));
  return {
    ...whole,
    declared: whole.declared.filter((one) => isIn(one.address)),
    resources: whole.resources.filter((one) => isIn(one.address)),
  };
}
