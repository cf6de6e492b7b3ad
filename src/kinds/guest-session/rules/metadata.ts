// Rules on the metadata of a guest session: how much, of what type, and nobody's personal data; repeats no such value.

import type { Rule } from "../../../contract/diagnostic.ts";
import type { Json } from "../../../contract/json.ts";
import { looksPersonal, type Personal } from "../../_shared/personal.ts";
import { counted, pointerSegment, quoted } from "../../_shared/wording.ts";
import { metadataBytes } from "../counts.ts";
import { session } from "../example.ts";
import type { GuestSpec } from "../spec.ts";

const mostKeys = 250;
const mostBytes = 8192;

const keyCount: Rule<GuestSpec> = {
  code: "CX3505",
  title: "The metadata of a session has at most 250 keys",
  severity: "error",
  reason: "CXone refuses a session with more.",
  source: "the project's own documents (November 2026)",
  hint: "Remove keys that routing and agents do not need.",
  examples: {
    wrong: session({
      metadata: `{ ${Array.from({ length: mostKeys + 1 }, (_, index) => `shelf${index}: ${index}`).join(", ")} }`,
    }),
    right: session(),
    at: { line: 9, column: 13 },
  },
  *check({ spec }) {
    const count = Object.keys(spec.metadata).length;
    if (count <= mostKeys) return;
    yield {
      message: `metadata has ${count} keys; the limit is ${mostKeys}`,
      hint: `Remove ${counted(count - mostKeys, "key")}.`,
      pointer: "/spec/metadata",
    };
  },
};

function isPlain(value: Json): boolean {
  return (
    typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
  );
}

/** What a value is, without the value. */
function sortOf(value: Json): string {
  if (value === null) return "empty";
  if (typeof value === "number") return "no finite number";
  return Array.isArray(value) ? "a list" : "a map";
}

const plainValues: Rule<GuestSpec> = {
  code: "CX3506",
  title: "A metadata value of a session is a text, a finite number, true or false",
  severity: "error",
  reason: "CXone keeps flat metadata only.",
  source: "the project's own documents (November 2026)",
  hint: "Write a text, a number, true or false; a list can be one text with commas.",
  examples: {
    wrong: session({ metadata: "{ shelves: [boots, tents] }" }),
    right: session(),
    at: { line: 9, column: 24 },
  },
  *check({ spec }) {
    for (const [key, value] of Object.entries(spec.metadata)) {
      if (isPlain(value)) continue;
      const isNameable = looksPersonal(key) === undefined;
      yield {
        message: `the value of ${isNameable ? quoted(key) : "a key"} is ${sortOf(value)}; it must be a text, a finite number, true or false`,
        hint:
          value === null
            ? "Give the key a value, or remove it."
            : "Write a text, a number, true or false; a list can be one text with commas.",
        pointer: isNameable ? `/spec/metadata/${pointerSegment(key)}` : "/spec/metadata",
      };
    }
  },
};

const byteLimit: Rule<GuestSpec> = {
  code: "CX3507",
  title: "The metadata of a session has at most 8192 bytes",
  severity: "error",
  reason: "CXone refuses a session whose metadata is larger as JSON in UTF-8.",
  source: "the project's own documents (November 2026)",
  hint: "Shorten the values, or keep them elsewhere and name them by an id.",
  examples: {
    wrong: session({ metadata: `{ story: ${"wool ".repeat(1640).trim()} }` }),
    right: session(),
    at: { line: 9, column: 13 },
  },
  *check({ spec }) {
    const sizeBytes = metadataBytes(spec.metadata);
    if (sizeBytes <= mostBytes) return;
    yield {
      message: `metadata has ${sizeBytes} bytes of JSON; the limit is ${mostBytes}`,
      hint: `Shorten it by ${counted(sizeBytes - mostBytes, "byte")}, or keep long texts elsewhere and name them by an id.`,
      pointer: "/spec/metadata",
    };
  },
};

/** A key such as `phone` makes a bare row of digits a phone number. */
const phoneKey = /phone|mobile|msisdn|whats_?app_?(?:number|id)/i;

function personalIn(key: string, value: Json): Personal | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value);
  return (
    looksPersonal(text) ??
    (phoneKey.test(key) && /^\d{7,15}$/.test(text.replace(/[ ().-]/g, "")) ? "a phone number" : undefined)
  );
}

const personalData: Rule<GuestSpec> = {
  code: "CX3508",
  title: "The metadata of a session looks personal",
  severity: "warning",
  reason:
    "The manifest stays in git for ever, where nobody can erase an e-mail address, a phone number or a card number.",
  source: "GDPR Art. 5(1)(c) and Art. 17; PCI DSS 4.0 §3 (November 2026)",
  hint: "Name people by an id that means nothing outside of your systems.",
  examples: {
    wrong: session({ metadata: "{ contact: kim@juniperandpine.example }" }),
    right: session({ metadata: "{ contact: c-20417 }" }),
    at: { line: 9, column: 24 },
  },
  *check({ spec }) {
    const hint =
      "Name people by an id that means nothing outside of your systems; what is pushed already stays in git's history.";
    for (const [key, value] of Object.entries(spec.metadata)) {
      const inKey = looksPersonal(key);
      // A pointer to such a key would repeat it.
      if (inKey !== undefined)
        yield { message: `a key of metadata looks like ${inKey}`, hint, pointer: "/spec/metadata" };
      const inValue = personalIn(key, value);
      if (inValue === undefined) continue;
      yield {
        message: `${inKey === undefined ? `the value of ${quoted(key)}` : "the value of that key"} looks like ${inValue}`,
        hint,
        pointer: inKey === undefined ? `/spec/metadata/${pointerSegment(key)}` : "/spec/metadata",
      };
    }
  },
};

export const metadataRules: readonly Rule<GuestSpec>[] = [keyCount, plainValues, byteLimit, personalData];
