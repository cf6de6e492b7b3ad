// Which jobs of a workflow run, by their conditions alone: no step is run. What a job comes to, and what it puts out, is given.
import { parse } from "yaml";
import { type Contexts, filled, holds, type Status, type Value } from "./expression.ts";

export type Result = "success" | "failure" | "cancelled" | "skipped";

export interface Given {
  readonly result?: Exclude<Result, "skipped">;
  readonly outputs?: Readonly<Record<string, string>>;
}

export interface Happening {
  readonly name: string;
  readonly event?: Value;
  readonly inputs?: Readonly<Record<string, Value>>;
  readonly ref?: string;
  /** What a job that runs comes to; `success` without outputs when nothing is given. */
  readonly jobs?: Readonly<Record<string, Given>>;
  /** The run itself was cancelled. */
  readonly isCancelled?: boolean;
}

export const repository = "harbour/messages";

interface Step {
  readonly if?: string;
  readonly run?: string;
  readonly id?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string | { readonly name: string };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Read once a text. */
const read = new Map<string, Workflow>();

export function workflowOf(text: string): Workflow {
  const found = read.get(text) ?? (parse(text) as Workflow);
  read.set(text, found);
  return found;
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

export interface Ran {
  readonly results: Readonly<Record<string, Result>>;
  /** The contexts in which a job's steps are judged. */
  contexts(job: string): Contexts;
}

/** Jobs stand in the order of their needs. A job that does not run is skipped; `success()` is about its needs and theirs. */
export function ran(text: string, happening: Happening): Ran {
  const { jobs } = workflowOf(text);
  const done = new Map<string, { readonly result: Result; readonly outputs: Readonly<Record<string, string>> }>();
  const needed = (name: string): readonly string[] => listOf(jobs[name]?.needs).flatMap((one) => [one, ...needed(one)]);
  const contexts = (name: string): Contexts => ({
    github: {
      event_name: happening.name,
      event: happening.event ?? {},
      repository,
      ref: happening.ref ?? "refs/heads/main",
      sha: "a".repeat(40),
      run_attempt: "1",
      actor: "ada",
    },
    inputs: { ...happening.inputs },
    needs: Object.fromEntries(listOf(jobs[name]?.needs).map((one) => [one, { ...(done.get(one) as object) }])),
    env: {},
    matrix: {},
    secrets: {},
    steps: {},
  });
  for (const [name, job] of Object.entries(jobs)) {
    const before = needed(name).map((one) => done.get(one)?.result);
    const status: Status =
      happening.isCancelled === true
        ? "cancelled"
        : before.includes("failure")
          ? "failure"
          : before.every((result) => result === "success")
            ? "success"
            : // A need that was skipped or cancelled is no success, and no failure() either.
              ("neither" as Status);
    const given = happening.jobs?.[name];
    const runs = holds(job.if, contexts(name), status);
    done.set(name, runs ? { result: given?.result ?? "success", outputs: given?.outputs ?? {} } : skipped);
  }
  return { results: Object.fromEntries([...done].map(([name, { result }]) => [name, result])), contexts };
}

const skipped = { result: "skipped", outputs: {} } as const;

export const jobsThatRan = ({ results }: Ran): readonly string[] =>
  Object.entries(results).flatMap(([name, result]) => (result === "skipped" ? [] : [name]));

/** The conditions of a job's steps, each as it stands. */
export const stepConditions = (text: string, name: string): readonly string[] =>
  (workflowOf(text).jobs[name]?.steps ?? []).flatMap((step) => (step.if === undefined ? [] : [step.if]));

/** The environment variables of a job's step, filled in. */
export function variablesOf(text: string, name: string, contexts: Contexts): Readonly<Record<string, string>> {
  const step = workflowOf(text).jobs[name]?.steps.find(({ run }) => run !== undefined);
  return Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([key, value]) => [key, filled(value, contexts, "success")]),
  );
}
