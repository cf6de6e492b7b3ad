// The ledger of an environment as a workflow writes it: beside the store in a file that an artifact keeps.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { Config, Environment } from "../../contract/config.ts";
import type { LedgerStore } from "../../contract/entry.ts";
import type { World } from "../../contract/world.ts";
import { storeFor } from "../../library/store.ts";
import { type Setting, waitIn, withCredentials } from "./setting.ts";

/** A branch is written through GitHub's API: commits of its own are signed and need no credential on the disk. */
export function storeIn({ world }: Setting, environment: Environment, config: Config): LedgerStore {
  return storeFor(environment, config.root, world);
}

export interface Writing {
  /** The environment with its writing credentials and its witnessed ledger, as the library's functions take it. */
  readonly ledger: {
    readonly config: Config;
    readonly environment: string;
    readonly world: World;
    readonly store: LedgerStore;
  };
  /** How long it goes on: the input `wait`, if it is given, and until the job is cancelled. */
  readonly limits: { readonly waitMs?: number; readonly signal: AbortSignal };
  /** Puts out where the witnessed entries are, also of a run that failed; a run that wrote none has no file. */
  putOutFile(): void;
}

/** How a job writes an environment. Throws Usage for an input `wait` that is no duration. */
export function writingIn(setting: Setting, environment: Environment, config: Config): Writing {
  const { runner, run } = setting;
  const world = withCredentials(setting, environment, false);
  const { store, file } = witnessed(storeIn(setting, environment, config), runner.folder(`cxform-audit-${run.id}`));
  const waitMs = waitIn(runner);
  return {
    ledger: { config, environment: environment.name, world, store },
    limits: { ...(waitMs === undefined ? {} : { waitMs }), signal: runner.stopGently() },
    putOutFile() {
      if (existsSync(file)) runner.output("audit-file", file);
    },
  };
}

/** The same store, whose entries also go into a file: should the ledger not take them, they are not lost. */
function witnessed(store: LedgerStore, folder: string): { readonly store: LedgerStore; readonly file: string } {
  const file = join(folder, "entries.ndjson");
  return {
    file,
    store: {
      label: store.label,
      read: (path) => store.read(path),
      list: (path) => store.list(path),
      cutTorn: () => store.cutTorn(),
      async append(change) {
        appendFileSync(file, change.lines.map((line) => `${line}\n`).join(""));
        return store.append(change);
      },
    },
  };
}
