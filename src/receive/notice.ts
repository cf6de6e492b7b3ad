// What people are told, in the form that their channel takes: Slack's, Teams' or plain JSON. It decides nothing.
import type { Json, JsonObject } from "../contract/json.ts";
import type { Version } from "../contract/kind.ts";
import { harmless } from "../report/harmless.ts";

export type NoticeFormat = "json" | "slack" | "teams";

export interface Notice {
  readonly event: "rejected" | "paused" | "recategorised" | "overdue" | "drift" | "deadLetter";
  readonly environment: string;
  /** Null where it is about several or none. */
  readonly address: string | null;
  readonly version: Version | null;
  /** What follows the address in the sentence: `was rejected`. */
  readonly told: string;
  /** CXone's reason, foreign text. */
  readonly reason: string | null;
  /** The way on: an imperative sentence. */
  readonly hint: string;
  /** ISO time. */
  readonly at: string;
}

/** CXone's reasons are short; a longer one would hide the way on. */
const mostReason = 500;

export function noticeBody(notice: Notice, format: NoticeFormat): JsonObject {
  const line = lineOf(notice);
  if (format === "slack") return { text: escapedForSlack(`${line}\n${notice.hint}`), mrkdwn: false };
  if (format === "teams") return card(line, notice.hint);
  const { event, environment, address, version, reason, hint, at } = notice;
  return {
    event,
    environment,
    address,
    version,
    message: line,
    reason: reason === null ? null : shown(reason),
    hint,
    at,
  };
}

/** `production: WhatsAppTemplate/parcel/en version 3 was rejected: TAG_CONTENT_MISMATCH` */
function lineOf({ environment, address, version, told, reason }: Notice): string {
  const subject = address === null ? "" : `${harmless(address)}${version === null ? "" : ` version ${version}`} `;
  return `${environment}: ${subject}${told}${reason === null ? "" : `: ${shown(reason)}`}`;
}

const shown = (reason: string): string =>
  harmless(reason.length > mostReason ? `${reason.slice(0, mostReason)}…` : reason);

/** The three characters that Slack gives a meaning (https://docs.slack.dev/messaging/formatting-message-text, read 2026-11): no link, no @channel. */
const escapedForSlack = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * An Adaptive Card, which the webhooks of Teams' Workflows take; the classic MessageCard belongs to the connectors that Microsoft retires.
 * A TextRun takes no Markdown, so that foreign text can make no link.
 */
function card(line: string, hint: string): JsonObject {
  const paragraph = (text: string, look: JsonObject): Json => ({
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text, ...look }],
  });
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [paragraph(line, { weight: "Bolder" }), paragraph(hint, {})],
        },
      },
    ],
  };
}

/** That deliveries to a target are given up; which ones, `events list` tells. */
export function deadLetterBody(
  dead: {
    readonly environment: string;
    readonly target: string;
    readonly reason: string | null;
    /** Whether they have no body any more. */
    readonly isErased: boolean;
    readonly at: string;
  },
  format: NoticeFormat,
): JsonObject {
  const { environment, target, reason, isErased, at } = dead;
  return noticeBody(
    {
      event: "deadLetter",
      environment,
      address: null,
      version: null,
      told: `deliveries to ${target} are given up`,
      reason,
      hint: isErased
        ? "See cxform events list; they have no body any more and cannot be sent again."
        : "See cxform events list; once the target is well, cxform events retry sends them again.",
      at,
    },
    format,
  );
}
