// The history of a ledger's branch as GitHub tells it: what a clone would find, in the same words, and beside it who made each commit.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { LedgerUnusable } from "../../src/base/failure.ts";
import { verifyHistoryByApi } from "../../src/github/commit-history.ts";
import { githubStore } from "../../src/github/commit-store.ts";
import { auditFile } from "../../src/ledger/chain.ts";
import { verifyBranchHistory } from "../../src/ledger/git-history.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { verify } from "../../src/library/audit.ts";
import { loadConfig } from "../../src/library/config.ts";
import { pushedByForce, strangerCommits } from "../github-double/bare.ts";
import { branch, clock, env, git, ref, repository } from "../ledger/git-scene.ts";
import { environment, fillLedger, runName, temporaryFolder } from "../ledger/scene.ts";
import { type Scene, scene } from "./scene.ts";

const bot = "github-actions[bot]";
const storeOf = ({ github, world }: Scene) => githubStore({ github, branch, clock: world.clock, chance: world.chance });
const historyOf = ({ github }: Scene, author = bot) => verifyHistoryByApi({ github, branch, author });

/** A scene whose ledger has been written through the API. */
async function filled(...given: Parameters<typeof scene>): Promise<Scene> {
  const here = await scene(...given);
  await fillLedger(storeOf(here));
  return here;
}

/** A commit that GitHub vouches for, on top of the branch: only what it holds can be wrong. */
function signedCommit({ double }: Scene, put: Readonly<Record<string, string>>, gone: readonly string[] = []): string {
  const { bare, state } = double;
  const before = bare.resolve(ref) as string;
  const files = new Map(Object.entries(put).map(([path, text]) => [path, Buffer.from(text)]));
  const commit = bare.commit(bare.tree(before, files, gone), [before], "by hand\n", bot);
  bare.move(ref, commit, before);
  state.signed.add(commit);
  return commit;
}

const show = ({ double }: Scene, what: string): string => `${double.bare.git(["show", what])}\n`;

test("a branch that the API wrote verifies; one that is not there has nothing to verify", async (context) => {
  const here = await scene(context);
  assert.deepEqual(await historyOf(here), { ok: true, commits: 0, problems: [] });
  await fillLedger(storeOf(here));
  assert.deepEqual(await historyOf(here), { ok: true, commits: 7, problems: [] });
  assert.equal((await historyOf(here, "ledger[bot]")).problems.length, 7);
});

test("a commit of somebody else, an unsigned one and a borrowed name are named, each by its commit", async (context) => {
  const here = await filled(context);
  const { bare, state } = here.double;
  const unsigned = strangerCommits(bare, branch, "README.md", "hello\n");
  const tree = bare.git(["rev-parse", `${ref}^{tree}`]);
  const byEve = { GIT_COMMITTER_NAME: "eve", GIT_COMMITTER_EMAIL: "eve@harbour.example" };
  const asBot = { GIT_AUTHOR_NAME: bot, GIT_AUTHOR_EMAIL: "bot@harbour.example", ...byEve };
  const borrowed = bare.git(["commit-tree", tree, "-p", unsigned, "-m", "as the bot"], { env: asBot });
  bare.move(ref, borrowed, unsigned);
  // Eve has a key of her own: GitHub verifies it.
  state.signed.add(borrowed);
  assert.deepEqual((await historyOf(here)).problems, [
    { commit: unsigned, message: "is not verified by GitHub: unsigned" },
    { commit: unsigned, message: `is by grace, not by ${bot}` },
    { commit: borrowed, message: `says it is by ${bot}, but eve made it` },
  ]);
});

