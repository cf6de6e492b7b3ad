// One self-contained page of what a ledger proves: no script, no image, nothing from elsewhere. It computes nothing.
import type { Approval } from "../contract/entry.ts";
import type { Version } from "../contract/kind.ts";
import { html } from "./markdown.ts";
import { figuresIn, type MetricsView } from "./metrics-text.ts";
import { pageStyle } from "./page-style.ts";
import { count, timeText, versionText } from "./phrase.ts";

export interface PageView {
  readonly environment: string;
  readonly madeAt: string;
  readonly tool: string;
  readonly verification: {
    readonly ok: boolean;
    readonly entries: number;
    readonly ledger: string;
    readonly firstBadSeq?: number;
    readonly problems: readonly { readonly seq?: number; readonly file: string; readonly message: string }[];
  };
  readonly head?: { readonly seq: number; readonly hash: string };
  readonly resources: readonly {
    readonly address: string;
    readonly version?: Version;
    readonly status: string;
    readonly since?: string;
    readonly waitsFor?: string;
    readonly reason?: string;
  }[];
  readonly versions: readonly {
    readonly address: string;
    readonly version: Version;
    readonly status: string;
    readonly digest: string;
    readonly remoteName: string;
    readonly submittedAt?: string;
    readonly activeSince?: string;
    readonly deprecatedAt?: string;
    readonly createdBy?: string;
    readonly commit?: string;
    readonly approvals: readonly Approval[];
  }[];
  readonly runs: readonly {
    readonly run: string;
    readonly startedAt: string;
    readonly endedAt?: string;
    readonly actor?: string;
    readonly operator?: string;
    readonly approvals: readonly Approval[];
    readonly commit?: string;
    readonly planDigest?: string;
    readonly writes: number;
    readonly ok: number;
    readonly failed: number;
    readonly unknown: number;
    readonly events: number;
  }[];
  readonly figures: MetricsView & { readonly preferences: ConsentView };
}

interface ConsentView {
  readonly optOutsSent: number;
  readonly optInsSent: number;
  readonly oldestUnconfirmedOptOut: {
    readonly address: string;
    readonly since: string;
    readonly businessDays: number;
  } | null;
}

