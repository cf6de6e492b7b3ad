// What is told after an apply, in issues and in comments of the pull request it came from: drift, rejections, overdue decisions, use of the emergency exit. It decides nothing.
import type { Held, Outcome } from "../contract/plan.ts";
import { doneWords } from "./applied-text.ts";
import type { DriftView } from "./drift-text.ts";
import { commitUrl, lineUrl, runUrl } from "./github-links.ts";
import { code, link, words } from "./markdown.ts";
import { count, timeText, versionText } from "./phrase.ts";
import type { RunView } from "./plan-view.ts";

export interface IssueText {
  readonly title: string;
  /** Begins with its marker, ends with a newline. */
  readonly body: string;
}

/** A hidden first line, one for each subject; what is foreign in it cannot end the comment. */
export function markerOf(sort: "drift" | "rejected" | "overdue" | "review", ...subject: readonly string[]): string {
  const parts = subject.map((part) => encodeURIComponent(part.toWellFormed()).replaceAll("-", "%2D"));
  return `<!-- cxform:${[sort, ...parts].join(" ")} -->`;
}

interface Where {
  /** ISO time of this state. */
  readonly at: string;
  readonly tool: string;
  readonly repositoryUrl?: string;
  readonly run?: RunView;
}

export interface DriftIssueView extends DriftView, Where {
  /** Over the drifted resources: the same drift has the same digest. */
  readonly digest: string;
}

const titles: Readonly<Record<string, readonly [string, string]>> = {
  paused: [
    "Stopped by CXone or Meta",
    "Nothing can be sent with it now. Look into it in CXone; a plan submits nothing meanwhile.",
  ],
  recategorised: [
    "Put into another category by Meta",
    "Price and the consent that it needs may differ. Declare the new category if it is right, or appeal in CXone.",
  ],
  changed: [
    "Changed in CXone",
    "Declare the change if it should stay; otherwise merge any change of the manifest, or run the apply workflow, which brings back what is declared.",
  ],
  lost: [
    "Gone from CXone",
    "The next apply creates it again, as a new version. Remove the manifest if it should stay away.",
  ],
  unmanaged: [
    "Made outside of this repository",
    "Take it over with `cxform import`, or name it under `ignoreUnmanaged` in `cxform.yaml`.",
  ],
};

const mostRows = 100;

/** One issue for an environment: its title stays, its body is what holds now. */
export function driftIssue(view: DriftIssueView): IssueText {
  const { environment, drift, digest } = view;
  const groups = Object.entries(titles).flatMap(([direction, [title, todo]]) => {
    const rows = drift.filter((row) => row.direction === direction);
    return rows.length === 0 ? [] : [driftGroup(title, todo, rows)];
  });
  const others = drift.filter(({ direction }) => titles[direction] === undefined);
  const intro =
    drift.length === 0
      ? `CXone holds again what the manifests and the ledger of ${code(environment)} say.`
      : `CXone holds ${count(drift.length, "thing")} in ${code(environment)} that neither the manifests nor the ledger say. Nothing was changed by this check.`;
  const sections = [
    markerOf("drift", environment),
    intro,
    ...groups,
    ...(others.length === 0 ? [] : [driftGroup("Other", "Look into it in CXone.", others)]),
    footer(view, `drift ${code(digest)}`, `again with ${code(`npx cxform drift --env ${environment}`)}`),
  ];
  return { title: titleOf("CXone drift in", environment), body: `${sections.join("\n\n")}\n` };
}

function driftGroup(title: string, todo: string, rows: DriftView["drift"]): string {
  const shown = rows.slice(0, mostRows);
  const lines = shown.map(({ address, detail, since }) => {
    const from = since === undefined ? "" : ` (since ${code(timeText(since))})`;
    return `- ${code(address)}${from}: ${words(detail)}`;
  });
  const more = rows.length > shown.length ? [`- … and ${rows.length - shown.length} more.`] : [];
  return [`### ${title}`, "", todo, "", ...lines, ...more].join("\n");
}

/** Titles are plain text on GitHub, mentions and all: only a name of ordinary characters stands in one. */
function titleOf(what: string, environment: string): string {
  return `${what} ${environment.replace(/[^A-Za-z0-9 ._-]/g, "?")}`;
}

export interface RejectionView extends Where {
  readonly environment: string;
  readonly address: string;
  readonly version?: Held["version"];
  readonly reason: string;
  readonly since?: string;
  /** Where the content stands that was rejected. */
  readonly source?: { readonly file: string; readonly line: number; readonly commit: string };
  /** The version that keeps being sent, where there is one. */
  readonly serving?: Held["version"];
}

/** For the pull request that introduced the version; its marker keeps it from being posted twice. */
export function rejectionComment(view: RejectionView): string {
  const { environment, address, version, reason, since, source, serving, repositoryUrl } = view;
  const which = version === undefined ? "" : ` ${words(versionText(version))}`;
  const place =
    source === undefined
      ? ""
      : ` It stands in ${link(code(`${source.file}:${source.line}`), repositoryUrl === undefined ? undefined : lineUrl(repositoryUrl, source.commit, source.file, source.line))}.`;
  const sections = [
    markerOf("rejected", environment, address, String(version ?? "")),
    `### Rejected: ${code(address)}${which}`,
    `The reviewer refused this version in ${code(environment)}${since === undefined ? "" : ` at ${code(timeText(since))}`}. The reason given: ${code(reason)}.${place}`,
    serving === undefined
      ? "No version of it can be sent until another one is approved."
      : `Nothing changes for customers: ${words(versionText(serving))} keeps being sent.`,
    "To go on, change what the reason names and open a pull request; the same content is not submitted again. `cxform rollback` brings back the content of an earlier version.",
    footer(view),
  ];
  return `${sections.join("\n\n")}\n`;
}

