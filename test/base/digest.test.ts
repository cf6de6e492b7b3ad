// Holds digests and name-based UUIDs to computations that share no code with them.
import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { digest, labelledDigest, nameUuid, sha256 } from "../../src/base/digest.ts";
import type { Json } from "../../src/contract/json.ts";

/** UUIDv5 by RFC 9562 §5.5, as arithmetic on one 128-bit number. */
function uuidV5(namespace: string, name: string): string {
  const bytes = Buffer.concat([Buffer.from(namespace.replaceAll("-", ""), "hex"), Buffer.from(name, "utf8")]);
  const sha1 = BigInt(`0x${createHash("sha1").update(bytes).digest("hex")}`);
  const first128 = sha1 >> 32n;
  const versionMask = 0xfn << 76n;
  const variantMask = 0x3n << 62n;
  const uuid = (first128 & ~versionMask & ~variantMask) | (5n << 76n) | (2n << 62n);
  return uuid
    .toString(16)
    .padStart(32, "0")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const cxformNamespace = "6f1b2d1c-5a3e-5c0e-9b7d-3f4a8c2e1d70";
const dnsNamespace = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

test("the formula used for comparison gives the UUIDv5 that RFC 9562 prints", () => {
  assert.equal(uuidV5(dnsNamespace, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
});

test("a name UUID is the UUIDv5 of the canonical JSON in the namespace of cxform", () => {
  assert.equal(nameUuid({ b: 1, a: "x" }), uuidV5(cxformNamespace, '{"a":"x","b":1}'));
  assert.equal(nameUuid({ b: 1, a: "x" }), nameUuid({ a: "x", b: 1 }));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(nameUuid(text), uuidV5(cxformNamespace, JSON.stringify(text)));
    }),
  );
});

test("the namespace is the one that ledgers depend on", () => {
  assert.equal(nameUuid("order_confirmation"), uuidV5(cxformNamespace, '"order_confirmation"'));
  assert.match(nameUuid(null), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a digest is the SHA-256 of the canonical JSON, as the platform's other implementation computes it", async () => {
  const value: Json = { url: "https://hooks.juniperandpine.example", events: ["template.approved"], n: 1e21 };
  const text = '{"events":["template.approved"],"n":1e+21,"url":"https://hooks.juniperandpine.example"}';
  const expected = Buffer.from(await webcrypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toString(
    "hex",
  );
  assert.equal(digest(value), expected);
  assert.equal(labelledDigest(value), `sha256:${expected}`);
  assert.equal(sha256(text), expected);
  assert.equal(sha256(Buffer.from(text)), expected);
});

test("the digest of an empty text is the known one", () => {
  assert.equal(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
