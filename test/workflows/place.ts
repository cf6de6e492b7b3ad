// A project on the GitHub double whose environment production is the simulator: pull requests, merges, and the workflows run on them.
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { workflows } from "../../src/library/workflows.ts";
import type { DecisionRule } from "../../src/simulator/decisions.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { type GitHubDouble, githubDouble } from "../github-double/double.ts";
import type { DoublePull } from "../github-double/state.ts";
import { bundledAction, ownAction } from "./action.ts";
import type { Value } from "./expression.ts";
import { userAction } from "./files.ts";
import { type RunAction, type RunOptions, type RunResult, runWorkflow } from "./runner.ts";

export type Files = Readonly<Record<string, string | null>>;

export interface PlaceOptions {
  /** The environments; each is the same simulator. Default: production. */
  readonly environments?: readonly string[];
  /** What the simulator's reviewer decides otherwise than by approving. */
  readonly decisions?: readonly DecisionRule[];
  /** True: the bundled action as a process, on the clock of this machine. */
  readonly isBundled?: boolean;
  /** The folder of the project in the repository; default: its root. */
  readonly folder?: string;
}

export class Place {
  readonly double: GitHubDouble;
  readonly simulator: Simulator;
  /** Whoever is asked at production-approval. */
  approver: string | undefined = "grace";
  /** What the simulator, and an action that is no process, take for now. */
  now: number;
  /** Whether the machine of a step is switched off before this request (`POST https://…`); asked until it was. */
  cut: ((request: string) => boolean) | undefined;
  /** Whether the job is cancelled as this request leaves; asked until it was. */
  cancel: ((request: string) => boolean) | undefined;
  readonly environments: readonly string[];
  readonly #action: RunAction;
  #pull = 6;

  /** The folder of the project in the repository; empty: its root. */
  readonly folder: string;

  constructor(double: GitHubDouble, simulator: Simulator, now: number, options: PlaceOptions) {
    this.folder = options.folder ?? "";
    this.double = double;
    this.simulator = simulator;
    this.now = now;
    this.environments = options.environments ?? ["production"];
    this.#action =
      options.isBundled === true
        ? bundledAction
        : ownAction({
            now: () => this.now,
            ended: (at) => {
              this.now = at + 1_000;
            },
            isCut: (request) => {
              const isNow = this.cut?.(request) === true;
              if (isNow) this.cut = undefined;
              return isNow;
            },
            isCancelled: (request) => {
              const isNow = this.cancel?.(request) === true;
              if (isNow) this.cancel = undefined;
              return isNow;
            },
          });
  }

  config(more: Readonly<Record<string, unknown>> = {}): string {
    const apis = Object.fromEntries(Object.entries(this.simulator.families).map(([family, urls]) => [family, urls]));
    const credentials = { clientId: { fromEnv: "CXONE_CLIENT_ID" }, clientSecret: { fromEnv: "CXONE_CLIENT_SECRET" } };
    const environments = Object.fromEntries(
      this.environments.map((name) => [
        name,
        {
          protected: true,
          retireAfter: "0s",
          credentials,
          apis,
          ledger: { branch: `cxform-ledger/${name}` },
          ...more,
        },
      ]),
    );
    const manifests = ["templates", "preferences"];
    return `${JSON.stringify({ apiVersion: "cxform/v1", kind: "Config", manifests, environments }, null, 2)}\n`;
  }

  /** Commits files on top of a commit; answers the new one. */
  commit(files: Files, parents: readonly string[], message: string, author = "ada"): string {
    const { bare } = this.double;
    const put = new Map(
      Object.entries(files).flatMap(([path, text]) => (text === null ? [] : [[path, Buffer.from(text)] as const])),
    );
    const gone = Object.entries(files).flatMap(([path, text]) => (text === null ? [path] : []));
    return bare.commit(bare.tree(parents[0], put, gone), parents, `${message}\n`, author);
  }

  get main(): string {
    return this.double.bare.resolve("refs/heads/main") as string;
  }

