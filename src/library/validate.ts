// Checks the manifests of an environment: schema and rules, no network, no credentials, no ledger.
import type { Config } from "../contract/config.ts";
import type { ResourceLine } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { World } from "../contract/world.ts";
import { kinds } from "../kinds/kinds.ts";
import { chooseEnvironment } from "../manifest/config.ts";
import { readManifests } from "../manifest/read.ts";
import { Invalid } from "./invalid.ts";

export interface ValidateOptions {
  readonly config: Config;
  /** The default environment when absent: its variables and its manifests count. */
  readonly environment?: string | undefined;
  /** Absolute paths or globs; absent: all manifests. */
  readonly paths?: readonly string[];
  readonly world: Pick<World, "clock" | "env">;
}

export interface Validated {
  readonly valid: boolean;
  readonly resources: readonly ResourceLine[];
  readonly diagnostics: readonly Diagnostic[];
  /** Source text by file, for the caret. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Throws Invalid when there is no such environment; what is wrong in a manifest is a value. */
export async function validate(options: ValidateOptions): Promise<Validated> {
  const { config, world, paths } = options;
  const chosen = chooseEnvironment(config, options.environment);
  if (chosen.environment === undefined) throw new Invalid(chosen.diagnostics);
  const manifests = await readManifests({
    config,
    environment: chosen.environment,
    kinds,
    ...(paths === undefined || paths.length === 0 ? {} : { paths }),
    now: world.clock.now(),
    secret: (variable) => world.env(variable),
    selectValidateOnly: true,
  });
  return {
    valid: manifests.isValid,
    resources: manifests.resources,
    diagnostics: manifests.diagnostics,
    sources: manifests.sources,
  };
}
