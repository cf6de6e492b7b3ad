// Runs one seed: the production engine over simulated ports, through revisions, faults, people and crashes, then in quiet until it has converged.
import { createHash } from "node:crypto";
import { BrokenChain, Claimed, Failure } from "../../src/base/failure.ts";
import type { Manifests } from "../../src/contract/declared.ts";
import type { LedgerStore } from "../../src/contract/entry.ts";
import type { Plan } from "../../src/contract/plan.ts";
import type { World } from "../../src/contract/world.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { type Applied, apply, settle } from "../../src/library/apply.ts";
import type { ApplyOptions } from "../../src/library/apply-options.ts";
import { plan } from "../../src/library/plan.ts";
import { recoverLedger } from "../../src/library/recover.ts";
import { unlock } from "../../src/library/unlock.ts";
import { seededChance } from "../_world/world.ts";
import { createDisk, type Disk } from "./disk.ts";
import { type Arrived, between, type Ground, iso, one, type Reply } from "./facts.ts";
import {
  addressOf,
  configFor,
  contactId,
  docsOf,
  manifestsFor,
  type Project,
  project,
  secrets,
  startMs,
} from "./manifests.ts";
import { createNet } from "./net.ts";
import { type Options, optionsOf, revisionsOf } from "./options.ts";
import { createOracle, type Oracle, type Violation } from "./oracle.ts";
import { type Process, startProcess } from "./process.ts";
import { openTenant, type Tenant } from "./tenant.ts";
import { Stuck, startTimeline } from "./timeline.ts";

/** Ways to plant a bug: each replaces a port of a process by one that is wrong. */
export interface Tampering {
  fetch?(fetch: typeof globalThis.fetch, process: Process, world: Simulated): typeof globalThis.fetch;
  store?(store: LedgerStore, process: Process, world: Simulated): LedgerStore;
  manifests?(manifests: Manifests): Manifests;
  world?(world: World, process: Process): World;
}

export interface Simulated {
  readonly ground: Ground;
  readonly disk: Disk;
  readonly tenant: Tenant;
  readonly oracle: Oracle;
}

export interface Report {
  readonly options: Options;
  readonly violations: readonly Violation[];
  /** Of the whole trace: the same seed has the same. */
  readonly hash: string;
  readonly trace: readonly string[];
  readonly runs: number;
  readonly crashes: number;
  readonly requests: number;
  /** Calls of ports by each run of the scenario, in order. */
  readonly calls: readonly number[];
  /** The numbers of those that change the disk or the tenant. */
  readonly changing: readonly (readonly number[])[];
  readonly virtualMs: number;
  /** Rows that still wait or are blocked at the end. */
  readonly held: readonly string[];
}

type Work = "apply" | "settle" | "plan" | "unlock" | "recover";
type Ending = { readonly applied?: Applied; readonly plan?: Plan; readonly error?: unknown };

/** So many recoveries may fail; then faults rest until one has not. */
const mostRecoveries = 20;
const mostRunMs = 6 * 3_600_000;
/** With the pauses between them less than a day, after which a server forgets its keys: nothing may hang on that. */
const mostRounds = 6;

export function derive(seed: number): Options {
  return optionsOf(seed, seededChance(seed * 2 + 1));
}

export async function simulate(options: Options, tampering: Tampering = {}): Promise<Report> {
  const held = await project();
  return new Simulation(options, tampering, held).run();
}

class Simulation implements Simulated {
  readonly options: Options;
  readonly ground: Ground;
  readonly disk: Disk;
  readonly tenant: Tenant;
  readonly oracle: Oracle;
  readonly #tampering: Tampering;
  readonly #project: Project;
  readonly #fetchFor: ReturnType<typeof createNet>;
  readonly #alive = new Set<Process>();
  readonly #trace: string[] = [];
  readonly #calls: number[] = [];
  readonly #changing: (readonly number[])[] = [];
  #pid = 100;
  #scenarioRuns = 0;
  #crashes = 0;
  #requests = 0;
  #revision = 0;
  #last: Plan | undefined;