  push(files: Files, message = "change"): string {
    const before = this.double.bare.resolve("refs/heads/main");
    const commit = this.commit(files, before === undefined ? [] : [before], message);
    this.double.bare.move("refs/heads/main", commit, before ?? "0".repeat(40));
    return commit;
  }

  /** Opens a pull request with one commit on main. */
  open(files: Files, login = "ada"): DoublePull & { readonly files: Files; mergeRef: string } {
    this.#pull += 1;
    const head = this.commit(files, [this.main], "proposed");
    this.double.bare.move(`refs/heads/topic-${this.#pull}`, head, "0".repeat(40));
    const mergeRef = this.commit(files, [this.main, head], "merge of the two");
    this.double.bare.move(`refs/pull/${this.#pull}/merge`, mergeRef, "0".repeat(40));
    const pull: DoublePull = {
      number: this.#pull,
      title: "A change",
      login,
      head,
      base: "main",
      state: "OPEN",
      reviews: [],
    };
    this.double.state.pulls.push(pull);
    return Object.assign(pull, { files, mergeRef });
  }

  /** Squashes it onto main; answers the commit. */
  merge(pull: ReturnType<Place["open"]>, more: Files = {}): string {
    const commit = this.push({ ...pull.files, ...more }, `merge of #${pull.number}`);
    pull.state = "MERGED";
    pull.mergeCommit = commit;
    pull.mergedBy = "grace";
    return commit;
  }

  #run(name: string, more: Pick<RunOptions, "event" | "actor"> & Partial<RunOptions>): Promise<RunResult> {
    const options = {
      action: userAction,
      environments: this.environments,
      branch: "main",
      isOwn: false,
      ...(this.folder === "" ? {} : { folder: this.folder }),
    };
    // The clock of the review stands still here: no run waits for it.
    const text = (workflows(options).get(`.github/workflows/${name}`) as string).replaceAll("wait: 5m", "wait: 0s");
    const pair = { CXONE_CLIENT_ID: this.simulator.client.id, CXONE_CLIENT_SECRET: this.simulator.client.secret };
    return runWorkflow({
      text,
      path: `.github/workflows/${name}`,
      double: this.double,
      secrets: Object.fromEntries(["cxform-plan", ...this.environments].map((name) => [name, pair])),
      action: { uses: userAction, description: readFileSync("action.yml", "utf8"), run: this.#action },
      gate: (environment, run) => {
        if (!environment.endsWith("-approval") || this.approver === undefined) return "unprotected";
        this.double.state.approvals.push({
          run,
          environments: [environment],
          state: "approved",
          login: this.approver,
          comment: "",
        });
        return "approved";
      },
      ...more,
    });
  }

