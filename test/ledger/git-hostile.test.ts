// A checkout whose names, config, hooks and remotes want to run something (RELIABILITY §7 G1): nothing of it runs.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { LedgerUnusable } from "../../src/base/failure.ts";
import { isSafeName } from "../../src/ledger/git.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { beginLedger, branchStore, clones, env, git, ref, repository, wrapped } from "./git-scene.ts";
import { environment, temporaryFolder } from "./scene.ts";

test("only names that are neither options nor paths are given to git", async (context) => {
  for (const name of ["main", "cxform-ledger/production", "a.b/c_d-1"]) assert.equal(isSafeName(name), true, name);
  const bad = [
    "--upload-pack=x",
    "-n",
    "",
    "a..b",
    "/a",
    "a/",
    "a//b",
    "a b",
    "a\nb",
    "a:b",
    "a~1",
    "a^",
    "a@{0}",
    "a*",
  ];
  for (const name of [...bad, "HEAD", "../a", "a/.b", "a.lock", "a.lock/b", ".", "a.", "ä", "$(x)", "x".repeat(201)]) {
    assert.equal(isSafeName(name), false, JSON.stringify(name));
  }
  const folder = repository(join(temporaryFolder(context), "alone"));
  await assert.rejects(branchStore(folder, { branch: "--upload-pack=x" }).read("HEAD.json"), /not a name that is safe/);
  await assert.rejects(branchStore(folder, { remote: "--exec=x" }).read("HEAD.json"), /not a name that is safe/);
});

/** Baits in every place where a checkout's own config can name a command; answers what tells that one was taken. */
function bait(context: TestContext, folder: string): () => boolean {
  const dir = temporaryFolder(context);
  const marker = join(dir, "taken");
  const command = join(dir, "evil");
  writeFileSync(command, `#!/bin/sh\necho "$0 $*" >> ${marker}\nexit 1\n`, { mode: 0o755 });
  const hooks = join(dir, "hooks");
  mkdirSync(hooks);
  const names = [
    "reference-transaction",
    "pre-push",
    "post-index-change",
    "pre-auto-gc",
    "pre-commit",
    "post-checkout",
  ];
  for (const hook of names) {
    writeFileSync(join(hooks, hook), `#!/bin/sh\necho "${hook}" >> ${marker}\nexit 0\n`, { mode: 0o755 });
    writeFileSync(join(folder, ".git/hooks", hook), `#!/bin/sh\necho "${hook}" >> ${marker}\nexit 0\n`, {
      mode: 0o755,
    });
  }
  const keys = [
    "core.fsmonitor",
    "core.sshCommand",
    "core.askPass",
    "core.alternateRefsCommand",
    "core.pager",
    "core.editor",
  ];
  for (const key of [
    ...keys,
    "gpg.program",
    "diff.external",
    "remote.origin.uploadpack",
    "remote.origin.receivepack",
  ]) {
    git(folder, "config", key, command);
  }
  for (const key of ["credential.helper", "credential.http://127.0.0.1.helper"])
    git(folder, "config", key, `!${command}`);
  for (const key of ["commit.gpgsign", "push.gpgSign", "log.showSignature"]) git(folder, "config", key, "true");
  git(folder, "config", "protocol.ext.allow", "always");
  git(folder, "config", "core.hooksPath", hooks);
  for (const file of ["-n", "--upload-pack=x", "HEAD.json"]) writeFileSync(join(folder, file), "bait\n");
  return () => existsSync(marker);
}

test("a hostile checkout's hooks, monitor, transports and helpers are never run", async (context) => {
  const { one, bare, two } = clones(context);
  const isTaken = bait(context, one);
  await beginLedger(branchStore(one));
  assert.deepEqual((await verifyLedger(branchStore(one), environment)).problems, []);
  await beginLedger(branchStore(one, { remote: undefined, branch: "alone" }));
  assert.equal(git(bare, "rev-list", "--count", ref), "2");
  git(two, "fetch", "-q", "origin", ref);
  for (const url of ["ssh://nobody@127.0.0.1:1/x", "nobody@127.0.0.1:x", "http://127.0.0.1:1/x"]) {
    git(one, "config", "remote.origin.url", url);
    await assert.rejects(branchStore(one).read("HEAD.json"), LedgerUnusable, url);
  }
  assert.equal(isTaken(), false);
  // The bait is good: git by itself takes it.
  assert.throws(() => git(one, "ls-remote", "ssh://nobody@127.0.0.1:1/x"));
  assert.equal(isTaken(), true);
});

