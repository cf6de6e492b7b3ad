// Signatures of events: the published vector, what is refused, and every bit flipped.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import test from "node:test";
import { keyOf, sign, verify } from "../../src/receive/signature.ts";
import { signatureOf } from "../../src/simulator/webhooks-out.ts";

// Published with the libraries of Standard Webhooks (libraries/javascript/src/index.test.ts, 2026-11).
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const timestamp = 1614265330;
const body = '{"test": 2432232314}';
const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

const key = keyOf(secret) as Uint8Array;
const otherKey = keyOf("another secret of a good length") as Uint8Array;
const now = timestamp * 1000;

interface Sent {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly body: Uint8Array;
}
const sent: Sent = { id, timestamp: String(timestamp), signature, body: Buffer.from(body) };

function judge(changed: Partial<Sent> = {}, keys: readonly Uint8Array[] = [key], at = now): string {
  const { body: raw, ...headers } = { ...sent, ...changed };
  const verdict = verify(keys, headers, raw, at);
  return verdict.isValid ? "valid" : verdict.fault;
}

test("the published vector of Standard Webhooks is made and accepted", () => {
  assert.equal(sign(key, id, timestamp, body), signature);
  assert.equal(judge(), "valid");
  const verdict = verify([key], sent, sent.body, now);
  assert.deepEqual(verdict, { isValid: true, id, sentAt: now });
});

test("the simulator signs in the same manner, with either form of secret", () => {
  for (const each of [secret, "a plain secret of 24 bytes and more – ü"]) {
    assert.equal(sign(keyOf(each) as Uint8Array, id, timestamp, body), signatureOf(each, id, timestamp, body));
  }
});

test("a key has at least 24 bytes, counted after decoding", () => {
  assert.equal(keyOf("x".repeat(23)), undefined);
  assert.equal(keyOf("x".repeat(24))?.length, 24);
  assert.equal(keyOf("ü".repeat(12))?.length, 24);
  assert.equal(keyOf(""), undefined);
  assert.equal(keyOf("whsec_"), undefined);
  assert.equal(keyOf(`whsec_${Buffer.alloc(23).toString("base64")}`), undefined);
  assert.equal(keyOf(`whsec_${Buffer.alloc(24).toString("base64")}`)?.length, 24);
  for (const mistyped of ["no base64 at all ".repeat(4), "A".repeat(39), `!${"A".repeat(39)}`, `${"A".repeat(38)}=!`])
    assert.equal(keyOf(`whsec_${mistyped}`), undefined, "a mistyped key is told, not guessed");
});

test("either of two keys is accepted, and any of several signatures", () => {
  const byOther = sign(otherKey, id, timestamp, body);
  assert.equal(judge({ signature: byOther }), "wrong");
  assert.equal(judge({ signature: byOther }, [key, otherKey]), "valid");
  assert.equal(judge({ signature: `${byOther} ${signature}` }), "valid");
  assert.equal(judge({ signature: `v1a,AAAA ${signature}` }), "valid", "signatures of another sort are passed over");
});

test("the time may differ by five minutes in either direction, and by no second more", () => {
  for (const seconds of [-300, 0, 300]) assert.equal(judge({}, [key], now + seconds * 1000), "valid");
  for (const seconds of [-301, 301]) assert.equal(judge({}, [key], now + seconds * 1000), "time");
});

test("missing and malformed headers are refused", () => {
  for (const field of ["id", "timestamp", "signature"] as const)
    assert.equal(judge({ [field]: undefined }), "unsigned");
  for (const bad of ["", " ", "v1", "v1,", "v2,AAAA", signature.slice(3), Array(9).fill(signature).join(" ")]) {
    assert.notEqual(judge({ signature: bad }), "valid", bad.slice(0, 40));
  }
  assert.equal(judge({ signature: "v2,AAAA" }), "unsigned", "of no sort that we know");
  assert.equal(judge({ signature: Array(8).fill(signature).join(" ") }), "valid", "eight are a rotation");
  for (const bad of ["", "a.b", "a b", "ü", "x".repeat(129), "a, a", `${id}\n`])
    assert.equal(judge({ id: bad }), "unsigned");
  for (const bad of [
    "",
    "-1",
    "1e9",
    "1614265330.0",
    "01614265330",
    "0x60381f32",
    " 1614265330",
    "9".repeat(20),
    "NaN",
  ]) {
    assert.equal(judge({ timestamp: bad }), "unsigned", bad);
  }
});

test("an id with a dot cannot stand for another id with another time", () => {
  const wrapped = `v1,${createHmac("sha256", key).update(`a.1.${timestamp}.{}`).digest("base64")}`;
  assert.equal(judge({ id: "a.1", signature: wrapped, body: Buffer.from("{}") }), "unsigned");
});

test("JSON written anew is another body", () => {
  const written = JSON.stringify(JSON.parse(body));
  assert.notEqual(written, body);
  assert.equal(judge({ body: Buffer.from(written) }), "wrong");
});

// The kinds of cases that Wycheproof has for HMAC-SHA-256: lengths of key and message around the block, changed tags.
test("keys and messages of every length around a block agree with an independent HMAC, and changed tags do not pass", () => {
  for (const keyBytes of [24, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000]) {
    for (const bodyBytes of [0, 1, 15, 16, 17, 55, 56, 63, 64, 65, 4096]) {
      const raw = Buffer.alloc(keyBytes, keyBytes % 251);
      const message = Buffer.alloc(bodyBytes, 0xff);
      const given = `whsec_${raw.toString("base64")}`;
      const tag = hmacByHand(raw, Buffer.concat([Buffer.from(`${id}.${timestamp}.`), message]));
      const isValid = (bytes: Buffer) =>
        judge({ body: message, signature: `v1,${bytes.toString("base64")}` }, [keyOf(given) as Uint8Array]) === "valid";
      assert.ok(isValid(tag), `key ${keyBytes}, body ${bodyBytes}`);
      for (const at of [0, 15, 31]) {
        const changed = Buffer.from(tag);
        changed[at] = (changed[at] as number) ^ 1;
        assert.ok(!isValid(changed));
      }
      assert.ok(!isValid(Buffer.from(tag.map((byte) => byte ^ 0xff))), "inverted");
      assert.ok(!isValid(Buffer.alloc(32)), "zeros");
      for (const length of [0, 4, 8, 16, 31]) assert.ok(!isValid(tag.subarray(0, length)), `cut to ${length}`);
      assert.ok(!isValid(Buffer.concat([tag, Buffer.alloc(1)])), "lengthened");
    }
  }
});

/** RFC 2104 from its definition. */
function hmacByHand(secretKey: Buffer, message: Buffer): Buffer {
  const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest();
  const block = Buffer.alloc(64);
  (secretKey.length > 64 ? hash(secretKey) : secretKey).copy(block);
  const pad = (byte: number) => Buffer.from(block.map((each) => each ^ byte));
  return hash(Buffer.concat([pad(0x5c), hash(Buffer.concat([pad(0x36), message]))]));
}

test("a flip of any bit of body, id, time or signature is refused", () => {
  let flips = 0;
  for (const field of ["body", "id", "timestamp", "signature"] as const) {
    const whole = Buffer.from(field === "body" ? body : (sent[field] as string), "latin1");
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const changed = Buffer.from(whole);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      const value = field === "body" ? changed : changed.toString("latin1");
      assert.notEqual(judge({ [field]: value }), "valid", `${field}, bit ${bit}`);
      flips += 1;
    }
  }
  assert.equal(flips, 8 * (body.length + id.length + 10 + signature.length));
});
