// A small runner of workflows without Docker: jobs in order, matrices, gates, conditions by GitHub's engine, `run:` by bash, the action as it is given. It knows nothing of cxform.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { parse } from "yaml";
import type { GitHubDouble } from "../github-double/double.ts";
import { type Contexts, evaluate, filled, holds, type Status, type Value } from "./expression.ts";

export interface RunOptions {
  readonly text: string;
  /** The path of the workflow's file, as GitHub keeps it. */
  readonly path: string;
  readonly double: GitHubDouble;
  readonly event: {
    readonly name: string;
    readonly payload: Readonly<Record<string, Value>>;
    readonly sha: string;
    readonly ref: string;
  };
  /** What a pull request's head is, for its artifacts; else the sha of the event. */
  readonly headSha?: string;
  readonly actor: string;
  readonly inputs?: Readonly<Record<string, Value>>;
  /** By environment of GitHub. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What a person does at a job's environment; absent: there is no rule, and the job goes on. */
  readonly gate?: (environment: string, runId: number) => "approved" | "rejected" | "unprotected";
  /** The action under its name in `uses:`. */
  readonly action: {
    readonly uses: string;
    readonly description: string;
    readonly run: RunAction;
  };
  readonly env?: Readonly<Record<string, string>>;
  /** "Re-run failed jobs" of that run: what has succeeded is not run again, and its outputs stay. */
  readonly again?: RunResult;
  /** Jobs that are run again although they succeeded. */
  readonly redo?: readonly string[];
  /** Before a job begins. */
  readonly before?: (job: string) => void | Promise<void>;
}

/** A step of the action: with these variables, in this folder. */
export type RunAction = (
  env: Readonly<Record<string, string>>,
  cwd: string,
) => Promise<{ readonly code: number; readonly stdout: string }>;

export interface StepResult {
  readonly name: string;
  readonly outcome: "success" | "failure" | "skipped";
  readonly stdout: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface JobResult {
  readonly result: "success" | "failure" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepResult[];
}

export interface RunResult {
  readonly id: number;
  /** By job; of a matrix `plan (production)`. */
  readonly jobs: Readonly<Record<string, JobResult>>;
  /** Everything that was logged. */
  readonly log: string;
}

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string | { readonly name: string };
  readonly permissions?: Readonly<Record<string, "read" | "write">>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

export async function runWorkflow(options: RunOptions): Promise<RunResult> {
  const { double, event } = options;
  const workflow = parse(options.text) as { readonly jobs: Readonly<Record<string, Job>> };
  const id = options.again?.id ?? double.state.nextId();
  const earlier = double.state.runs.filter(({ path }) => path === options.path);
  const run = {
    id,
    number: earlier.find((one) => one.id === id)?.number ?? new Set(earlier.map((one) => one.id)).size + 1,
    event: event.name,
    branch: /^refs\/heads\/(.+)$/.exec(event.ref)?.[1],
    attempt: double.state.runs.filter((one) => one.id === id).length + 1,
    path: options.path,
    headSha: options.headSha ?? event.sha,
    status: "in_progress" as "in_progress" | "completed",
    conclusion: null as string | null,
  };
  double.state.runs.push(run);
  const done = new Map<string, JobResult>();
  const shown: Record<string, JobResult> = {};
  const logs: string[] = [];
  for (const name of inOrder(workflow.jobs)) {
    const job = workflow.jobs[name] as Job;
    const before = options.again?.jobs[name];
    if (before?.result === "success" && options.redo?.includes(name) !== true) {
      done.set(name, before);
      shown[name] = before;
      continue;
    }
    const needs = Object.fromEntries(
      listOf(job.needs).map((one) => {
        const { result, outputs } = done.get(one) as JobResult;
        return [one, { result, outputs }];
      }),
    );
    const contexts: Contexts = {
      github: githubContext(options, id, ""),
      inputs: { ...options.inputs },
      needs,
      env: {},
      matrix: {},
      secrets: {},
    };
    // A failure or a skip counts for all that come after it, however far.
    const isFine = chainOf(workflow.jobs, name).every((one) => done.get(one)?.result === "success");
    if (!holds(job.if, contexts, isFine ? "success" : "failure")) {
      const skipped: JobResult = { result: "skipped", outputs: {}, steps: [] };
      done.set(name, skipped);
      shown[name] = skipped;
      continue;
    }
    await options.before?.(name);
    const results: JobResult[] = [];
    for (const matrix of rowsOf(job, contexts)) {
      const result = await runJob({ options, job, name, id, contexts: { ...contexts, matrix }, logs });
      results.push(result);
      const row = Object.values(matrix);
      shown[row.length === 0 ? name : `${name} (${row.join(", ")})`] = result;
    }
    done.set(name, {
      result: results.every(({ result }) => result === "success") ? "success" : "failure",
      outputs: Object.assign({}, ...results.map(({ outputs }) => outputs)),
      steps: results.flatMap(({ steps }) => steps),
    });
  }
  run.status = "completed";
  run.conclusion = Object.values(shown).some(({ result }) => result === "failure") ? "failure" : "success";
  return { id, jobs: shown, log: logs.join("") };
}

function chainOf(jobs: Readonly<Record<string, Job>>, name: string): readonly string[] {
  return listOf(jobs[name]?.needs).flatMap((one) => [one, ...chainOf(jobs, one)]);
}

function inOrder(jobs: Readonly<Record<string, Job>>): readonly string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    for (const before of listOf(jobs[name]?.needs)) visit(before);
    order.push(name);
  };
  for (const name of Object.keys(jobs)) visit(name);
  return order;
}

