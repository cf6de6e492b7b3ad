// The documents hold what they say: links and anchors lead somewhere, commands exist, codes and dependencies are complete. It judges no wording.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import test from "node:test";
import { completables } from "../../src/cli/program.ts";

const pages = [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

const textOf = (file: string): string => readFileSync(file, "utf8");

/** The prose: without fenced blocks, whose brackets are no links. */
function prose(file: string): string {
  return textOf(file).replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, "");
}

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

function anchorsOf(file: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading] of prose(file).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = anchorOf(heading as string);
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => textOf(join(entry.parentPath, entry.name)));
}

test("every relative link leads to a file, and its anchor to a heading", () => {
  const broken: string[] = [];
  let count = 0;
  for (const page of pages) {
    for (const [, target] of prose(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target as string)) continue;
      count++;
      const [path, anchor] = (target as string).split("#");
      const file = path === "" ? page : normalize(join(dirname(page), path as string));
      if (!existsSync(file)) broken.push(`${page}: ${target} (no such file)`);
      else if (anchor !== undefined && file.endsWith(".md") && !anchorsOf(file).has(anchor))
        broken.push(`${page}: ${target} (no such heading)`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(count > 50);
});

/** Command lines in code, from `cxform` on: of fenced blocks, with the line that a command goes on in, and of code in the text. */
function commandLines(page: string): readonly string[] {
  const text = textOf(page);
  const fenced = [...text.matchAll(/^(`{3,})[^\n]*\n([\s\S]*?)^\1$/gm)].flatMap((block) =>
    (block[2] as string).split(/\n(?! {8,})/).flatMap((line) => line.split(/&&|\||;/)),
  );
  const inline = [...prose(page).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string);
  return [...fenced, ...inline].flatMap((line) => /^\s*(?:\$ )?(?:npx )?cxform (.+)$/s.exec(line)?.slice(1, 2) ?? []);
}

test("every command line that a page shows is one of the program, with flags that it has", () => {
  const known = new Map(completables().map(({ name, flags }) => [name, new Set(flags.map(({ flag }) => flag))]));
  const groups = new Set(
    [...known.keys()].flatMap((name) => (name.includes(" ") ? [name.split(" ")[0] as string] : [])),
  );
  const wrong: string[] = [];
  let count = 0;
  for (const page of pages) {
    for (const line of commandLines(page)) {
      const [first = "", second = ""] = line
        .replace(/ {2,}#.*$/, "")
        .trim()
        .split(/\s+/);
      if (first === "help" || /^[-<[]/.test(first)) continue;
      count++;
      const name = groups.has(first) && second !== "" ? `${first} ${second}` : first;
      const flags = known.get(name);
      if (flags === undefined) {
        if (!groups.has(name)) wrong.push(`${page}: cxform ${line}: no such command`);
        continue;
      }
      for (const [flag] of line.matchAll(/--[a-z][a-z-]*/g))
        if (!flags.has(flag) && flag !== "--help") wrong.push(`${page}: cxform ${line}: no flag ${flag}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(count > 40, `${count} command lines`);
});

test("ARCHITECTURE.md gives a reason for each run-time dependency, and for nothing else", () => {
  const section = textOf("ARCHITECTURE.md").split("\n## Run-time dependencies\n")[1]?.split("\n## ")[0] ?? "";
  const named = [...section.matchAll(/^- `([^`]+)` — \S.+\.$/gm)].map((match) => match[1]);
  const { dependencies } = JSON.parse(textOf("package.json")) as { dependencies: Readonly<Record<string, string>> };
  assert.deepEqual([...named].sort(), Object.keys(dependencies).sort());
});

test("docs/errors.md lists every code that is not a rule's, and no other", () => {
  const listed = [...textOf("docs/errors.md").matchAll(/^\| `(CX\d{4})` \|/gm)].map((match) => match[1] as string);
  const isListed = (code: string): boolean => !code.startsWith("CX3") || code.startsWith("CX369");
  const used = new Set(
    sources("src").flatMap((text) =>
      [...text.matchAll(/"(CX\d{4})"|\b(CX40\d\d): \{/g)].map((match) => (match[1] ?? match[2]) as string),
    ),
  );
  assert.deepEqual(listed.toSorted(), [...used].filter(isListed).sort());
});

test("every source file that a page names is there", () => {
  // CONTRIBUTING.md walks through a kind that is yet to be written.
  const ofWhatIs = pages.filter((page) => page !== "CONTRIBUTING.md");
  const gone = ofWhatIs.flatMap((page) =>
    [...prose(page).matchAll(/`((?:src|test|schemas|scripts|docs|templates)\/[\w./-]+)`/g)]
      .map((match) => match[1] as string)
      .filter((path) => !existsSync(path))
      .map((path) => `${page}: ${path}`),
  );
  assert.deepEqual(gone, []);
});

test("no page names a path of one machine or a registry", () => {
  for (const page of pages) {
    assert.doesNotMatch(textOf(page), /(?:^|[\s`("'])\/(?:work|home|root|Users|tmp)\/|registry\.|localhost:\d/, page);
  }
});
