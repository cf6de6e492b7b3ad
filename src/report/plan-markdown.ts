// A plan as Markdown for a pull request: people affected first, then what needs care, then every change. Foreign text stays in code.
import type { Json } from "../contract/json.ts";
import { actions, type Change, type Held, type Plan, type Step } from "../contract/plan.ts";
import { code, fence, html } from "./markdown.ts";
import { count, fieldText, versionText } from "./phrase.ts";
import { actionText, byKind, isEmpty, peopleOf, recordsText, summaryText, symbols, wayOn } from "./plan-words.ts";

export interface MarkdownView {
  /** In UTF-16 units. GitHub refuses comments beyond 65,536 (GITHUB §1.2); the default leaves room for what is put around. */
  readonly mostCharacters?: number;
  /** The address of a source line, built by the caller; absent: places are plain. */
  readonly linkTo?: (file: string, line: number) => string;
}

interface Tier {
  /** Which steps show their changes. */
  readonly showsChanges: (step: Step) => boolean;
  readonly mostRows: number;
}

/** GITHUB §1.3: degrade by structure, never cut text. The first tier that fits is taken. */
const tiers: readonly Tier[] = [
  { showsChanges: () => true, mostRows: Number.POSITIVE_INFINITY },
  { showsChanges: (step) => step.risk !== "low", mostRows: Number.POSITIVE_INFINITY },
  { showsChanges: (step) => step.risk === "high", mostRows: 500 },
  { showsChanges: () => false, mostRows: 200 },
  { showsChanges: () => false, mostRows: 20 },
  { showsChanges: () => false, mostRows: 0 },
];

/** The whole plan, or as much of its structure as fits. Ends with a newline. */
export function planMarkdown(plan: Plan, view: MarkdownView = {}): string {
  const most = view.mostCharacters ?? 60_000;
  let text = "";
  for (const tier of tiers) {
    text = render(plan, tier, view);
    if (text.length <= most) break;
  }
  return text;
}

