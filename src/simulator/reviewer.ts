// The reviewer (Meta, a carrier): decides once, at submission, and lets the decision be seen as time passes, so that it also
// works for a process that was not there meanwhile. It knows no endpoint.
import type { Chance } from "./chance.ts";
import type { DecisionRule, ReviewedKind } from "./decisions.ts";
import { matchesGlob } from "./glob.ts";
import type { Settings } from "./options.ts";
import type { Forced, Verdict } from "./rows.ts";

export interface Subject {
  readonly kind: ReviewedKind;
  readonly name: string;
  readonly language?: string;
  /** Draws of chance depend on it. */
  readonly contentDigest: string;
  /** Name and language of another template with the same words. */
  readonly duplicateOf?: string;
}

/** Meta's own reasons (RULES, WhatsAppTemplate). */
const REASONS = ["INVALID_FORMAT", "PROMOTIONAL", "TAG_CONTENT_MISMATCH", "INCORRECT_CATEGORY"] as const;

export interface Reviewer {
  /** The rule for a subject, if there is one. */
  ruleFor(subject: Subject): DecisionRule | undefined;
  /** `immediate`: decided at once unless a rule says otherwise. */
  judge(subject: Subject, at: number): Verdict;
}

export function createReviewer(settings: Settings, chance: Chance): Reviewer {
  const ruleFor = (subject: Subject): DecisionRule | undefined =>
    settings.decisions.find(
      (rule) =>
        (rule.kind ?? "WhatsAppTemplate") === subject.kind &&
        matchesGlob(rule.match, subject.name) &&
        (rule.language === undefined || matchesGlob(rule.language, subject.language ?? "")),
    );

  const decide = (subject: Subject, rule: DecisionRule | undefined): Pick<Verdict, "outcome" | "reason"> => {
    if (rule?.decision === "never") return { outcome: "never", reason: null };
    if (rule?.decision === "reject") return { outcome: "reject", reason: rule.reason ?? "INVALID_FORMAT" };
    if (settings.rejectDuplicates && subject.duplicateOf !== undefined) {
      return { outcome: "reject", reason: `the same body and footer as ${subject.duplicateOf}` };
    }
    const label = `${subject.kind} ${subject.name} ${subject.language} ${subject.contentDigest}`;
    const isUnlucky = subject.kind === "WhatsAppTemplate" && chance.happens(settings.rejectPercent, `review ${label}`);
    if (rule === undefined && isUnlucky) return { outcome: "reject", reason: chance.pick(REASONS, `reason ${label}`) };
    return { outcome: "approve", reason: null };
  };

  return {
    ruleFor,
    judge: (subject, at) => {
      const rule = ruleFor(subject);
      const delayMs = rule?.afterMs ?? settings.reviewDelayMs;
      return { ...decide(subject, rule), reviewAt: at + Math.floor(delayMs / 2), decideAt: at + delayMs };
    },
  };
}

export type Stage = "pending" | "review" | "approved" | "rejected";

/** How far a review has come at a time, in epoch milliseconds. */
export function stageOf(verdict: Verdict, at: number): Stage {
  if (at < verdict.reviewAt) return "pending";
  if (at < verdict.decideAt || verdict.outcome === "never") return "review";
  return verdict.outcome === "approve" ? "approved" : "rejected";
}

export interface Standing {
  readonly status: string;
  readonly reason: string | null;
  /** When it came to this. */
  readonly since: number;
}

/** What is shown of a reviewed object: what somebody set, else how far the review has come, in the words of its family. */
export function standingOf(
  row: { readonly verdict: Verdict; readonly forced: Forced | null; readonly submittedAt: number },
  at: number,
  words: Readonly<Record<Stage, string>>,
): Standing {
  if (row.forced !== null) return { status: row.forced.status, reason: row.forced.reason, since: row.forced.at };
  const stage = stageOf(row.verdict, at);
  const since =
    stage === "pending" ? row.submittedAt : stage === "review" ? row.verdict.reviewAt : row.verdict.decideAt;
  return { status: words[stage], reason: stage === "rejected" ? row.verdict.reason : null, since };
}
