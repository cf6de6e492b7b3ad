// The rules of WebhookSubscription and the judgement of urls: their own examples, tables of hosts, secrets.
import assert from "node:assert/strict";
import test from "node:test";
import { comparableUrl, urlProblem } from "../../src/kinds/_shared/public-url.ts";
import { rules } from "../../src/kinds/webhook-subscription/rules.ts";
import { checkExamples, codesOf, findingsOf } from "./declared-text.ts";

for (const rule of rules) test(`${rule.code} holds by its own examples`, () => checkExamples(rule));

test("private, loopback and link-local hosts are known in every spelling", () => {
  const hosts =
    "localhost LOCALHOST localhost. api.localhost 127.0.0.1 127.1 127.255.255.254 0x7f000001 0x7f.1 017700000001 2130706433 ①②⑦.0.0.1 127。0。0。1 0.0.0.0 0 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254 100.64.0.1 198.18.0.1 224.0.0.1 255.255.255.255 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::10.0.0.1] [2002:7f00:1::] [fd00::8] [fc00::1] [fe80::1] [febf::1] [fec0::1] [ff02::1] hooks printer.local db.internal nas.lan box.home.arpa host.localdomain wiki.corp";
  for (const host of hosts.split(" ")) assert.equal(urlProblem(`https://${host}/cxone`)?.sort, "private", host);
});

test("public hosts pass", () => {
  const hosts =
    "hooks.juniperandpine.example example.com example.com. example.com:8443 9.255.255.255 11.0.0.1 172.15.255.255 172.32.0.1 192.167.1.1 169.253.1.1 100.63.0.1 100.128.0.1 126.0.0.1 128.0.0.1 8.8.8.8 203.0.113.7 [2606:4700::1111] [::ffff:8.8.8.8] [2002:808:808::] localhost.example.com internal.example.com bücher.example 127.0.0.1.example.com";
  for (const host of hosts.split(" ")) assert.equal(urlProblem(`https://${host}/cxone?a=b`), undefined, host);
});

test("what is no plain https url is told with why", () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ["http://example.com", /begins with http:/],
    ["ftp://example.com", /begins with ftp:/],
    ["example.com/hook", /cannot be read/],
    ["", /cannot be read/],
    ["https://", /cannot be read/],
    ["https://exa mple.com", /blank/],
    [" https://example.com", /blank/],
    ["https://example.com/\t", /blank/],
    ["https:\\\\example.com", /backslash/],
    ["https:example.com", /two slashes/],
    ["https:///example.com", /two slashes/],
    ["https://kim:pass@example.com", /user name or password/],
    ["https://kim@example.com", /user name or password/],
    ["https://300.1.1.1", /cannot be read/],
  ];
  for (const [url, why] of table) {
    const problem = urlProblem(url);
    assert.equal(problem?.sort, "form", url);
    assert.match(problem?.reason ?? "", why, url);
  }
});

test("two spellings of one url are one", () => {
  assert.equal(comparableUrl("HTTPS://Example.COM:443"), comparableUrl("https://example.com/"));
  assert.notEqual(comparableUrl("https://example.com/a"), comparableUrl("https://example.com/A"));
});

function subscription(name: string, url: string, events: readonly string[] = ["template.approved"]): string {
  const spec = { url, events, secret: { fromEnv: "HOOK_SECRET" } };
  return JSON.stringify({ apiVersion: "cxform/v1", kind: "WebhookSubscription", metadata: { name }, spec });
}

test("the second of two subscriptions with one url is told, the first is not", () => {
  const text = [
    subscription("a", "https://example.com"),
    subscription("b", "https://EXAMPLE.com:443/"),
    subscription("c", "https://example.com/c"),
  ].join("\n---\n");
  const found = findingsOf(text);
  assert.deepEqual(
    found.map(({ code, line }) => [code, line]),
    [["CX3406", 3]],
  );
  assert.match(found[0]?.message ?? "", /^WebhookSubscription\/a has this url already/);
});

test("a secret is measured when it is at hand, and never shown", () => {
  const text = subscription("a", "https://example.com");
  const judged = (secret: string | undefined): readonly string[] =>
    findingsOf(text, secret === undefined ? {} : { HOOK_SECRET: secret }).map(({ message }) => message);
  assert.deepEqual(judged(undefined), []);
  assert.deepEqual(judged("x".repeat(24)), []);
  assert.deepEqual(judged("é".repeat(12)), []);
  assert.deepEqual(judged("x".repeat(23)), ["the secret in HOOK_SECRET has 23 bytes; it needs at least 24"]);
  assert.deepEqual(judged(""), ["the secret in HOOK_SECRET has 0 bytes; it needs at least 24"]);
  assert.deepEqual(judged(`whsec_${Buffer.alloc(24, 7).toString("base64")}`), []);
  assert.deepEqual(judged(`whsec_${Buffer.alloc(23, 7).toString("base64")}`), [
    "the secret in HOOK_SECRET has 23 bytes; it needs at least 24",
  ]);
  assert.deepEqual(judged("whsec_?"), ["the secret in HOOK_SECRET begins with whsec_ and is not base64 after it"]);
  const literal = findingsOf(text.replace('{"fromEnv":"HOOK_SECRET"}', '"a literal that must not be shown"'));
  assert.deepEqual(
    literal.map(({ code }) => code),
    ["CX3405"],
  );
  assert.ok(!JSON.stringify(literal).includes("literal that must"));
});

test("unknown events are warnings, repeats are errors", () => {
  const found = findingsOf(
    subscription("a", "https://example.com", ["template.approved", "guest.ended", "template.approved"]),
  );
  assert.deepEqual(
    found.map(({ code, severity }) => [code, severity]),
    [
      ["CX3403", "warning"],
      ["CX3404", "error"],
    ],
  );
  assert.deepEqual(
    codesOf(subscription("a", "https://example.com", ["template.approved", "template.rejected", "a2p.registered"])),
    [],
  );
});
