// One step of a plan in full: what changes word by word, the message as a customer reads it, and what else a reader should know. It decides nothing.
import type { Json } from "../contract/json.ts";
import type { Change, Risk, Step } from "../contract/plan.ts";
import { code, fence, html, htmlLines, htmlWords, markedLines, words } from "./markdown.ts";
import { count, fieldText } from "./phrase.ts";
import type { StepRow } from "./plan-rows.ts";
import { actionText } from "./plan-words.ts";
import { wordDiff } from "./word-diff.ts";

export const risks: Readonly<Record<Risk, string>> = { high: "🔴", medium: "🟠", low: "🟢" };

/** A step that says no more in full than in its row of the table has no details. */
export function hasDetails({ value: step }: StepRow): boolean {
  return (
    step.changes.some(isShown) || step.sample !== undefined || step.records !== undefined || notesOf(step).length > 0
  );
}

/** `mostLines` bounds what a diff shows; whole lines are left out and counted, never parts of one. */
export function stepDetails(row: StepRow, mostLines: number, showsEnvironments: boolean): string {
  const { value: step, environments } = row;
  const open = step.risk === "high" ? " open" : "";
  const where = showsEnvironments ? ` in ${environments.map((name) => `<code>${html(name)}</code>`).join(", ")}` : "";
  const summary = `${risks[step.risk]} <code>${html(step.address)}</code>: ${htmlWords(actionText(step))}${where}`;
  const parts = [
    `Why: ${words(step.reason)}.`,
    recordsTable(step),
    ...textChanges(step).map((change) => textDiff(change, mostLines)),
    blockDiff(
      step.changes.filter((change) => isShown(change) && !isText(change)),
      mostLines,
    ),
    sampleOf(step, mostLines),
    ...notesOf(step).map((note) => `Note: ${words(note)}.`),
  ];
  return [`<details${open}><summary>${summary}</summary>`, ...parts.filter((part) => part !== ""), "</details>"].join(
    "\n\n",
  );
}

const notesOf = (step: Step): readonly string[] => step.notes ?? [];

/** A creation lists every field; those that are left out say nothing. */
const isShown = ({ before, after }: Change): boolean => before !== null || after !== null;

/** Words that become other words: what people read. A constant, an address or a number is better seen in two lines. */
const isText = ({ before, after }: Change): boolean => isWords(before) && isWords(after);
const isWords = (value: Json): boolean => typeof value === "string" && /\S\s+\S/.test(value);

function textChanges(step: Step): readonly Change[] {
  return step.changes.filter(isText);
}

function textDiff({ path, before, after }: Change, mostLines: number): string {
  const marked = markedLines(wordDiff(before as string, after as string)).split("<br>");
  const lines = marked.slice(0, mostLines);
  return `<p><b><code>${html(fieldText(path))}</code></b>: <del>what goes</del>, <ins>what comes</ins><br>${[...lines, ...moreLines(marked.length - lines.length)].join("<br>")}</p>`;
}

function blockDiff(changes: readonly Change[], mostLines: number): string {
  if (changes.length === 0) return "";
  const all = changes.flatMap(diffLines);
  const lines = all.slice(0, mostLines);
  return fence([...lines, ...moreLines(all.length - lines.length)].join("\n"), "diff");
}

function diffLines({ path, before, after }: Change): readonly string[] {
  const of = (sign: string, value: Json): readonly string[] =>
    value === null
      ? []
      : (typeof value === "string" ? value : JSON.stringify(value))
          .split(/\r\n|\r|\n/)
          .map((line) => `${sign} ${line}`);
  return [`  ${fieldText(path)}`, ...of("-", before), ...of("+", after)];
}

const moreLines = (number: number): readonly string[] => (number <= 0 ? [] : [`… ${count(number, "more line")}`]);

function sampleOf({ sample }: Step, mostLines: number): string {
  if (sample === undefined) return "";
  const language = sample.language === undefined ? "" : ` in <code>${html(sample.language)}</code>`;
  const all = sample.parts.flatMap(({ part, text }) => {
    const label = part === "body" || part === "text" ? "" : `<i>${htmlWords(part)}</i>: `;
    return htmlLines(text)
      .split("<br>")
      .map((line, at) => `${at === 0 ? label : ""}${line}`);
  });
  const lines = all.slice(0, mostLines);
  return `<p>As a customer reads it${language}, filled with the examples of its manifest:</p>\n<blockquote>${[...lines, ...moreLines(all.length - lines.length)].join("<br>")}</blockquote>`;
}

function recordsTable({ records }: Step): string {
  if (records === undefined) return "";
  const { total, optOuts, optIns, toSend, observed, contentDigest } = records;
  const held =
    observed === null
      ? []
      : [
          ["CXone has already", String(observed.unchanged)],
          ["CXone has newer", String(observed.skipped)],
        ];
  const columns = [
    ["Records in the file", String(total)],
    ["Opt-outs", `**${optOuts}**`],
    ["Opt-ins", String(optIns)],
    ["To send", String(toSend)],
    ...held,
    ["Digest of the content", code(contentDigest)],
  ];
  return [
    `| ${columns.map(([name]) => name).join(" | ")} |`,
    `|${columns.map(() => "--:").join("|")}|`,
    `| ${columns.map(([, value]) => value).join(" | ")} |`,
    "",
    "No contact is named here or in the ledger.",
  ].join("\n");
}
