// Opens an environment's ledger for readers that need neither CXone nor the manifests.
import type { Config, Environment } from "../contract/config.ts";
import type { LedgerStore } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { chooseEnvironment } from "../manifest/config.ts";
import { Invalid } from "./invalid.ts";
import { storeFor } from "./store.ts";

export interface LedgerOptions {
  readonly config: Config;
  /** The default environment when absent. */
  readonly environment?: string | undefined;
  readonly world: World;
  /** Instead of the environment's own ledger. */
  readonly store?: LedgerStore | undefined;
}

/** Throws Invalid when there is no such environment. */
export function storeOf(options: LedgerOptions): { readonly environment: Environment; readonly store: LedgerStore } {
  const { config, world } = options;
  const { environment, diagnostics } = chooseEnvironment(config, options.environment);
  if (environment === undefined) throw new Invalid(diagnostics);
  return { environment, store: options.store ?? storeFor(environment, config.root, world) };
}

export interface OpenedLedger {
  readonly environment: Environment;
  readonly ledger: Ledger;
}

/** Throws as storeOf, and BrokenChain or LedgerUnusable. */
export async function readLedger(options: LedgerOptions): Promise<OpenedLedger> {
  const { environment, store } = storeOf(options);
  return { environment, ledger: await openLedger(store, { environment: environment.name }) };
}
