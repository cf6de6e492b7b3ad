// What the pages show is what the program prints: the quick start, a change, a mistake, run in a copy of this repository's manifests.
// A shown block is marked by `<!-- shown: name -->`; a line `⋮` in it stands for what is left out; times, ids and digests differ.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { completables, parse } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { realWorld } from "../../src/cli/world.ts";
import { plain } from "../../src/report/paint.ts";

/** A terminal that nobody sits at and that keeps standard output. */
function recorder(project: string): { readonly terminal: Terminal; readonly text: () => string } {
  let said = "";
  const world = realWorld();
  const terminal: Terminal = {
    world: { ...world, env: (name) => (name === "CXONE_WEBHOOK_SECRET" ? undefined : world.env(name)) },
    cwd: project,
    paintOut: plain,
    paintErr: plain,
    isInteractive: false,
    isOnScreen: false,
    hasLiveLine: false,
    width: 80,
    out: (text) => {
      said += text;
    },
    outRaw: (text) => {
      said += text;
    },
    err: () => undefined,
    live: () => undefined,
    ask: async () => undefined,
    lines: async function* () {},
    stopGently: () => new AbortController().signal,
  };
  return { terminal, text: () => said };
}

/** Standard output of a command in a project; its exit code is asserted. */
async function run(project: string, exit: number, ...argv: readonly string[]): Promise<string> {
  const parsed = parse(argv);
  assert.ok("asked" in parsed, argv.join(" "));
  const { terminal, text } = recorder(project);
  const { definition, common, options } = parsed.asked;
  assert.equal(await definition.run(options, { common, terminal, completables }), exit, argv.join(" "));
  return text();
}

function edit(project: string, file: string, before: string, after: string): void {
  const text = readFileSync(join(project, file), "utf8");
  assert.ok(text.includes(before), `${file} does not hold ${before}`);
  writeFileSync(join(project, file), text.replace(before, after));
}

/** What differs from run to run. */
function settled(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "(time)")
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, "(id)")
    .replace(/sha256:[0-9a-f]{64}/g, "(digest)")
    .replace(/[ \t]+$/gm, "");
}

/** The first shown piece that the output does not hold after the pieces before it, with what stands there. */
function missing(shown: string, output: string): string | undefined {
  const whole = settled(output);
  let at = 0;
  for (const piece of settled(shown).split(/^⋮$/m)) {
    const wanted = piece.replace(/^\$ .*$\n?/gm, "").trim();
    const found = whole.indexOf(wanted, at);
    if (found === -1) return `${wanted}\n--- printed there:\n${whole.slice(at).split("\n").slice(-30).join("\n")}`;
    at = found + wanted.length;
  }
  return undefined;
}

test("each shown output is what the program prints", async (t) => {
  const project = mkdtempSync(join(tmpdir(), "cxform-shown-"));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  for (const name of ["cxform.yaml", "templates", "webhooks", "sessions", "preferences"])
    cpSync(name, join(project, name), { recursive: true });
  // The same story, told faster.
  edit(project, "cxform.yaml", "stateDir: .cxform/simulator", "stateDir: .cxform/simulator\n      reviewDelay: 500ms");
  const outputs = new Map<string, string>();
  outputs.set("first apply", await run(project, 0, "apply", "--yes"));
  await run(project, 0, "settle");
  outputs.set("settled plan", await run(project, 0, "plan"));
  edit(project, "templates/sms/winter.yaml", "20% off", "25% off");
  edit(project, "templates/whatsapp/welcome-coupon.yaml", "15% off", "20% off");
  edit(project, "sessions/returns-desk.yaml", "priority: 2", "priority: 3");
  outputs.set("changed plan", await run(project, 0, "plan"));
  outputs.set("changed apply", await run(project, 3, "apply", "--yes"));
  await run(project, 0, "settle");
  outputs.set(
    "resolve",
    (await run(project, 0, "resolve", "WhatsAppTemplate/welcome_coupon/en_US")) +
      (await run(project, 0, "resolve", "--format", "env", "SmsTemplate/sign-in-code")),
  );
  edit(project, "templates/sms/sign-in-code.yaml", "      maxLength: 6\n", "");
  edit(project, "templates/whatsapp/welcome-coupon.yaml", "language: en_US", "language: en-USA");
  outputs.set("mistake", await run(project, 1, "validate"));

  const shownNames = new Set<string>();
  const wrong: string[] = [];
  for (const page of ["README.md", ...readdirSync("docs").map((name) => join("docs", name))]) {
    if (!page.endsWith(".md")) continue;
    const marked = readFileSync(page, "utf8").matchAll(/<!-- shown: ([^>]+) -->\n+```\n([\s\S]*?)^```$/gm);
    for (const [, name, shown] of marked) {
      const output = outputs.get(name as string);
      assert.ok(output !== undefined, `${page}: there is no output ${name}`);
      shownNames.add(name as string);
      const piece = missing(shown as string, output);
      if (piece !== undefined) wrong.push(`${page}, ${name}: not printed:\n${piece}`);
    }
  }
  assert.ok(wrong.length === 0, wrong.join("\n\n"));
  assert.deepEqual([...shownNames].sort(), [...outputs.keys()].sort());
});
