// An answer's body as JSON: what JSON can say and canonical JSON cannot hold never gets past the reader, so that each answer can be digested.
import assert from "node:assert/strict";
import test from "node:test";
import { canonical } from "../../src/base/canonical.ts";
import type { Json } from "../../src/contract/json.ts";
import { parseBody } from "../../src/cxone/body.ts";

function read(text: string): Json {
  const body = parseBody(Buffer.from(text));
  assert.ok(body.kind === "json", `${text}: ${body.kind}`);
  assert.ok(canonical(body.value));
  return body.value;
}

test("half a character reads U+FFFD, in texts and in names, and whole ones stay", () => {
  assert.deepEqual(read('{"a":"x\\ud800y","\\uDC00b":["\\uDFFF"]}'), { a: "x\ufffdy", "\ufffdb": ["\ufffd"] });
  assert.deepEqual(read('["\\ud83d\\ude00","\\uD83D","\\ude00\\ud83d","\\u00e9","😀"]'), [
    "😀",
    "\ufffd",
    "\ufffd\ufffd",
    "é",
    "😀",
  ]);
  // In a text that names the escape, it is a text.
  assert.deepEqual(read('"\\\\ud800"'), "\\ud800");
});

test("a number beyond every double reads null, and each other one as it is", () => {
  const digits = "9".repeat(310);
  assert.deepEqual(read(`[1e400,-1E+999,${digits},1e2,-0.5,1e-400,12e308,1e308]`), [
    null,
    null,
    null,
    100,
    -0.5,
    0,
    null,
    1e308,
  ]);
  assert.deepEqual(read(`{"a":{"b":1e999},"c":${"9".repeat(299)}e9}`), {
    a: { b: null },
    c: Number(`${"9".repeat(299)}e9`),
  });
});

test("no own __proto__ is left, however it is written, also beside what is mended", () => {
  for (const text of ['{"__proto__":{"x":1},"a":1e400}', '{"\\u005f_proto__":{"x":1},"a":1e400}'])
    assert.deepEqual(Object.keys(read(text) as object), ["a"]);
});