function render(plan: Plan, tier: Tier, view: MarkdownView): string {
  const sections = [
    heading(plan),
    people(plan),
    matrix(plan),
    table(plan, tier, view),
    details(plan, tier),
    held("Waiting", plan.waiting, tier),
    held("Blocked", plan.blocked, tier),
    unmanaged(plan),
    diagnostics(plan, tier),
    footer(plan),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function heading(plan: Plan): string {
  const risky = plan.steps.filter((step) => step.risk === "high").length;
  const care = risky === 0 ? "" : `, ${risky} ${risky === 1 ? "needs" : "need"} care`;
  const what = isEmpty(plan) ? "no changes" : `${count(plan.steps.length, "change")}${care}`;
  return `## CXone plan for ${code(plan.environment)}: ${what}`;
}

function people(plan: Plan): string {
  const { batches, optOuts, optIns } = peopleOf(plan);
  if (batches === 0) return "";
  const where = `in ${count(batches, "preference batch", "preference batches")}`;
  const lines = [
    ...(optOuts === 0
      ? []
      : [
          `**${count(optOuts, "opt-out")}** ${where}: these people stop receiving messages. Reverting this change does not bring them back.`,
        ]),
    ...(optIns === 0
      ? []
      : [`**${count(optIns, "opt-in")}** ${where}: these people may be sent messages from then on.`]),
  ];
  return lines.length === 0 ? "" : `> [!WARNING]\n${lines.map((line) => `> ${line}`).join("\n>\n")}`;
}

function matrix(plan: Plan): string {
  const used = actions.filter((action) => plan.summary[action] > 0);
  if (used.length === 0) return `${summaryText(plan.summary)}.`;
  const kinds = [...byKind(plan.steps)];
  const head = `| | ${kinds.map(([kind]) => code(kind)).join(" | ")} | Total |`;
  const rule = `|---|${kinds.map(() => "--:").join("|")}|--:|`;
  const rows = used.map((action) => {
    const cells = kinds.map(([, steps]) => String(steps.filter((step) => step.action === action).length));
    return `| ${symbols[action]} ${action} | ${cells.join(" | ")} | **${plan.summary[action]}** |`;
  });
  return [head, rule, ...rows, "", `${summaryText(plan.summary)}.`].join("\n");
}

const risks = { high: "🔴", medium: "🟠", low: "🟢" } as const;
const order = { high: 0, medium: 1, low: 2 } as const;

function table(plan: Plan, tier: Tier, view: MarkdownView): string {
  if (isEmpty(plan)) return "";
  const sorted = [...plan.steps].sort((left, right) => order[left.risk] - order[right.risk]);
  const shown = sorted.slice(0, tier.mostRows);
  const rest = sorted.slice(shown.length);
  const rows = shown.map((step) => {
    const place = step.source === undefined ? "" : placeCell(step.source.file, step.source.line, view);
    const what = [recordsText(step), code(step.reason), step.followUp ? "(follow-up)" : undefined].filter(
      (text) => text !== undefined,
    );
    return `| ${risks[step.risk]} | ${symbols[step.action]} ${actionText(step)} | ${code(step.address)} | ${place} | ${what.join("; ")} |`;
  });
  const risky = rest.filter((step) => step.risk === "high").length;
  const more =
    rest.length === 0
      ? []
      : ["", `… and ${count(rest.length, "more change")} (${risky} of high risk); the plan as JSON lists all.`];
  if (shown.length === 0) return more.join("\n").trim();
  return ["| Risk | Change | Resource | Where | Why |", "|:-:|---|---|---|---|", ...rows, ...more].join("\n");
}

function placeCell(file: string, line: number, view: MarkdownView): string {
  const text = code(`${file}:${line}`);
  return view.linkTo === undefined ? text : `[${text}](${view.linkTo(file, line)})`;
}

function details(plan: Plan, tier: Tier): string {
  const shown = plan.steps.filter((step) => step.changes.length > 0 && tier.showsChanges(step));
  const hidden = plan.steps.filter((step) => step.changes.length > 0).length - shown.length;
  const note =
    hidden === 0
      ? []
      : [`> [!NOTE]\n> The changes of ${count(hidden, "step")} are left out here; the plan as JSON has them.`];
  const blocks = shown.map((step) => {
    const open = step.risk === "high" ? " open" : "";
    const summary = `${risks[step.risk]} ${symbols[step.action]} <code>${html(step.address)}</code> ${html(actionText(step))}`;
    return `<details${open}><summary>${summary}</summary>\n\n${fence(step.changes.filter(isShown).map(diff).join("\n"), "diff")}\n\n</details>`;
  });
  return [...note, ...blocks].join("\n\n");
}

/** A creation lists every field; those that are left out say nothing. */
const isShown = ({ before, after }: Change): boolean => before !== null || after !== null;

function diff({ path, before, after }: Change): string {
  const lines = (sign: string, value: Json): readonly string[] =>
    value === null
      ? []
      : textOf(value)
          .split(/\r\n|\r|\n/)
          .map((line) => `${sign} ${line}`);
  return [`  ${fieldText(path)}`, ...lines("-", before), ...lines("+", after)].join("\n");
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function held(title: string, rows: readonly Held[], tier: Tier): string {
  if (rows.length === 0) return "";
  const shown = rows.slice(0, tier.mostRows);
  const rest =
    rows.length > shown.length ? [`- … and ${rows.length - shown.length} more; the plan as JSON lists all.`] : [];
  const lines = shown.map((row) => {
    const version = row.version === undefined ? "" : ` ${code(versionText(row.version))}`;
    return `- ${code(row.address)}${version} ${code(row.status)}: ${code(row.reason)}. ${code(wayOn(row))}`;
  });
  return [`### ${title}`, "", ...lines, ...rest].join("\n");
}

function unmanaged(plan: Plan): string {
  if (plan.unmanaged.length === 0) return "";
  return `${count(plan.unmanaged.length, "object")} in CXone ${plan.unmanaged.length === 1 ? "is" : "are"} declared nowhere and never touched.`;
}

function diagnostics(plan: Plan, tier: Tier): string {
  if (plan.diagnostics.length === 0) return "";
  const errorsFirst = [...plan.diagnostics].sort(
    (left, right) => Number(left.severity === "warning") - Number(right.severity === "warning"),
  );
  const shown = errorsFirst.slice(0, Math.min(20, tier.mostRows));
  const rest = errorsFirst.length > shown.length ? [`- … and ${errorsFirst.length - shown.length} more`] : [];
  const lines = shown.map(
    ({ severity, file, line, message, code: id, hint }) =>
      `- ${severity === "error" ? "❌" : "⚠️"} ${code(`${file}:${line}`)} ${code(message)} ${code(id)}. ${code(hint)}`,
  );
  return ["### Diagnostics", "", ...lines, ...rest].join("\n");
}

function footer(plan: Plan): string {
  const commit = plan.commit === undefined ? "" : ` · commit ${code(plan.commit.slice(0, 12))}`;
  return `Plan ${code(plan.digest)}${commit} · made ${code(plan.createdAt)} by ${code(plan.tool)}. Applied only if the plan made then has this digest.`;
}
