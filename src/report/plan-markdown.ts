// Plans as Markdown, of one environment or of several: people affected first, then what needs care, then every change. Foreign text stays inert.
import type { Place } from "../contract/diagnostic.ts";
import { actions, type Held, type Plan, type Risk } from "../contract/plan.ts";
import { commitUrl, lineUrl, runUrl } from "./github-links.ts";
import { code, link, words } from "./markdown.ts";
import { count, timeText, versionText } from "./phrase.ts";
import { toApply } from "./plan-approval.ts";
import { hasDetails, risks, stepDetails } from "./plan-details.ts";
import { type DiagnosticRow, diagnosticRows, diagnosticsSection } from "./plan-diagnostics.ts";
import { peopleBox } from "./plan-people.ts";
import { heldRows, type Shared, type StepRow, stepRows } from "./plan-rows.ts";
import type { EnvironmentView, PlanCommentView, PolicyChange } from "./plan-view.ts";
import { actionText, byKind, summaryText, symbols, wayOn } from "./plan-words.ts";
import { onMerge } from "./step-words.ts";

/** How much may be said. */
export interface Budget {
  readonly most: number;
  readonly size: (text: string) => number;
  /** Where the reader finds what is left out. */
  readonly rest: string;
}

interface Tier {
  /** The risks of which details are shown. */
  readonly risks: readonly Risk[];
  /** Of one diff or text. */
  readonly mostLines: number;
  readonly mostRows: number;
  readonly mostFiles: number;
  readonly mostDiagnostics: number;
}

const all = Number.POSITIVE_INFINITY;

/** GITHUB §1.3: degrade by structure, never cut text. The first tier that fits is taken; the last holds nothing that grows. */
const tiers: readonly Tier[] = [
  { risks: ["high", "medium", "low"], mostLines: all, mostRows: all, mostFiles: 10, mostDiagnostics: 20 },
  { risks: ["high", "medium"], mostLines: all, mostRows: all, mostFiles: 10, mostDiagnostics: 20 },
  { risks: ["high", "medium"], mostLines: 80, mostRows: all, mostFiles: 10, mostDiagnostics: 20 },
  { risks: ["high"], mostLines: 80, mostRows: all, mostFiles: 5, mostDiagnostics: 20 },
  { risks: ["high"], mostLines: 80, mostRows: 200, mostFiles: 3, mostDiagnostics: 20 },
  { risks: [], mostLines: 80, mostRows: 200, mostFiles: 3, mostDiagnostics: 20 },
  { risks: ["high"], mostLines: 80, mostRows: 50, mostFiles: 3, mostDiagnostics: 20 },
  { risks: [], mostLines: 80, mostRows: 50, mostFiles: 1, mostDiagnostics: 10 },
  { risks: [], mostLines: 80, mostRows: 0, mostFiles: 0, mostDiagnostics: 0 },
];

export interface MarkdownView {
  /** In UTF-16 units. GitHub refuses comments beyond 65,536 (GITHUB §1.2); the default leaves room for what is put around. */
  readonly mostCharacters?: number;
}

/** One plan, whole or as much of its structure as fits. Ends with a newline. */
export function planMarkdown(plan: Plan, { mostCharacters = 60_000 }: MarkdownView = {}): string {
  const view: PlanCommentView = {
    environments: [{ environment: plan.environment, plan }],
    at: plan.createdAt,
    tool: plan.tool,
    ...(plan.commit === undefined ? {} : { head: plan.commit }),
  };
  return planBody(view, { most: mostCharacters, size: (text) => text.length, rest: "the plan as JSON" });
}

/** What the comment, the summary and `plan --format markdown` share. Ends with a newline. */
export function planBody(view: PlanCommentView, budget: Budget): string {
  const page = pageOf(view, budget);
  let text = "";
  for (const tier of tiers) {
    text = render(page, tier);
    if (budget.size(text) <= budget.most) break;
  }
  return text;
}