export interface OverdueView extends Where {
  readonly environment: string;
  /** How long a decision may take before it is called overdue: `24h`. */
  readonly after: string;
  readonly rows: readonly Held[];
}

/** Told once for a submission that nobody has decided in time. */
export function overdueComment(view: OverdueView): string {
  const { environment, rows, after, at } = view;
  const shown = rows.slice(0, mostRows);
  const lines = shown.map((row) => {
    const version = row.version === undefined ? "" : ` ${words(versionText(row.version))}`;
    const since = row.since === undefined ? "" : code(timeText(row.since));
    return `| ${code(row.address)}${version} | ${code(row.status)} | ${since} | ${ageText(row.since, at)} | ${words(row.reason)} |`;
  });
  const more = rows.length > shown.length ? ["", `… and ${rows.length - shown.length} more.`] : [];
  const sections = [
    markerOf("overdue", environment, ...shown.map((row) => `${row.address}@${row.version ?? ""}`)),
    `### ${count(rows.length, "decision")} overdue in ${code(environment)}`,
    [
      "| Resource | Status | Submitted | Waits for | What was said last |",
      "|---|---|---|--:|---|",
      ...lines,
      ...more,
    ].join("\n"),
    `Nobody has decided within ${words(after)}. Nothing is lost: the decision is recorded whenever it comes, and what served before keeps being sent. Ask in CXone, or with Meta's support, when it is urgent.`,
    footer(view),
  ];
  return `${sections.join("\n\n")}\n`;
}

function ageText(since: string | undefined, at: string): string {
  const hours = Math.floor((Date.parse(at) - Date.parse(since ?? "")) / 3_600_000);
  return Number.isNaN(hours) ? "" : count(hours, "hour");
}

export interface BreakGlassView extends Where {
  readonly environment: string;
  readonly reason: string;
  readonly actor: string;
  readonly digest: string;
  readonly outcomes: readonly Outcome[];
  readonly commit?: string;
  readonly ledgerCommit?: string;
}

/** The review after an apply that went past the approval, by `--break-glass`. */
export function breakGlassIssue(view: BreakGlassView): IssueText {
  const { environment, digest } = view;
  const [happened, done, facts] = glassText(view);
  const sections = [
    markerOf("review", environment, digest),
    happened,
    done,
    [
      "### To review",
      "",
      "1. Somebody other than who did it reads the reason and what was done.",
      "2. The repository says the same as CXone: `cxform plan` shows no changes.",
      "3. Whatever made the emergency exit necessary is written down, then this issue is closed.",
    ].join("\n"),
    facts,
  ];
  return { title: titleOf("Review an apply without approval in", environment), body: `${sections.join("\n\n")}\n` };
}

/** Said on that issue when the same plan goes past the approval again. */
export function breakGlassComment(view: BreakGlassView): string {
  return `${["The same plan went past the approval again.", ...glassText(view)].join("\n\n")}\n`;
}

/** Who and why, what was done, and the facts at the end. */
function glassText(view: BreakGlassView): readonly [string, string, string] {
  const { environment, reason, actor, digest, outcomes, commit, ledgerCommit, repositoryUrl } = view;
  const shown = outcomes.slice(0, mostRows);
  const lines = shown.map(
    (outcome) =>
      `- ${code(outcome.address)} ${doneWords(outcome, new Set())}${outcome.status === "ok" ? "" : `: ${words(outcome.status)}`}`,
  );
  const more = outcomes.length > shown.length ? [`- … and ${outcomes.length - shown.length} more in the ledger.`] : [];
  const linked = (sha: string): string =>
    link(code(sha.slice(0, 12)), repositoryUrl === undefined ? undefined : commitUrl(repositoryUrl, sha));
  const facts = [
    `plan ${code(digest)}`,
    ...(commit === undefined ? [] : [`commit ${linked(commit)}`]),
    ...(ledgerCommit === undefined ? [] : [`recorded in ${linked(ledgerCommit)}`]),
  ];
  return [
    `${code(actor)} changed CXone in ${code(environment)} without the approval that it asks for. The reason given: ${code(reason)}.`,
    ["### What was done", "", ...lines, ...more].join("\n"),
    footer(view, ...facts),
  ];
}

function footer({ at, tool, repositoryUrl, run }: Where, ...facts: readonly string[]): string {
  const url = run === undefined || repositoryUrl === undefined ? undefined : runUrl(repositoryUrl, run.id, run.attempt);
  return `<sub>${[...facts, `as of ${code(timeText(at))} by ${code(tool)}`, ...(url === undefined ? [] : [link("run", url)])].join(" · ")}</sub>`;
}
