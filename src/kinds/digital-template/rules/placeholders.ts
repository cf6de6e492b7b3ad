// The rules about a digital template's placeholders and the variables behind them; they know no channel.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { dottedGrammar, isDottedName, nearestDottedName, parseDottedText } from "../../_shared/dotted-placeholders.ts";
import { lineAndColumn } from "../../_shared/measure.ts";
import { nearest } from "../../_shared/nearest.ts";
import { describeError } from "../../_shared/placeholder-errors.ts";
import { project } from "../../_shared/sources.ts";
import { quoted } from "../../_shared/wording.ts";
import type { ContentBlock, DigitalSpec } from "../spec.ts";
import { withContent } from "./manifest.ts";

const right = withContent(
  "Hello {{customer.name}}, your fitting is on {{appointment.day}}.",
  "[customer.name, appointment.day]",
);

/** Where a place inside a block is, in words. */
function inBlock(block: ContentBlock, offset: number): string {
  const { line, column } = lineAndColumn(block.content, offset);
  return `block ${quoted(block.id)}, line ${line}, column ${column}`;
}

const wellFormed: Rule<DigitalSpec> = {
  code: "CX3101",
  title: "Every pair of double braces is a placeholder {{name.path}}",
  severity: "error",
  reason:
    "CXone fills {{customer.first_name}}: lower-case words of letters, digits and underscores, joined by dots. Spaces inside the braces, capital letters and hyphens make it plain text that the customer would read.",
  source: project,
  hint: "Write the placeholder as lower-case words joined by dots, without spaces, such as {{customer.first_name}}.",
  examples: {
    wrong: withContent("Hello {{customer.name}}, your order {{order-id}} is packed.", "[customer.name]"),
    right,
    at: { line: 11, column: 52 },
  },
  *check({ spec }): Iterable<Finding> {
    for (const [at, block] of spec.contentBlocks.entries()) {
      for (const error of parseDottedText(block.content).errors) {
        const { message, hint } = describeError(error, dottedGrammar);
        yield {
          message: `${inBlock(block, error.start)}: ${message}`,
          hint,
          pointer: `/spec/contentBlocks/${at}/content`,
          offset: error.start,
          length: error.length,
        };
      }
    }
  },
};

const declared: Rule<DigitalSpec> = {
  code: "CX3102",
  title: "Every variable that a block uses is declared",
  severity: "error",
  reason: "A sender fills what variables lists; a placeholder outside that list would stay empty.",
  source: project,
  hint: "Add the name to variables.",
  examples: {
    wrong: withContent("Hello {{customer.name}}, your fitting is on {{appointment.day}}.", "[customer.name]"),
    right,
    at: { line: 11, column: 60 },
  },
  *check({ spec }): Iterable<Finding> {
    const known = new Set(spec.variables);
    for (const [at, block] of spec.contentBlocks.entries()) {
      for (const { name, start, length } of parseDottedText(block.content).placeholders) {
        if (known.has(name)) continue;
        const meant = nearest(name, spec.variables, 2);
        yield {
          message: `${inBlock(block, start)}: {{${name}}} is not declared under variables`,
          hint: `Add ${name} to variables${meant === undefined ? "" : `, or write {{${meant}}}`}.`,
          pointer: `/spec/contentBlocks/${at}/content`,
          offset: start,
          length,
        };
      }
    }
  },
};

const used: Rule<DigitalSpec> = {
  code: "CX3103",
  title: "Every declared variable is used",
  severity: "warning",
  reason: "A sender must fill a declared variable although nobody reads it; often its placeholder was forgotten.",
  source: project,
  hint: "Remove the variable, or use its placeholder in a block.",
  examples: {
    wrong: withContent("Hello {{customer.name}}, your fitting is on Monday.", "[customer.name, appointment.day]"),
    right,
    at: { line: 12, column: 30 },
  },
  *check({ spec }): Iterable<Finding> {
    const parsed = spec.contentBlocks.map((block) => parseDottedText(block.content));
    // A placeholder with a slip in it has its own finding; the variable that it means is no leftover.
    if (parsed.some(({ errors }) => errors.length > 0)) return;
    const names = new Set(parsed.flatMap(({ placeholders }) => placeholders.map(({ name }) => name)));
    for (const [at, variable] of spec.variables.entries()) {
      if (names.has(variable) || spec.variables.indexOf(variable) < at) continue;
      const meant = isDottedName(variable) ? variable : nearestDottedName(variable);
      yield {
        message: isDottedName(variable)
          ? `variable ${quoted(variable)} is used in no block`
          : `variable ${quoted(variable)} can be used in no block: a name is lower-case words joined by dots`,
        hint:
          meant === undefined
            ? "Remove the variable."
            : `Remove the variable, or use ${meant === variable ? "" : `${meant} and `}{{${meant}}} in a block.`,
        pointer: `/spec/variables/${at}`,
      };
    }
  },
};

const once: Rule<DigitalSpec> = {
  code: "CX3104",
  title: "Every variable is declared once",
  severity: "error",
  reason: "Two entries of one name make it unclear how many values a sender owes.",
  source: project,
  hint: "Remove the repeated variable.",
  examples: {
    wrong: withContent(
      "Hello {{customer.name}}, your fitting is on {{appointment.day}}.",
      "[customer.name, appointment.day, customer.name]",
    ),
    right,
    at: { line: 12, column: 47 },
  },
  *check({ spec }): Iterable<Finding> {
    const seen = new Set<string>();
    for (const [at, variable] of spec.variables.entries()) {
      if (seen.has(variable)) {
        yield {
          message: `variable ${quoted(variable)} is declared twice`,
          hint: once.hint,
          pointer: `/spec/variables/${at}`,
        };
      }
      seen.add(variable);
    }
  },
};

export const placeholderRules: readonly Rule<DigitalSpec>[] = [wellFormed, declared, used, once];
