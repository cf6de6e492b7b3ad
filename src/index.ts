// The public library: the functions that the commands use, with the real world as the default one. It adds nothing of its own.
import { realWorld } from "./cli/world.ts";
import type { World } from "./contract/world.ts";
import { type Applied, apply as applyIn, settle as settleIn } from "./library/apply.ts";
import type { ApplyOptions, ReconcileOptions } from "./library/apply-options.ts";
import { type Attribution, attributionOf } from "./library/attribution.ts";
import {
  listEntries as listEntriesIn,
  rebuild as rebuildIn,
  type Verified,
  verify as verifyIn,
} from "./library/audit.ts";
import { type ConfigOptions, loadConfig as loadConfigIn } from "./library/config.ts";
import {
  type ConsentAnswer,
  type ConsentQuestion,
  type ConsentSettings,
  checkConsent as checkConsentIn,
  checkConsents as checkConsentsIn,
} from "./library/consent.ts";
import { type Diagnosis, type DoctorOptions, doctor as doctorIn } from "./library/doctor.ts";
import { type Drift, type DriftOptions, drift as driftIn } from "./library/drift.ts";
import {
  type Events,
  type EventsOptions,
  type Flushed,
  type FlushOptions,
  flushEvents as flushEventsIn,
  listEvents as listEventsIn,
  type PurgeOptions,
  purgeContact as purgeContactIn,
  type RetryOptions,
  retryEvents as retryEventsIn,
} from "./library/events.ts";
import { type History, type HistoryOptions, history as historyIn } from "./library/history.ts";
import { type Imported, type ImportOptions, importManifests as importIn } from "./library/import.ts";
import { type Metrics, metrics as metricsIn } from "./library/metrics.ts";
import type { LedgerOptions } from "./library/open-ledger.ts";
import { type PlanCommandOptions, type PlanMade, plan as planIn } from "./library/plan.ts";
import { type Recovered, type RecoverOptions, recoverLedger as recoverIn } from "./library/recover.ts";
import { type Report, report as reportIn } from "./library/report.ts";
import { type Resolved, type ResolveOptions, resolve as resolveIn } from "./library/resolve.ts";
import { type RollbackOptions, type RolledBack, rollback as rollbackIn } from "./library/rollback.ts";
import { type ServeOptions, serve as serveIn } from "./library/serve.ts";
import { type Status, status as statusIn } from "./library/status.ts";
import { type Unlocked, type UnlockOptions, unlock as unlockIn } from "./library/unlock.ts";
import { type Validated, type ValidateOptions, validate as validateIn } from "./library/validate.ts";

/** Options of which the world may be left out: then it is this process's clock, network and environment. */
type Worldly<Options> = Omit<Options, "world"> & { readonly world?: World };
/** And who runs: by default GITHUB_ACTOR or USER, and CXONE_OPERATOR_ID. */
type Attributed<Options> = Omit<Worldly<Options>, "attribution"> & { readonly attribution?: Attribution };

const inWorld = <Options extends { readonly world?: World }>(
  options: Options,
): Options & { readonly world: World } => ({
  ...options,
  world: options.world ?? realWorld(),
});

function attributed<Options extends { readonly world?: World; readonly attribution?: Attribution }>(
  options: Options,
): Options & { readonly world: World; readonly attribution: Attribution } {
  const worldly = inWorld(options);
  return { ...worldly, attribution: options.attribution ?? attributionOf(worldly.world) };
}

/** The config of a project, searched for upwards from `cwd` (by default the working directory). Throws Invalid. */
export function loadConfig(options: Partial<ConfigOptions> = {}): ReturnType<typeof loadConfigIn> {
  return loadConfigIn({ cwd: ".", ...options });
}

/** Checks manifests: schema and rules; no network, no credentials. Throws Invalid for an unknown environment alone. */
export async function validate(
  options: Omit<ValidateOptions, "world"> & { readonly world?: World },
): Promise<Validated> {
  return validateIn(inWorld(options));
}

/** The plan as of now; writes nothing anywhere. Throws Invalid, CallFailure, BrokenChain, LedgerUnusable. */
export async function plan(options: Worldly<PlanCommandOptions>): Promise<PlanMade> {
  return planIn(inWorld(options));
}

