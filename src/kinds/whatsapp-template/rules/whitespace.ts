// The rule about runs of spaces, tabs and line breaks in a WhatsApp template's texts; it knows no other field.
import type { Rule } from "../../../contract/diagnostic.ts";
import { practice } from "../../_shared/sources.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { texts } from "../texts.ts";
import { manifest } from "./manifest.ts";

const runs = /\t+| {5,}|(?:\r?\n){3,}/g;

const calm: Rule<WhatsAppSpec> = {
  code: "CX3049",
  title: "A WhatsApp text has no tabs and no long runs of spaces or line breaks",
  severity: "warning",
  reason:
    "WhatsApp refuses parameters, and reviewers reject texts, with tabs, more than 4 consecutive spaces or more than 2 consecutive line breaks.",
  source: practice,
  hint: "Use single spaces, and one empty line between paragraphs.",
  examples: {
    wrong: manifest(`
language: en
category: UTILITY
body: "Your order     has left our warehouse today."`),
    right: manifest(`
language: en
category: UTILITY
body: "Your order has left our warehouse today."`),
    at: { line: 8, column: 20 },
  },
  *check({ spec }) {
    for (const { field, pointer, text } of texts(spec)) {
      for (const match of text.matchAll(runs)) {
        yield {
          message: `${field} has ${describe(match[0])}`,
          hint: calm.hint,
          pointer,
          offset: match.index,
          length: match[0].length,
        };
      }
    }
  },
};

function describe(run: string): string {
  if (run.startsWith("\t")) return "a tab";
  if (run.startsWith(" ")) return `${run.length} consecutive spaces; the limit is 4`;
  return `${run.replaceAll("\r", "").length} consecutive line breaks; the limit is 2`;
}

export const whitespaceRules: readonly Rule<WhatsAppSpec>[] = [calm];
