// What the ledger says, as text: status, history, entries, the verdict of a verification. It reads and decides nothing.
import type { Entry } from "../contract/entry.ts";
import type { Version } from "../contract/kind.ts";
import { csv } from "./csv.ts";
import { harmless } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";
import { count, timeText, versionText } from "./phrase.ts";
import { columns } from "./table.ts";

export interface StatusRow {
  readonly address: string;
  readonly version?: Version;
  readonly status: string;
  readonly since?: string;
  readonly waitsFor?: string;
}

export interface HistoryRow {
  readonly address: string;
  readonly version: Version;
  readonly status: string;
  readonly digest: string;
  readonly remoteName: string;
  readonly submittedAt?: string;
  readonly activeSince?: string;
  readonly deprecatedAt?: string;
  readonly reason?: string;
  readonly createdBy?: string;
  readonly commit?: string;
  readonly approvals: readonly { readonly login: string }[];
  readonly breakGlass?: readonly { readonly at: string; readonly actor?: string; readonly reason: string }[];
}

export function statusText(rows: readonly StatusRow[]): string {
  if (rows.length === 0) return "Nothing is declared, and the ledger holds nothing yet.\n";
  return columns(
    ["ADDRESS", "VERSION", "STATUS", "SINCE", "WAITS FOR"],
    rows.map((row) => [
      harmless(row.address),
      row.version === undefined ? "" : versionText(row.version),
      harmless(row.status),
      row.since === undefined ? "" : timeText(row.since),
      harmless(row.waitsFor ?? ""),
    ]),
  );
}

export function historyText(rows: readonly HistoryRow[]): string {
  if (rows.length === 0) return "The ledger holds no versions yet.\n";
  const time = (iso: string | undefined): string => (iso === undefined ? "" : timeText(iso));
  const table = columns(
    [
      "ADDRESS",
      "VERSION",
      "STATUS",
      "SUBMITTED",
      "ACTIVE SINCE",
      "DEPRECATED",
      "DIGEST",
      "COMMIT",
      "BY",
      "APPROVED BY",
    ],
    rows.map((row) => [
      harmless(row.address),
      versionText(row.version),
      harmless(row.status),
      time(row.submittedAt),
      time(row.activeSince),
      time(row.deprecatedAt),
      row.digest.slice(0, 12),
      harmless(row.commit?.slice(0, 12) ?? ""),
      harmless(row.createdBy ?? ""),
      harmless(row.approvals.map((approval) => approval.login).join(", ")),
    ]),
  );
  const broken = rows.flatMap((row) =>
    (row.breakGlass ?? []).map(
      ({ at, actor, reason }) =>
        `${harmless(row.address)} ${versionText(row.version)}: glass broken ${timeText(at)}${actor === undefined ? "" : ` by ${harmless(actor)}`}: ${harmless(reason)}`,
    ),
  );
  return broken.length === 0 ? table : `${table}\n${broken.join("\n")}\n`;
}

export function entriesText(entries: readonly Entry[]): string {
  if (entries.length === 0) return "The ledger has no entries yet.\n";
  return columns(
    ["SEQ", "AT", "PHASE", "ACTION", "ADDRESS", "VERSION", "RESULT", "ACTOR"],
    entries.map((entry) => [
      String(entry.seq),
      timeText(entry.at),
      entry.phase,
      harmless(entry.action ?? ""),
      harmless(entry.address ?? ""),
      entry.version === undefined ? "" : versionText(entry.version),
      harmless([entry.outcome, entry.status].filter((word) => word !== undefined).join(" ")),
      harmless(entry.actor ?? ""),
    ]),
  );
}

const fields = [
  "seq",
  "at",
  "run",
  "phase",
  "action",
  "address",
  "version",
  "remoteName",
  "remoteId",
  "digest",
  "outcome",
  "status",
  "reason",
  "requestId",
  "idempotencyKey",
  "generation",
  "responseDigest",
  "latencyMs",
  "decidedAt",
  "observedAt",
  "actor",
  "operator",
  "approvals",
  "commit",
  "environment",
  "planDigest",
  "counts",
  "prev",
  "hash",
  // Last, so that the columns of before keep their places.
  "former",
] as const satisfies readonly (keyof Entry)[];

export function entriesCsv(entries: readonly Entry[]): string {
  return csv(
    fields,
    entries.map((entry) => fields.map((field) => cellOf(entry[field]))),
  );
}

function cellOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export interface VerificationView {
  readonly ok: boolean;
  readonly entries: number;
  readonly firstBadSeq?: number;
  readonly problems: readonly { readonly seq?: number; readonly file: string; readonly message: string }[];
}

/** A ledger of another environment has a problem in every entry; the first ones tell it. */
const shownProblems = 20;

export function verificationText(view: VerificationView, where: string, paint: Paint = plain): string {
  if (view.ok)
    return `${paint("added", "ok:")} ${count(view.entries, "entry", "entries")} of ${harmless(where)} add up\n`;
  const lines = view.problems
    .slice(0, shownProblems)
    .map(
      ({ seq, file, message }) =>
        `  ${seq === undefined ? "" : `entry ${seq}: `}${harmless(file)}: ${harmless(message)}`,
    );
  const rest = view.problems.length - lines.length;
  const first = view.firstBadSeq === undefined ? "" : `; the first bad entry is ${view.firstBadSeq}`;
  return [
    `${paint("error", "broken:")} ${harmless(where)} does not add up${first}`,
    ...lines,
    ...(rest > 0 ? [`  and ${count(rest, "more problem", "more problems")}; --format json lists all`] : []),
    "  hint: Restore the named files from version control; cxform audit rebuild writes state.json and HEAD.json anew.",
    "",
  ].join("\n");
}