/** Performs the plan made now. Throws Invalid, NotAllowed, StalePlan, Claimed, and CallFailure before any change. */
export async function apply(options: Attributed<ApplyOptions>): Promise<Applied> {
  return applyIn(attributed(options));
}

/** Records decisions, retires what was replaced, finishes applied plans; submits nothing new. Throws as apply. */
export async function settle(options: Attributed<ReconcileOptions>): Promise<Applied> {
  return settleIn(attributed(options));
}

/** What senders need now, from the ledger. Throws NotFound, BrokenChain, LedgerUnusable. */
export async function resolve(
  options: Worldly<ResolveOptions>,
): Promise<{ readonly environment: string; readonly resources: readonly Resolved[] }> {
  return resolveIn(inWorld(options));
}

/** A line for each resource. Throws BrokenChain, LedgerUnusable. */
export async function status(options: Worldly<LedgerOptions>): Promise<Status> {
  return statusIn(inWorld(options));
}

/** Versions with who and when. Throws NotFound, BrokenChain, LedgerUnusable. */
export async function history(options: Worldly<HistoryOptions>): Promise<History> {
  return historyIn(inWorld(options));
}

/** Recomputes the whole ledger; damage is in the answer. Throws LedgerUnusable. */
export async function verify(options: Worldly<LedgerOptions>): Promise<Verified> {
  return verifyIn(inWorld(options));
}

/** Every entry of the ledger. Throws BrokenChain, LedgerUnusable. */
export async function listEntries(options: Worldly<LedgerOptions>): ReturnType<typeof listEntriesIn> {
  return listEntriesIn(inWorld(options));
}

/** Writes state.json and HEAD.json anew from the entries. Throws BrokenChain, Claimed, LedgerUnusable. */
export async function rebuild(options: Worldly<LedgerOptions>): ReturnType<typeof rebuildIn> {
  return rebuildIn(inWorld(options));
}

/** Releases a dead run's claim. Throws Claimed while its holder is at work here. */
export async function unlock(
  options: Omit<Worldly<UnlockOptions>, "actor"> & { readonly actor?: string },
): Promise<Unlocked> {
  const worldly = inWorld(options);
  return unlockIn({ ...worldly, actor: options.actor ?? attributionOf(worldly.world).actor });
}

/** The figures of each API family, from the ledger. Throws BrokenChain, LedgerUnusable. */
export async function metrics(options: Worldly<LedgerOptions>): Promise<Metrics> {
  return metricsIn(inWorld(options));
}

/** Writes a manifest for each object of CXone that is not declared. Throws Invalid, NotFound, NotAllowed, CallFailure. */
export async function importManifests(options: Worldly<ImportOptions>): Promise<Imported> {
  return importIn(inWorld(options));
}

/** What CXone holds that neither the manifests nor the ledger say. Throws Invalid, CallFailure, BrokenChain, LedgerUnusable. */
export async function drift(options: Worldly<DriftOptions>): Promise<Drift> {
  return driftIn(inWorld(options));
}

/** Rewrites a manifest to an earlier version's content. Throws NotFound, NotAllowed, Invalid, BrokenChain. */
export async function rollback(options: Worldly<RollbackOptions>): Promise<RolledBack> {
  return rollbackIn(inWorld(options));
}

/** Variables, tokens, scopes, clock, reach and ledger; what is wrong is in the answer. Throws Invalid. */
export async function doctor(options: Worldly<DoctorOptions>): Promise<Diagnosis> {
  return doctorIn(inWorld(options));
}

/** All that the ledger proves, as one value. Throws Invalid, BrokenChain, LedgerUnusable. */
export async function report(options: Worldly<LedgerOptions>): Promise<Report> {
  return reportIn(inWorld(options));
}

/** Writes a lost ledger anew from what CXone holds. Throws NotAllowed when it is not empty, Invalid, CallFailure. */
export async function recoverLedger(options: Attributed<RecoverOptions>): Promise<Recovered> {
  return recoverIn(attributed(options));
}

/** Takes events until the signal, and acts on them. Throws Invalid without a secret, NotAllowed, and a Failure for its database. */
export async function serve(options: Attributed<ServeOptions>): Promise<void> {
  return serveIn(attributed(options));
}

