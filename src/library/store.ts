// Chooses the store of an environment's ledger: a folder, or a git branch of the repository that holds cxform.yaml.
import type { Environment } from "../contract/config.ts";
import type { LedgerStore } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import { fileStore } from "../ledger/file-store.ts";

/** Opens nothing: what is wrong with the place shows at the first read. `root` is the folder of cxform.yaml. */
export function storeFor(environment: Environment, root: string, world: World): LedgerStore {
  const { ledgerBranch, ledgerRemote } = environment;
  if (ledgerBranch === undefined) {
    return fileStore(environment.ledgerDir, {
      holder: world.holder,
      isDead: (holder) => world.isDead(holder),
      clock: world.clock,
    });
  }
  let opened: Promise<LedgerStore> | undefined;
  const open = (): Promise<LedgerStore> => {
    // Lazy: only an environment with a ledger branch pays for loading what runs git.
    opened ??= import("../ledger/git-store.ts").then(({ gitStore }) =>
      gitStore({
        repository: root,
        branch: ledgerBranch,
        remote: ledgerRemote ?? "auto",
        clock: world.clock,
        env: (name) => world.env(name),
      }),
    );
    return opened;
  };
  return {
    label: `branch ${ledgerBranch}${ledgerRemote === undefined ? "" : ` of ${ledgerRemote}`}`,
    read: async (file) => (await open()).read(file),
    list: async (folder) => (await open()).list(folder),
    append: async (change) => (await open()).append(change),
  };
}