/** A whole HTML document. */
export function reportPage(view: PageView): string {
  const title = `${html(view.environment)}: what cxform has done`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>Made ${time(view.madeAt)} by ${html(view.tool)} from the ledger ${html(view.verification.ledger)}${headText(view)}.</p>
${verdict(view)}
</header>
<main>
${[facts(view), resources(view), runs(view), versions(view), figures(view), howTo(view)].join("\n")}
</main>
</body>
</html>
`;
}

function headText({ head }: PageView): string {
  return head === undefined ? "" : `, as of entry ${head.seq} with hash <code>${html(head.hash)}</code>`;
}

function verdict({ verification }: PageView): string {
  const entries = count(verification.entries, "entry", "entries");
  if (verification.ok)
    return `<p class="verdict good"><strong>The ledger adds up.</strong> ${entries}, each linked to the one before by its hash.</p>`;
  const first = verification.firstBadSeq === undefined ? "" : ` The first bad entry is ${verification.firstBadSeq}.`;
  const rows = verification.problems
    .slice(0, 20)
    .map(
      ({ seq, file, message }) =>
        `<li>${seq === undefined ? "" : `entry ${seq}: `}${html(file)}: ${html(message)}</li>`,
    );
  return `<div class="verdict bad"><strong>The ledger does not add up.</strong>${first}<ul>${rows.join("")}</ul></div>`;
}

function facts(view: PageView): string {
  const having = (status: string): number => view.resources.filter((one) => one.status === status).length;
  const { preferences } = view.figures;
  const open = preferences.oldestUnconfirmedOptOut;
  const cards = [
    card(having("active"), "in service"),
    card(view.resources.filter((one) => one.waitsFor !== undefined).length, "waiting"),
    card(having("rejected"), "rejected"),
    card(preferences.optOutsSent, "opt-outs sent"),
    card(preferences.optInsSent, "opt-ins sent"),
    card(open === null ? 0 : open.businessDays, "business days that the oldest opt-out is unconfirmed", open !== null),
  ];
  return `<section class="cards">${cards.join("")}</section>`;
}

function card(value: number, what: string, isBad = false): string {
  return `<div class="card${isBad ? " bad" : ""}"><b>${value}</b><span>${what}</span></div>`;
}

function resources(view: PageView): string {
  const rows = view.resources.map((one) => [
    code(one.address),
    one.version === undefined ? "" : html(versionText(one.version)),
    badge(one.status),
    time(one.since),
    html([one.reason, one.waitsFor].filter((text) => text !== undefined).join("; ")),
  ]);
  return section("Resources", ["Address", "Version", "Status", "Since", "Waits for"], rows, "Nothing is declared.");
}

function runs(view: PageView): string {
  const rows = view.runs.map((run) => [
    time(run.startedAt),
    run.endedAt === undefined ? badge("open") : time(run.endedAt),
    html(run.actor ?? ""),
    approvers(run.approvals, run.operator),
    commitText(run.commit),
    `${run.writes}${run.failed + run.unknown === 0 ? "" : ` (${run.failed} failed, ${run.unknown} in doubt)`}`,
    String(run.events),
    run.planDigest === undefined ? "" : code(run.planDigest.replace("sha256:", "").slice(0, 12)),
    code(run.run),
  ]);
  const head = ["Began", "Ended", "By", "Approved by", "Commit", "Writes", "Events", "Plan", "Run"];
  return section("Runs", head, rows, "Nothing has been applied yet.");
}

function versions(view: PageView): string {
  const rows = view.versions.map((one) => [
    code(one.address),
    html(versionText(one.version)),
    badge(one.status),
    time(one.submittedAt),
    time(one.activeSince),
    time(one.deprecatedAt),
    html(one.createdBy ?? ""),
    approvers(one.approvals, undefined),
    commitText(one.commit),
    code(one.digest.slice(0, 12)),
  ]);
  const head = [
    "Address",
    "Version",
    "Status",
    "Submitted",
    "Active since",
    "Retired",
    "By",
    "Approved by",
    "Commit",
    "Content",
  ];
  return section("Versions", head, rows, "No version has been submitted yet.");
}

function figures(view: PageView): string {
  const rows = figuresIn(view.figures).map(({ family, name, labels, value }) => [
    html(family),
    html(name),
    html(Object.values(labels).join(" ")),
    value === null ? "–" : html(String(value)),
  ]);
  return section("Figures", ["API family", "Figure", "Of", "Value"], rows, "");
}

function howTo(view: PageView): string {
  const env = html(view.environment);
  return `<section><h2>How to check this page</h2>
<p>It says what the ledger says. <code>cxform audit verify --env ${env}</code> computes every hash anew, <code>cxform audit list --env ${env}</code> lists
each entry, and <code>cxform report --html FILE --env ${env}</code> makes this page again. It holds no contact, no message variable's value and no secret,
because the ledger holds none.</p></section>`;
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
  if (rows.length === 0) return `<section><h2>${title}</h2><p>${empty}</p></section>`;
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return `<section><h2>${title}</h2><div class="wide"><table><thead>${cells("th", head)}</thead>
<tbody>
${rows.map((row) => cells("td", row)).join("\n")}
</tbody></table></div></section>`;
}

const known: ReadonlySet<string> = new Set(["active", "pending", "rejected", "paused", "unknown", "open"]);

function badge(status: string): string {
  return `<span class="badge${known.has(status) ? ` ${status}` : ""}">${html(status)}</span>`;
}

const code = (text: string): string => `<code>${html(text)}</code>`;

const commitText = (commit: string | undefined): string => (commit === undefined ? "" : code(commit.slice(0, 12)));

const time = (iso: string | undefined): string => (iso === undefined ? "" : `<time>${html(timeText(iso))}</time>`);

function approvers(approvals: readonly Approval[], operator: string | undefined): string {
  const names = approvals.map(({ login }) => login);
  return html((names.length === 0 && operator !== undefined ? [operator] : names).join(", "));
}