/** What waits to go out to hooks, and what was given up. Throws Invalid, and a Failure for its database. */
export async function listEvents(options: Worldly<EventsOptions>): Promise<Events> {
  return listEventsIn(inWorld(options));
}

/** Lets dead letters wait again. Throws NotFound, Invalid, and a Failure for its database. */
export async function retryEvents(options: Worldly<RetryOptions>): ReturnType<typeof retryEventsIn> {
  return retryEventsIn(inWorld(options));
}

/** Announces what the ledger has to tell, delivers what waits, records it. Throws Invalid, BrokenChain, LedgerUnusable, and a Failure for its database. */
export async function flushEvents(options: Attributed<FlushOptions>): Promise<Flushed> {
  return flushEventsIn(attributed(options));
}

/** Erases a contact from events, deliveries and dead letters. Throws Invalid, and a Failure for its database. */
export async function purgeContact(options: Worldly<PurgeOptions>): ReturnType<typeof purgeContactIn> {
  return purgeContactIn(inWorld(options));
}

/** Whether a contact may be written to, by what CXone holds; what cannot be read is `unknown`. Throws Invalid. */
export async function checkConsent(options: Worldly<ConsentSettings> & ConsentQuestion): Promise<ConsentAnswer> {
  return checkConsentIn(inWorld(options));
}

/** Many questions over one token, an answer each in their order. Throws Invalid. */
export function checkConsents(
  settings: Worldly<ConsentSettings>,
  questions: Iterable<ConsentQuestion | undefined> | AsyncIterable<ConsentQuestion | undefined>,
): AsyncGenerator<ConsentAnswer, void> {
  return checkConsentsIn(inWorld(settings), questions);
}

export { BrokenChain, CallFailure, Claimed, Failure, LedgerUnusable, NotAllowed, StalePlan } from "./base/failure.ts";
export { version } from "./base/version.ts";
export type { Config, Environment } from "./contract/config.ts";
export type { Manifests, ResourceLine } from "./contract/declared.ts";
export type { Diagnostic, Place, Severity } from "./contract/diagnostic.ts";
export type { Approval, Entry, LedgerState, LedgerVersion } from "./contract/entry.ts";
export type { Version, VersionStatus } from "./contract/kind.ts";
export type { Action, Change, Held, HeldBy, Outcome, Plan, PlanOptions, Risk, Step, Summary } from "./contract/plan.ts";
export type { Chance, Clock, Holder, World } from "./contract/world.ts";
export { NotFound } from "./library/address-query.ts";
export type { Applied } from "./library/apply.ts";
export type { ApplyOptions, ReconcileOptions } from "./library/apply-options.ts";
export type { Attribution, Provenance } from "./library/attribution.ts";
export type { Verified } from "./library/audit.ts";
export type { ConsentAnswer, ConsentEvidence, ConsentQuestion, ConsentSettings } from "./library/consent.ts";
export type { Check, Diagnosis, DoctorOptions } from "./library/doctor.ts";
export type { Drift, DriftOptions } from "./library/drift.ts";
export type {
  Events,
  EventsOptions,
  Flushed,
  FlushOptions,
  OpenDelivery,
  PurgeOptions,
  RetryOptions,
} from "./library/events.ts";
export type { History } from "./library/history.ts";
export type { Imported, ImportOptions } from "./library/import.ts";
export { type Initialised, init } from "./library/init.ts";
export { Invalid } from "./library/invalid.ts";
export type { Metrics } from "./library/metrics.ts";
export type { PlanMade } from "./library/plan.ts";
export type { Recovered, RecoverOptions } from "./library/recover.ts";
export type { Report } from "./library/report.ts";
export type { Resolved } from "./library/resolve.ts";
export type { RollbackOptions, RolledBack } from "./library/rollback.ts";
export type { OpenWork, ServeOptions, Serving } from "./library/serve.ts";
export type { ResourceStatus, Status } from "./library/status.ts";
export type { Unlocked } from "./library/unlock.ts";
export type { Validated } from "./library/validate.ts";
export type { Trouble, Work } from "./library/work.ts";
