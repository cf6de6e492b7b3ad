// Holds the version that the program says of itself to the one under which it is published.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { version } from "../../src/base/version.ts";

test("the version in src is the version of package.json and of the lockfile", () => {
  const read = (file: string) =>
    JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")) as { readonly version: string };
  assert.equal(version, read("package.json").version);
  assert.equal(version, read("package-lock.json").version);
});
