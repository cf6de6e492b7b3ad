// Loads cxform.yaml for the library and the commands.
import { version } from "../base/version.ts";
import type { Config } from "../contract/config.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import { familyProfiles } from "../cxone/families.ts";
import { loadConfig as readConfig } from "../manifest/config.ts";
import { Invalid } from "./invalid.ts";

export interface ConfigOptions {
  /** Searched for upwards from `cwd` when absent. */
  readonly file?: string;
  readonly cwd: string;
}

/** The config with its defaults, and its warnings. Throws Invalid when it has an error. */
export function loadConfig(options: ConfigOptions): {
  readonly config: Config;
  readonly warnings: readonly Diagnostic[];
} {
  const { config, diagnostics, sources } = readConfig({
    ...(options.file === undefined ? {} : { file: options.file }),
    cwd: options.cwd,
    defaults: familyProfiles,
    toolVersion: version,
  });
  if (config === undefined) throw new Invalid(diagnostics, sources);
  return { config, warnings: diagnostics };
}