/** What every tier is rendered from, made once. */
interface Page {
  readonly view: PlanCommentView;
  readonly rest: string;
  readonly plans: readonly Plan[];
  readonly missing: readonly Extract<EnvironmentView, { readonly why: string }>[];
  readonly rows: readonly StepRow[];
  readonly waiting: readonly Shared<Held>[];
  readonly blocked: readonly Shared<Held>[];
  readonly diagnostics: readonly DiagnosticRow[];
  /** Kept from tier to tier: word diffs cost the most. */
  readonly detailsOf: (row: StepRow, mostLines: number) => string;
  /** Names of environments are said only where there are several. */
  readonly isMany: boolean;
}

function pageOf(view: PlanCommentView, { rest }: Budget): Page {
  const plans = view.environments.flatMap((one) => ("plan" in one ? [one.plan] : []));
  const isMany = view.environments.length > 1;
  const known = new Map<number, Map<StepRow, string>>();
  return {
    view,
    rest,
    plans,
    missing: view.environments.flatMap((one) => ("why" in one ? [one] : [])),
    rows: stepRows(plans),
    waiting: heldRows(plans, "waiting"),
    blocked: heldRows(plans, "blocked"),
    diagnostics: diagnosticRows(view.environments),
    detailsOf: (row, mostLines) => {
      const ofTier = known.get(mostLines) ?? new Map<StepRow, string>();
      known.set(mostLines, ofTier);
      const text = ofTier.get(row) ?? stepDetails(row, mostLines, isMany);
      ofTier.set(row, text);
      return text;
    },
    isMany,
  };
}

