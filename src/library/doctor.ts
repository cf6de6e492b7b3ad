// Whether an environment can work: variables, tokens, scopes, clocks, reach, ledger, GitHub's settings. It reads only, and no check tells a secret.
import { kindOfAddress } from "../base/address.ts";
import { CallFailure, Failure, Missing } from "../base/failure.ts";
import type { Family, ReadCall } from "../contract/api.ts";
import { families } from "../contract/api.ts";
import type { Kind } from "../contract/kind.ts";
import type { World } from "../contract/world.ts";
import { familyProfiles } from "../cxone/families.ts";
import { kinds } from "../kinds/kinds.ts";
import { verifyLedger } from "../ledger/verify.ts";
import { guaranteeHint, guaranteeOf } from "../plan/guarantee.ts";
import type { Check } from "./check.ts";
import { githubChecks } from "./doctor-github.ts";
import { openLedgerOf, readAll } from "./prepare.ts";
import { openWorkplace, type Workplace, type WorkplaceOptions } from "./workplace.ts";

export interface Diagnosis {
  readonly environment: string;
  /** False when a check failed; warnings do not count. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

export type { Check } from "./check.ts";

export type DoctorOptions = Omit<WorkplaceOptions, "planning" | "contacts">;

/** Throws Invalid when there is no such environment; everything else is in the answer. */
export async function doctor(options: DoctorOptions): Promise<Diagnosis> {
  const seen: Seen = { scopes: undefined, skewMs: undefined };
  const workplace = await openWorkplace({
    ...options,
    world: { ...options.world, fetch: watching(options.world, seen) },
    planning: false,
    contacts: true,
  });
  try {
    const ledger = await ledgerChecks(workplace);
    const checks: Check[] = [];
    for (const [family, named] of await kindsNamed(workplace))
      checks.push(...(await familyChecks(workplace, family, seen)), ...guaranteeChecks(workplace, named));
    checks.push(...ledger, ...(await githubChecks(workplace.environment, options.world)));
    return { environment: workplace.environment.name, ok: checks.every(({ status }) => status !== "fail"), checks };
  } finally {
    await workplace.close();
  }
}

/** What the last answers showed beside their bodies. */
interface Seen {
  scopes: readonly string[] | undefined;
  skewMs: number | undefined;
}

/** Passes every answer on untouched, and notes its Date header and, of a token's, the scopes. */
function watching(world: World, seen: Seen): typeof globalThis.fetch {
  return async (input, init) => {
    const isToken = (input instanceof Request ? input.method : init?.method) === "POST";
    const answer = await world.fetch(input, init);
    const date = Date.parse(answer.headers.get("date") ?? "");
    if (!Number.isNaN(date)) seen.skewMs = world.clock.now() - date;
    if (!isToken || !answer.ok) return answer;
    seen.scopes = scopesIn(await answer.clone().text());
    return answer;
  };
}

function scopesIn(text: string): readonly string[] | undefined {
  try {
    const scope = (JSON.parse(text) as { readonly scope?: unknown } | null)?.scope;
    return typeof scope === "string" ? scope.split(/\s+/) : undefined;
  } catch {
    return undefined;
  }
}

/** The kinds that a manifest or the ledger names, by their enabled families. */
async function kindsNamed(workplace: Workplace): Promise<readonly (readonly [Family, readonly Kind[]])[]> {
  const manifests = await readAll(workplace);
  const addresses = manifests.resources.map(({ address }) => address);
  try {
    addresses.push(...Object.keys((await openLedgerOf(workplace)).state.resources));
  } catch (error) {
    // The ledger's own check tells.
    if (!(error instanceof Failure)) throw error;
  }
  const names = new Set(addresses.map(kindOfAddress));
  return families
    .filter((family) => workplace.isEnabled(family))
    .map((family) => [family, kinds.filter((kind) => kind.family === family && names.has(kind.name))] as const)
    .filter(([, named]) => named.length > 0);
}

/** How often a creation may take effect where its answer is lost, kind by kind. */
function guaranteeChecks({ environment }: Workplace, named: readonly Kind[]): readonly Check[] {
  return named.map((kind) => {
    const { family } = kind;
    const { holds, why } = guaranteeOf(kind, environment.families[family].capabilities);
    const told = { check: "guarantee", family, message: `${kind.name} ${holds}: ${why}` } as const;
    return holds === "at most once"
      ? { ...told, status: "ok" }
      : { ...told, status: "warn", hint: guaranteeHint(kind) };
  });
}

async function familyChecks(workplace: Workplace, family: Family, seen: Seen): Promise<readonly Check[]> {
  const obstacles = workplace.obstacles([family]);
  if (obstacles.length > 0)
    return obstacles.map(({ message, hint }): Check => ({ check: "variables", family, status: "fail", message, hint }));
  const set: Check = { check: "variables", family, status: "ok", message: "URLs and credentials are set" };
  seen.scopes = undefined;
  seen.skewMs = undefined;
  let failure: CallFailure | undefined;
  try {
    await workplace.client.reader(family).get(cheapest(family));
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    // Whoever says that there is no such thing was reached.
    if (!(error instanceof Missing)) failure = error;
  }
  const hasToken = workplace.client.tally.tokens > 0 && (failure === undefined || failure.code !== "CX5001");
  const told = failure === undefined ? {} : { hint: failure.hint };
  const reach: Check =
    failure === undefined
      ? { check: "reach", family, status: "ok", message: `${workplace.environment.families[family].baseUrl} answers` }
      : { check: "reach", family, status: "fail", message: `${failure.message} [${failure.code}]`, ...told };
  if (!hasToken || failure?.code === "CX5001") return [set, { ...reach, check: "token", status: "fail" }];
  const token: Check[] =
    failure?.code === "CX5007" ? [] : [{ check: "token", family, status: "ok", message: "a token was obtained" }];
  return [set, ...token, ...scopeCheck(workplace, family, seen), ...clockCheck(family, seen), reach];
}

/** One small page; of guest sessions, which have no list, a channel that there need not be. */
function cheapest(family: Family): ReadCall {
  if (family === "engage") return { path: "channels", segments: ["cxform-doctor"] };
  if (family === "preferences") return { path: "preferences", query: { limit: "1" } };
  return { path: "templates", query: { page: "1", pageSize: "1" } };
}

function scopeCheck(workplace: Workplace, family: Family, { scopes }: Seen): readonly Check[] {
  if (scopes === undefined) return [];
  const wanted = workplace.environment.families[family].scopes ?? familyProfiles[family].scopes;
  const missing = wanted.filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return [{ check: "scopes", family, status: "ok", message: "all scopes are granted" }];
  return [
    {
      check: "scopes",
      family,
      status: "fail",
      message: `not granted: ${missing.join(", ")}`,
      hint: "Ask an administrator of the tenant to grant them to this client.",
    },
  ];
}

/** CXone refuses consent times more than five minutes ahead; a minute is worth a word. */
const mostSkewMs = 60_000;

function clockCheck(family: Family, { skewMs }: Seen): readonly Check[] {
  if (skewMs === undefined) return [];
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= mostSkewMs)
    return [{ check: "clock", family, status: "ok", message: `this clock is within ${seconds} s of CXone's` }];
  return [
    {
      check: "clock",
      family,
      status: "warn",
      message: `this clock is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} CXone's; the limit is 60 s`,
      hint: "Set this machine's clock by NTP.",
    },
  ];
}

async function ledgerChecks(workplace: Workplace): Promise<readonly Check[]> {
  const { store, environment } = workplace;
  try {
    const verified = await verifyLedger(store, environment.name);
    const first = verified.problems[0];
    if (!verified.ok) {
      const message = `${first?.file ?? "the ledger"}: ${first?.message ?? "it does not add up"}`;
      const hint = `Run cxform audit verify --env ${environment.name}.`;
      return [{ check: "ledger", status: "fail", message, hint }];
    }
    const ledger = await openLedgerOf(workplace);
    const sound: Check = {
      check: "ledger",
      status: "ok",
      message: `${verified.entries} entries of ${store.label} add up`,
    };
    const claim = ledger.openClaim?.entry;
    if (claim === undefined) return [sound, { check: "claim", status: "ok", message: "nobody claims the environment" }];
    const message = `run ${claim.run}${claim.actor === undefined ? "" : ` of ${claim.actor}`} claims it since ${claim.at}`;
    const hint = `Wait for it, or run cxform unlock --env ${environment.name} when it is dead.`;
    return [sound, { check: "claim", status: "warn", message, hint }];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ check: "ledger", status: "fail", message: `${error.message} [${error.code}]`, hint: error.hint }];
  }
}
