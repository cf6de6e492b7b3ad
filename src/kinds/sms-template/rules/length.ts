// Rules on how long an SMS may become: segments, parts, bounded placeholders; the counting itself is in _shared/segments.ts.
import type { Rule } from "../../../contract/diagnostic.ts";
import { manifest } from "../../_shared/example.ts";
import { countCodePoints } from "../../_shared/measure.ts";
import { maxParts, partSizes, type Segmented, segment } from "../../_shared/segments.ts";
import { counted } from "../../_shared/wording.ts";
import { namedCharacter } from "../character-name.ts";
import { type LongestMessage, longestMessage, placeholdersOf, variableOf } from "../longest.ts";
import type { SmsSpec } from "../spec.ts";

const unitNames = { "GSM-7": "septet", "UCS-2": "unit" } as const;

function offenderPhrase({ offender }: Segmented, message: LongestMessage, content: string): string {
  if (offender === undefined) return "";
  const { offset, variable } = message.origin(offender.offset);
  const place =
    variable === undefined
      ? `at character ${countCodePoints(content.slice(0, offset)) + 1}`
      : `in the example of {{${variable}}}`;
  const substitute = substitutePhrase(offender.substitute);
  return `; ${namedCharacter(offender.character)} ${place} is not in the GSM alphabet${substitute}`;
}

function substitutePhrase(substitute: string | undefined): string {
  if (substitute === undefined) return "";
  return substitute === "" ? ", it can be left out" : `, ${JSON.stringify(substitute)} is`;
}

function shorterHint({ encoding, units, segments, offender }: Segmented, maxSegments: number): string {
  const { single, joined } = partSizes[encoding];
  const room = maxSegments === 1 ? single : joined * maxSegments;
  // Pairs that are never split can need one more part although the units alone would fit.
  const shorten = `shorten the text by ${counted(Math.max(units - room, 1), unitNames[encoding])}`;
  const raise = `set maxSegments: ${segments} (each segment is billed)`;
  if (offender === undefined) return `${shorten.replace("s", "S")}, or ${raise}.`;
  const name = namedCharacter(offender.character);
  const instead =
    offender.substitute === undefined || offender.substitute === ""
      ? `Leave out ${name}`
      : `Write ${JSON.stringify(offender.substitute)} instead of ${name}`;
  return `${instead} and its like, so that a segment holds 160 septets instead of 70 units; or ${shorten}, or ${raise}.`;
}

const segmentLimit: Rule<SmsSpec> = {
  code: "CX3201",
  title: "An SMS takes more segments than maxSegments",
  severity: "error",
  reason:
    "Every segment is billed and a phone may show them apart. One segment holds 160 septets of the GSM alphabet or, as soon as one character is outside of it, 70 UCS-2 units; joined ones hold 153 or 67.",
  source: "3GPP TS 23.038 §6.2.1, TS 23.040 §9.2.3.24.1 (November 2026)",
  hint: "Shorten the text, replace the character that is outside the GSM alphabet, or raise maxSegments.",
  examples: {
    wrong: manifest(
      "SmsTemplate",
      "store-opening",
      'content: "Juniper & Pine: we’re open until 9 pm all week. Come and see the new boots. Reply STOP to opt out."',
      'fromAddress: "58463"',
    ),
    right: manifest(
      "SmsTemplate",
      "store-opening",
      'content: "Juniper & Pine: we\'re open until 9 pm all week. Come and see the new boots. Reply STOP to opt out."',
      'fromAddress: "58463"',
    ),
    at: { line: 6, column: 12 },
  },
  *check({ spec }) {
    const message = longestMessage(spec);
    const segmented = segment(message.text);
    // A limit that the schema refuses has its own finding and counts as the default here.
    const maxSegments = Math.max(1, spec.maxSegments ?? 1);
    if (segmented.segments <= maxSegments) return;
    const { encoding, units, segments } = segmented;
    const longest = message.text === spec.content ? "" : " with the longest values";
    const figures = `${encoding}, ${counted(units, unitNames[encoding])}${longest}`;
    const offender = offenderPhrase(segmented, message, spec.content);
    // INTERFACE §5 fixes the message; what forces UCS-2 is the finding itself, so that it stands in the message as well.
    const why = offender === "" ? "" : ` (${figures}${offender})`;
    const counts = offender === "" ? `It is ${figures}. ` : "";
    yield {
      message: `content needs ${counted(segments, "segment")}; maxSegments is ${maxSegments}${why}`,
      hint: `${counts}${shorterHint(segmented, maxSegments)}`,
      pointer: "/spec/content",
    };
  },
};

