// Whether a contact may be written to: reads CXone's record of it and judges by the kind's pure function. Whatever cannot be read or judged is "not eligible"; no answer repeats a contact id.
import { CallFailure } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { RecordsKind } from "../contract/kind.ts";
import { parseTime } from "../kinds/_shared/rfc3339.ts";
import { kinds } from "../kinds/kinds.ts";
import { type EligibilityReason, eligibility, isTimezone } from "../kinds/preference-batch/eligibility.ts";
import { channels } from "../kinds/preference-batch/spec.ts";
import { Invalid } from "./invalid.ts";
import { openWorkplace, type Workplace, type WorkplaceOptions } from "./workplace.ts";

export interface ConsentQuestion {
  /** The contact's UUID in CXone. */
  readonly contactId: string;
  readonly channel: string;
  /** RFC 3339, or epoch milliseconds; now when absent. */
  readonly at?: string | number;
  /** The recipient's IANA time zone: without it quiet hours stay unchecked. */
  readonly timezone?: string;
}

/** What CXone holds, without the contact. */
export interface ConsentEvidence {
  readonly optIn?: boolean;
  readonly consentTimestamp?: string | null;
  readonly withdrawalTimestamp?: string | null;
  readonly regulatoryRegion?: string;
  readonly source?: string;
  readonly updatedAt?: string;
}

export interface ConsentAnswer {
  readonly eligible: boolean;
  readonly reason: EligibilityReason;
  /** What could not be judged: `quiet_hours` without a time zone. */
  readonly unchecked: readonly string[];
  readonly evidence?: ConsentEvidence;
  /** Why the reason is `unknown`, and how to go on. */
  readonly problem?: string;
}

export interface ConsentSettings extends Pick<WorkplaceOptions, "config" | "environment" | "world" | "onEvent"> {
  /** True: consent given before the GDPR applied counts (Recital 171). */
  readonly acceptPreGdpr?: boolean;
}

export type ConsentOptions = ConsentSettings & ConsentQuestion;

/** One question. Fails closed: a record that cannot be read is `unknown`. Throws Invalid for config and credentials alone. */
export async function checkConsent(options: ConsentOptions): Promise<ConsentAnswer> {
  const { contactId, channel, at, timezone } = options;
  const question: ConsentQuestion = {
    contactId,
    channel,
    ...(at === undefined ? {} : { at }),
    ...(timezone === undefined ? {} : { timezone }),
  };
  for await (const answer of checkConsents(options, [question])) return answer;
  invariant(false, "a question without an answer");
}

/** How many questions are asked of CXone at a time. */
const mostAtOnce = 8;

/** Many questions over one token: an answer each, in their order. Undefined stands for a question that could not be read. */
export async function* checkConsents(
  settings: ConsentSettings,
  questions: Iterable<ConsentQuestion | undefined> | AsyncIterable<ConsentQuestion | undefined>,
): AsyncGenerator<ConsentAnswer, void> {
  const workplace = await openWorkplace({ ...settings, planning: true, contacts: true });
  try {
    const kind = recordsKind();
    const isEnabled = workplace.isEnabled(kind.family);
    const obstacles = isEnabled ? workplace.obstacles([kind.family]) : [];
    if (obstacles.length > 0) throw new Invalid(obstacles);
    const judge = (question: ConsentQuestion | undefined): Promise<ConsentAnswer> =>
      isEnabled
        ? answerTo(question, { kind, workplace, gdprCutoff: settings.acceptPreGdpr !== true })
        : Promise.resolve(unknown(`apis.${kind.family} is not enabled in this environment`));
    const waiting: Promise<ConsentAnswer>[] = [];
    for await (const question of questions) {
      waiting.push(judge(question));
      if (waiting.length >= mostAtOnce) yield await (waiting.shift() as Promise<ConsentAnswer>);
    }
    while (waiting.length > 0) yield await (waiting.shift() as Promise<ConsentAnswer>);
  } finally {
    await workplace.close();
  }
}

interface Judging {
  readonly kind: RecordsKind;
  readonly workplace: Workplace;
  readonly gdprCutoff: boolean;
}

async function answerTo(question: ConsentQuestion | undefined, judging: Judging): Promise<ConsentAnswer> {
  if (question === undefined) return unknown("the question is no JSON object with contactId and channel");
  const problem = problemOf(question);
  if (problem !== undefined) return unknown(problem);
  const { kind, workplace, gdprCutoff } = judging;
  const { contactId, channel, timezone } = question;
  const at = atOf(question.at, workplace.world.clock.now()) as number;
  let record: JsonObject | undefined;
  try {
    record = await kind.observeRecord(workplace.client.reader(kind.family), { contactId, channel });
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    return unknown(`CXone could not be read (${error.code} ${error.name}): ${without(contactId, error.hint)}`);
  }
  // Of somebody else's record nothing is told, and nothing follows for this contact.
  if (record === undefined) return unknown("CXone answers with no record of this contact on this channel");
  const policy = { gdprCutoff, ...(timezone === undefined ? {} : { timezone }) };
  return { ...eligibility(record, channel, at, policy), evidence: evidenceOf(record, contactId) };
}

/** What is wrong with a question; no value is repeated that could be a contact's. */
export function problemOf({ contactId, channel, at, timezone }: ConsentQuestion): string | undefined {
  if (!isContactId(contactId)) return "contactId is not a UUID";
  if (!channels.includes(channel)) return `channel is none of ${channels.join(", ")}`;
  if (atOf(at, 0) === undefined) return "at is no RFC 3339 time with an offset";
  if (timezone !== undefined && !isTimezone(timezone)) return "timezone is no IANA time zone";
  return undefined;
}

/** Whether a text is a contact's UUID as CXone writes it. */
export function isContactId(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function atOf(at: ConsentQuestion["at"], now: number): number | undefined {
  if (at === undefined) return now;
  if (typeof at === "string") return parseTime(at);
  return typeof at === "number" && Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? at : undefined;
}

const evidenceFields = ["optIn", "consentTimestamp", "withdrawalTimestamp", "regulatoryRegion", "source", "updatedAt"];

function evidenceOf(record: JsonObject, contactId: string): ConsentEvidence {
  const evidence: Record<string, Json> = {};
  for (const field of evidenceFields) {
    const value = record[field];
    if (typeof value === "string") evidence[field] = without(contactId, value);
    else if (value === null || typeof value === "boolean") evidence[field] = value;
  }
  return evidence;
}

/** The text without the contact's id, in whatever case it stands there. */
function without(contactId: string, text: string): string {
  const wanted = contactId.toLowerCase();
  for (let at = 0; at + wanted.length <= text.length; at++) {
    if (text.slice(at, at + wanted.length).toLowerCase() !== wanted) continue;
    return `${text.slice(0, at)}(contact)${without(contactId, text.slice(at + wanted.length))}`;
  }
  return text;
}

const unknown = (problem: string): ConsentAnswer => ({ eligible: false, reason: "unknown", unchecked: [], problem });

function recordsKind(): RecordsKind {
  const kind = kinds.find((one) => one.lifecycle === "records");
  invariant(kind !== undefined && kind.lifecycle === "records", "no kind of records");
  return kind;
}
