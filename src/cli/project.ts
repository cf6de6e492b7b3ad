// The config for a command, with its warnings told; and how the chosen environment is named on a command line.
import type { Config } from "../contract/config.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Context } from "./command.ts";

export interface Project {
  readonly config: Config;
  /** The environment that was asked for; the default one when absent. */
  readonly environment: string | undefined;
  readonly warnings: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

/** Throws Invalid. Warnings go to stderr unless --quiet, or unless the caller tells them itself. */
export async function openProject({ common, terminal }: Context, warn: "aloud" | "silent" = "aloud"): Promise<Project> {
  const { loadConfig } = await import("../library/config.ts");
  const { config, warnings, sources } = loadConfig({
    cwd: terminal.cwd,
    ...(common.config === undefined ? {} : { file: common.config }),
  });
  if (warnings.length > 0 && !common.quiet && warn === "aloud") {
    const { diagnosticsText } = await import("../report/diagnostics.ts");
    terminal.err(diagnosticsText(warnings, { sources, paint: terminal.paintErr }));
  }
  return { config, environment: common.env, warnings, sources };
}

/** ` --env production`, or nothing for the default environment; quoted where a shell would read more into it. */
export function envFlag(common: Context["common"]): string {
  if (common.env === undefined) return "";
  return /^[\w.-]+$/.test(common.env) ? ` --env ${common.env}` : ` --env '${common.env.replaceAll("'", "")}'`;
}
