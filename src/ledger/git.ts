// Runs git so that what a checkout's own config, hooks and environment say cannot run anything (RELIABILITY §7 G1). Knows no ledger.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, isAbsolute } from "node:path";
import { LedgerUnusable } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";

export type Env = (name: string) => string | undefined;

export interface GitCall {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** True for commands that contact another machine. */
  readonly isRemote?: boolean;
}

export interface GitAnswer {
  /** The exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Git {
  /** Runs one command and answers whatever its exit code is. Throws LedgerUnusable where git cannot be started. */
  run(args: readonly string[], call?: GitCall): Promise<GitAnswer>;
  /** The output of a command that must succeed. Throws LedgerUnusable when it does not. */
  ask(args: readonly string[], call?: GitCall): Promise<Buffer>;
}

/** A setting for git's own environment config, which no process list shows: it may hold a credential. */
export type Setting = readonly [key: string, value: string];

/** Every setting by which a checkout's config could run a command or bend what plumbing does, switched off. */
const fixed: readonly string[] = [
  ...["core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "core.askPass="],
  ...["core.alternateRefsCommand=:", "core.splitIndex=false", "core.commitGraph=false", "core.pager=cat"],
  ...["gc.auto=0", "maintenance.auto=false", "commit.gpgsign=false", "push.gpgSign=false", "push.followTags=false"],
  ...["push.recurseSubmodules=no", "fetch.recurseSubmodules=no", "submodule.recurse=false", "fetch.prune=false"],
  ...["protocol.ext.allow=never", "safe.bareRepository=explicit", "i18n.commitEncoding=UTF-8"],
  // A ref that another process is moving is waited for.
  "core.filesRefLockTimeout=5000",
  // The file of each object and ref is on the disk when git ends; the folders that name them are not (git-disk.ts).
  ...["core.fsync=committed", "core.fsyncMethod=fsync"],
];

/** What git and its transports need of the caller's environment. Nothing that names a repository, an index or a hook. */
const passed: readonly string[] = [
  ...["HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_ASKPASS"],
  ...["SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "DISPLAY", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "KRB5CCNAME"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy"],
  ...["https_proxy", "no_proxy", "all_proxy", "GH_TOKEN", "GITHUB_TOKEN", "SystemRoot", "USERPROFILE", "HOMEDRIVE"],
  ...["HOMEPATH", "APPDATA", "LOCALAPPDATA", "ProgramData", "PATHEXT", "ComSpec"],
];

const localTimeoutMs = 60_000;
const remoteTimeoutMs = 120_000;
const maxOutputBytes = 1 << 29;
const maxSettings = 64;

/** Git in a folder, with these settings above those of the config files; `ssh` is the command for ssh remotes. */
export function createGit(folder: string, env: Env, settings: readonly Setting[] = [], ssh = "ssh"): Git {
  const base = environmentOf(env, settings, ssh);
  const run: Git["run"] = (args, call = {}) => start(folder, args, { ...base, ...call.env }, call);
  return {
    run,
    async ask(args, call) {
      const answer = await run(args, call);
      if (answer.code !== 0) throw gitFailure(args[0] ?? "", answer);
      return answer.stdout;
    },
  };
}

function start(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  call: GitCall,
): Promise<GitAnswer> {
  const words = ["--no-pager", ...fixed.flatMap((setting) => ["-c", setting]), ...args];
  return new Promise((resolve, reject) => {
    const timeout = call.isRemote === true ? remoteTimeoutMs : localTimeoutMs;
    const options = { cwd: folder, env, encoding: "buffer", maxBuffer: maxOutputBytes, timeout } as const;
    const child = execFile("git", words, options, (error, stdout, stderr) => {
      if (typeof error?.code === "string") reject(notStarted(folder, error.code));
      else resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr: stderr.toString("utf8") });
    });
    // A command that ends before it has read all its input says why by its exit code.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(call.input ?? "");
  });
}

