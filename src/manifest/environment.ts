// One environment of the config with its defaults (INTERFACE §2), and what must be known before a family is contacted; opens no connection.
import { resolve } from "node:path";
import { parseDuration } from "../base/duration.ts";
import { invariant } from "../base/invariant.ts";
import { type Capabilities, type Family, families } from "../contract/api.ts";
import type {
  ClientAuth,
  Credentials,
  Environment,
  FamilySettings,
  GuardLimit,
  SimulatorSettings,
} from "../contract/config.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { SourceDocument } from "./document.ts";
import { hooksOf, receiverOf } from "./hooks.ts";
import { below, humanPath, isObject, valueAt } from "./pointer.ts";
import { diagnosticAt, type Problem } from "./problem.ts";
import { fillTenant, joinTokenUrl, trimBase, urlFault } from "./url.ts";

/** What a family is like where the config says nothing (CXONE-API §1). */
export interface FamilyDefault {
  /** May hold `{org}` or `{tenant}`. Undefined: only the config can say. */
  readonly baseUrl?: string;
  /** Absolute, or a path on the base URL. */
  readonly tokenUrl: string;
  readonly clientAuth: ClientAuth;
  readonly paths: Readonly<Record<string, string>>;
}

export type FamilyDefaults = Readonly<Record<Family, FamilyDefault>>;

interface EnvironmentScope {
  readonly name: string;
  readonly pointer: string;
  readonly root: string;
  readonly document: SourceDocument;
  readonly defaults: FamilyDefaults;
  /** Absolute. */
  readonly manifests: readonly string[];
  /** All environments, to tell their ledgers apart. */
  readonly others: JsonObject;
}

const defaults = {
  retireAfter: "7d",
  overdueAfter: "24h",
  requestLife: "30s",
  reviewDelay: "2s",
  rateLimit: { requestsPerSecond: 50, burst: 10 },
  maxRetire: { count: 5, percent: 30 },
  maxUpdate: { count: 20, percent: 50 },
  maxOptIns: 1000,
} as const;

/** Builds an environment from schema-valid settings; what the schema cannot see is added to `problems`. */
export function environmentOf(settings: JsonObject, scope: EnvironmentScope, problems: Problem[]): Environment {
  const { name, pointer, document } = scope;
  const at = (path: string): Json | undefined => valueAt(settings, path);
  const simulator = isObject(settings["simulator"]) ? simulatorOf(settings["simulator"], scope) : undefined;
  const isLocal = name === "local" || simulator !== undefined;
  const credentials = credentialsOf(settings["credentials"], below(pointer, "credentials"), document);
  const planCredentials = credentialsOf(at("/credentials/plan"), `${pointer}/credentials/plan`, document);
  if (simulator !== undefined) problems.push(...ignoredBeside(settings, pointer));
  return {
    name,
    ...(typeof settings["tenant"] === "string" ? { tenant: settings["tenant"] } : {}),
    manifests: scope.manifests,
    ...(simulator === undefined ? {} : { simulator }),
    readOnly: settings["readOnly"] === true,
    isProtected: settings["protected"] === true,
    retireAfterMs: durationMs(settings["retireAfter"] ?? (isLocal ? "0s" : defaults.retireAfter)),
    overdueAfterMs: durationMs(settings["overdueAfter"] ?? defaults.overdueAfter),
    ignoreUnmanaged: (settings["ignoreUnmanaged"] ?? []) as readonly string[],
    consentObserve: (at("/consent/observe") ?? "auto") as Environment["consentObserve"],
    variables: (settings["variables"] ?? {}) as Readonly<Record<string, string>>,
    ...(credentials === undefined ? {} : { credentials }),
    ...(planCredentials === undefined ? {} : { planCredentials }),
    families: familiesOf(settings, scope, simulator !== undefined, problems),
    rateLimit: {
      requestsPerSecond: (at("/rateLimit/requestsPerSecond") ?? defaults.rateLimit.requestsPerSecond) as number,
      burst: (at("/rateLimit/burst") ?? defaults.rateLimit.burst) as number,
    },
    guards: {
      maxRetire: limitOf(at("/guards/maxRetire"), defaults.maxRetire),
      maxUpdate: limitOf(at("/guards/maxUpdate"), defaults.maxUpdate),
      maxOptIns: (at("/guards/maxOptIns") ?? defaults.maxOptIns) as number,
    },
    ledgerDir: resolve(scope.root, (at("/ledger/dir") ?? defaultLedger(scope, simulator !== undefined)) as string),
    ...(at("/ledger/branch") === undefined ? {} : { ledgerBranch: at("/ledger/branch") as string }),
    ...(at("/ledger/remote") === undefined ? {} : { ledgerRemote: at("/ledger/remote") as string }),
    ...(at("/ledger/author") === undefined ? {} : { ledgerAuthor: at("/ledger/author") as string }),
    ledgerVia: (at("/ledger/via") ?? "auto") as Environment["ledgerVia"],
    hooks: hooksOf(settings["hooks"], below(pointer, "hooks"), document, problems),
    receiver: receiverOf(
      settings["receiver"],
      below(pointer, "receiver"),
      document,
      document.keyPlace(settings["receiver"] === undefined ? pointer : below(pointer, "receiver")),
    ),
    place: document.keyPlace(pointer),
  };
}

