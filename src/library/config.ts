// Loads cxform.yaml for the library and the commands.
import { version } from "../base/version.ts";
import type { Config } from "../contract/config.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import { familyProfiles } from "../cxone/families.ts";
import { kinds } from "../kinds/kinds.ts";
import { loadConfig as readConfig } from "../manifest/config.ts";
import { duplicateCode } from "../plan/versioned.ts";
import { type PolicyChange, withPolicyOf } from "./base-policy.ts";
import { Invalid } from "./invalid.ts";

export interface ConfigOptions {
  /** Searched for upwards from `cwd` when absent. */
  readonly file?: string;
  readonly cwd: string;
  /** For a pull request: the text of the base's cxform.yaml, whose policy counts; `absent` where the base has none. */
  readonly base?: { readonly text: string } | "absent";
}

/** The config with its defaults, and its warnings. Throws Invalid when it has an error. */
export function loadConfig(options: ConfigOptions): {
  readonly config: Config;
  readonly warnings: readonly Diagnostic[];
  /** Its text, for the caret under a warning. */
  readonly sources: ReadonlyMap<string, string>;
  /** With `base`: what of the policy the pull request would change. */
  readonly policyChanges: readonly PolicyChange[];
  /** With `base`: environments that the base does not know, to be planned offline. */
  readonly untrusted: readonly string[];
} {
  const { config, warnings, sources } = read(options);
  const { base } = options;
  if (base === undefined) return { config, warnings, sources, policyChanges: [], untrusted: [] };
  const known = base === "absent" ? undefined : read({ ...options, file: config.file }, base.text).config;
  const { config: effective, changes, untrusted } = withPolicyOf(known, config);
  return { config: effective, warnings, sources, policyChanges: changes, untrusted };
}

function read(
  options: ConfigOptions,
  text?: string,
): Omit<ReturnType<typeof loadConfig>, "policyChanges" | "untrusted"> {
  const { config, diagnostics, sources } = readConfig({
    ...(options.file === undefined ? {} : { file: options.file }),
    ...(text === undefined ? {} : { text }),
    cwd: options.cwd,
    defaults: familyProfiles,
    ruleCodes: ruleCodes(),
    toolVersion: version,
  });
  if (config === undefined) throw new Invalid(diagnostics, sources);
  return { config, warnings: diagnostics, sources };
}

/** The environments that are not simulators: what CI works on. */
export const remoteEnvironments = (config: Config): readonly string[] =>
  Object.values(config.environments)
    .filter(({ simulator }) => simulator === undefined)
    .map(({ name }) => name);

function ruleCodes(): { readonly free: ReadonlySet<string>; readonly fixed: ReadonlySet<string> } {
  return {
    free: new Set([...kinds.flatMap((kind) => kind.rules.map((rule) => rule.code)), duplicateCode]),
    fixed: new Set(kinds.flatMap((kind) => kind.fixedCodes ?? [])),
  };
}
