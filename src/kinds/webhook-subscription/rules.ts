// Every rule of WebhookSubscription in the order of their codes; never shows a secret.
import type { Rule, RuleSubject, SchemaCode } from "../../contract/diagnostic.ts";
import { documents, manifest } from "../_shared/example.ts";
import { countBytes } from "../_shared/measure.ts";
import { nearest } from "../_shared/nearest.ts";
import { groupBy, perScope } from "../_shared/per-scope.ts";
import { comparableUrl, urlProblem } from "../_shared/public-url.ts";
import { quoted } from "../_shared/wording.ts";
import type { WebhookSpec } from "./spec.ts";

function subscription(name: string, url: string, events = "[template.approved, a2p.registered]"): string {
  return manifest(
    "WebhookSubscription",
    name,
    `url: ${url}`,
    `events: ${events}`,
    "secret: { fromEnv: CXONE_WEBHOOK_SECRET }",
  );
}

const right = subscription("decisions", "https://hooks.juniperandpine.example/cxone");

const httpsUrl: Rule<WebhookSpec> = {
  code: "CX3401",
  title: "The url of a subscription is no plain https url",
  severity: "error",
  reason:
    "CXone posts events to it over the internet. Without TLS anyone on the way reads them, and a password in a url is a secret in git.",
  source: "the project's own documents; CXONE-API §5 (November 2026)",
  hint: "Use a url that begins with https:// and holds no user name or password.",
  examples: {
    wrong: subscription("decisions", "http://hooks.juniperandpine.example/cxone"),
    right,
    at: { line: 6, column: 8 },
  },
  *check({ spec }) {
    const problem = urlProblem(spec.url);
    if (problem?.sort !== "form") return;
    yield {
      message: `url is no plain https url: ${problem.reason}`,
      hint: "Use a url that begins with https:// and holds no user name or password.",
      pointer: "/spec/url",
    };
  },
};

const publicUrl: Rule<WebhookSpec> = {
  code: "CX3402",
  title: "The host of a subscription's url is private",
  severity: "error",
  reason:
    "CXone calls the url from its own network, where a private, loopback or link-local host is another machine or none.",
  source: "WHATWG URL; IANA special-purpose address registries (November 2026)",
  hint: "Use a host name that the internet can reach.",
  examples: { wrong: subscription("decisions", "https://127.1/cxone"), right, at: { line: 6, column: 8 } },
  *check({ spec }) {
    const problem = urlProblem(spec.url);
    if (problem?.sort !== "private") return;
    yield {
      message: `the host of url cannot be called from CXone: ${problem.reason}`,
      hint: "Use a host name that the internet can reach, such as that of your gateway.",
      pointer: "/spec/url",
    };
  },
};

/** CXONE-API §5. */
const knownEvents: readonly string[] = ["template.approved", "template.rejected", "a2p.registered"];

const eventKnown: Rule<WebhookSpec> = {
  code: "CX3403",
  title: "An event of a subscription is unknown",
  severity: "warning",
  reason:
    "We know template.approved, template.rejected and a2p.registered. CXone may know more, but a mistyped event is never reported.",
  source: "CXONE-API §5 (November 2026)",
  hint: "Use template.approved, template.rejected or a2p.registered.",
  examples: {
    wrong: subscription(
      "decisions",
      "https://hooks.juniperandpine.example/cxone",
      "[template.approved, template.aproved]",
    ),
    right,
    at: { line: 7, column: 31 },
  },
  *check({ spec }) {
    for (const [index, event] of spec.events.entries()) {
      if (knownEvents.includes(event)) continue;
      const likely = nearest(event, knownEvents, 6);
      yield {
        message: `event ${quoted(event)} is none that we know of`,
        hint: likely === undefined ? `Use ${knownEvents.join(", ")}.` : `Write ${likely}.`,
        pointer: `/spec/events/${index}`,
      };
    }
  },
};

const eventOnce: Rule<WebhookSpec> = {
  code: "CX3404",
  title: "An event stands twice in a subscription",
  severity: "error",
  reason: "A subscription is a set of events; a repeat is a slip, often for another event that was meant.",
  source: "common practice",
  hint: "Remove the repeat.",
  examples: {
    wrong: subscription(
      "decisions",
      "https://hooks.juniperandpine.example/cxone",
      "[template.approved, template.approved]",
    ),
    right,
    at: { line: 7, column: 31 },
  },
  *check({ spec }) {
    for (const [index, event] of spec.events.entries()) {
      const first = spec.events.indexOf(event);
      if (first === index) continue;
      yield {
        message: `event ${quoted(event)} stands twice: it is number ${first + 1} and number ${index + 1}`,
        hint: "Remove the repeat.",
        pointer: `/spec/events/${index}`,
      };
    }
  },
};

