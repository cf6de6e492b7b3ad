// From words to options, without running anything.
import assert from "node:assert/strict";
import test from "node:test";
import { build } from "esbuild";
import { script } from "../../src/cli/completion.ts";
import { type Asked, completables, parse } from "../../src/cli/program.ts";

function asked(...argv: string[]): Asked {
  const parsed = parse(argv);
  assert.ok("asked" in parsed, JSON.stringify(parsed));
  return parsed.asked;
}

function refused(...argv: string[]): string {
  const parsed = parse(argv);
  assert.ok("answered" in parsed, "it was accepted");
  assert.equal(parsed.answered.exit, 64);
  assert.equal(parsed.answered.out, "");
  return parsed.answered.err;
}

test("the common flags may stand before or after the command", () => {
  for (const argv of [
    ["--env", "production", "--format", "json", "plan"],
    ["plan", "--format=json", "--env", "production"],
  ]) {
    const { definition, common } = asked(...argv);
    assert.equal(definition.name, "plan");
    assert.deepEqual(common, { env: "production", format: "json", color: true, quiet: false, verbose: false });
  }
  assert.equal(asked("status", "--no-color").common.color, false);
});

test("plan collects repeated addresses", () => {
  const { options } = asked(
    "plan",
    "--only",
    "SmsTemplate/otp",
    "--only",
    "WhatsAppTemplate/*",
    "--adopt",
    "SmsTemplate/otp",
    "--out",
    "p.json",
    "--detailed-exitcode",
  );
  assert.deepEqual(options, {
    out: "p.json",
    only: ["SmsTemplate/otp", "WhatsAppTemplate/*"],
    adopt: ["SmsTemplate/otp"],
    offline: false,
    detailedExitcode: true,
  });
});

test("one command line leaves nothing behind for the next", () => {
  asked("plan", "--only", "SmsTemplate/otp");
  assert.deepEqual((asked("plan").options as { only: string[] }).only, []);
});

test("apply takes a plan file, digests and a wait", () => {
  assert.deepEqual(
    asked(
      "apply",
      "p.json",
      "--partial",
      "--yes",
      "--wait",
      "10m",
      "--expect-digest",
      "sha256:1",
      "--acknowledge",
      "sha256:2",
    ).options,
    {
      planFile: "p.json",
      yes: true,
      expectDigest: "sha256:1",
      acknowledge: "sha256:2",
      allowDirty: false,
      only: [],
      adopt: [],
      partial: true,
      optOutsOnly: false,
      waitMs: 600_000,
    },
  );
});

test("a plan file brings its own options, and --partial needs one", () => {
  assert.match(refused("apply", "p.json", "--only", "SmsTemplate/otp"), /a plan file brings its own/);
  assert.match(refused("apply", "--partial"), /--partial needs a plan file/);
});

test("a duration needs its unit", () => {
  assert.match(refused("settle", "--wait", "10"), /--wait is no duration: 10\n {2}hint: Write a number and a unit/);
});

test("unknown commands and flags are refused with what was meant", () => {
  assert.match(refused("applly"), /unknown command 'applly'\n\(Did you mean apply\?\)/);
  assert.match(refused("plan", "--ofline"), /unknown option '--ofline'\n\(Did you mean --offline\?\)/);
  assert.match(refused("status", "extra"), /too many arguments/);
  assert.match(refused("explain"), /missing required argument/);
  assert.match(refused("audit", "verfy"), /Did you mean verify\?/);
  assert.match(refused(), /Usage: cxform/);
  assert.match(refused("audit"), /Usage: cxform audit/);
});

test("each command has its own formats", () => {
  assert.equal(asked("validate", "--format", "sarif").common.format, "sarif");
  assert.equal(asked("audit", "list", "--format", "csv").common.format, "csv");
  assert.match(refused("plan", "--format", "sarif"), /cxform plan has no format sarif/);
  assert.match(refused("completion", "tcsh"), /Allowed choices are bash, zsh, fish/);
});

test("the simulator's port is a port", () => {
  assert.deepEqual(
    asked("simulator", "--port", "4010", "--seed", "7", "--review-delay", "200ms", "--faults", "f.yaml", "--state", "d")
      .options,
    {
      port: 4010,
      seed: "7",
      reviewDelayMs: 200,
      faults: "f.yaml",
      state: "d",
    },
  );
  assert.match(refused("simulator", "--port", "http"), /--port is no port: http/);
});

test("help and version are results and no errors", () => {
  for (const argv of [["--help"], ["help", "plan"], ["plan", "--help"], ["--version"]]) {
    const parsed = parse(argv);
    assert.ok("answered" in parsed);
    assert.equal(parsed.answered.exit, 0);
    assert.notEqual(parsed.answered.out, "");
    assert.equal(parsed.answered.err, "");
  }
});

test("completion knows every command, its flags and its formats", () => {
  const commands = completables();
  for (const shell of ["bash", "zsh", "fish"] as const) {
    const text = script(shell, commands);
    for (const { name } of commands)
      for (const word of name.split(" ")) assert.ok(text.includes(word), `${word} in ${shell}`);
    for (const word of ["opt-outs-only", "detailed-exitcode", "sarif", "review-delay"])
      assert.ok(text.includes(word), `${word} in ${shell}`);
  }
});

test("help loads neither a parser of YAML nor a client: only commander and Node's own modules", async () => {
  const { metafile } = await build({
    entryPoints: { cxform: "src/cli/main.ts" },
    outdir: "unused",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    write: false,
    metafile: true,
  });
  const loaded = new Set<string>();
  const follow = (output: string): void => {
    for (const { path, kind, external } of metafile.outputs[output]?.imports ?? []) {
      if (kind !== "import-statement" || loaded.has(path)) continue;
      loaded.add(path);
      if (external !== true) follow(path);
    }
  };
  follow("unused/cxform.js");
  const packages = [...loaded].filter((path) => !path.startsWith("node:") && !path.startsWith("unused/"));
  assert.deepEqual(packages, ["commander"]);
});