test("a remote that names a program, an option or a folder of the checkout is refused", async (context) => {
  const { one, dir } = clones(context);
  mkdirSync(join(one, "nested.git"));
  git(join(one, "nested.git"), "init", "-q", "--bare");
  const cases = [
    ["ext::sh -c touch% taken", /names a transport program/],
    ["--upload-pack=x", /begins with -/],
    ["nested.git", /lies inside the checkout/],
    [".", /lies inside the checkout/],
    [`file://${join(one, "nested.git")}`, /lies inside the checkout/],
    ["weird://host/x", /cannot be read/],
    ["git://127.0.0.1:1/x", /cannot be read/],
  ] as const;
  for (const [url, expected] of cases) {
    git(one, "config", "remote.origin.url", url);
    await assert.rejects(branchStore(one).read("HEAD.json"), expected, url);
  }
  git(one, "config", "remote.origin.url", "../bare.git");
  for (const key of ["url", "vcs", "uploadpack"]) {
    git(one, "config", `remote.cxform-ledger.${key}`, join(dir, "bare.git"));
    await assert.rejects(branchStore(one).read("HEAD.json"), /a name that cxform keeps for itself/);
    git(one, "config", "--remove-section", "remote.cxform-ledger");
  }
  await beginLedger(branchStore(one));
});

test("where the ledger is pushed, and through whom, is not for the checkout's own config to say", async (context) => {
  const { one, dir } = clones(context);
  const evil = join(one, "evil.git");
  mkdirSync(evil);
  git(evil, "init", "-q", "--bare");
  writeFileSync(join(evil, "hooks/pre-receive"), `#!/bin/sh\ntouch ${join(dir, "taken")}\n`, { mode: 0o755 });
  const url = "https://127.0.0.1:1/x.git";
  git(one, "config", "remote.origin.url", url);
  for (const [key, value] of [
    ["url../evil.git.insteadOf", url],
    ["url../evil.git.pushInsteadOf", "https://127"],
    ["http.proxy", "http://127.0.0.1:1"],
    [`http.${url}.sslVerify`, "false"],
    ["http.sslCAInfo", "ca.pem"],
  ] as const) {
    git(one, "config", key, value);
    await assert.rejects(branchStore(one).read("HEAD.json"), /the checkout's own git config sets /, key);
    git(one, "config", "--unset", key);
  }
  assert.equal(existsSync(join(dir, "taken")), false);
  // What only tells a server who asks (a workflow's checkout sets it) and what rewrites other addresses is no concern of it.
  git(one, "config", "http.https://host/.extraheader", "authorization: basic x");
  git(one, "config", "url.git@host:.insteadOf", "https://host/");
  git(one, "config", "remote.origin.url", "../bare.git");
  await beginLedger(branchStore(one));
});

test("no transport program is run, not even one that this machine has", async (context) => {
  const { one, dir } = clones(context);
  const program = '#!/bin/sh\necho taken > "$MARKER"\n'.replace("$MARKER", join(dir, "taken"));
  const withPrograms = wrapped(dir, 'exec "$real" "$@"');
  for (const name of ["git-remote-weird", "git-remote-fd"])
    writeFileSync(join(dir, "bin", name), program, { mode: 0o755 });
  git(one, "config", "url.weird://.insteadOf", "https://");
  git(one, "config", "protocol.allow", "always");
  git(one, "config", "protocol.weird.allow", "always");
  for (const url of ["weird://host/x", "fd://1"]) {
    git(one, "config", "remote.origin.url", url);
    await assert.rejects(branchStore(one, { env: withPrograms }).read("HEAD.json"), /transport '\w+' not allowed/, url);
  }
  git(one, "config", "remote.origin.url", "https://host/x");
  await assert.rejects(branchStore(one, { env: withPrograms }).read("HEAD.json"), /sets url\.weird:\/\/\.insteadof/);
  assert.equal(existsSync(join(dir, "taken")), false);
});

test("the user's own ssh command and credential helpers are used", async (context) => {
  const { one } = clones(context);
  const isTaken = bait(context, one);
  const dir = temporaryFolder(context);
  const told = join(dir, "told");
  const own = (name: string, answer: string): string => {
    writeFileSync(join(dir, name), `#!/bin/sh\necho "${name} $*" >> ${told}\n${answer}\n`, { mode: 0o755 });
    return join(dir, name);
  };
  const config = join(dir, "config");
  writeFileSync(
    config,
    `[core]\n\tsshCommand = ${own("ssh", "exit 1")}\n[credential]\n\thelper = "!${own("helper", "echo username=ada; echo password=p")}"\n`,
  );
  const mine = (name: string): string | undefined => (name === "GIT_CONFIG_GLOBAL" ? config : env(name));
  git(one, "config", "remote.origin.url", "ssh://nobody@127.0.0.1:1/x");
  await assert.rejects(branchStore(one, { env: mine }).read("HEAD.json"), LedgerUnusable);
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(401, { "www-authenticate": "Basic realm=x" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const { port } = server.address() as { port: number };
  git(one, "config", "remote.origin.url", `http://127.0.0.1:${port}/x.git`);
  git(one, "config", `credential.http://127.0.0.1:${port}.helper`, "!touch taken-by-url");
  await assert.rejects(branchStore(one, { env: mine }).read("HEAD.json"), LedgerUnusable);
  assert.match(readFileSync(told, "utf8"), /^ssh .*127\.0\.0\.1[\s\S]*^helper get$/m);
  assert.ok(asked.includes(`Basic ${Buffer.from("ada:p").toString("base64")}`));
  assert.equal(isTaken() || existsSync(join(one, "taken-by-url")), false);
});
