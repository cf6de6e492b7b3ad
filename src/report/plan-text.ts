// A plan as text for a terminal: what will be done, what waits, what is blocked and how to go on. It decides nothing.
import type { Json } from "../contract/json.ts";
import type { Change, Held, Plan, Step } from "../contract/plan.ts";
import { type DiagnosticView, diagnosticsText } from "./diagnostics.ts";
import { harmless, harmlessLines } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";
import { count, fieldText, placeText, timeText, versionText } from "./phrase.ts";
import {
  actionText,
  byKind,
  isEmpty,
  nameText,
  recordsText,
  summaryText,
  symbols,
  tones,
  wayOn,
} from "./plan-words.ts";
import { wordDiff } from "./word-diff.ts";

/** Texts longer than this on both sides are compared word by word. */
const longText = 40;

/** The whole plan. Ends with a newline. */
export function planText(plan: Plan, view: DiagnosticView = {}): string {
  const paint = view.paint ?? plain;
  const warnings = diagnosticsText(plan.diagnostics, view);
  const sections = [
    `${paint("strong", `Plan for environment ${harmless(plan.environment)}`)}\n`,
    ...[...byKind(plan.steps)].map(([kind, steps]) => group(kind, steps, paint)),
    rows("Waiting", plan.waiting, paint),
    rows("Blocked", plan.blocked, paint),
    unmanagedText(plan.unmanaged, paint),
    warnings === "" ? "" : `${paint("strong", "Diagnostics")}\n${warnings}`,
    ending(plan, paint),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function ending(plan: Plan, paint: Paint): string {
  const isDone = isEmpty(plan) && plan.waiting.length === 0 && plan.blocked.length === 0;
  const nothing = isDone ? "No changes: CXone holds what the manifests declare.\n" : "";
  return `${nothing}${paint("strong", "Plan:")} ${summaryText(plan.summary)}\n${paint("strong", "Digest:")} ${harmless(plan.digest)}\n`;
}

function group(kind: string, steps: readonly Step[], paint: Paint): string {
  return `${paint("strong", harmless(kind))}\n${steps.map((step) => stepText(step, paint)).join("")}`;
}

function stepText(step: Step, paint: Paint): string {
  const tone = tones[step.action];
  const risk = step.risk === "high" ? `  ${paint("error", "[risk: high]")}` : "";
  const followUp = step.followUp ? paint("faint", "  (follow-up)") : "";
  const place = step.source === undefined ? "" : paint("faint", `  ${placeText(step.source)}`);
  const records = recordsText(step);
  const lines = [
    `  ${paint(tone, `${symbols[step.action]} ${nameText(step.address)}`)}  ${actionText(step)}${risk}${followUp}${place}`,
    `      ${harmless(step.reason)}`,
    ...(step.after.length === 0 ? [] : [`      after ${step.after.map(harmless).join(", ")}`]),
    ...(records === undefined ? [] : [`      ${records}`]),
    ...step.changes.filter(isShown).flatMap((change) => changeLines(change, paint)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** A creation lists every field; those that are left out say nothing. */
const isShown = ({ before, after }: Change): boolean => before !== null || after !== null;

function changeLines({ path, before, after }: Change, paint: Paint): readonly string[] {
  const field = fieldText(path);
  const indent = "      ";
  if (before === null) return valueLines(`${indent}${paint("added", "+")} ${field}: `, after, paint, "added");
  if (after === null) return valueLines(`${indent}${paint("removed", "-")} ${field}: `, before, paint, "removed");
  if (typeof before === "string" && typeof after === "string" && before.length > longText && after.length > longText) {
    const marked = wordDiff(before, after)
      .map(({ is, text }) => (is === "same" ? text : is === "removed" ? `[-${text}-]` : `{+${text}+}`))
      .join("");
    const lines = harmlessLines(marked);
    const painted = lines.map((line) => paintMarks(line, paint));
    return painted.length === 1
      ? [`${indent}${paint("changed", "~")} ${field}: ${painted[0]}`]
      : [`${indent}${paint("changed", "~")} ${field}:`, ...painted.map((line) => `${indent}    ${line}`)];
  }
  return [
    `${indent}${paint("changed", "~")} ${field}: ${paint("removed", inline(before))} → ${paint("added", inline(after))}`,
  ];
}

/** Colours the marks of a line where both of their ends are on it. */
function paintMarks(line: string, paint: Paint): string {
  return line
    .replace(/\[-(?:(?!-\]).)*-\]/g, (text) => paint("removed", text))
    .replace(/\{\+(?:(?!\+\}).)*\+\}/g, (text) => paint("added", text));
}

function valueLines(start: string, value: Json, paint: Paint, tone: "added" | "removed"): readonly string[] {
  if (typeof value !== "string" || !value.includes("\n")) return [`${start}${paint(tone, inline(value))}`];
  return [start.trimEnd(), ...harmlessLines(value).map((line) => `          ${paint(tone, line)}`)];
}

function inline(value: Json): string {
  return harmless(JSON.stringify(value));
}

function rows(title: string, held: readonly Held[], paint: Paint): string {
  if (held.length === 0) return "";
  const lines = held.flatMap((row) => {
    const version = row.version === undefined ? "" : ` ${versionText(row.version)}`;
    const since = row.since === undefined ? "" : paint("faint", `  since ${timeText(row.since)}`);
    return [
      `  ${paint("warning", title === "Blocked" ? "!" : "…")} ${harmless(row.address)}${version}  ${harmless(row.status)}${since}`,
      `      ${harmless(row.reason)}`,
      `      ${paint("faint", wayOn(row))}`,
    ];
  });
  return [paint("strong", title), ...lines, ""].join("\n");
}

/** Unmanaged objects need nothing: one line each, and at most twenty of them. */
function unmanagedText(held: readonly Held[], paint: Paint): string {
  if (held.length === 0) return "";
  const most = 20;
  const shown = held
    .slice(0, most)
    .map(
      (row) =>
        `  · ${harmless(row.address)}  ${harmless(row.status)}${row.remoteId === undefined ? "" : paint("faint", `  ${harmless(row.remoteId)}`)}`,
    );
  const rest = held.length > most ? [`  · ${count(held.length - most, "more object")}; --format json lists all`] : [];
  return [paint("strong", "Unmanaged (in CXone, declared nowhere; never touched)"), ...shown, ...rest, ""].join("\n");
}
