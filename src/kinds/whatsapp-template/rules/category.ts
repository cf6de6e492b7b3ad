// The rules about a WhatsApp template's category; they know no text.
import type { Rule } from "../../../contract/diagnostic.ts";
import { nearest } from "../../_shared/nearest.ts";
import { meta } from "../../_shared/sources.ts";
import { quoted } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { manifest } from "./manifest.ts";

const categories = ["AUTHENTICATION", "MARKETING", "UTILITY"];

/** Whether a category is one of Meta's; an absent or a misspelt one has a finding of its own. */
export function isCategory(category: string | undefined): category is string {
  return category !== undefined && categories.includes(category);
}

/** Whether a template is for codes, also when its category is misspelt: nothing else may follow from the slip. */
export function isMeantForCodes(category: string | undefined): boolean {
  return /^auth/i.test(category ?? "");
}

/** Both also for the schema, whose list of categories speaks first. */
export function categoryHint(category: unknown): string {
  const meant = typeof category === "string" ? nearest(category.toUpperCase(), categories, 3) : undefined;
  return meant === undefined ? categoryKnown.hint : `Write ${meant}.`;
}

export function categoryMessage(category: unknown): string {
  const shown = typeof category === "string" ? quoted(category) : "this";
  return `category ${shown} is none of AUTHENTICATION, MARKETING and UTILITY`;
}

export const categoryKnown: Rule<WhatsAppSpec> = {
  code: "CX3007",
  title: "A WhatsApp template's category is AUTHENTICATION, MARKETING or UTILITY",
  severity: "error",
  reason: "Meta knows three categories, in capital letters. The category decides price, consent and review.",
  source: meta,
  hint: "Write AUTHENTICATION for one-time codes, UTILITY for what a customer has asked for or waits for, MARKETING for everything else.",
  examples: {
    wrong: manifest(`
language: en
category: TRANSACTIONAL
body: Your order has left our warehouse today.`),
    right: manifest(`
language: en
category: UTILITY
body: Your order has left our warehouse today.`),
    at: { line: 7, column: 13 },
  },
  *check({ spec: { category } }) {
    if (category === undefined || isCategory(category)) return;
    yield { message: categoryMessage(category), hint: categoryHint(category), pointer: "/spec/category" };
  },
};

const given: Rule<WhatsAppSpec> = {
  code: "CX3008",
  title: "A WhatsApp template names its category",
  severity: "warning",
  reason:
    "Without a category Meta guesses one, and the guess decides price and consent. The category of an approved template cannot be changed.",
  source: meta,
  hint: "Add category: UTILITY, MARKETING or AUTHENTICATION to the spec.",
  examples: {
    wrong: manifest(`
language: en
body: Your order has left our warehouse today.`),
    right: manifest(`
language: en
category: UTILITY
body: Your order has left our warehouse today.`),
    at: { line: 5, column: 1 },
  },
  *check({ spec }) {
    if (spec.category !== undefined) return;
    yield {
      message: "category is missing; Meta will guess one",
      hint: given.hint,
      pointer: "/spec/category",
    };
  },
};

export const categoryRules: readonly Rule<WhatsAppSpec>[] = [categoryKnown, given];