function defaultLedger(scope: EnvironmentScope, isSimulated: boolean): string {
  if (scope.name === "local") return ".cxform/ledger";
  if (!isSimulated) return `ledger/${scope.name}`;
  return `.cxform/ledger${simulatedSuffix(scope)}`;
}

/** Ledger and simulator outlive a run together: with one of them alone, whatever the ledger holds would seem gone from CXone. */
function simulatedSuffix(scope: EnvironmentScope): string {
  if (scope.name === "local") return "";
  const simulated = Object.values(scope.others).filter((each) => isObject(each) && each["simulator"] !== undefined);
  return simulated.length === 1 && scope.others["local"] === undefined ? "" : `-${scope.name}`;
}

function durationMs(text: Json): number {
  const parsed = parseDuration(String(text));
  invariant(parsed !== undefined, "the schema let a duration through that is none");
  return parsed;
}

function limitOf(given: Json | undefined, fallback: GuardLimit): GuardLimit {
  return isObject(given) ? { ...fallback, ...(given as unknown as Partial<GuardLimit>) } : fallback;
}

function simulatorOf(settings: JsonObject, scope: EnvironmentScope): SimulatorSettings {
  const { stateDir, seed } = settings;
  const folder = typeof stateDir === "string" ? stateDir : `.cxform/simulator${simulatedSuffix(scope)}`;
  return {
    stateDir: resolve(scope.root, folder),
    ...(seed === undefined ? {} : { seed: String(seed) }),
    reviewDelayMs: durationMs(settings["reviewDelay"] ?? defaults.reviewDelay),
    decisions: (settings["decisions"] ?? []) as readonly JsonObject[],
  };
}

function credentialsOf(given: Json | undefined, pointer: string, document: SourceDocument): Credentials | undefined {
  if (!isObject(given)) return undefined;
  const reference = (field: string) => ({
    variable: valueAt(given, `/${field}/fromEnv`) as string,
    place: document.place(`${pointer}/${field}/fromEnv`),
  });
  return { clientId: reference("clientId"), clientSecret: reference("clientSecret") };
}

/** INTERFACE §2: with a simulator the credentials and addresses are built in. */
function ignoredBeside(settings: JsonObject, pointer: string): readonly Problem[] {
  const ignored = ["/credentials", "/tenant"].filter((each) => valueAt(settings, each) !== undefined);
  for (const family of families) {
    for (const field of ["baseUrl", "tokenUrl", "clientAuth", "credentials"]) {
      if (valueAt(settings, `/apis/${family}/${field}`) !== undefined) ignored.push(`/apis/${family}/${field}`);
    }
  }
  return ignored.map((each) => ({
    code: "CX8019",
    severity: "warning",
    pointer: pointer + each,
    atKey: true,
    message: `\`${humanPath(pointer + each)}\` has no effect beside simulator`,
    hint: "Remove it, or remove simulator.",
  }));
}

function familiesOf(
  settings: JsonObject,
  scope: EnvironmentScope,
  isSimulated: boolean,
  problems: Problem[],
): Readonly<Record<Family, FamilySettings>> {
  const built: Partial<Record<Family, FamilySettings>> = {};
  for (const family of families) {
    const given = valueAt(settings, `/apis/${family}`);
    const tenant = settings["tenant"] as string | undefined;
    built[family] = familyOf(isObject(given) ? given : {}, family, scope, isSimulated, tenant, problems);
  }
  return built as Readonly<Record<Family, FamilySettings>>;
}

