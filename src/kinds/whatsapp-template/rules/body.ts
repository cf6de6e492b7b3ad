// The rules about the length of a WhatsApp template's body; they know no placeholder.
import type { Rule } from "../../../contract/diagnostic.ts";
import { countCodePoints, offsetAfterCodePoints } from "../../_shared/measure.ts";
import { meta, project } from "../../_shared/sources.ts";
import { counted } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { manifest } from "./manifest.ts";

const longestBody = 1024;

const withBody = (body: string): string =>
  manifest(`
language: en
category: UTILITY
body: ${body}`);

const bodyLength: Rule<WhatsAppSpec> = {
  code: "CX3009",
  title: "A WhatsApp template has one body of 1 to 1024 characters",
  severity: "error",
  reason:
    "Meta accepts 1024 characters, placeholders counted as written. Characters are counted, not bytes: Cyrillic or emoji have the same room as Latin letters.",
  source: `${meta}; ${project}`,
  hint: "Shorten the body, or move a part of it to a second message.",
  examples: {
    wrong: withBody("We are packing your order. ".repeat(38).trim()),
    right: withBody("We are packing your order. ".repeat(37).trim()),
    at: { line: 8, column: 9 + longestBody },
  },
  *check({ spec: { body } }) {
    const characters = countCodePoints(body);
    if (characters <= longestBody && body.trim() !== "") return;
    const offset = characters > longestBody ? offsetAfterCodePoints(body, longestBody) : 0;
    yield {
      message:
        characters > longestBody
          ? `body has ${characters} characters; the limit is ${longestBody}`
          : `body is empty; it has 1 to ${longestBody} characters`,
      hint:
        characters > longestBody
          ? `Shorten the body by ${counted(characters - longestBody, "character")}.`
          : "Write the text of the message.",
      pointer: "/spec/body",
      offset,
      length: Math.max(1, body.length - offset),
    };
  },
};

const bodyUnits: Rule<WhatsAppSpec> = {
  code: "CX3010",
  title: "A WhatsApp template's body stays under 1024 when emoji count twice",
  severity: "warning",
  reason:
    "An emoji is one character but two UTF-16 units, and some editors and gateways count units. Within 1024 units the body passes either way.",
  source: `${meta}; ${project}`,
  hint: "Shorten the body, or use fewer emoji.",
  examples: {
    wrong: withBody("Fresh snow 🏔 ".repeat(78).trim()),
    right: withBody("Fresh snow 🏔 ".repeat(73).trim()),
    at: { line: 8, column: 9 + longestBody },
  },
  *check({ spec: { body } }) {
    if (body.length <= longestBody || countCodePoints(body) > longestBody) return;
    yield {
      message: `body has ${body.length} UTF-16 units in ${countCodePoints(body)} characters; some systems count units, and the limit is ${longestBody}`,
      hint: `Shorten the body by ${counted(body.length - longestBody, "unit")}; most emoji count as two.`,
      pointer: "/spec/body",
      offset: longestBody,
      length: body.length - longestBody,
    };
  },
};

export const bodyRules: readonly Rule<WhatsAppSpec>[] = [bodyLength, bodyUnits];
