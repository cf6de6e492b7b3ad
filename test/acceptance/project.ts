// A project folder of a test, its double of CXone and its commands, with what holds at the end of every scenario. It must not know how the product works inside.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import type { LedgerStore } from "../../src/contract/entry.ts";
import type { Plan, Step } from "../../src/contract/plan.ts";
import type { World } from "../../src/contract/world.ts";
import { fileStore } from "../../src/ledger/file-store.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { type Applied, apply, settle } from "../../src/library/apply.ts";
import type { ApplyOptions } from "../../src/library/apply-options.ts";
import { loadConfig } from "../../src/library/config.ts";
import { type PlanCommandOptions, plan } from "../../src/library/plan.ts";
import { testWorld } from "../_world/world.ts";
import { client, type Double, startDouble } from "../double/double.ts";
import { type Exchange, type Family, families } from "../double/wire.ts";

export const webhookSecret = "whsec-CANARY-webhook-secret-of-32-bytes";
export const exampleValue = "ExampleCanary";
const start = Date.parse("2026-06-01T09:00:00Z");

export type ProjectOptions = {
  readonly oneOrigin?: boolean;
  /** Keys of the environment in cxform.yaml that differ from the project's. */
  readonly environment?: Readonly<Record<string, unknown>>;
  /** Keys beside a family's URLs. */
  readonly apis?: Partial<Record<Family, Readonly<Record<string, unknown>>>>;
  readonly rules?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Steps, rows or a broken ledger are left on purpose: no check of an empty plan at the end. */
  readonly isOpenEnded?: boolean;
};
/** Rejects as soon as the process of the command is "killed": nothing of it runs on. */
export type Crash = { readonly nth: number; readonly when: "before" | "after" };
type Manifest = { readonly metadata: { readonly name: string } } & Readonly<Record<string, unknown>>;
export type ApplyWith = Partial<Omit<ApplyOptions, "config" | "world">>;
export type PlanWith = Partial<Omit<PlanCommandOptions, "config" | "world">>;

export class Project {
  readonly dir = mkdtempSync(join(tmpdir(), "cxform-acceptance-"));
  readonly double: Double;
  readonly options: ProjectOptions;
  readonly env: Record<string, string>;
  now = start;
  /** Everything that a command answered or threw, to be searched for what may not be told. */
  readonly said: string[] = [];
  readonly contactIds = new Set<string>();
  /** No process is known to be dead: another machine's, say. */
  isEveryoneAlive = false;
  /** Of all its runs: they may be of one process that lives on. */
  readonly #unreleased = new Set<string>();
  #mark = 0;
  #process = 100;

  constructor(double: Double, options: ProjectOptions) {
    this.double = double;
    this.options = options;
    double.knobs.now = () => new Date(this.now);
    this.env = { ID: client.id, SECRET: client.secret, HOOK_SECRET: webhookSecret, ...options.env };
    this.configure();
  }

  /** Writes cxform.yaml; `environment` and `apis` come on top of the project's own. */
  configure(
    environment: Readonly<Record<string, unknown>> = {},
    apis: Partial<Record<Family, Readonly<Record<string, unknown>>>> = {},
  ): void {
    const auth = { engage: { clientAuth: "query" }, preferences: { clientAuth: "basic" } } as const;
    const urls = families.map((family) => [
      family,
      {
        baseUrl: this.double.baseUrl(family),
        tokenUrl: this.double.tokenUrl(family),
        ...(family in auth ? auth[family as keyof typeof auth] : {}),
        ...this.options.apis?.[family],
        ...apis[family],
      },
    ]);
    this.file(
      "cxform.yaml",
      JSON.stringify({
        apiVersion: "cxform/v1",
        kind: "Config",
        manifests: ["manifests"],
        defaultEnvironment: "test",
        environments: {
          test: {
            retireAfter: "0s",
            credentials: { clientId: { fromEnv: "ID" }, clientSecret: { fromEnv: "SECRET" } },
            apis: Object.fromEntries(urls),
            rateLimit: { requestsPerSecond: 1000, burst: 100 },
            ledger: { dir: "ledger" },
            ...this.options.environment,
            ...environment,
          },
        },
        ...(this.options.rules === undefined ? {} : { rules: this.options.rules }),
      }),
    );
    mkdirSync(join(this.dir, "manifests"), { recursive: true });
  }

