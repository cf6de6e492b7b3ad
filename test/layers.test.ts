// The table of layers (DESIGN §3, ARCHITECTURE.md) as a test: who may import whom and what from outside, and what no layer below the command line may reach for.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { kinds } from "../src/kinds/kinds.ts";

interface Layer {
  /** A folder of src, or a file at its root. */
  readonly name: string;
  /** Rows above that it may not see although it stands below them. */
  readonly blind?: readonly string[];
  /** Packages, and modules of node. */
  readonly outside: readonly string[];
}

const kindRows = ["kinds/_shared", "kinds/*", "kinds/kinds.ts"];

/** A row imports itself and the rows above it, save those that it is blind to. `kinds/*` is every kind: none sees another. */
const layers: readonly Layer[] = [
  { name: "contract", outside: [] },
  { name: "base", outside: ["node:crypto"] },
  { name: "kinds/_shared", outside: ["fastest-levenshtein"] },
  { name: "kinds/*", outside: ["fastest-levenshtein"] },
  { name: "kinds/kinds.ts", blind: ["base", "kinds/_shared"], outside: [] },
  {
    name: "manifest",
    blind: kindRows,
    outside: [
      "yaml",
      "ajv",
      "ajv-formats",
      "csv-parse",
      "semver",
      "fastest-levenshtein",
      "node:fs",
      "node:path",
      "node:url",
      "node:crypto",
      "node:stream",
    ],
  },
  { name: "plan", blind: [...kindRows, "manifest"], outside: ["deep-diff", "fast-json-patch"] },
  { name: "cxone", blind: [...kindRows, "manifest", "plan"], outside: ["ky"] },
  { name: "observe", blind: [...kindRows, "manifest", "cxone"], outside: [] },
  {
    name: "ledger",
    blind: [...kindRows, "manifest", "plan", "cxone", "observe"],
    outside: [
      "node:fs",
      "node:fs/promises",
      "node:path",
      "node:url",
      "node:os",
      "node:buffer",
      "node:child_process",
      "node:zlib",
    ],
  },
  { name: "apply", blind: [...kindRows, "manifest", "cxone", "observe"], outside: [] },
  {
    name: "report",
    blind: [...kindRows, "manifest", "plan", "cxone", "observe", "ledger", "apply"],
    outside: ["cli-table3", "node:util"],
  },
  {
    name: "github",
    blind: [...kindRows, "manifest", "plan", "cxone", "observe", "apply"],
    outside: ["octokit", "fflate", "node:crypto"],
  },
  {
    name: "receive",
    blind: [...kindRows, "manifest", "plan", "cxone", "observe", "apply", "github"],
    outside: ["hono", "@hono/node-server", "kysely", "libsql", "pg", "node:*"],
  },
  {
    name: "simulator",
    blind: [
      "contract",
      "base",
      ...kindRows,
      "manifest",
      "plan",
      "cxone",
      "observe",
      "ledger",
      "apply",
      "report",
      "github",
      "receive",
    ],
    outside: ["hono", "@hono/node-server", "node:*"],
  },
  { name: "library", outside: ["yaml", "node:fs", "node:path"] },
  { name: "cli", blind: kindRows, outside: ["commander", "yaml", "cli-table3", "node:*"] },
  { name: "index.ts", blind: [...kindRows, "manifest", "plan", "cxone", "observe", "ledger", "apply"], outside: [] },
];

type Sources = ReadonlyMap<string, string>;

const srcDir = fileURLToPath(new URL("../src/", import.meta.url));

