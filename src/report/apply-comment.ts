// What an apply of a merged pull request did, as its second sticky comment; later runs render it anew until nothing is pending. It decides nothing.
import type { Approval } from "../contract/entry.ts";
import type { Held, Outcome } from "../contract/plan.ts";
import type { AppliedView } from "./applied-text.ts";
import { doneWords, waitsFor } from "./applied-text.ts";
import { commitUrl, runUrl } from "./github-links.ts";
import { code, link, words } from "./markdown.ts";
import { count, timeText, versionText } from "./phrase.ts";
import { commentBudget } from "./plan-comment.ts";
import type { RunView } from "./plan-view.ts";
import { wayOn } from "./plan-words.ts";

/** The comment's first line, by which its poster finds it again. */
export const applyMarker = "<!-- cxform:apply -->";

export interface AppliedEnvironment extends Pick<AppliedView, "outcomes" | "decided" | "pending" | "blocked" | "left"> {
  readonly environment: string;
  /** Of the plan that was performed. */
  readonly digest: string;
  /** The commit of the ledger's branch that records it. */
  readonly ledgerCommit?: string;
  readonly approvals: readonly Approval[];
  /** What ended the run before all was done. */
  readonly problem?: { readonly message: string; readonly hint: string };
}

export interface ApplyCommentView {
  readonly environments: readonly AppliedEnvironment[];
  /** ISO time of this state. */
  readonly at: string;
  readonly tool: string;
  readonly repositoryUrl?: string;
  readonly run?: RunView;
}

/** Begins with the marker, ends with a newline. Rows are left out, and counted, where all would not fit. */
export function applyComment(view: ApplyCommentView, mostCharacters: number = commentBudget): string {
  let text = "";
  for (const mostRows of [Number.POSITIVE_INFINITY, 200, 50, 10, 0]) {
    const sections = [
      heading(view),
      ...view.environments.map((one) => environmentText(one, view, mostRows)),
      footer(view),
    ];
    text = `${applyMarker}\n${sections.filter((section) => section !== "").join("\n\n")}\n`;
    if (text.length <= mostCharacters) break;
  }
  return text;
}

const isFailed = ({ status }: Outcome): boolean => status === "failed" || status === "unknown";

function heading({ environments }: ApplyCommentView): string {
  const sum = (pick: (one: AppliedEnvironment) => number): number =>
    environments.reduce((total, one) => total + pick(one), 0);
  const total = sum((one) => one.outcomes.length);
  const done = sum((one) => one.outcomes.filter(({ status }) => status === "ok").length);
  const failed = sum((one) => one.outcomes.filter(isFailed).length + (one.problem === undefined ? 0 : 1));
  const open = [
    ...some(failed, "failed"),
    ...some(total - done - sum((one) => one.outcomes.filter(isFailed).length), "not done"),
    ...some(
      sum((one) => one.pending.length),
      "waiting",
    ),
    ...some(
      sum((one) => one.blocked.length),
      "blocked",
    ),
    ...some(
      sum((one) => one.left.length),
      "left for a new approval",
    ),
  ];
  const names = environments.map(({ environment }) => code(environment)).join(", ");
  const steps = total === 0 ? "" : `${done} of ${count(total, "step")} done`;
  const verdict = open.length === 0 ? "all done" : [...(steps === "" ? [] : [steps]), ...open].join(", ");
  return `## CXone apply to ${names}: ${verdict}`;
}

const some = (number: number, word: string): readonly string[] => (number > 0 ? [`${number} ${word}`] : []);