function rowsOf(job: Job, contexts: Contexts): readonly Readonly<Record<string, string>>[] {
  const [entry] = Object.entries(job.strategy?.matrix ?? {});
  if (entry === undefined) return [{}];
  const [key, given] = entry;
  const values: readonly string[] = Array.isArray(given)
    ? (given as readonly string[])
    : (JSON.parse(JSON.stringify(evaluate(String(given).slice(3, -2).trim(), contexts, "success"), plain)) as string[]);
  return values.map((value) => ({ [key]: value }));
}

/** An evaluated list as JSON. */
function plain(_key: string, value: unknown): unknown {
  const held = value as { readonly values?: () => unknown; readonly value?: unknown } | null;
  if (typeof held === "object" && held !== null && typeof held.values === "function") return held.values();
  return typeof held === "object" && held !== null && "value" in held ? held.value : value;
}

function githubContext({ double, event, actor }: RunOptions, id: number, token: string): Value {
  return {
    event_name: event.name,
    event: event.payload,
    sha: event.sha,
    ref: event.ref,
    repository: double.repository,
    actor,
    run_id: String(id),
    run_attempt: "1",
    token,
  };
}

interface Running {
  readonly options: RunOptions;
  readonly job: Job;
  readonly name: string;
  readonly id: number;
  readonly contexts: Contexts;
  readonly logs: string[];
}

async function runJob({ options, job, name, id, contexts, logs }: Running): Promise<JobResult> {
  const { double } = options;
  const given = typeof job.environment === "object" ? job.environment.name : job.environment;
  const environment = given === undefined ? undefined : filled(given, contexts, "success");
  if (environment !== undefined && options.gate !== undefined) {
    const said = options.gate(environment, id);
    if (said === "rejected") return { result: "failure", outputs: {}, steps: [] };
  }
  // A token of this job, with its permissions and no others.
  const token = `ghs_job_${double.state.nextId()}`;
  double.state.tokens.set(token, { login: "github-actions[bot]", permissions: { ...job.permissions } });
  const home = mkdtempSync(join(tmpdir(), "cxform-job-"));
  const workspace = join(home, "workspace");
  mkdirSync(workspace);
  const base: Contexts = {
    ...contexts,
    github: githubContext(options, id, token),
    secrets: { ...(environment === undefined ? {} : options.secrets[environment]) },
    runner: { temp: join(home, "temp") },
  };
  const steps: Record<string, Value> = {};
  const results: StepResult[] = [];
  let status: Status = "success";
  try {
    for (const step of job.steps) {
      const at: Contexts = { ...base, steps };
      const label = step.name ?? step.id ?? step.uses ?? "run";
      if (!holds(step.if, at, status)) {
        results.push({ name: label, outcome: "skipped", stdout: "", outputs: {}, summary: "" });
        continue;
      }
      const result = await runStep({ options, step, id, job: name, contexts: at, status, token, home, workspace });
      logs.push(`== ${name}: ${label}\n${result.stdout}`);
      if (result.outcome === "failure") status = "failure";
      if (step.id !== undefined) steps[step.id] = { outcome: result.outcome, outputs: { ...result.outputs } };
      results.push({ ...result, name: label });
    }
  } finally {
    double.state.tokens.delete(token);
    rmSync(home, { recursive: true, force: true });
  }
  const outputs = Object.fromEntries(
    Object.entries(job.outputs ?? {}).map(([key, value]) => [key, filled(value, { ...base, steps }, status)]),
  );
  return { result: status === "success" ? "success" : "failure", outputs, steps: results };
}