/** CXONE-API §8. */
const leastSecretBytes = 24;

const longSecret: Rule<WebhookSpec> = {
  code: "CX3405",
  title: "The secret of a subscription has at least 24 bytes, in an environment variable",
  severity: "error",
  reason: "The secret proves that an event comes from CXone; a short one can be guessed. It is never in git.",
  source: "CXONE-API §8, Standard Webhooks (November 2026)",
  hint: "Name the variable under secret.fromEnv, and give it a random value of at least 24 bytes.",
  examples: {
    wrong: right.replace("CXONE_WEBHOOK_SECRET", '"correct horse battery staple"'),
    right,
    at: { line: 8, column: 22 },
  },
  *check({ spec }, scope) {
    const variable = spec.secret.fromEnv;
    const secret = scope.secret(variable);
    if (secret === undefined) return;
    const sizeBytes = secretBytes(secret);
    if (sizeBytes !== undefined && sizeBytes >= leastSecretBytes) return;
    yield {
      message:
        sizeBytes === undefined
          ? `the secret in ${variable} begins with whsec_ and is not base64 after it`
          : `the secret in ${variable} has ${sizeBytes} bytes; it needs at least ${leastSecretBytes}`,
      hint: `Give ${variable} a random value of at least ${leastSecretBytes} bytes, such as that of: openssl rand -base64 32.`,
      pointer: "/spec/secret/fromEnv",
    };
  },
};

/** The key's length: after `whsec_` the bytes that base64 stands for, otherwise the UTF-8 bytes (CXONE-API §8). */
function secretBytes(secret: string): number | undefined {
  if (!secret.startsWith("whsec_")) return countBytes(secret);
  const encoded = secret.slice("whsec_".length);
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(encoded) ? Buffer.from(encoded, "base64").byteLength : undefined;
}

const byUrl = perScope((scope) =>
  groupBy(scope.ofKind<WebhookSpec>("WebhookSubscription"), ({ spec }) => comparableUrl(spec.url)),
);

const urlOnce: Rule<WebhookSpec> = {
  code: "CX3406",
  title: "Two subscriptions have one url",
  severity: "error",
  reason: "CXone knows a subscription by its url, so the two would overwrite each other at every apply.",
  source: "INTERFACE §3; DESIGN §4 (November 2026)",
  hint: "Put all events of a url into one subscription.",
  examples: {
    wrong: documents(
      right,
      subscription("registrations", "https://hooks.juniperandpine.example/cxone", "[a2p.registered]"),
    ),
    right: documents(
      right,
      subscription("registrations", "https://hooks.juniperandpine.example/a2p", "[a2p.registered]"),
    ),
    at: { line: 15, column: 8 },
  },
  *check(subject, scope) {
    const first: RuleSubject<WebhookSpec> | undefined = byUrl(scope).get(comparableUrl(subject.spec.url))?.[0];
    if (first === undefined || first.address === subject.address) return;
    yield {
      message: `${first.address} has this url already; CXone keeps one subscription a url`,
      hint: `Put the events of both into ${first.address}, or use another url.`,
      pointer: "/spec/url",
    };
  },
};

export const rules: readonly Rule<WebhookSpec>[] = [httpsUrl, publicUrl, eventKnown, eventOnce, longSecret, urlOnce];

export const schemaCodes: readonly SchemaCode[] = [
  {
    pointer: "/spec/url",
    code: "CX3401",
    message: () => "url is no text",
    hint: "Use a url that begins with https:// and holds no user name or password.",
  },
  {
    pointer: "/spec/secret",
    code: "CX3405",
    // A literal secret must not be repeated.
    message: () => "secret is not the name of an environment variable",
    hint: "Write secret: { fromEnv: CXONE_WEBHOOK_SECRET } and put the value into that variable; a value that was committed must be replaced.",
  },
  {
    pointer: "/spec/secret/fromEnv",
    code: "CX3405",
    message: () => "secret.fromEnv is not the name of an environment variable",
    hint: "Use letters, digits and underscores, such as CXONE_WEBHOOK_SECRET; a value that was committed must be replaced.",
  },
];