function environmentText(one: AppliedEnvironment, view: ApplyCommentView, mostRows: number): string {
  const { outcomes, decided, pending, blocked, left, problem } = one;
  const waiting = new Set(pending.map(({ address }) => address));
  const sections = [
    view.environments.length > 1 ? `### ${code(one.environment)}` : "",
    problem === undefined
      ? ""
      : `> [!CAUTION]\n> **The run stopped**: ${code(problem.message)}. ${words(problem.hint)}`,
    failedBox(outcomes),
    list(
      "Applied",
      outcomes.filter(({ status }) => status === "ok").map((outcome) => outcomeLine(outcome, waiting)),
      mostRows,
    ),
    list(
      "Failed",
      outcomes.filter(isFailed).map((outcome) => outcomeLine(outcome, waiting)),
      mostRows,
    ),
    list(
      "Not done",
      outcomes.filter(({ status }) => status === "skipped").map((outcome) => outcomeLine(outcome, waiting)),
      mostRows,
    ),
    list("Decided", decided.map(decidedLine), mostRows),
    waitingTable(pending, mostRows),
    list("Blocked", blocked.map(blockedLine), mostRows),
    list(
      "Left, because it is not as reviewed",
      left.map((line) => `- ${code(line)}`),
      mostRows,
    ),
    proof(one, view),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function failedBox(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(isFailed);
  if (failed.length === 0) return "";
  const unknown = failed.some(({ status }) => status === "unknown")
    ? " What is not known may have happened; the next run reads CXone before it sends anything again."
    : "";
  return `> [!CAUTION]\n> **${count(failed.length, "step")} failed.** What was done is recorded and is not done again. Correct the cause that is named below, then run the failed jobs of the workflow again.${unknown}`;
}

function list(title: string, lines: readonly string[], mostRows: number): string {
  if (lines.length === 0) return "";
  const shown = lines.slice(0, mostRows);
  const more = lines.length > shown.length ? [`- … and ${lines.length - shown.length} more in the ledger.`] : [];
  return [`**${title}** (${lines.length})`, "", ...shown, ...more].join("\n");
}

function outcomeLine(outcome: Outcome, waiting: ReadonlySet<string>): string {
  const { action, address, version, counts, error, status } = outcome;
  const which = version === undefined || action === "records" ? "" : ` ${words(versionText(version))}`;
  const counted = Object.entries(counts ?? {})
    .filter(([, number]) => number > 0)
    .map(([name, number]) => `${number} ${words(name)}`);
  const tail = [
    ...(status === "unknown" ? ["not known"] : []),
    ...(counted.length === 0 ? [] : [counted.join(", ")]),
    ...(error === undefined ? [] : [code(error)]),
  ];
  return `- ${code(address)}${which} ${doneWords(outcome, waiting)}${tail.length === 0 ? "" : `: ${tail.join("; ")}`}`;
}

function decidedLine({ address, version, status, reason }: AppliedView["decided"][number]): string {
  return `- ${status === "active" ? "✅" : "❌"} ${code(address)} ${words(versionText(version))} ${words(status)}${reason === undefined ? "" : `: ${code(reason)}`}`;
}

function waitingTable(pending: readonly Held[], mostRows: number): string {
  if (pending.length === 0) return "";
  const shown = pending.slice(0, mostRows);
  const more = pending.length > shown.length ? ["", `… and ${pending.length - shown.length} more.`] : [];
  const rows = shown.map((row) => {
    const version = row.version === undefined ? "" : ` ${words(versionText(row.version))}`;
    const since = row.since === undefined ? "" : code(timeText(row.since));
    return `| ${code(row.address)}${version} | ${waitsFor(row)} | ${code(row.status)} | ${since} | ${words(row.reason)} |`;
  });
  const table =
    shown.length === 0 ? [] : ["| Resource | Waits for | Status | Since | Why |", "|---|---|---|---|---|", ...rows];
  return [
    `**Waiting** (${pending.length}); this comment is kept up to date until nothing waits`,
    "",
    ...table,
    ...more,
  ].join("\n");
}

function blockedLine(row: Held): string {
  return `- ${code(row.address)} ${code(row.status)}: ${code(row.reason)}. ${words(wayOn(row))}`;
}

function proof({ digest, ledgerCommit, approvals }: AppliedEnvironment, { repositoryUrl }: ApplyCommentView): string {
  const who = approvals.map(({ login, at }) => `${code(login)} at ${code(timeText(at))}`);
  const commit =
    ledgerCommit === undefined
      ? []
      : [
          `recorded in ${link(code(ledgerCommit.slice(0, 12)), repositoryUrl === undefined ? undefined : commitUrl(repositoryUrl, ledgerCommit))}`,
        ];
  return `<sub>${[`plan ${code(digest)}`, ...(who.length === 0 ? [] : [`approved by ${who.join(", ")}`]), ...commit].join(" · ")}</sub>`;
}

function footer({ at, tool, repositoryUrl, run }: ApplyCommentView): string {
  const url = run === undefined || repositoryUrl === undefined ? undefined : runUrl(repositoryUrl, run.id, run.attempt);
  return `<sub>as of ${code(timeText(at))} by ${code(tool)}${url === undefined ? "" : ` · ${link("run", url)}`}</sub>`;
}