function familyOf(
  given: JsonObject,
  family: Family,
  scope: EnvironmentScope,
  isSimulated: boolean,
  tenant: string | undefined,
  problems: Problem[],
): FamilySettings {
  const byDefault = scope.defaults[family];
  const pointer = `${scope.pointer}/apis/${family}`;
  const url = (field: "baseUrl" | "tokenUrl"): string => (given[field] ?? byDefault[field] ?? "") as string;
  const written = isSimulated ? "" : url("baseUrl");
  // A placeholder that no tenant fills stays: requireFamily tells when the family is contacted.
  const baseUrl = trimBase(fillTenant(written, tenant) ?? written);
  const token = url("tokenUrl");
  const tokenUrl = isSimulated ? "" : joinTokenUrl(baseUrl, fillTenant(token, tenant) ?? token);
  if (!isSimulated) problems.push(...urlProblems(given, { baseUrl, tokenUrl }, pointer, scope.pointer));
  if (valueAt(given, "/credentials/plan") !== undefined) {
    const message = `\`${humanPath(`${pointer}/credentials/plan`)}\` has no meaning for one family`;
    const hint = `Write the read-only pair under ${humanPath(scope.pointer)}.credentials.plan.`;
    problems.push({
      code: "CX8006",
      severity: "error",
      pointer: `${pointer}/credentials/plan`,
      atKey: true,
      message,
      hint,
    });
  }
  const credentials = isSimulated
    ? undefined
    : credentialsOf(given["credentials"], `${pointer}/credentials`, scope.document);
  return {
    baseUrl,
    tokenUrl,
    clientAuth: (isSimulated ? byDefault.clientAuth : (given["clientAuth"] ?? byDefault.clientAuth)) as ClientAuth,
    ...(given["scopes"] === undefined ? {} : { scopes: given["scopes"] as readonly string[] }),
    paths: { ...byDefault.paths, ...((given["paths"] ?? {}) as Readonly<Record<string, string>>) },
    headers: (given["headers"] ?? {}) as Readonly<Record<string, string>>,
    capabilities: capabilitiesOf(given["capabilities"], given["requestLife"]),
    ...(credentials === undefined ? {} : { credentials }),
    enabled: given["enabled"] !== false,
  };
}

/** `requestLife` stands among the capabilities or beside them. */
function capabilitiesOf(given: Json | undefined, beside: Json | undefined): Capabilities {
  const has = (name: string): boolean => !isObject(given) || given[name] !== false;
  const requestLife = (isObject(given) ? given["requestLife"] : undefined) ?? beside ?? defaults.requestLife;
  return {
    list: has("list"),
    etag: has("etag"),
    idempotencyKeys: has("idempotencyKeys"),
    reactivate: has("reactivate"),
    deprecate: has("deprecate"),
    channels: has("channels"),
    requestLifeMs: durationMs(requestLife),
  };
}

function urlProblems(
  given: JsonObject,
  urls: { readonly baseUrl: string; readonly tokenUrl: string },
  pointer: string,
  environment: string,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const field of ["baseUrl", "tokenUrl"] as const) {
    const url = urls[field];
    // An open placeholder or a missing base URL is told when the family is contacted (requireFamily).
    if (url === "" || /\{(?:org|tenant)\}/.test(url) || (urls.baseUrl === "" && url.startsWith("/"))) continue;
    const fault = urlFault(url);
    if (fault === undefined) continue;
    // A default that is no URL has become so by its tenant; a token path by the base URL, which is told already.
    if (field === "tokenUrl" && given[field] === undefined && problems.length > 0) continue;
    const at = given[field] === undefined ? `${environment}/tenant` : `${pointer}/${field}`;
    const code = fault.includes("password") ? "CX8007" : "CX8012";
    const hint = "Write an https:// address without user, query and fragment; http:// only for this machine.";
    problems.push({ code, severity: "error", pointer: at, message: `\`${humanPath(at)}\` ${fault}`, hint });
  }
  return problems;
}

/** A family's settings for contacting it, or why it cannot be contacted (CX8, raised only then). */
export function requireFamily(
  environment: Environment,
  family: Family,
): { readonly settings?: FamilySettings; readonly diagnostics: readonly Diagnostic[] } {
  const settings = environment.families[family];
  const fail = (code: string, message: string, hint: string) => ({
    diagnostics: [diagnosticAt(environment.place, { code, message, hint })],
  });
  const { name } = environment;
  if (settings.baseUrl === "") {
    return fail(
      "CX8013",
      `the environment ${name} has no base URL for ${family}`,
      `Add environments.${name}.apis.${family}.baseUrl.`,
    );
  }
  if (/\{(?:org|tenant)\}/.test(settings.baseUrl + settings.tokenUrl)) {
    return fail(
      "CX8013",
      `the URLs of ${family} need a tenant, and the environment ${name} names none`,
      `Add environments.${name}.tenant, or the full URLs under apis.${family}.`,
    );
  }
  if (environment.simulator === undefined && (settings.credentials ?? environment.credentials) === undefined) {
    return fail(
      "CX8017",
      `the environment ${name} has no credentials for ${family}`,
      `Add environments.${name}.credentials with clientId and clientSecret by fromEnv.`,
    );
  }
  return { settings, diagnostics: [] };
}

/** The same environment with the addresses of a simulator that was started. */
export function withSimulator(
  environment: Environment,
  addresses: Readonly<Record<Family, { readonly baseUrl: string; readonly tokenUrl: string }>>,
): Environment {
  const filled = families.map((family) => [family, { ...environment.families[family], ...addresses[family] }] as const);
  return {
    ...environment,
    families: Object.fromEntries(filled) as unknown as Readonly<Record<Family, FamilySettings>>,
  };
}
