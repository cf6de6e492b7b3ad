// What of git's config is trusted: the user's and the machine's own credentials and ssh command, never those of the checkout. Knows no ledger.
import { createGit, type Env, type Setting } from "./git.ts";

interface Line {
  readonly scope: string;
  readonly key: string;
  readonly value: string;
}

export interface GitConfig {
  /** Credential helpers of user and machine, after a reset of all others; and what only the machine says of TLS and proxies. */
  readonly settings: readonly Setting[];
  readonly ssh: string | undefined;
  /** The address that a remote is pushed to; undefined when there is no such remote. */
  urlOf(remote: string): string | undefined;
  /** The setting of the checkout's own that would have this address mean another, or decide by whom and how it is reached; undefined where there is none. */
  strayFor(url: string): string | undefined;
  /** Whether any setting at all belongs to a remote of that name. */
  hasRemote(remote: string): boolean;
}

/** Reads the config of all scopes. It runs nothing: reading is all that `git config` does. */
export async function readGitConfig(folder: string, env: Env): Promise<GitConfig> {
  const output = await createGit(folder, env).ask(["config", "--list", "--show-scope", "-z"], {
    env: { GIT_CONFIG_NOSYSTEM: "0" },
  });
  const lines = parse(output.toString("utf8"));
  const own = lines.filter(({ scope }) => scope === "local" || scope === "worktree");
  const trusted = lines.filter(({ scope }) => scope === "system" || scope === "global");
  return {
    settings: [["credential.helper", ""], ...helpers(lines), ...machineOnly(lines)],
    ssh: trusted.findLast(({ key }) => key === "core.sshcommand")?.value,
    hasRemote: (remote) => lines.some(({ key }) => key.startsWith(`remote.${remote}.`)),
    strayFor: (url) => own.find((line) => rewrites(line, url) || reroutes(line))?.key,
    urlOf(remote) {
      const last = (field: string): string | undefined =>
        lines.findLast(({ key }) => key === `remote.${remote}.${field}`)?.value;
      return last("pushurl") ?? last("url");
    },
  };
}

const rewrites = ({ key, value }: Line, url: string): boolean =>
  /^url\..*\.(?:push)?insteadof$/s.test(key) && url.startsWith(value);

/** Proxies, certificates and cookies: with these a checkout could have what the user's own credentials are for. */
const reroutes = ({ key }: Line): boolean =>
  /^http\.(?:.*\.)?(?:proxy\w*|ssl\w*|curloptresolve|cookiefile|savecookies|followredirects)$/s.test(key);

/** `scope NUL key LF value NUL`; a key without a value has no LF. */
function parse(text: string): readonly Line[] {
  const parts = text.split("\0");
  const lines: Line[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [scope, entry] = [parts[at] as string, parts[at + 1] as string];
    const end = entry.indexOf("\n");
    lines.push({
      scope,
      key: end === -1 ? entry : entry.slice(0, end),
      value: end === -1 ? "true" : entry.slice(end + 1),
    });
  }
  return lines;
}

/** A helper of the checkout's own config is taken only as a plain name (`store`, `cache`): anything else is a command line. */
function helpers(lines: readonly Line[]): readonly Setting[] {
  return lines
    .filter(({ scope, key, value }) => {
      if (!/^credential\.(?:.*\.)?helper$/s.test(key)) return false;
      return scope === "system" || scope === "global" || /^[a-z][a-z-]*$/.test(value);
    })
    .map(({ key, value }): Setting => [key, value]);
}

/** GIT_CONFIG_NOSYSTEM hides where the machine keeps its certificates and proxies. */
function machineOnly(lines: readonly Line[]): readonly Setting[] {
  const elsewhere = new Set(lines.filter(({ scope }) => scope !== "system").map(({ key }) => key));
  return lines
    .filter(({ scope, key }) => scope === "system" && key.startsWith("http.") && !elsewhere.has(key))
    .map(({ key, value }): Setting => [key, value]);
}