  file(path: string, text: string): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true });
    writeFileSync(join(this.dir, path), text);
  }

  /** Writes one manifest a file, named after it unless a name is given. JSON is YAML. */
  put(...manifests: readonly Manifest[]): void {
    for (const manifest of manifests) {
      const text = JSON.stringify(manifest);
      for (const id of text.match(/"contactId":"([^"]+)"/g) ?? []) this.contactIds.add(id.slice(13, -1));
      this.file(`manifests/${fileOf(manifest)}`, text);
    }
  }

  drop(...manifests: readonly Manifest[]): void {
    for (const manifest of manifests) rmSync(join(this.dir, "manifests", fileOf(manifest)));
  }

  /** Where the ledger is. */
  store(): LedgerStore {
    const { clock, holder, isDead } = this.#world();
    return fileStore(join(this.dir, "ledger"), { holder, isDead, clock });
  }

  later(ms: number): void {
    this.now += ms;
  }

  #world(crash?: Crash, onCrash?: () => void): World {
    this.#process += 1;
    this.now += 1000;
    const pid = this.#process;
    let isDead = false;
    let writes = 0;
    const never = () => new Promise<never>(() => undefined);
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (isDead) return never();
      const request = new Request(input, init);
      const isWrite = request.method !== "GET" && !request.url.includes("/token");
      const isHit = isWrite && crash !== undefined && writes++ === crash.nth;
      if (isHit && crash.when === "before") {
        isDead = true;
        onCrash?.();
        return never();
      }
      const answer = await globalThis.fetch(request);
      if (!isHit) return answer;
      await answer.text();
      isDead = true;
      onCrash?.();
      return never();
    };
    const world = testWorld({ now: this.now, seed: pid, env: this.env, fetch });
    const { clock } = world;
    const moved = () => {
      this.now = Math.max(this.now, clock.now());
    };
    return {
      chance: world.chance,
      env: world.env,
      fetch: world.fetch,
      holder: { ...world.holder, pid },
      isDead: async (other) => !this.isEveryoneAlive && other.pid !== pid,
      unreleased: this.#unreleased,
      clock: {
        ...clock,
        sleep: async (ms, signal) => {
          await clock.sleep(ms, signal);
          if (isDead) await never();
          moved();
        },
      },
    };
  }

  #common(crash?: Crash, onCrash?: () => void) {
    const { config } = loadConfig({ cwd: this.dir });
    const attribution = { actor: "maria", operator: "otto" };
    return { config, world: this.#world(crash, onCrash), environment: undefined, attribution };
  }

  async #listen<T>(work: Promise<T>): Promise<T> {
    try {
      const value = await work;
      this.said.push(JSON.stringify(value));
      return value;
    } catch (error) {
      this.said.push(wordsOf(error));
      throw error;
    }
  }

  async plan(options: PlanWith = {}): Promise<Plan> {
    const made = await this.#listen(plan({ ...this.#common(), ...options }).then((made) => made.plan));
    return made;
  }

  /** Everything but the manifests, which hold the records that the output never shows. */
  apply(options: ApplyWith = {}): Promise<Omit<Applied, "manifests">> {
    this.mark();
    return this.#listen(apply({ ...this.#common(), ...options }).then(({ manifests: _, ...rest }) => rest));
  }

  settle(options: ApplyWith = {}): Promise<Omit<Applied, "manifests">> {
    this.mark();
    return this.#listen(settle({ ...this.#common(), ...options }).then(({ manifests: _, ...rest }) => rest));
  }

  /** An apply whose process dies at a write. False when it ended before it came to that write. */
  async applyAndDie(crash: Crash): Promise<boolean> {
    this.mark();
    const died = new Promise<boolean>((resolve) => {
      const ended = () => resolve(false);
      apply({ ...this.#common(crash, () => resolve(true)) }).then(ended, ended);
    });
    return died;
  }

  /** Applies and demands an exit code. */
  async applied(exit = 0, options: ApplyWith = {}): Promise<Omit<Applied, "manifests">> {
    const done = await this.apply(options);
    const told = done.outcomes.map((each) => `${each.action} ${each.address} ${each.status} ${each.error ?? ""}`);
    assert.equal(done.exit, exit, `exit ${done.exit}, not ${exit}:\n${told.join("\n")}\n${rows(done.plan)}`);
    return done;
  }

  mark(): void {
    this.#mark = this.double.exchanges.length;
  }

  /** The requests since the last mark; each apply and settle sets one. */
  get requests(): readonly Exchange[] {
    return this.double.exchanges.slice(this.#mark);
  }

  /** As `POST path`, without token requests. */
  get writes(): readonly string[] {
    return this.requests.filter((each) => !each.token && each.method !== "GET").map(line);
  }

  get reads(): readonly string[] {
    return this.requests.filter((each) => !each.token && each.method === "GET").map(line);
  }

  get tokens(): readonly Family[] {
    return this.requests.filter((each) => each.token).map((each) => each.family);
  }

  /** The versions of an address in state.json, as `version status`. */
  versions(address: string): readonly string[] {
    const state = JSON.parse(readFileSync(join(this.dir, "ledger/state.json"), "utf8")) as {
      resources: Record<string, { versions: { version: unknown; status: string }[] }>;
    };
    return (state.resources[address]?.versions ?? []).map((each) => `${each.version} ${each.status}`);
  }

  /** Plans and demands that there is no step. */
  async isSettled(): Promise<Plan> {
    const made = await this.plan();
    assert.deepEqual(made.steps.map(stepLine), [], "a plan after an apply has steps");
    return made;
  }

  async check(): Promise<void> {
    if (this.options.isOpenEnded !== true) {
      await this.isSettled();
      const again = await this.apply();
      assert.deepEqual(again.plan.steps.map(stepLine), [], "a second apply has steps");
      assert.deepEqual(this.writes, [], "a second apply writes");
      const tokens = this.tokens;
      assert.equal(new Set(tokens).size, tokens.length, `more than one token of a family: ${tokens.join()}`);
    }
    assert.deepEqual(this.double.wrongs, [], "the client broke the contract");
    assert.equal(this.double.pendingFaults(), 0, "a fault was never met");
    await this.checkLedger();
    this.#checkSecrecy();
  }

  async checkLedger(): Promise<void> {
    const verification = await verifyLedger(this.store(), "test");
    assert.deepEqual(verification.problems, [], "the ledger does not verify");
  }

  #checkSecrecy(): void {
    const secrets = [client.secret, webhookSecret, "TOKEN-", Buffer.from(client.secret).toString("base64")];
    const canaries = [...secrets, encodeURIComponent(client.secret), exampleValue, ...this.contactIds];
    for (const canary of canaries)
      for (const [index, said] of this.said.entries())
        assert.ok(!said.includes(canary), `command ${index} told ${canary}`);
    for (const file of filesBelow(join(this.dir, "ledger"))) {
      const text = readFileSync(file, "utf8");
      for (const canary of canaries) assert.ok(!text.includes(canary), `${file} holds ${canary}`);
    }
  }
}

export const line = (each: Exchange): string => `${each.method} ${each.path}`;
export const stepLine = (step: Step): string => `${step.action} ${step.address}`;
export const rows = (plan: Plan): string =>
  [...plan.waiting, ...plan.blocked].map((row) => `${row.by} ${row.address}: ${row.reason}`).join("\n");

const fileOf = (manifest: Manifest): string => {
  const spec = manifest.spec as Readonly<Record<string, unknown>>;
  return `${manifest.kind}-${manifest.metadata.name}-${spec.language ?? spec.locale ?? ""}.yaml`.replaceAll(",", "_");
};

/** An error with all that it carries, as a careless caller would print it. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const facts = JSON.stringify(error, (key, value) => (key === "sources" ? undefined : value));
  return `${error.name}: ${error.message} ${facts} ${error.stack} ${error.cause === undefined ? "" : wordsOf(error.cause)}`;
}

function filesBelow(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

/** A test with a project of its own; every check of `Project.check` is made at its end. */
export function scenario(name: string, options: ProjectOptions, work: (project: Project) => Promise<void>): void {
  test(name, async () => {
    const double = await startDouble(options.oneOrigin === true ? { oneOrigin: true } : {});
    const project = new Project(double, options);
    try {
      await work(project);
      await project.check();
    } finally {
      await double.close();
      rmSync(project.dir, { recursive: true, force: true });
    }
  });
}