interface StepRun {
  readonly options: RunOptions;
  readonly step: Step;
  readonly id: number;
  readonly job: string;
  readonly contexts: Contexts;
  readonly status: Status;
  readonly token: string;
  readonly home: string;
  readonly workspace: string;
}

async function runStep(running: StepRun): Promise<StepResult> {
  const { options, step, contexts, status, home, workspace, id } = running;
  const inputs = Object.fromEntries(
    Object.entries(step.with ?? {}).map(([key, value]) => [key, filled(String(value), contexts, status)]),
  );
  const [uses = ""] = (step.uses ?? "").split("@");
  if (uses === "actions/checkout") return checkout(running);
  if (uses === "actions/upload-artifact") return upload(running, inputs);
  if (uses === "actions/download-artifact") return download(running, inputs);
  const env = environmentOf(running);
  if (step.run !== undefined) {
    const file = join(home, `run-${options.double.state.nextId()}.sh`);
    writeFileSync(file, filled(step.run, contexts, status));
    return finished(await started("bash", ["--noprofile", "--norc", "-eo", "pipefail", file], workspace, env), env);
  }
  if (step.uses !== options.action.uses) throw new Error(`run ${id}: nothing stands for ${step.uses}`);
  const described = parse(options.action.description) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  };
  for (const [name, { default: byDefault }] of Object.entries(described.inputs))
    env[`INPUT_${name.toUpperCase()}`] = inputs[name] ?? filled(byDefault ?? "", contexts, status);
  return finished(await options.action.run(env, workspace), env);
}

function environmentOf({ options, step, contexts, status, home, workspace, id, job }: StepRun): Record<string, string> {
  const { double, event, actor } = options;
  const files = mkdtempSync(join(home, "files-"));
  const file = (name: string, text = ""): string => {
    writeFileSync(join(files, name), text);
    return join(files, name);
  };
  mkdirSync(join(home, "temp"), { recursive: true });
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: double.repository,
    GITHUB_API_URL: double.url,
    GITHUB_GRAPHQL_URL: double.graphqlUrl,
    GITHUB_SERVER_URL: double.url,
    GITHUB_RUN_ID: String(id),
    GITHUB_RUN_NUMBER: String(double.state.runs.find((one) => one.id === id)?.number),
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_WORKFLOW_REF: `${double.repository}/${options.path}@${event.ref}`,
    GITHUB_JOB: job,
    GITHUB_ACTOR: actor,
    GITHUB_EVENT_NAME: event.name,
    GITHUB_SHA: event.sha,
    GITHUB_REF: event.ref,
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: join(home, "temp"),
    GITHUB_EVENT_PATH: file("event.json", JSON.stringify(event.payload)),
    GITHUB_OUTPUT: file("output"),
    GITHUB_ENV: file("env"),
    GITHUB_PATH: file("path"),
    GITHUB_STEP_SUMMARY: file("summary"),
    ...options.env,
    ...Object.fromEntries(Object.entries(step.env ?? {}).map(([key, value]) => [key, filled(value, contexts, status)])),
  };
}

export function started(
  command: string,
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    const hear = (chunk: Buffer): void => {
      stdout += chunk.toString("utf8");
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout }));
  });
}

function finished(
  { code, stdout }: { readonly code: number; readonly stdout: string },
  env: Readonly<Record<string, string>>,
): Omit<StepResult, "name"> & { readonly name: string } {
  return {
    name: "",
    outcome: code === 0 ? "success" : "failure",
    stdout,
    outputs: outputsOf(readFileSync(env["GITHUB_OUTPUT"] as string, "utf8")),
    summary: readFileSync(env["GITHUB_STEP_SUMMARY"] as string, "utf8"),
  };
}

