// Loads cxform.yaml for the library and the commands.
import { version } from "../base/version.ts";
import type { Config } from "../contract/config.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import { familyProfiles } from "../cxone/families.ts";
import { kinds } from "../kinds/kinds.ts";
import { loadConfig as readConfig } from "../manifest/config.ts";
import { duplicateCode } from "../plan/versioned.ts";
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
  /** Its text, for the caret under a warning. */
  readonly sources: ReadonlyMap<string, string>;
} {
  const { config, diagnostics, sources } = readConfig({
    ...(options.file === undefined ? {} : { file: options.file }),
    cwd: options.cwd,
    defaults: familyProfiles,
    ruleCodes: ruleCodes(),
    toolVersion: version,
  });
  if (config === undefined) throw new Invalid(diagnostics, sources);
  return { config, warnings: diagnostics, sources };
}

function ruleCodes(): { readonly free: ReadonlySet<string>; readonly fixed: ReadonlySet<string> } {
  return {
    free: new Set([...kinds.flatMap((kind) => kind.rules.map((rule) => rule.code)), duplicateCode]),
    fixed: new Set(kinds.flatMap((kind) => kind.fixedCodes ?? [])),
  };
}