function notStarted(folder: string, code: string): LedgerUnusable {
  if (!existsSync(folder))
    return new LedgerUnusable("the folder of the git ledger does not exist", {
      hint: "Check the path of cxform.yaml.",
    });
  if (code === "ENOENT")
    return new LedgerUnusable("git is not installed", { hint: "Install git, or use ledger.dir in cxform.yaml." });
  return new LedgerUnusable(`git cannot be run: ${code}`, {
    hint: "Check that this user may run git, then run again.",
  });
}

function environmentOf(env: Env, settings: readonly Setting[], ssh: string): Readonly<Record<string, string>> {
  const own: Record<string, string> = {
    // A relative entry would find a `git` inside the checkout.
    PATH: (env("PATH") ?? env("Path") ?? "").split(delimiter).filter(isAbsolute).join(delimiter),
    NoDefaultCurrentDirectoryInExePath: "1",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_GRAFT_FILE: "/dev/null",
    GIT_ALLOW_PROTOCOL: "https:http:ssh:file",
    GIT_SSH_COMMAND: env("GIT_SSH_COMMAND") ?? ssh,
  };
  for (const name of passed) {
    const value = env(name);
    if (value !== undefined) own[name] = value;
  }
  // The caller's come last: what CI gives by its environment counts.
  const all = [...settings, ...callerSettings(env)];
  own["GIT_CONFIG_COUNT"] = String(all.length);
  for (const [at, [key, value]] of all.entries()) {
    own[`GIT_CONFIG_KEY_${at}`] = key;
    own[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  return own;
}

/** What the caller gives git by its environment, as CI systems do for credentials. */
function callerSettings(env: Env): readonly Setting[] {
  const count = Number(env("GIT_CONFIG_COUNT") ?? 0);
  const settings: Setting[] = [];
  for (let at = 0; at < Math.min(count, maxSettings); at++) {
    const [key, value] = [env(`GIT_CONFIG_KEY_${at}`), env(`GIT_CONFIG_VALUE_${at}`)];
    if (key !== undefined && value !== undefined) settings.push([key, value]);
  }
  return settings;
}

const checkHint =
  "Check the repository with `git fsck` and this user's rights in it, then run again: what was recorded is kept.";

/** A failed command as LedgerUnusable, with git's own reason. */
export function gitFailure(command: string, answer: GitAnswer, hint = checkHint): LedgerUnusable {
  return new LedgerUnusable(`git ${command} failed: ${reasonOf(answer)}`, { hint });
}

/** Git's last word on its failure, without what an URL may hold beside the place: user, password, token. */
export function reasonOf(answer: GitAnswer): string {
  const lines = answer.stderr.split("\n").map((line) => line.replace(/[^\x20-\x7e]/g, " ").trim());
  const telling = lines.filter(
    (line) => /^(?:fatal|error|remote|ssh|!)/.test(line) && !/^error: failed to push/.test(line),
  );
  const line = telling.at(-1) ?? lines.findLast((each) => each !== "") ?? `exit ${answer.code}`;
  return line
    .replace(/\/\/[^/@\s']*@/g, "//")
    .replace(/\?(?<=\/\/[^\s'?]*\?)[^\s']*/g, "")
    .slice(0, 200);
}

const namePattern = /^[\w./-]+$/;

/** Whether a name can be neither an option nor a path that leads elsewhere, and git takes it as a ref. */
export function isSafeName(name: string): boolean {
  return (
    namePattern.test(name) &&
    !/^[-./]|\.\.|\/\/|\/\.|\.\/|[./]$|\.lock(?:\/|$)/.test(name) &&
    name !== "HEAD" &&
    name.length <= 200
  );
}

/** Throws Bug for an object name that is none: it would be an option or a ref. */
export function checkObject(id: string): string {
  invariant(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(id), "a git object name is 40 or 64 hex digits");
  return id;
}