/** The file of outputs as the runner reads it: `name=value`, or a value of several lines between delimiters. */
export function outputsOf(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    const opened = /^([^=<]+)<<(.+)$/.exec(line);
    if (opened !== null) {
      const value: string[] = [];
      while (lines[++at] !== opened[2] && at < lines.length) value.push(lines[at] as string);
      outputs[opened[1] as string] = value.join("\n");
    } else if (line.includes("=")) outputs[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
  }
  return outputs;
}

const plainly = (stdout = ""): StepResult => ({ name: "", outcome: "success", stdout, outputs: {}, summary: "" });

/** Checkouts of this process, by what was checked out: a copy is cheaper than git's own programs. */
const checkouts = new Map<string, string>();

/** As the action does it: the commit of the event, on its branch where it has one, without credentials. */
async function checkout({ options, workspace, home }: StepRun): Promise<StepResult> {
  const { double, event } = options;
  const key = `${double.bare.dir} ${event.ref} ${event.sha}`;
  const known = checkouts.get(key);
  if (known !== undefined) {
    cpSync(known, workspace, { recursive: true });
    return plainly();
  }
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, GIT_CONFIG_NOSYSTEM: "1" };
  const branch = /^refs\/heads\/(.+)$/.exec(event.ref)?.[1];
  for (const words of [
    ["init", "-q", "-b", "main", "--template="],
    ["remote", "add", "origin", double.bare.dir],
    ["fetch", "-q", "--depth", "50", "origin", event.sha],
    branch === undefined ? ["checkout", "-q", "--detach", event.sha] : ["checkout", "-q", "-B", branch, event.sha],
  ]) {
    const { code, stdout } = await started("git", words, workspace, env);
    if (code !== 0) return { ...plainly(stdout), outcome: "failure" };
  }
  const kept = mkdtempSync(join(tmpdir(), "cxform-checkout-"));
  process.once("exit", () => rmSync(kept, { recursive: true, force: true }));
  cpSync(workspace, kept, { recursive: true });
  checkouts.set(key, kept);
  return plainly();
}

function upload({ options, id, workspace }: StepRun, inputs: Readonly<Record<string, string>>): StepResult {
  const { double } = options;
  const path = join("/", relative("/", inputs["path"] ?? ""));
  const at = inputs["path"]?.startsWith("/") === true ? path : join(workspace, inputs["path"] ?? "");
  const files: Record<string, Uint8Array> = {};
  const isFolder = statSync(at).isDirectory();
  for (const entry of isFolder ? readdirSync(at, { recursive: true, withFileTypes: true }) : []) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files[relative(at, file)] = readFileSync(file);
  }
  if (!isFolder) files[relative(dirname(at), at)] = readFileSync(at);
  const run = double.state.runs.find((one) => one.id === id);
  double.state.artifacts.push({
    id: double.state.nextId(),
    name: inputs["name"] ?? "artifact",
    bytes: zipSync(files),
    expired: false,
    run: id,
    headSha: run?.headSha ?? "",
    headRepositoryId: double.state.repositoryId,
  });
  return plainly();
}

function download({ options, id, workspace }: StepRun, inputs: Readonly<Record<string, string>>): StepResult {
  const { name, pattern, path = "." } = inputs;
  const isWanted = (given: string): boolean =>
    name !== undefined
      ? given === name
      : new RegExp(`^${(pattern ?? "*").replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`).test(given);
  const found = options.double.state.artifacts.filter((one) => one.run === id && isWanted(one.name));
  if (name !== undefined && found.length === 0) return { ...plainly(`no artifact ${name}`), outcome: "failure" };
  for (const artifact of found) {
    const folder = join(workspace, path, name === undefined ? artifact.name : "");
    for (const [file, bytes] of Object.entries(unzipSync(artifact.bytes))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), bytes);
    }
  }
  return plainly();
}

/** One file of a named artifact, and the same artifact with that file put in place of it. */
export const artifactText = (bytes: Uint8Array, file: string): string =>
  strFromU8(unzipSync(bytes)[file] as Uint8Array);
export const withFile = (bytes: Uint8Array, file: string, text: string): Uint8Array =>
  zipSync({ ...unzipSync(bytes), [file]: strToU8(text) });