function render(page: Page, tier: Tier): string {
  const { view, rows, isMany } = page;
  const sections = [
    policy(view, tier),
    heading(page),
    ...notes(page),
    peopleBox(rows, isMany),
    matrix(page),
    table(page, tier),
    details(page, tier),
    held("Waiting", page.waiting, page, tier),
    held("Blocked", page.blocked, page, tier),
    unmanaged(page),
    diagnosticsSection(page.diagnostics, tier.mostDiagnostics, isMany, (file, line) => placeUrl(view, file, line)),
    checks(view),
    approvals(page, tier),
    footer(page),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function placeUrl({ repositoryUrl, head }: PlanCommentView, file: string, line: number): string | undefined {
  return repositoryUrl === undefined || head === undefined ? undefined : lineUrl(repositoryUrl, head, file, line);
}

function placeLink(view: PlanCommentView, file: string, line: number): string {
  return link(code(`${file}:${line}`), placeUrl(view, file, line));
}

/** The file's name alone where a link leads to it: a table has little room. */
function shortPlace(view: PlanCommentView, { file, line }: Place): string {
  const url = placeUrl(view, file, line);
  return url === undefined ? code(`${file}:${line}`) : link(code(`${file.split("/").at(-1)}:${line}`), url);
}

const policyWords: Readonly<Record<PolicyChange["what"], string>> = {
  apis: "the addresses of the APIs",
  credentials: "the credentials",
  hooks: "the hooks",
  guards: "the guards",
  rules: "the severity of rules",
  protected: "the protection",
};

/** Stands before everything else: who reviews it decides about how all that follows was judged. */
function policy(view: PlanCommentView, tier: Tier): string {
  const changes = view.policyChanges ?? [];
  if (changes.length === 0) return "";
  const shown = changes.slice(0, tier.mostRows);
  const lines = shown.map(({ what, environment, detail, file, line }) => {
    const of = environment === undefined ? "" : ` of ${code(environment)}`;
    const place = file === undefined ? "" : `, ${placeLink(view, file, line ?? 1)}`;
    return `> - ${policyWords[what]}${of}${detail === undefined ? "" : `: ${code(detail)}`}${place}`;
  });
  const more = changes.length > shown.length ? [`> - ${count(changes.length - shown.length, "more change")}`] : [];
  const head = `> **This pull request changes what decides about plans and applies.** This plan was made by the rules of the base branch; from the merge on the new ones hold:`;
  return ["> [!CAUTION]", head, ">", ...lines, ...more].join("\n");
}

function heading({ view, plans, missing, rows, isMany, diagnostics }: Page): string {
  if (plans.length === 0) {
    const errors = diagnostics.filter(({ value }) => value.severity === "error").length;
    return `## CXone plan: not made${errors === 0 ? "" : `, ${count(errors, "error")}`}`;
  }
  const without = missing.length === 0 ? "" : `, ${count(missing.length, "environment")} without a plan`;
  if (rows.length === 0) return `## CXone plan: no changes${without}`;
  const risky = rows.filter(({ value }) => value.risk === "high").length;
  const care = risky === 0 ? "" : `, ${risky} ${risky === 1 ? "needs" : "need"} care`;
  const names = isMany
    ? plans.map(({ environment }) => code(environment))
    : view.environments.map((one) => code(one.environment));
  return `## CXone plan for ${listed(names)}: ${count(rows.length, "change")}${care}${without}`;
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

function notes({ view, plans, missing }: Page): readonly string[] {
  const offline = plans.filter(({ options }) => options.offline === true).map(({ environment }) => code(environment));
  const why = view.isFork === true ? " A pull request from a fork gets no credentials." : "";
  return [
    ...(offline.length === 0
      ? []
      : [
          `> [!NOTE]\n> The plan for ${listed(offline)} was made **offline**: from the ledger, without reading CXone.${why} What CXone holds is read before anything is applied.`,
        ]),
    ...missing.map(
      ({ environment, why: reason, message, hint }) =>
        `> [!CAUTION]\n> **No plan for** ${code(environment)}: ${reason === "invalid" ? "its manifests or its config are not valid" : "what it is compared with could not be read"}.${message === undefined ? "" : ` ${code(message)}.`}${hint === undefined ? "" : ` ${code(hint)}`}`,
    ),
    ...(view.isBaseMoved === true
      ? [
          "> [!NOTE]\n> The base branch has moved on since this plan was made. The plan is made anew before anything is applied.",
        ]
      : []),
  ];
}

function matrix({ plans, rows, isMany }: Page): string {
  if (plans.length === 0) return "";
  const summaries = plans.map(
    ({ environment, summary }) => `${isMany ? `${code(environment)}: ` : ""}${summaryText(summary)}.`,
  );
  const used = actions.filter((action) => rows.some(({ value }) => value.action === action));
  if (used.length === 0) return summaries.join("<br>\n");
  const kinds = [...byKind(rows.map(({ value }) => value))];
  const lines = used.map((action) => {
    const cells = kinds.map(([, steps]) => steps.filter((step) => step.action === action).length);
    return `| ${symbols[action]} ${actionText({ action, version: { from: null, to: null } })} | ${cells.join(" | ")} | **${cells.reduce((sum, cell) => sum + cell, 0)}** |`;
  });
  return [
    `| | ${kinds.map(([kind]) => code(kind)).join(" | ")} | Total |`,
    `|---|${kinds.map(() => "--:").join("|")}|--:|`,
    ...lines,
    "",
    summaries.join("<br>\n"),
  ].join("\n");
}

function table({ view, rows, isMany, rest }: Page, tier: Tier): string {
  if (rows.length === 0) return "";
  const shown = rows.slice(0, tier.mostRows);
  const hidden = rows.slice(shown.length);
  const lines = shown.map(({ value: step, environments }) => {
    const place = step.source === undefined ? "" : shortPlace(view, step.source);
    const cells = [
      risks[step.risk],
      `${symbols[step.action]} ${words(actionText(step))}`,
      code(step.address),
      ...(isMany ? [environments.map(code).join(", ")] : []),
      onMerge(step),
      place,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const risky = hidden.filter(({ value }) => value.risk === "high").length;
  const more =
    hidden.length === 0
      ? []
      : [`… and ${count(hidden.length, "more change")} (${risky} of high risk); ${rest} has all of them.`];
  if (shown.length === 0) return more.join("");
  const columns = ["Risk", "Change", "Resource", ...(isMany ? ["Environment"] : []), "What happens on merge", "Where"];
  const rule = columns.map((_, at) => (at === 0 ? ":-:" : "---"));
  return [
    `| ${columns.join(" | ")} |`,
    `|${rule.join("|")}|`,
    ...lines,
    ...(more.length === 0 ? [] : ["", ...more]),
  ].join("\n");
}

function details({ rows, detailsOf, rest }: Page, tier: Tier): string {
  const told = rows.filter(hasDetails);
  const shown = told.filter(({ value }) => tier.risks.includes(value.risk));
  const hidden = told.length - shown.length;
  const note =
    hidden === 0 ? [] : [`> [!NOTE]\n> The details of ${count(hidden, "change")} are left out here; ${rest} has them.`];
  return [...shown.map((row) => detailsOf(row, tier.mostLines)), ...note].join("\n\n");
}

function held(title: string, rows: readonly Shared<Held>[], { isMany, rest }: Page, tier: Tier): string {
  if (rows.length === 0) return "";
  const shown = rows.slice(0, tier.mostRows);
  if (shown.length === 0) return `${title}: ${count(rows.length, "resource")}; ${rest} lists them.`;
  const more =
    rows.length > shown.length ? [`- … and ${rows.length - shown.length} more; ${rest} has all of them.`] : [];
  const lines = shown.map(({ value: row, environments }) => {
    const version = row.version === undefined ? "" : ` ${words(versionText(row.version))}`;
    const where = isMany ? ` in ${environments.map(code).join(", ")}` : "";
    const since = row.since === undefined ? "" : ` since ${code(timeText(row.since))}`;
    return `- ${code(row.address)}${version}${where} ${code(row.status)}${since}: ${words(row.reason)}. ${wayOnText(row)}`;
  });
  return [`### ${title}`, "", ...lines, ...more].join("\n");
}

/** A sentence of ours, unless it names an address. */
const wayOnText = (row: Held): string => words(wayOn(row));

function unmanaged({ plans, isMany }: Page): string {
  return plans
    .filter((plan) => plan.unmanaged.length > 0)
    .map(({ environment, unmanaged: rows }) => {
      const where = isMany ? ` of ${code(environment)}` : "";
      return `${count(rows.length, "object")} in CXone${where} ${rows.length === 1 ? "is" : "are"} declared nowhere and never touched.`;
    })
    .join("<br>\n");
}

function checks({ checks: counted }: PlanCommentView): string {
  if (counted === undefined) return "";
  const { resources, errors, warnings } = counted;
  const verdict =
    errors === 0
      ? `${count(resources, "resource")} valid`
      : `${count(errors, "error")} in ${count(resources, "resource")}`;
  return `**Checks**: ${verdict}, ${warnings === 0 ? "no warnings" : count(warnings, "warning")}.`;
}

function approvals({ view, plans, rows }: Page, tier: Tier): string {
  if (view.approval === undefined || rows.length === 0) return "";
  const hasOptOuts = rows.some(({ value }) => (value.records?.optOuts ?? 0) > 0);
  const digests = plans.filter(({ steps }) => steps.length > 0).map(({ digest }) => digest);
  return toApply(view.approval, digests, hasOptOuts, tier.mostFiles);
}

/** How long a plan is worth reading: CXone may have changed since. */
const staleAfterMs = 86_400_000;

function footer({ view, plans, isMany }: Page): string {
  const { repositoryUrl, head, base, run, at, tool } = view;
  const lines = plans.map(
    ({ environment, digest, createdAt }) =>
      `${isMany ? `${code(environment)} ` : ""}plan ${code(digest)}, made ${code(timeText(createdAt))}${staleText(createdAt)}, again with ${code(`npx cxform plan --env ${environment}`)}`,
  );
  const commit = (sha: string): string =>
    link(code(sha.slice(0, 12)), repositoryUrl === undefined ? undefined : commitUrl(repositoryUrl, sha));
  const url = run === undefined || repositoryUrl === undefined ? undefined : runUrl(repositoryUrl, run.id, run.attempt);
  const facts = [
    ...(head === undefined ? [] : [`head ${commit(head)}`]),
    ...(base === undefined ? [] : [`base ${commit(base)}`]),
    ...(url === undefined ? [] : [link("run, with the whole plan as artifact", url)]),
    `written ${code(timeText(at))} by ${code(tool)}`,
  ];
  return `<sub>${[...lines, facts.join(" · ")].join("<br>\n")}</sub>`;
}

function staleText(createdAt: string): string {
  const madeAt = Date.parse(createdAt);
  if (Number.isNaN(madeAt)) return "";
  const staleAt = new Date(madeAt + staleAfterMs);
  return Number.isNaN(staleAt.getTime()) ? "" : `, stale after ${code(timeText(staleAt.toISOString()))}`;
}