  constructor(options: Options, tampering: Tampering, held: Project) {
    this.options = options;
    this.#tampering = tampering;
    this.#project = held;
    const chance = seededChance(options.seed * 2 + 2);
    const timeline = startTimeline(startMs, seededChance(options.seed * 2 + 3));
    const trace = (line: string): void => {
      this.#trace.push(line);
    };
    this.ground = { timeline, chance, options, isQuiet: false, trace };
    const isAlive = (pid: number): boolean => [...this.#alive].some((each) => each.pid === pid);
    this.disk = createDisk(this.ground, (entry) => this.oracle.onEntry(entry, isAlive));
    this.oracle = createOracle(this.ground, this.disk, () => this.tenant);
    this.tenant = openTenant(this.ground, (effect) => this.oracle.onEffect(effect));
    const serve = (request: Arrived): Reply => {
      const reply = this.tenant.serve(request);
      this.oracle.onServed(request);
      return reply;
    };
    this.#fetchFor = createNet(this.ground, serve, {
      onSend: (request, process) => {
        this.#requests += 1;
        this.oracle.onSend(request, process);
      },
      onLimit: (process, until) => this.oracle.onLimit(process, until),
    });
  }

  async run(): Promise<Report> {
    try {
      for (const revision of revisionsOf(this.options)) await this.#passRevision(revision);
      await this.#converge();
      const verification = await verifyLedger(this.#reader(), "sim");
      for (const problem of verification.problems)
        this.oracle.blame("I7", `the ledger does not verify: ${problem.file} ${problem.seq ?? ""} ${problem.message}`);
      this.oracle.atEnd();
      this.#checkDeclared();
    } catch (error) {
      if (!(error instanceof Stuck)) throw error;
      this.oracle.blame("I14", `the world came to a stand: ${error.message}`);
    }
    return {
      options: this.options,
      violations: this.oracle.violations,
      hash: createHash("sha256").update(this.#trace.join("\n")).digest("hex"),
      trace: this.#trace,
      runs: this.#pid - 100,
      crashes: this.#crashes,
      requests: this.#requests,
      calls: this.#calls,
      changing: this.#changing,
      virtualMs: this.ground.timeline.now - startMs,
      held: [...(this.#last?.waiting ?? []), ...(this.#last?.blocked ?? [])].map((row) => `${row.by} ${row.address}`),
    };
  }

  #reader(): LedgerStore {
    return this.disk.storeFor(startProcess(this.ground, 0, [], () => undefined));
  }

  /** One process of the engine with its ports. */
  #start(kind: Work, reviewed?: Plan): { readonly process: Process; readonly ended: Promise<Ending> } {
    const { ground, options } = this;
    this.#pid += 1;
    const number = ground.isQuiet ? -1 : this.#scenarioRuns++;
    let onKill = (): void => undefined;
    const killed = new Promise<Ending>((resolve) => {
      onKill = () => resolve({});
    });
    const kills = options.kills.filter((kill) => kill.run === number);
    const process = startProcess(ground, this.#pid, kills, () => onKill());
    this.#alive.add(process);
    ground.trace(`${iso(ground.timeline.now)} p${process.pid} ${kind} of revision ${this.#revision}`);
    if (!ground.isQuiet && ground.chance.fraction() < (options.people.clockJumps ?? 0)) this.#jump(process);
    const work = this.#engine(kind, process, reviewed);
    const ended = Promise.race([killed, work]).then((ending) => {
      this.#end(process, number, ending);
      return ending;
    });
    return { process, ended };
  }

  async #engine(kind: Work, process: Process, reviewed: Plan | undefined): Promise<Ending> {
    const tally = { requests: 0, retries: 0 };
    const { fetch, store, manifests, world: tamperWorld } = this.#tampering;
    const honest: World = {
      clock: process.clock,
      chance: seededChance(this.options.seed * 1_000 + process.pid),
      fetch: this.#fetchFor(process),
      env: (name) => secrets[name as keyof typeof secrets],
      holder: process.holder,
      // Of another machine's processes nothing is known.
      isDead: async (holder) =>
        holder.host === process.holder.host && ![...this.#alive].some((each) => each.pid === holder.pid),
      unreleased: new Set(),
    };
    const world = tamperWorld === undefined ? honest : tamperWorld(honest, process);
    const given = manifestsFor(this.#project, this.#revision, this.options);
    const plain = this.disk.storeFor(process);
    const common = {
      config: configFor(this.#project, this.options),
      environment: "sim",
      world: fetch === undefined ? world : { ...world, fetch: fetch(world.fetch, process, this) },
      store: store === undefined ? plain : store(plain, process, this),
      manifests: manifests === undefined ? given : manifests(given),
      onEvent: (event: { readonly kind: string }) => {
        if (event.kind === "request") tally.requests += 1;
        if (event.kind === "retry") tally.retries += 1;
      },
    };
    const attribution = { actor: "maria", operator: "otto" };
    const limits: Pick<ApplyOptions, "signal" | "waitMs"> = { signal: process.stop.signal, ...this.#waiting() };
    const confirm = async (made: Plan): Promise<boolean> => {
      this.oracle.onPlan(process, made, reviewed?.steps, limits.waitMs !== undefined);
      return true;
    };
    try {
      if (kind === "plan") return { plan: (await plan(common)).plan };
      if (kind === "recover") {
        await recoverLedger({ ...common, attribution });
        return {};
      }
      if (kind === "unlock") {
        await unlock({ ...common, actor: "otto" });
        return {};
      }
      const file = reviewed === undefined ? {} : { planText: JSON.stringify(reviewed), partial: process.pid % 2 === 0 };
      const applied = await (kind === "apply"
        ? apply({ ...common, ...file, ...this.#part(), ...limits, attribution, confirm })
        : settle({ ...common, ...limits, attribution }));
      this.oracle.onRetries(process, tally.requests, tally.retries);
      return { applied, plan: applied.plan };
    } catch (error) {
      return { error };
    }
  }

  #waiting(): { readonly waitMs?: number } {
    return this.#happens(this.options.waits) ? { waitMs: one(this.ground, [20_000, 120_000, 1_800_000]) } : {};
  }

  #part(): { readonly only?: readonly string[]; readonly optOutsOnly?: boolean } {
    if (!this.#happens(this.options.parts)) return {};
    const kind = one(this.ground, [undefined, ...this.options.kinds]);
    return kind === undefined ? { optOutsOnly: true } : { only: [`${kind}/**`] };
  }

  /** Draws only where a seed has it at all, so that the others keep what they drew before it was there. */
  #happens(share: number): boolean {
    return share > 0 && !this.ground.isQuiet && this.ground.chance.fraction() < share;
  }

  #end(process: Process, number: number, ending: Ending): void {
    this.#alive.delete(process);
    if (number >= 0) {
      this.#calls[number] = process.calls;
      this.#changing[number] = process.changing;
    }
    if (process.wasKilled) this.#crashes += 1;
    process.end();
    const { applied, error } = ending;
    if (error !== undefined && !(error instanceof Failure)) {
      const text =
        error instanceof Error ? `${error.name}: ${error.message} ${error.stack?.split("\n")[1] ?? ""}` : String(error);
      this.oracle.blame("bug", text);
    } else if (error !== undefined) {
      this.ground.trace(`p${process.pid} ended: ${(error as Failure).code} ${(error as Failure).message}`);
      if (error instanceof BrokenChain)
        this.oracle.blame("I7", `a run refused the ledger: ${(error as Failure).message}`);
    }
    if (applied === undefined) return;
    this.oracle.onDone(process);
    const told = applied.outcomes.map((each) => `${each.action} ${each.address} ${each.status} ${each.error ?? ""}`);
    this.ground.trace(`p${process.pid} ended with ${applied.exit}: ${told.join("; ")}`);
    const isWhole = applied.plan.options.only.length === 0;
    if (
      applied.exit === 0 &&
      isWhole &&
      applied.plan.steps.every((step) => applied.outcomes.some((each) => each.address === step.address))
    )
      this.oracle.onGreen();
  }

  #jump(process: Process): void {
    const { ground } = this;
    const steps = one(ground, [1, 1, 2]);
    for (let step = 0; step < steps; step += 1)
      ground.timeline.after(between(ground, 0, 5_000), () => process.jump(between(ground, -3_600_000, 3_600_000)));
  }

  /** Waits for runs to end; a run that does not is a violation. */
  async #await(
    runs: readonly { readonly process: Process; readonly ended: Promise<Ending> }[],
  ): Promise<readonly Ending[]> {
    const endings: (Ending | undefined)[] = runs.map(() => undefined);
    runs.forEach(({ ended }, index) => {
      ended.then((ending) => {
        endings[index] = ending;
      });
    });
    await this.ground.timeline.run(() => endings.every((ending) => ending !== undefined), mostRunMs);
    return endings as readonly Ending[];
  }

  async #passRevision(revision: number): Promise<void> {
    const { ground, options } = this;
    this.#revision = revision;
    this.oracle.declare(revision);
    ground.trace(`revision ${revision}: ${docsOf(revision, options).map(addressOf).join(", ")}`);
    this.#planPeople();
    for (let attempt = 0; attempt < options.runsEach; attempt += 1) {
      const kind = attempt > 0 && ground.chance.fraction() < 0.4 ? "settle" : "apply";
      const reviewed = kind === "apply" ? await this.#review() : undefined;
      const first = this.#start(kind, reviewed);
      if (ground.chance.fraction() < options.crashes) {
        // Short and long lives alike: the exponent is what is drawn.
        const lifeMs = 2 ** (ground.chance.fraction() * 16);
        ground.timeline.after(lifeMs, () => first.process.kill());
      }
      if (this.#happens(options.interrupts))
        ground.timeline.after(2 ** (ground.chance.fraction() * 16), () => first.process.stop.abort());
      const runs = [first];
      if (ground.chance.fraction() < (options.people.second ?? 0)) {
        await ground.timeline.pass(2 ** (ground.chance.fraction() * 13));
        runs.push(this.#start(ground.chance.fraction() < 0.3 ? "settle" : "apply"));
      }
      await this.#await(runs);
      await this.#unlock();
      if (this.#happens(options.losses)) await this.#lose();
      await ground.timeline.pass(one(ground, [0, 1, 1_000, 20_000, 120_000, 4 * 3_600_000]));
    }
  }

  /** A plan that somebody reads for a while before it is applied. */
  async #review(): Promise<Plan | undefined> {
    const { ground, options } = this;
    if (options.planFiles === 0 || ground.chance.fraction() >= options.planFiles) return undefined;
    const [made] = await this.#await([this.#start("plan")]);
    await ground.timeline.pass(2 ** (ground.chance.fraction() * 20));
    return made?.plan;
  }

  /** Where another machine's process died, somebody who knows that says so, sooner or later. */
  async #unlock(): Promise<void> {
    const { ground, options, disk } = this;
    if (options.machines === 1 || disk.claim === undefined) return;
    if (ground.isQuiet || ground.chance.fraction() < 0.5) await this.#await([this.#start("unlock")]);
  }

  /** The ledger is gone. Somebody finds that once nothing is under way any more, and recovers it; what a try that failed has left is moved away. */
  async #lose(): Promise<void> {
    const { ground, options } = this;
    let isRecovered = false;
    for (let tries = 0; !isRecovered; tries += 1) {
      ground.isQuiet = tries >= mostRecoveries;
      ground.trace(`${iso(ground.timeline.now)} the ledger is lost`);
      this.disk.lose();
      this.oracle.onLoss();
      await ground.timeline.pass(options.requestLifeMs + 1_000);
      const { process, ended } = this.#start("recover");
      if (this.#happens(options.crashes))
        ground.timeline.after(2 ** (ground.chance.fraction() * 12), () => process.kill());
      const [ending] = await this.#await([{ process, ended }]);
      isRecovered = !process.wasKilled && ending?.error === undefined;
      // Half of a ledger looks like a whole one to who does not know that its recovery was cut off.
      if (!isRecovered && this.disk.entries.length > 0) await this.#await([this.#start("apply")]);
    }
    ground.isQuiet = false;
  }

  #planPeople(): void {
    const { ground, options } = this;
    const { people } = options;
    const soon = (share: number | undefined, work: () => void): void => {
      if (ground.chance.fraction() < (share ?? 0))
        ground.timeline.after(2 ** (ground.chance.fraction() * 14), () => {
          if (!ground.isQuiet) work();
        });
    };
    for (let number = 1; number <= 10; number += 1)
      soon((people.stop ?? 0) / 3, () => this.tenant.consents.stop(contactId(number)));
    soon(people.console, () => this.tenant.sms.editOne());
    soon(people.consoleDeprecates, () => this.tenant.whatsapp.deprecateOne());
    soon(people.consoleDeprecates, () => this.tenant.sms.deprecateOne());
  }

  /** Faults have stopped: in a bounded number of runs nothing is left to do. */
  async #converge(): Promise<void> {
    const { ground, options } = this;
    ground.isQuiet = true;
    ground.trace(`${iso(ground.timeline.now)} quiet`);
    let idle = 0;
    let steps: readonly string[] = [];
    await this.#unlock();
    for (let round = 0; round < mostRounds; round += 1) {
      const [ending] = await this.#await([this.#start(round === 0 ? "settle" : "apply")]);
      if (ending?.error !== undefined) {
        const { error } = ending;
        const text = error instanceof Error ? error.message : String(error);
        this.oracle.blame(error instanceof Claimed ? "I10" : "I9", `a run in quiet ended with: ${text}`);
        return;
      }
      this.#last = ending?.plan;
      steps = (this.#last?.steps ?? []).map((step) => `${step.action} ${step.address}`);
      idle = steps.length === 0 && round > 0 ? idle + 1 : 0;
      if (idle === 2) break;
      // Late decisions come, and what must wait for its successor has waited.
      await ground.timeline.pass(round === 0 ? options.requestLifeMs + 1_000 : 5 * 3_600_000 + options.retireAfterMs);
    }
    if (this.#isBeyondLists()) return;
    if (steps.length > 0)
      this.oracle.blame("I9", `after ${mostRounds} quiet runs there are still steps: ${steps.join(", ")}`);
    const [final] = await this.#await([this.#start("plan")]);
    const left = final?.plan?.steps.map((step) => `${step.action} ${step.address}`) ?? [];
    if (steps.length === 0 && left.length > 0)
      this.oracle.blame("I9", `the plan after the last run has steps: ${left.join(", ")}`);
  }

  /**
   * Where a tenant cannot list, what a former address left under the same natural key is not seen: a renamed webhook and an SMS template
   * that comes back are refused as taken, run after run; so is what was created by a request whose answer was lost, once its key is
   * forgotten or its content was changed (docs/simulation.md).
   */
  #isBeyondLists(): boolean {
    const { lists, kinds } = this.options;
    const revisions = revisionsOf(this.options);
    if (lists) return false;
    const isRenamed = kinds.includes("WebhookSubscription") && new Set(revisions.map((each) => each === 3)).size > 1;
    const isBack =
      kinds.includes("SmsTemplate") &&
      revisions.some((each, index) => (each === 3 || each === 4) && index < revisions.length - 1);
    return isRenamed || isBack || this.oracle.hasLostCreation();
  }

  /** What is declared is there as declared, or the plan says why not. */
  #checkDeclared(): void {
    const told = new Set([...(this.#last?.waiting ?? []), ...(this.#last?.blocked ?? [])].map((row) => row.address));
    const { tenant } = this;
    if (this.#isBeyondLists()) return;
    for (const doc of docsOf(this.#revision, this.options)) {
      const address = addressOf(doc);
      if (told.has(address)) continue;
      const { spec } = doc;
      const is =
        doc.kind === "WhatsAppTemplate"
          ? [...tenant.whatsapp.templates.values()].some(
              (each) => each.content["body"] === spec["body"] && each.status === "APPROVED",
            )
          : doc.kind === "DigitalTemplate"
            ? [...tenant.digital.templates.values()].some(
                (each) =>
                  each.status === "ACTIVE" &&
                  JSON.stringify(each.content["contentBlocks"]) === JSON.stringify(spec["contentBlocks"]),
              )
            : doc.kind === "SmsTemplate"
              ? [...tenant.sms.templates.values()].some(
                  (each) => each.content === spec["content"] && each.status === "APPROVED",
                )
              : doc.kind === "WebhookSubscription"
                ? [...tenant.webhooks.webhooks.values()].some(
                    (each) => each.events.length === (spec["events"] as unknown[]).length,
                  )
                : doc.kind === "GuestSession"
                  ? tenant.guests.sessions.length > 0
                  : doc.kind === "A2pRegistration"
                    ? tenant.registrations.registrations.size > 0
                    : true;
      if (!is) this.oracle.blame("I9", `${address} is not in CXone as declared, and the plan does not say why`);
    }
  }
}
