// The rules about a digital template's channels and what each of them can carry; they know no placeholder.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { countBytes, countCodePoints, offsetAfterBytes } from "../../_shared/measure.ts";
import { nearest } from "../../_shared/nearest.ts";
import { partSizes, segment } from "../../_shared/segments.ts";
import { project } from "../../_shared/sources.ts";
import { counted, quoted } from "../../_shared/wording.ts";
import { composed } from "../message.ts";
import type { DigitalSpec } from "../spec.ts";
import { withChannels, withContent } from "./manifest.ts";

/** Of a block that goes to WhatsApp: bytes, not characters as in a WhatsAppTemplate (D). */
const mostWhatsAppBytes = 1024;

/** The channels of the documents, and those that CXone digital offers beside them. */
const channels =
  "whatsapp messenger facebook sms rcs instagram telegram viber line wechat kakaotalk apple google twitter email chat webchat livechat teams slack zalo".split(
    " ",
  );

const present: Rule<DigitalSpec> = {
  code: "CX3107",
  title: "A template has at least one channel, and none twice",
  severity: "error",
  reason: "Without a channel nothing can be sent; a channel that stands twice is a slip that hides another.",
  source: project,
  hint: "List every channel once under channels.",
  examples: {
    wrong: withChannels("[messenger, whatsapp, messenger]"),
    right: withChannels("[messenger, whatsapp]"),
    at: { line: 7, column: 35 },
  },
  *check({ spec }): Iterable<Finding> {
    if (spec.channels.length === 0) {
      const hint = "Add at least one channel, such as whatsapp, messenger or sms.";
      yield { message: "channels is empty; a template has at least 1 channel", hint, pointer: "/spec/channels" };
    }
    for (const [at, channel] of spec.channels.entries()) {
      if (spec.channels.indexOf(channel) === at) continue;
      yield {
        message: `channel ${quoted(channel)} stands twice`,
        hint: "Remove the repeated channel.",
        pointer: `/spec/channels/${at}`,
      };
    }
  },
};

const known: Rule<DigitalSpec> = {
  code: "CX3108",
  title: "Every channel is one that CXone is known to have",
  severity: "warning",
  reason:
    "Channels are written in lower case. A tenant may have channels of its own, so an unknown one is only reported; limits of a channel apply by its exact name.",
  source: project,
  hint: "Check the spelling; the usual channels are whatsapp, messenger and sms.",
  examples: { wrong: withChannels("[WhatsApp]"), right: withChannels("[whatsapp]"), at: { line: 7, column: 14 } },
  *check({ spec }): Iterable<Finding> {
    for (const [at, channel] of spec.channels.entries()) {
      if (channels.includes(channel) || spec.channels.indexOf(channel) < at) continue;
      const meant = nearest(channel, channels, 2);
      yield {
        message: `channel ${quoted(channel)} is unknown`,
        hint: meant === undefined ? known.hint : `Did you mean ${meant}?`,
        pointer: `/spec/channels/${at}`,
      };
    }
  },
};

const whatsAppBytes: Rule<DigitalSpec> = {
  code: "CX3109",
  title: "A block for WhatsApp has at most 1024 bytes",
  severity: "error",
  reason:
    "CXone checks each block of a template for WhatsApp in bytes of UTF-8: a Latin letter is one, a Cyrillic or accented one two, a Chinese character three, an emoji four.",
  source: project,
  hint: "Shorten the block, or split it into two blocks.",
  examples: {
    wrong: withContent("Ваш заказ уже собран. ".repeat(27).trim(), "[]", "[whatsapp]"),
    right: withContent("Ваш заказ уже собран. ".repeat(26).trim(), "[]", "[whatsapp]"),
    at: { line: 11, column: 593 },
  },
  *check({ spec }): Iterable<Finding> {
    if (!spec.channels.includes("whatsapp")) return;
    for (const [at, { id, content }] of spec.contentBlocks.entries()) {
      const bytes = countBytes(content);
      if (bytes <= mostWhatsAppBytes) continue;
      const offset = offsetAfterBytes(content, mostWhatsAppBytes);
      yield {
        message: `block ${quoted(id)} has ${bytes} bytes in ${countCodePoints(content)} characters; the limit for whatsapp is ${mostWhatsAppBytes} bytes`,
        hint: `Shorten the block by ${counted(bytes - mostWhatsAppBytes, "byte")}, or split it into two blocks.`,
        pointer: `/spec/contentBlocks/${at}/content`,
        offset,
        length: content.length - offset,
      };
    }
  },
};

/** Block and offset of an offset into the composed message; a line feed between two blocks counts to the first. */
function placeIn(spec: DigitalSpec, offset: number): { readonly pointer: string; readonly offset: number } {
  let rest = offset;
  for (const [at, { content }] of spec.contentBlocks.entries()) {
    if (rest <= content.length) return { pointer: `/spec/contentBlocks/${at}/content`, offset: rest };
    rest -= content.length + 1;
  }
  return { pointer: "/spec/contentBlocks", offset: 0 };
}

const oneSegment: Rule<DigitalSpec> = {
  code: "CX3110",
  title: "The message for sms fits one segment",
  severity: "warning",
  reason:
    "Carriers cut and bill a message by segments: 160 septets, or 70 UTF-16 units as soon as one character is not in the GSM alphabet. All blocks are sent as one message; placeholders are counted as written.",
  source: `${project}; 3GPP TS 23.038 and 23.040`,
  hint: "Shorten the message, or replace the characters that are not in the GSM alphabet.",
  examples: {
    wrong: withContent(
      "Your boot fitting is booked. Please bring the socks you hike in. A fitting takes about 40 minutes. Reply to this message to move it or to ask for another store. Thanks.",
      "[]",
      "[sms]",
    ),
    right: withContent("Your boot fitting is booked for Monday.", "[]", "[sms]"),
    at: { line: 11, column: 16 },
  },
  *check({ spec }): Iterable<Finding> {
    if (!spec.channels.includes("sms")) return;
    const { encoding, units, segments, offender } = segment(composed(spec.contentBlocks));
    if (segments <= 1) return;
    const unit = encoding === "GSM-7" ? "septet" : "unit";
    const size = `${encoding}, ${counted(units, unit)}, one holds ${partSizes[encoding].single}`;
    if (offender === undefined) {
      yield {
        message: `the message for sms needs ${segments} segments (${size})`,
        hint: `Shorten the message by ${counted(units - partSizes[encoding].single, unit)}, or leave sms to a template of its own.`,
        ...placeIn(spec, 0),
      };
      return;
    }
    const { character, substitute } = offender;
    yield {
      message: `the message for sms needs ${segments} segments (${size}), because ${quoted(character)} is not in the GSM alphabet`,
      hint:
        substitute === undefined
          ? `Replace ${quoted(character)}, or shorten the message to ${partSizes["UCS-2"].single} units.`
          : `${substitute === "" ? `Remove ${codePoint(character)}` : `Write ${quoted(substitute)} in place of ${quoted(character)}`}; without such characters a segment holds ${partSizes["GSM-7"].single} septets.`,
      ...placeIn(spec, offender.offset),
      length: character.length,
    };
  },
};

/** For characters that cannot be seen. */
function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

export const channelRules: readonly Rule<DigitalSpec>[] = [present, known, whatsAppBytes, oneSegment];