  plan(pull: ReturnType<Place["open"]>, repository = this.double.repository): Promise<RunResult> {
    return this.#run("plan.yml", {
      actor: pull.login,
      headSha: pull.head,
      event: {
        name: "pull_request",
        sha: pull.mergeRef,
        ref: `refs/pull/${pull.number}/merge`,
        payload: {
          repository: { default_branch: "main" },
          pull_request: {
            number: pull.number,
            user: { login: pull.login },
            head: { sha: pull.head, repo: { full_name: repository } },
            base: { sha: this.main },
          },
        },
      },
    });
  }

  /** What the merge queue starts for a pull request, with what else stands in its group. */
  queue(pull: ReturnType<Place["open"]>, more: Files = {}): Promise<RunResult> {
    const base = this.main;
    const head = this.commit({ ...pull.files, ...more }, [base], `merge of #${pull.number}`);
    const ref = `refs/heads/gh-readonly-queue/main/pr-${pull.number}-${base}`;
    this.double.bare.move(ref, head, this.double.bare.resolve(ref) ?? "0".repeat(40));
    return this.#run("plan.yml", {
      actor: "github-merge-queue[bot]",
      event: {
        name: "merge_group",
        sha: head,
        ref,
        payload: {
          repository: { default_branch: "main" },
          merge_group: { head_sha: head, head_ref: ref, base_sha: base, base_ref: "refs/heads/main" },
        },
      },
    });
  }

  /** What a push to main starts. */
  apply(commit: string, options: Partial<RunOptions> = {}): Promise<RunResult> {
    return this.#run("apply.yml", {
      actor: "grace",
      event: this.#onMain("push", commit),
      ...options,
    });
  }

  /** The workflow started by hand. */
  dispatch(actor: string, inputs: Readonly<Record<string, Value>> = {}): Promise<RunResult> {
    return this.#run("apply.yml", { actor, inputs, event: this.#onMain("workflow_dispatch", this.main) });
  }

  followUp(): Promise<RunResult> {
    return this.#run("follow-up.yml", { actor: "grace", event: this.#onMain("schedule", this.main) });
  }

  #onMain(name: string, sha: string): RunOptions["event"] {
    return { name, sha, ref: "refs/heads/main", payload: { repository: { default_branch: "main" } } };
  }

  /** How often GitHub was asked to change what people read: comments, issues, statuses; the ledger's commits are none. */
  get writes(): number {
    return this.double.calls.filter((call) =>
      /^(?:issues\/(?:create|update|add-labels|remove-label)|graphql minimize|repos\/create-commit-status)/.test(call),
    ).length;
  }

  /** Own comments on a pull request with a marker. */
  comments(pull: DoublePull, marker: string): readonly string[] {
    return this.double.state.comments
      .filter(
        ({ item, body, minimised }) =>
          item === pull.number && minimised === undefined && body.startsWith(`<!-- ${marker}`),
      )
      .map(({ body }) => body);
  }
}

export async function place(
  context: TestContext,
  config: Readonly<Record<string, unknown>> = {},
  options: PlaceOptions = {},
): Promise<Place> {
  const double = await githubDouble(context);
  const start = Date.now();
  let made: Place | undefined;
  const simulator = await startSimulator({
    reviewDelayMs: 3_600_000,
    now: () => made?.now ?? start,
    decisions: options.decisions ?? [],
  });
  context.after(() => simulator.close());
  made = new Place(double, simulator, start, options);
  double.state.environments.push({ name: "production-approval", reviewers: ["grace"], preventSelfReview: true });
  const files = { "cxform.yaml": made.config(config), "templates/.keep": "", "preferences/.keep": "" };
  const at = (path: string): string => (options.folder === undefined ? path : `${options.folder}/${path}`);
  made.push(Object.fromEntries(Object.entries(files).map(([path, text]) => [at(path), text])), "begin");
  return made;
}

export const template = (words: string, name = "parcel"): string => `apiVersion: cxform/v1
kind: WhatsAppTemplate
metadata:
  name: ${name}
spec:
  language: en_US
  category: UTILITY
  body: "Hello {{1}}, ${words}, and we will write again as soon as it moves on."
  examples:
    "1": Pablo
`;

export const batch = (optOuts: number, optIns: number): string => {
  const record = (at: number, optIn: boolean): string =>
    `    - contactId: 00000000-0000-4000-8000-${String(at).padStart(12, "0")}
      channel: sms
      optIn: ${optIn}
      ${optIn ? "consentTimestamp" : "withdrawalTimestamp"}: "2026-05-01T10:00:00Z"
      ${optIn ? "withdrawalTimestamp" : "consentTimestamp"}: null
`;
  const records = [
    ...Array.from({ length: optOuts }, (_, at) => record(at + 1, false)),
    ...Array.from({ length: optIns }, (_, at) => record(at + 1_001, true)),
  ];
  return `apiVersion: cxform/v1
kind: PreferenceBatch
metadata:
  name: may
spec:
  source: shop
  regulatoryRegion: GDPR
  records:
${records.join("")}`;
};

export const sms = (words: string): string => `apiVersion: cxform/v1
kind: SmsTemplate
metadata:
  name: code
spec:
  content: "Acme: ${words}. Reply STOP to opt out."
  fromAddress: "+15035550142"
  variables:
    code:
      maxLength: 6
      example: "482913"
`;
