// A plan as later jobs take it: a folder with the plan, its two texts and what stands beside it. Read back as foreign data: the jobs of a pull request may write anything.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NotAllowed } from "../../base/failure.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import type { Plan } from "../../contract/plan.ts";
import type { PolicyChange } from "../../library/base-policy.ts";
import { parsePlan } from "../../library/review.ts";

export interface Checks {
  readonly resources: number;
  readonly errors: number;
  readonly warnings: number;
}

/** What stands beside the plan, or in its place. */
export interface PlanReport {
  readonly formatVersion: 1;
  readonly environment: string;
  readonly why?: "invalid" | "unread";
  readonly diagnostics: readonly Diagnostic[];
  readonly message?: string;
  readonly hint?: string;
  readonly checks?: Checks;
  readonly policyChanges: readonly PolicyChange[];
}

export interface Gathered {
  readonly report: PlanReport;
  readonly plan?: Plan;
}

export const planName = "plan.json";
const reportName = "report.json";
const mostBytes = 20_000_000;

export function writeReport(folder: string, { report, plan }: Gathered, texts: Readonly<Record<string, string>>): void {
  writeFileSync(join(folder, reportName), `${JSON.stringify(report, null, 2)}\n`);
  if (plan !== undefined) writeFileSync(join(folder, planName), `${JSON.stringify(plan, null, 2)}\n`);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
}

/** Every plan below a folder of artifacts, by environment. What is no report, or a plan that was altered, is passed over. */
export function gather(folder: string): readonly Gathered[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .concat(folder)
    .flatMap((each) => gatheredIn(each) ?? [])
    .sort((left, right) => (left.report.environment < right.report.environment ? -1 : 1));
}

function gatheredIn(folder: string): Gathered | undefined {
  const report = reportOf(textOf(join(folder, reportName)));
  if (report === undefined) return undefined;
  const text = textOf(join(folder, planName));
  if (text === undefined) return report.why === undefined ? undefined : { report };
  try {
    return { report, plan: parsePlan(text, report.environment) };
  } catch (error) {
    if (error instanceof NotAllowed) return undefined;
    throw error;
  }
}

function textOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size <= mostBytes ? readFileSync(file, "utf8") : undefined;
}

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";

function reportOf(text: string | undefined): PlanReport | undefined {
  const value = parsed(text);
  if (!isTree(value) || value["formatVersion"] !== 1 || !isText(value["environment"])) return undefined;
  const { environment, why, message, hint, checks } = value;
  const list = (field: string, isGood: (each: Tree) => boolean): readonly Tree[] =>
    Array.isArray(value[field]) ? value[field].filter((each) => isTree(each) && isGood(each)) : [];
  return {
    formatVersion: 1,
    environment,
    ...(why === "invalid" || why === "unread" ? { why } : {}),
    ...(isText(message) ? { message } : {}),
    ...(isText(hint) ? { hint } : {}),
    ...(isChecks(checks) ? { checks } : {}),
    diagnostics: list("diagnostics", isDiagnostic) as unknown as readonly Diagnostic[],
    policyChanges: list(
      "policyChanges",
      ({ field, change, environment: one }) => isText(field) && isText(change) && (one === undefined || isText(one)),
    ) as unknown as readonly PolicyChange[],
  };
}

const isChecks = (value: unknown): value is Checks =>
  isTree(value) && ["resources", "errors", "warnings"].every((field) => Number.isSafeInteger(value[field]));

const isDiagnostic = (each: Tree): boolean =>
  [each["code"], each["message"], each["hint"], each["file"]].every(isText) &&
  (each["severity"] === "error" || each["severity"] === "warning") &&
  Number.isSafeInteger(each["line"]) &&
  Number.isSafeInteger(each["column"]);

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
