// What an apply or a settle did, as a newcomer understands it: what was done, what waits and for whom, what to run next. It decides nothing.

import type { Version } from "../contract/kind.ts";
import type { Held, Outcome } from "../contract/plan.ts";
import { harmless } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";
import { count, timeText, versionText } from "./phrase.ts";
import { symbols, tones, wayOn } from "./plan-words.ts";

export interface AppliedView {
  readonly outcomes: readonly Outcome[];
  /** CXone's decisions that this run has recorded. */
  readonly decided: readonly {
    readonly address: string;
    readonly version: Version;
    readonly status: string;
    readonly reason?: string;
  }[];
  readonly pending: readonly Held[];
  readonly blocked: readonly Held[];
  /** Steps of the reviewed plan that were left because they moved. */
  readonly left: readonly string[];
  readonly wasDeclined: boolean;
  readonly wasStopped: boolean;
  /** True: a person's screen, which keeps nothing. Only there it tells where a session is opened; a log is kept, and whoever reads it could talk in it. */
  readonly isOnScreen?: boolean;
  /** How the environment is named on a command line: ` --env production`, or nothing for the default one. */
  readonly flag: string;
}

/** The summary at the end. Ends with a newline. */
export function appliedText(view: AppliedView, paint: Paint = plain): string {
  if (view.wasDeclined) return "Nothing was changed.\n";
  const { outcomes } = view;
  const done = outcomes.filter((outcome) => outcome.status === "ok");
  const waiting = new Set(view.pending.map((row) => row.address));
  const of = (status: Outcome["status"]): readonly string[] =>
    outcomes
      .filter((outcome) => outcome.status === status)
      .flatMap((outcome) => outcomeLines(outcome, waiting, view.isOnScreen === true, paint));
  const sections = [
    list(
      "Decided by CXone",
      view.decided.map((one) => decidedLine(one, paint)),
      paint,
    ),
    list("Done", of("ok"), paint),
    list("Failed", of("failed"), paint),
    list("Not known (it may have happened; the next run reads CXone)", of("unknown"), paint),
    list("Not done", of("skipped"), paint),
    list(
      "Waiting",
      view.pending.flatMap((row) => waitingLines(row, paint)),
      paint,
    ),
    list(
      "Blocked",
      view.blocked.flatMap((row) => blockedLines(row, paint)),
      paint,
    ),
    list(
      "Left, because they are not as reviewed",
      view.left.map((line) => `  ${harmless(line)}`),
      paint,
    ),
    closing(view, done.length, paint),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function list(title: string, lines: readonly string[], paint: Paint): string {
  return lines.length === 0 ? "" : [paint("strong", title), ...lines, ""].join("\n");
}

function decidedLine({ address, version, status, reason }: AppliedView["decided"][number], paint: Paint): string {
  const tone = status === "active" ? "added" : "error";
  const why = reason === undefined ? "" : `: ${harmless(reason)}`;
  return `  ${paint(tone, status === "active" ? "✓" : "!")} ${harmless(address)} ${versionText(version)}  ${harmless(status)}${why}`;
}

const past = {
  create: "created",
  newVersion: "submitted",
  update: "updated",
  deprecate: "deprecated",
  reactivate: "reactivated",
  remove: "removed",
  send: "sent",
  records: "sent",
  adopt: "adopted",
} as const;

/** What became of an outcome, in a word; what was created and waits for a decision was submitted. */
export function doneWords({ action, address, status }: Outcome, waiting: ReadonlySet<string>): string {
  if (status !== "ok") return action;
  return action === "create" && waiting.has(address) ? past.newVersion : past[action];
}

function outcomeLines(
  outcome: Outcome,
  waiting: ReadonlySet<string>,
  isOnScreen: boolean,
  paint: Paint,
): readonly string[] {
  const { action, address, status, version, channelUrl, counts, error } = outcome;
  const word = doneWords(outcome, waiting);
  const which = version === undefined || action === "records" ? "" : ` ${versionText(version)}`;
  const tone = status === "ok" ? tones[action] : status === "skipped" ? "faint" : "error";
  const counted = counts === undefined ? [] : Object.entries(counts).filter(([, number]) => number > 0);
  return [
    `  ${paint(tone, symbols[action])} ${harmless(address)}  ${word}${which}`,
    ...(counted.length === 0
      ? []
      : [`      ${counted.map(([name, number]) => `${number} ${harmless(name)}`).join(", ")}`]),
    ...(channelUrl === undefined
      ? []
      : [
          isOnScreen
            ? `      open the session at ${harmless(channelUrl)} (shown once, kept nowhere)`
            : "      where to open the session is told on a terminal and with --format json alone, since a log is kept",
        ]),
    ...(error === undefined ? [] : [`      ${paint(tone, harmless(error))}`]),
  ];
}

const waitingFor: Readonly<Partial<Record<Held["by"], string>>> = {
  pending: "CXone's decision",
  paused: "CXone",
};

export function waitsFor(row: Held): string {
  return waitingFor[row.by] ?? "you";
}

function waitingLines(row: Held, paint: Paint): readonly string[] {
  const version = row.version === undefined ? "" : ` ${versionText(row.version)}`;
  const since = row.since === undefined ? "" : ` since ${timeText(row.since)}`;
  return [
    `  ${paint("warning", "…")} ${harmless(row.address)}${version}  for ${waitsFor(row)}${since}: ${harmless(row.reason)}`,
  ];
}

function blockedLines(row: Held, paint: Paint): readonly string[] {
  const version = row.version === undefined ? "" : ` ${versionText(row.version)}`;
  return [
    `  ${paint("warning", "!")} ${harmless(row.address)}${version}`,
    `      ${harmless(row.reason)}`,
    `      ${paint("faint", wayOn(row))}`,
  ];
}

function closing(view: AppliedView, done: number, paint: Paint): string {
  const { outcomes, decided, pending, blocked, flag } = view;
  const total = outcomes.length;
  const failed = outcomes.filter((outcome) => outcome.status === "failed" || outcome.status === "unknown").length;
  const learnt = decided.length === 0 ? "" : `${count(decided.length, "decision")} recorded. `;
  const did =
    total === 0
      ? learnt === ""
        ? "Nothing to do."
        : learnt.trim()
      : `${learnt}${done} of ${count(total, "step")} done${failed === 0 ? "" : `, ${failed} failed or not known`}.`;
  const waits =
    pending.length === 0 ? "" : ` ${count(pending.length, "resource")} ${pending.length === 1 ? "waits" : "wait"}.`;
  const next = nextStep(view, failed);
  const held = blocked.length === 0 ? "" : ` ${blocked.length} blocked.`;
  return `${paint("strong", `${did}${waits}${held}`)}\n${next === "" ? "" : `Next: ${next.replaceAll("{env}", flag)}\n`}`;
}

function nextStep({ outcomes, decided, pending, blocked, left, wasStopped }: AppliedView, failed: number): string {
  if (wasStopped) return "the run was interrupted and has recorded what it did; run cxform apply{env} to go on.";
  if (failed > 0) return "the ledger has what happened; correct the cause and run cxform apply{env} again.";
  if (left.length > 0) return "make a plan of what was left with cxform plan{env} and have it reviewed.";
  if (pending.some((row) => row.by === "pending")) {
    return "cxform settle{env} records decisions when they are there (--wait 10m waits for them); nothing is lost meanwhile.";
  }
  if (blocked.length > 0) return "go on as said under Blocked, then run cxform plan{env}.";
  return outcomes.length + decided.length === 0
    ? ""
    : "cxform status{env} shows what is active; cxform resolve{env} tells senders what to use.";
}
