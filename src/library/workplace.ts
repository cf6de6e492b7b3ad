// What a command works with: the environment (with its simulator started), the client, the ledger's store. Opened once, closed at the end.

import { version } from "../base/version.ts";
import type { Family } from "../contract/api.ts";
import type { Config, Credentials, Environment, SecretRef } from "../contract/config.ts";
import type { Declared, Manifests } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { LedgerStore } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import { type ClientCredentials, type ClientEvent, type CxoneClient, connect } from "../cxone/client.ts";
import { chooseEnvironment } from "../manifest/config.ts";
import { requireFamily, withSimulator } from "../manifest/environment.ts";
import type { Simulator } from "../simulator/simulator.ts";
import { Invalid } from "./invalid.ts";
import { storeFor } from "./store.ts";

export interface WorkplaceOptions {
  readonly config: Config;
  /** The default environment when absent. */
  readonly environment?: string | undefined;
  readonly world: World;
  /** True: the client has no writer, and the read-only credentials are used where there are some. */
  readonly planning: boolean;
  /** False: neither simulator nor client is needed (resolve, history, an offline plan). */
  readonly contacts: boolean;
  readonly onEvent?: ((event: ClientEvent) => void) | undefined;
  /** Once it aborts, the call in flight ends and is recorded; nothing is waited for any more and no further step begins. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of the environment's own ledger. */
  readonly store?: LedgerStore | undefined;
  /** Instead of reading the environment's files: manifests that were read before. */
  readonly manifests?: Manifests | undefined;
}

export interface Workplace {
  readonly config: Config;
  readonly environment: Environment;
  readonly world: World;
  readonly store: LedgerStore;
  /** Read before, and given in place of the files. */
  readonly manifests: Manifests | undefined;
  readonly client: CxoneClient;
  readonly simulator: Simulator | undefined;
  isEnabled(family: Family): boolean;
  /** What keeps these families from being contacted: no base URL, credentials that are not set. */
  obstacles(families: readonly Family[]): readonly Diagnostic[];
  /** The manifest secrets of declared resources that are not set: errors, or notes where a simulator makes them up. */
  unsetSecrets(declared: readonly Declared[]): readonly Diagnostic[];
  secret(variable: string): string;
  close(): Promise<void>;
}

/** Long enough for every check of a secret, and plainly no secret. */
const madeUpSecret = "made-up-secret-of-the-embedded-simulator";

/** Throws Invalid when there is no such environment. */
export async function openWorkplace(options: WorkplaceOptions): Promise<Workplace> {
  const { config, world } = options;
  const chosen = chooseEnvironment(config, options.environment);
  if (chosen.environment === undefined) throw new Invalid(chosen.diagnostics);
  const simulator =
    options.contacts && chosen.environment.simulator !== undefined
      ? await startEmbedded(chosen.environment)
      : undefined;
  const environment =
    simulator === undefined ? chosen.environment : withSimulator(chosen.environment, simulator.families);
  const isSimulated = environment.simulator !== undefined;
  const readOnly = options.planning && !isSimulated && environment.planCredentials !== undefined;
  const credentialsOf = (family: Family): Credentials | undefined =>
    readOnly ? environment.planCredentials : (environment.families[family].credentials ?? environment.credentials);
  const client = connect({
    settings: environment.families,
    credentials: (family) => clientCredentials(family, simulator, credentialsOf(family), world, environment),
    rateLimit: environment.rateLimit,
    world,
    version,
    planning: options.planning,
    readOnly,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  });
  return {
    config,
    environment,
    world,
    client,
    simulator,
    store: options.store ?? storeFor(environment, config.root, world),
    manifests: options.manifests,
    isEnabled: (family) => environment.families[family].enabled,
    obstacles: (families) =>
      simulator === undefined
        ? families.flatMap((family) => obstacle(environment, family, credentialsOf(family), world))
        : [],
    unsetSecrets: (declared) => declared.flatMap((one) => unsetSecrets(one, world, isSimulated)),
    secret: (variable) => world.env(variable) ?? (isSimulated ? madeUpSecret : ""),
    close: async () => simulator?.close(),
  };
}

async function startEmbedded(environment: Environment): Promise<Simulator> {
  // Lazy: only an environment with a simulator pays for loading one.
  const { startSimulator, parseDecisions } = await import("../simulator/simulator.ts");
  const settings = environment.simulator;
  return startSimulator({
    ...(settings?.stateDir === undefined ? {} : { stateDir: settings.stateDir }),
    ...(settings?.seed === undefined ? {} : { seed: settings.seed }),
    reviewDelayMs: settings?.reviewDelayMs ?? 2000,
    decisions: parseDecisions(settings?.decisions ?? []),
  });
}

function clientCredentials(
  family: Family,
  simulator: Simulator | undefined,
  credentials: Credentials | undefined,
  world: World,
  environment: Environment,
): ClientCredentials {
  if (simulator !== undefined) {
    return {
      clientId: simulator.client.id,
      clientSecret: simulator.client.secret,
      variables: ["the simulator's client id", "its secret"],
    };
  }
  const problems = obstacle(environment, family, credentials, world);
  if (problems.length > 0 || credentials === undefined) throw new Invalid(problems);
  return {
    clientId: world.env(credentials.clientId.variable) as string,
    clientSecret: world.env(credentials.clientSecret.variable) as string,
    variables: [credentials.clientId.variable, credentials.clientSecret.variable],
  };
}

function obstacle(
  environment: Environment,
  family: Family,
  credentials: Credentials | undefined,
  world: World,
): readonly Diagnostic[] {
  const { diagnostics } = requireFamily(environment, family);
  if (diagnostics.length > 0 || credentials === undefined) return diagnostics;
  return [credentials.clientId, credentials.clientSecret].flatMap((ref) => unset(ref, world, environment.name));
}

function unset(ref: SecretRef, world: World, environment: string): readonly Diagnostic[] {
  if ((world.env(ref.variable) ?? "") !== "") return [];
  return [
    {
      code: "CX8015",
      severity: "error",
      message: `the environment variable ${ref.variable} is not set`,
      hint: `Set ${ref.variable} to the credential of environment ${environment}; in GitHub Actions, pass it from a secret.`,
      ...ref.place,
    },
  ];
}

function unsetSecrets(declared: Declared, world: World, isSimulated: boolean): readonly Diagnostic[] {
  const secrets = declared.kindDefinition.secrets?.(declared.spec) ?? [];
  return secrets
    .filter(({ variable }) => (world.env(variable) ?? "") === "")
    .map(
      ({ variable, pointer }): Diagnostic => ({
        code: isSimulated ? "CX8022" : "CX8015",
        severity: isSimulated ? "warning" : "error",
        message: isSimulated
          ? `${variable} is not set; the simulator gets a made-up secret`
          : `the environment variable ${variable} is not set`,
        hint: `Set ${variable} to the secret that signs this webhook's events, at least 24 bytes.`,
        ...declared.place(pointer),
        address: declared.address,
        pointer,
      }),
    );
}