function readSources(): Sources {
  const files = readdirSync(srcDir, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return new Map(files.sort().map((file) => [file, readFileSync(join(srcDir, file), "utf8")]));
}

/** What a file imports, by `import`, `export … from` and `import()`, types included. */
function importsOf(text: string): readonly string[] {
  const code = text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const patterns = [
    /^(?:import|export)\s[^;"'`]*?\bfrom\s+["']([^"']+)["']/gm,
    /^import\s+["']([^"']+)["']/gm,
    /\bimport\s*\(\s*["']([^"']+)["']/g,
    /\brequire\s*\(\s*["']([^"']+)["']/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] as string));
}

function layerOf(file: string): Layer | undefined {
  const [first, second] = file.split("/") as [string, string | undefined];
  const name =
    first !== "kinds" ? first : second === "_shared" || second === "kinds.ts" ? `kinds/${second}` : "kinds/*";
  return layers.find((layer) => layer.name === name);
}

/** `kinds/sms-template`: the part of a layer whose files see each other. */
const partOf = (file: string): string =>
  file
    .split("/")
    .slice(0, file.startsWith("kinds/") ? 2 : 1)
    .join("/");

function violationsOfImports(sources: Sources): readonly string[] {
  const found: string[] = [];
  for (const [file, text] of sources) {
    const layer = layerOf(file);
    if (layer === undefined) {
      found.push(`${file} lies in no layer: give its folder a row`);
      continue;
    }
    for (const name of importsOf(text)) {
      if (!name.startsWith(".")) {
        const isAllowed = layer.outside.some(
          (one) =>
            one === name ||
            (one === "node:*" && name.startsWith("node:")) ||
            (!one.startsWith("node:") && name.startsWith(`${one}/`)),
        );
        if (!isAllowed) found.push(`${file} imports ${name}, which ${layer.name} may not use`);
        continue;
      }
      const to = normalize(join(dirname(file), name));
      if (!name.endsWith(".ts")) found.push(`${file} imports ${name} without .ts`);
      const other = to.startsWith("..") ? undefined : layerOf(to);
      const isAbove =
        other !== undefined &&
        layers.indexOf(other) < layers.indexOf(layer) &&
        layer.blind?.includes(other.name) !== true;
      if (partOf(file) !== partOf(to) && !isAbove) found.push(`${file} imports ${to}, which ${layer.name} may not see`);
    }
  }
  return found;
}

/** The first circle of imports, as a path of files. */
function circleOf(sources: Sources): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const name of importsOf(sources.get(file) ?? "")) {
      if (!name.startsWith(".")) continue;
      const circle = visit(normalize(join(dirname(file), name)), [...path, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of sources.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** Code without comments and without the text of strings: what is said of a clock is no clock. */
function bare(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}

/** `new Date(given)` turns a given time into another form and is no clock; `new Date()` is one. */
const impure: readonly (readonly [string, RegExp])[] = [
  ["the wall clock", /\bDate\.now\b|\bnew Date\(\s*\)|\bnew Date\b(?!\()|\bperformance\b/],
  ["chance", /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b/],
  ["the console", /\bconsole\b/],
  ["the process", /\bprocess\s*[.[]|\bglobalThis\.process\b/],
  ["a timer", /\bset(?:Timeout|Interval|Immediate)\b/],
  ["the network", /(?<![.\w])fetch\(/],
];

const mayReachOut = ["cli", "simulator"];

function violationsOfPurity(sources: Sources): readonly string[] {
  return [...sources].flatMap(([file, text]) => {
    if (mayReachOut.includes(partOf(file))) return [];
    const code = bare(text);
    return impure.filter(([, pattern]) => pattern.test(code)).map(([what]) => `${file} reaches for ${what}`);
  });
}

const banned = ["utils", "util", "helpers", "helper", "common", "manager", "service", "handler", "misc", "info"];

function violationsOfForm(sources: Sources): readonly string[] {
  return [...sources].flatMap(([file, text]) => {
    const found: string[] = [];
    const words = file
      .replace(/\.ts$/, "")
      .split("/")
      .flatMap((part) => part.split("-"));
    if (words.some((word) => banned.includes(word))) found.push(`${file} is named after nothing`);
    if (!/^(?:_?[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(file))
      found.push(`${file} is no kebab-case`);
    const first = text.startsWith("#!") ? (text.split("\n")[1] ?? "") : (text.split("\n")[0] ?? "");
    if (!/^\/\/ \S.{20,}/.test(first)) found.push(`${file} does not open with a sentence`);
    return found;
  });
}

/** Layers of the engine, which contain no kind's name. */
const engine = ["manifest", "plan", "cxone", "observe", "ledger", "apply"];

function violationsOfIgnorance(sources: Sources): readonly string[] {
  const names = kinds.flatMap(({ name, slug }) => [name, slug]);
  return [...sources].flatMap(([file, text]) => {
    if (!engine.includes(partOf(file))) return [];
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
    return names.filter((name) => new RegExp(`\\b${name}\\b`).test(code)).map((name) => `${file} names ${name}`);
  });
}

const sources = readSources();

test("every import of src goes to a row above, and outside only to what its row may use", () => {
  assert.ok(sources.size > 100, "the sources were found");
  assert.deepEqual(violationsOfImports(sources), []);
});

test("every row of the table has files", () => {
  const found = new Set([...sources.keys()].map((file) => layerOf(file)?.name));
  assert.deepEqual(
    layers.map(({ name }) => name).filter((name) => !found.has(name)),
    [],
  );
});

test("src has no circle of imports", () => {
  assert.equal(circleOf(sources), undefined);
});

test("clock, chance, console, process, timers and network are reached for in cli and simulator alone", () => {
  assert.deepEqual(violationsOfPurity(sources), []);
});

test("every file of src opens with a sentence and is named after what it holds", () => {
  assert.deepEqual(violationsOfForm(sources), []);
});

test("the engine names no kind", () => {
  assert.deepEqual(violationsOfIgnorance(sources), []);
});

test("no import of src has an effect: every one names what it takes", () => {
  for (const [file, text] of sources) assert.doesNotMatch(text, /^import\s+["']/m, file);
});

/** The sources with one file put among them. */
const planted = (file: string, text: string): Sources => new Map([...sources, [file, text]]);
const opening = "// Planted on purpose, to see this test turn red.\n";

test("a planted import that breaks the table is found, in every form of import", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["contract/planted.ts", 'import { digest } from "../base/digest.ts";'],
    ["contract/planted.ts", 'import { createHash } from "node:crypto";'],
    ["base/planted.ts", 'import { readFileSync } from "node:fs";'],
    ["kinds/sms-template/planted.ts", 'import other from "../whatsapp-template/index.ts";'],
    ["kinds/sms-template/planted.ts", 'import type { SmsSpec } from "../a2p-registration/spec.ts";'],
    ["kinds/_shared/planted.ts", 'import { brand } from "../sms-template/brand.ts";'],
    ["kinds/sms-template/planted.ts", 'import { makePlan } from "../../plan/assemble.ts";'],
    ["manifest/planted.ts", 'import { kinds } from "../kinds/kinds.ts";'],
    ["plan/planted.ts", 'import sms from "../kinds/sms-template/index.ts";'],
    ["plan/planted.ts", 'export { kinds } from "../kinds/kinds.ts";'],
    ["plan/planted.ts", 'import { readFileSync } from "node:fs";'],
    ["plan/planted.ts", 'const late = () => import("../cxone/client.ts");'],
    ["plan/planted.ts", 'import {\n  type Ledger,\n  openLedger,\n} from "../ledger/ledger.ts";'],
    ["cxone/planted.ts", 'import { makePlan } from "../plan/assemble.ts";'],
    ["simulator/planted.ts", 'import type { Json } from "../contract/json.ts";'],
    ["report/planted.ts", 'import { makePlan } from "../plan/assemble.ts";'],
    ["apply/planted.ts", 'import ky from "ky";'],
    ["cli/planted.ts", 'import { kinds } from "../kinds/kinds.ts";'],
    ["plan/planted.ts", 'import deepDiff from "deep-diff-extra";'],
    ["plan/planted.ts", 'import { digest } from "../base/digest";'],
    ["outside/planted.ts", "export {};"],
  ];
  for (const [file, text] of cases) {
    const found = violationsOfImports(planted(file, `${opening}${text}\n`));
    assert.equal(found.length, 1, `${file}: ${text}`);
    assert.ok(found[0]?.startsWith(file), found[0]);
  }
});

test("a planted circle is found", () => {
  const circle = new Map([
    ["plan/a.ts", 'import { b } from "./b.ts";'],
    ["plan/b.ts", 'import type { C } from "./c.ts";'],
    ["plan/c.ts", 'import("./a.ts");'],
  ]);
  assert.deepEqual(circleOf(circle), ["plan/a.ts", "plan/b.ts", "plan/c.ts", "plan/a.ts"]);
});

test("a planted reach for the clock, chance, console, process or a timer is found, and a mention of one is not", () => {
  for (const text of [
    "const now = Date.now();",
    "const now = new Date();",
    "const at = `${new Date().toISOString()}`;",
    "const x = Math.random();",
    "const id = crypto.randomUUID();",
    'console.log("x");',
    "const home = process.env.HOME;",
    'const home = process["env"];',
    "setTimeout(() => {}, 1);",
    'const answer = await fetch("http://x");',
  ]) {
    assert.equal(violationsOfPurity(planted("plan/planted.ts", text)).length, 1, text);
    assert.equal(violationsOfPurity(planted("cli/planted.ts", text)).length, 0, text);
  }
  for (const text of [
    "// Date.now() is passed in.",
    'const hint = "console.log and process.env are not here";',
    "const at = new Date(epochMs).toISOString();",
    "const answer = await world.fetch(url);",
  ]) {
    assert.deepEqual(violationsOfPurity(planted("plan/planted.ts", text)), [], text);
  }
});

test("a planted name, opening or kind's name is found", () => {
  const form = (file: string, text = opening) => violationsOfForm(planted(file, text)).length;
  assert.equal(form("plan/planted.ts"), 0);
  assert.equal(form("plan/utils.ts"), 1);
  assert.equal(form("plan/helpers/x.ts"), 1);
  assert.equal(form("plan/date-helper.ts"), 1);
  assert.equal(form("plan/PlantedFile.ts"), 1);
  assert.equal(form("plan/planted.ts", "export {};\n"), 1);
  const named = planted("plan/planted.ts", 'if (kind.name === "SmsTemplate") stop();');
  assert.deepEqual(violationsOfIgnorance(named), ["plan/planted.ts names SmsTemplate"]);
});