const partLimit: Rule<SmsSpec> = {
  code: "CX3202",
  title: "An SMS takes more parts than a phone can join",
  severity: "error",
  reason: "The header that joins the parts counts them in one octet, so that no message has more than 255.",
  source: "3GPP TS 23.040 §9.2.3.24.1 (November 2026)",
  hint: "Shorten the text or lower the maxLength of its variables.",
  examples: {
    wrong: manifest(
      "SmsTemplate",
      "trail-report",
      'content: "Juniper & Pine trail report: {{report}} Reply STOP to opt out."',
      'fromAddress: "58463"',
      "maxSegments: 400",
      "variables:",
      "  report: { maxLength: 40000, example: Snow above 1500 m. }",
    ),
    right: manifest(
      "SmsTemplate",
      "trail-report",
      'content: "Juniper & Pine trail report: {{report}} Reply STOP to opt out."',
      'fromAddress: "58463"',
      "maxSegments: 4",
      "variables:",
      "  report: { maxLength: 400, example: Snow above 1500 m. }",
    ),
    at: { line: 6, column: 12 },
  },
  *check({ spec }) {
    const { segments } = segment(longestMessage(spec).text);
    if (segments <= maxParts) return;
    yield {
      message: `content needs more than ${maxParts} segments; a message has at most ${maxParts} parts`,
      hint: "Shorten the text or lower the maxLength of its variables.",
      pointer: "/spec/content",
    };
  },
};

const boundedPlaceholders: Rule<SmsSpec> = {
  code: "CX3203",
  title: "A placeholder of an SMS has no maxLength",
  severity: "warning",
  reason:
    "Segments are counted for the longest value. Without maxLength the count is only a lower bound, and the bill a guess.",
  source: "common practice",
  hint: "Give the variable a maxLength under spec.variables.",
  examples: {
    wrong: manifest(
      "SmsTemplate",
      "sign-in-code",
      'content: "Juniper & Pine: your sign-in code is {{code}}. Reply STOP to opt out."',
      'fromAddress: "58463"',
    ),
    right: manifest(
      "SmsTemplate",
      "sign-in-code",
      'content: "Juniper & Pine: your sign-in code is {{code}}. Reply STOP to opt out."',
      'fromAddress: "58463"',
      "variables:",
      '  code: { maxLength: 6, example: "482913" }',
    ),
    at: { line: 6, column: 50 },
  },
  *check({ spec }) {
    const seen = new Set<string>();
    for (const { name, offset, length } of placeholdersOf(spec.content)) {
      if (seen.has(name) || variableOf(spec, name)?.maxLength !== undefined) continue;
      seen.add(name);
      const isDeclared = variableOf(spec, name) !== undefined;
      yield {
        message: isDeclared
          ? `{{${name}}} has no maxLength, so the count of segments is a lower bound`
          : `{{${name}}} is not among the variables, so the count of segments is a lower bound`,
        hint: isDeclared
          ? `Add maxLength, the longest value in characters, to ${name} under spec.variables.`
          : `Add "${name}: { maxLength: 10 }" under spec.variables, with the longest value in characters.`,
        pointer: "/spec/content",
        offset,
        length,
      };
    }
  },
};

export const lengthRules: readonly Rule<SmsSpec>[] = [segmentLimit, partLimit, boundedPlaceholders];
