// Rules for workflow files, after those of zizmor, on their YAML: each names what it finds with its line. It reads no repository and runs nothing.
import { type Document, isMap, isPair, isScalar, LineCounter, parseDocument } from "yaml";

export interface Finding {
  readonly rule: string;
  readonly line: number;
  readonly what: string;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly if?: unknown;
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly secrets?: unknown;
  readonly environment?: string | { readonly name: string };
  readonly concurrency?: unknown;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly name?: string;
  readonly on: Readonly<Record<string, unknown>> | string | readonly string[];
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

type Path = readonly (string | number)[];
type Report = (rule: string, path: Path, what: string) => void;

interface Seen {
  readonly document: Document;
  readonly workflow: Workflow;
  readonly report: Report;
  /** The action that is referred to by its version. */
  readonly action: string;
}

export function findings(text: string, action = "./"): readonly Finding[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const workflow = document.toJS() as Workflow;
  const found: Finding[] = [];
  const report: Report = (rule, path, what) => {
    const node = document.getIn(path, true) as { readonly range?: readonly number[] } | undefined;
    found.push({ rule, what, line: lines.linePos(node?.range?.[0] ?? 0).line });
  };
  const seen = { document, workflow, report, action };
  ofTriggers(seen);
  ofPermissions(seen);
  for (const id of Object.keys(workflow.jobs)) ofJob(id, seen);
  return found.sort((left, right) => left.line - right.line);
}

function ofTriggers({ workflow, report }: Seen): void {
  const { on } = workflow;
  const events = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);
  for (const event of events)
    if (["pull_request_target", "workflow_run", "issue_comment"].includes(event))
      report("dangerous-triggers", ["on"], event);
}

function ofPermissions({ workflow, document, report }: Seen): void {
  const top = workflow.permissions;
  if (typeof top !== "object" || top === null || Object.keys(top).length > 0)
    report("excessive-permissions", ["permissions"], "the top grants something; write permissions: {}");
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const path = ["jobs", id, "permissions"];
    if (job.permissions === undefined) {
      report("excessive-permissions", ["jobs", id], "a job without permissions of its own");
      continue;
    }
    if (typeof job.permissions === "string") report("excessive-permissions", path, job.permissions);
    const node = document.getIn(path, true);
    if (!isMap(node)) continue;
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.value)) continue;
      const comment = pair.value.comment ?? "";
      if (comment.trim().length < 5) report("undocumented-permissions", path, String(pair.key));
    }
  }
}

const hasEnvironment = (job: Job): boolean => job.environment !== undefined;
const environmentName = (job: Job): string =>
  typeof job.environment === "string" ? job.environment : (job.environment?.name ?? "");

function ofJob(id: string, seen: Seen): void {
  const { workflow, report } = seen;
  const job = workflow.jobs[id] as Job;
  const path = ["jobs", id];
  const text = JSON.stringify(job);
  if (job.secrets === "inherit") report("secrets-inherit", [...path, "secrets"], id);
  if (job.uses === undefined && job["timeout-minutes"] === undefined) report("job-timeout", path, id);
  if (/toJSON\(\s*secrets\s*\)/i.test(text)) report("overprovisioned-secrets", path, id);
  if (/github\.actor\b|github\.triggering_actor\b/.test(text)) report("bot-conditions", path, id);
  if (!hasEnvironment(job))
    for (const [, name] of text.matchAll(/secrets\.([A-Za-z_]\w*)/g))
      if (name !== "GITHUB_TOKEN") report("secrets-outside-env", path, name as string);
  if (environmentName(job).endsWith("-approval")) {
    if (job.concurrency !== undefined || isConcurrent(workflow)) report("gate-holds-lane", path, id);
    if (/secrets\./.test(text)) report("secrets-at-gate", path, id);
  }
  ofCondition(job.if, [...path, "if"], seen);
  for (const at of (job.steps ?? []).keys()) ofStep(id, at, seen);
}

const isConcurrent = (workflow: Workflow): boolean => "concurrency" in workflow;

/** `if: |` keeps a newline after `}}`, and text beside `${{ }}` makes a string: both are always true. */
function ofCondition(condition: unknown, path: Path, { report }: Seen): void {
  if (typeof condition !== "string" || !condition.includes("${{")) return;
  if (!/^\$\{\{[\s\S]*\}\}$/.test(condition) || condition.indexOf("${{", 1) !== -1)
    report("unsound-condition", path, condition.slice(0, 60));
}

function ofStep(id: string, at: number, seen: Seen): void {
  const { workflow, document, report, action } = seen;
  const job = workflow.jobs[id] as Job;
  const step = job.steps?.[at] as Step;
  const path = ["jobs", id, "steps", at];
  ofCondition(step.if, [...path, "if"], seen);
  const { uses, run } = step;
  if (uses !== undefined && uses !== action) {
    const node = document.getIn([...path, "uses"], true);
    const comment = isScalar(node) ? (node.comment ?? "") : "";
    if (!/@[0-9a-f]{40}$/.test(uses)) report("unpinned-uses", [...path, "uses"], uses);
    else if (!/^ v\d+\.\d+\.\d+$/.test(comment)) report("ref-version-mismatch", [...path, "uses"], uses);
  }
  if (uses?.startsWith("actions/checkout@") === true && step.with?.["persist-credentials"] !== false)
    report("artipacked", [...path, "uses"], "persist-credentials is not false");
  const isLasting = /^(?:apply|release)$/.test(workflow.name ?? "");
  if (isLasting && (uses?.startsWith("actions/cache") === true || step.with?.["cache"] !== undefined))
    report("cache-poisoning", path, uses ?? "");
  for (const code of [run, step.with?.["script"]])
    if (typeof code === "string" && code.includes("${{")) report("template-injection", path, code.slice(0, 60));
  if (run === undefined) return;
  if (/::(?:set-output|set-env|add-path|save-state)\b/.test(run)) report("insecure-commands", path, run);
  if (/GITHUB_ENV|GITHUB_PATH/.test(run)) report("github-env", path, run);
  if (/\bnpx\b|\bnpm (?:install|i|exec|x)\b/.test(run)) report("adhoc-packages", path, run);
  if (/\bcurl\b[^\n|]*\|\s*(?:ba)?sh\b/.test(run)) report("adhoc-packages", path, run);
}
