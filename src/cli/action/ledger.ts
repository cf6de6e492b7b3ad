// The ledger of an environment as a workflow writes it: beside the store in a file that an artifact keeps.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Environment } from "../../contract/config.ts";
import type { LedgerStore } from "../../contract/entry.ts";
import { storeFor } from "../../library/store.ts";
import type { Setting } from "./setting.ts";

/** A branch is written through GitHub's API: commits of its own are signed and need no credential on the disk. */
export function storeIn({ world }: Setting, environment: Environment, config: Config): LedgerStore {
  return storeFor(environment, config.root, world);
}

/** The same store, whose entries also go into a file: should the ledger not take them, they are not lost. */
export function witnessed(store: LedgerStore, folder: string): { readonly store: LedgerStore; readonly file: string } {
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