test("what a clone finds in the files of the commits, the API finds, in the same words", async (context) => {
  const here = await filled(context);
  const { bare } = here.double;
  const file = auditFile(runName(1));
  const line = signedCommit(here, { [file]: show(here, `${ref}:${file}`).replace("ada", "eve") });
  const [content] = bare.git(["ls-tree", "-r", "--name-only", ref, "content/"]).split("\n") as [string];
  const changed = signedCommit(here, { [content]: "{}" });
  const removed = signedCommit(here, { "notes/n": "free to come and go\n" }, [content]);
  const cut = signedCommit(here, { "HEAD.json": show(here, `${ref}~6:HEAD.json`) }, [auditFile(runName(2))]);
  const tree = bare.git(["rev-parse", `${ref}^{tree}`]);
  const root = bare.commit(bare.tree(undefined, new Map()), [], "another root\n", bot);
  const merge = bare.commit(tree, [cut, root], "merge\n", bot);
  bare.move(ref, merge, cut);
  for (const commit of [root, merge]) here.double.state.signed.add(commit);

  const { problems } = await historyOf(here);
  const found = problems.map(({ commit, file: at, message }) => [commit, at, message]);
  for (const expected of [
    [line, file, "was changed, not only appended to"],
    [changed, content, "was changed"],
    [removed, content, "was removed"],
    [cut, auditFile(runName(2)), "was removed"],
    [merge, undefined, "has 2 parents; the branch is one line"],
  ])
    assert.ok(
      found.some((each) => JSON.stringify(each) === JSON.stringify(expected)),
      JSON.stringify([expected, found]),
    );

  const folder = repository(join(temporaryFolder(context), "clone"));
  git(folder, "fetch", "-q", bare.dir, `${ref}:${ref}`);
  const byGit = await verifyBranchHistory({ repository: folder, branch, remote: undefined, env, clock });
  const key = (one: object): string => JSON.stringify(one);
  assert.deepEqual(problems.map(key).sort(), byGit.problems.map(key).sort());
});

test("a branch set back to an older commit of the bot's adds up, and is told all the same, until it is set forth again", async (context) => {
  const here = await filled(context);
  const { double } = here;
  const last = double.bare.resolve(ref) as string;
  const older = double.bare.resolve(`${ref}~3`) as string;
  pushedByForce(double, branch, older);
  assert.deepEqual((await verifyLedger(storeOf(here), environment)).problems, []);
  assert.deepEqual((await historyOf(here)).problems, [
    { commit: last, message: "is in the branch no more, which mallory rewrote" },
  ]);
  pushedByForce(double, branch, last);
  assert.deepEqual((await historyOf(here)).problems, []);
  pushedByForce(double, branch, undefined);
  const deleted = { commit: last, message: "is in the branch no more, which mallory deleted" };
  assert.deepEqual((await historyOf(here)).problems.at(-1), deleted);
});

test("`audit verify` asks GitHub where the ledger is reached through it, from a folder that is no repository", async (context) => {
  const here = await filled(context);
  const { double } = here;
  const folder = temporaryFolder(context);
  const told = async (ledger: string) => {
    const settings = `{ simulator: {}, ledger: { branch: ${branch}, ${ledger} } }`;
    writeFileSync(
      join(folder, "cxform.yaml"),
      `apiVersion: cxform/v1\nkind: Config\nenvironments: { ${environment}: ${settings} }\n`,
    );
    const names = {
      GITHUB_TOKEN: "ghs_reader",
      GITHUB_REPOSITORY: double.repository,
      GITHUB_API_URL: double.url,
      GITHUB_GRAPHQL_URL: double.graphqlUrl,
    };
    const world = { ...here.world, env: (name: string) => (names as Readonly<Record<string, string>>)[name] };
    return verify({ config: loadConfig({ cwd: folder }).config, environment, world });
  };
  double.state.tokens.set("ghs_reader", { login: bot, permissions: { contents: "read" } });
  assert.deepEqual((await told("via: github")).problems, []);
  const other = await told('via: github, author: "ledger[bot]"');
  assert.equal(other.problems.length, 7);
  const commit = strangerCommits(double.bare, branch, "README.md", "hello\n").slice(0, 12);
  const { ok, problems } = await told("via: github");
  assert.deepEqual(
    [ok, problems],
    [
      false,
      [
        { file: "history", message: `is not verified by GitHub: unsigned (commit ${commit})` },
        { file: "history", message: `is by grace, not by ${bot} (commit ${commit})` },
      ],
    ],
  );
  double.state.tokens.set("ghs_reader", { login: bot, permissions: {} });
  await assert.rejects(told("via: github"), LedgerUnusable);
});

test("a long branch is read in a few calls: a page of commits a hundred, a query fifty folders or blobs", async (context) => {
  const here = await filled(context);
  const counted = async (): Promise<number> => {
    const before = here.double.calls.length;
    assert.equal((await historyOf(here)).ok, true);
    return here.double.calls.length - before;
  };
  const short = await counted();
  for (let at = 0; at < 40; at++) signedCommit(here, { "README.md": `${at}\n` });
  assert.ok((await counted()) <= short + 2, "forty commits more");
});
