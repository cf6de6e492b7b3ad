// CODEOWNERS as GitHub reads it: patterns, escapes, the last match; and which files an approver covers.
import assert from "node:assert/strict";
import test from "node:test";
import { checkOwners, parseCodeOwners, readCodeOwners, teamMembership } from "../../src/github/code-owners.ts";
import { strangerCommits } from "../github-double/bare.ts";
import { client, scene } from "./scene.ts";

const owns = (pattern: string, file: string): boolean => parseCodeOwners(`${pattern} @ada`).ownersOf(file).length === 1;

test("patterns mean what GitHub's page about code owners says", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["*", "a/b/c.yaml", true],
    ["*.js", "src/app.js", true],
    ["*.js", "src/app.ts", false],
    ["/build/logs/", "build/logs/x/y.txt", true],
    ["/build/logs/", "src/build/logs/x.txt", false],
    ["docs/*", "docs/getting-started.md", true],
    ["docs/*", "docs/build-app/troubleshooting.md", false],
    ["apps/", "my/apps/x/y", true],
    ["apps/", "apps", false],
    ["/docs/", "docs/a/b.md", true],
    ["/docs/", "other/docs/a.md", false],
    ["/scripts", "scripts/a.sh", true],
    ["**/logs", "build/logs/x", true],
    ["**/logs", "logs", true],
    ["templates/**/otp.yaml", "templates/otp.yaml", true],
    ["templates/**/otp.yaml", "templates/sms/nl/otp.yaml", true],
    ["templates/**", "templates/sms/otp.yaml", true],
    ["templates/sms", "templates/sms/otp.yaml", true],
    ["templates/sms", "x/templates/sms/otp.yaml", false],
    ["templates/*.yaml", "templates/otp.yaml", true],
    ["templates/*.yaml", "templates/sms/otp.yaml", false],
    ["a?c.yaml", "x/abc.yaml", true],
    ["a?c.yaml", "a/c.yaml", false],
    ["with\\ blank.yaml", "with blank.yaml", true],
    ["\\#hash.yaml", "#hash.yaml", true],
    ["a.b", "axb", false],
    ["Docs/", "docs/a", false],
  ];
  for (const [pattern, file, expected] of cases) assert.equal(owns(pattern, file), expected, `${pattern} on ${file}`);
});

test("the last pattern that matches decides, one without owners frees, and bad lines are skipped", () => {
  const owners = parseCodeOwners(
    [
      "# everything",
      "*            @ada # not @eve",
      "/templates/  @acme/marketing bob@example.test",
      "/templates/free/",
      "!/templates/x @eve",
      "/t[ab]/ @eve",
      "/preferences/ eve",
      "",
    ].join("\r\n"),
  );
  assert.deepEqual(owners.ownersOf("cxform.yaml"), ["@ada"]);
  assert.deepEqual(owners.ownersOf("templates/x"), ["@acme/marketing", "bob@example.test"]);
  assert.deepEqual(owners.ownersOf("templates/free/x"), []);
  assert.deepEqual(owners.ownersOf("preferences/x"), ["@ada"]);
  assert.deepEqual(owners.skippedLines, [5, 6, 7]);
});

test("each step's file needs an owner among the approvers; teams are asked once, and what is hidden is no member", async (context) => {
  const here = await scene(context);
  here.double.state.teams.set("marketing", ["bob"]);
  const owners = parseCodeOwners("* @Ada\n/templates/ @acme/marketing\n/mail/ bob@example.test\n/free/\n");
  const files = ["cxform.yaml", "templates/a", "templates/b", "mail/x", "free/x"];
  const isMember = teamMembership(here.github);
  const both = await checkOwners(owners, files, ["ada", "bob"], isMember);
  assert.deepEqual(
    [...both.covered],
    [
      ["cxform.yaml", "ada"],
      ["templates/a", "bob"],
      ["templates/b", "bob"],
    ],
  );
  assert.deepEqual(both.uncovered, [{ file: "mail/x", owners: ["bob@example.test"] }]);
  assert.equal(here.double.calls.filter((call) => call.startsWith("teams/")).length, 2);
  here.double.state.tokens.set("ghs_poor", { login: "x", permissions: {} });
  const blind = teamMembership(client(here.double, here.world, "ghs_poor"));
  assert.equal((await checkOwners(owners, ["templates/a"], ["bob"], blind)).uncovered.length, 1);
});

test("code owners are read at a commit, from the first place that GitHub looks at", async (context) => {
  const here = await scene(context);
  const { bare } = here.double;
  const none = strangerCommits(bare, "main", "a", "a");
  assert.equal(await readCodeOwners(here.github, none), undefined);
  strangerCommits(bare, "main", "docs/CODEOWNERS", "* @docs\n");
  const commit = strangerCommits(bare, "main", ".github/CODEOWNERS", "* @first\n");
  assert.deepEqual((await readCodeOwners(here.github, commit))?.ownersOf("x"), ["@first"]);
  const large = strangerCommits(bare, "main", ".github/CODEOWNERS", `${"# x\n".repeat(150_000)}`);
  await assert.rejects(readCodeOwners(here.github, large), /too large to be read whole/);
});
