// `npm run mutate [group…]`: changes the kernel in every small way that Stryker knows, and counts the changes that no test notices. Results: .cxform/mutation.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundlesOf, mutationGroups } from "./mutation-groups.ts";

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

const stryker = process.env["STRYKER"] ?? "node_modules/.bin/stryker";
if (!existsSync(stryker)) {
  console.log(`skipped: ${stryker} is not there; npm install --no-save @stryker-mutator/core@9.6, then run again`);
  process.exit(0);
}
const named = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const dir = ".cxform/mutation";
mkdirSync(dir, { recursive: true });
let killed = 0;
let all = 0;
const chosen =
  named.length === 0 ? mutationGroups : named.flatMap((name) => mutationGroups.filter((one) => one.name === name));
for (const group of chosen) {
  const file = join(dir, `${group.name}.conf.json`);
  const report = join(dir, `${group.name}.json`);
  const options = {
    testRunner: "command",
    buildCommand: `node --import tsx scripts/reliability/mutant.ts ${group.name}`,
    commandRunner: {
      command: bundlesOf(group)
        .map(({ file }) => `node ${file} > /dev/null`)
        .join(" && "),
    },
    // TypeScript 7 has no JavaScript interface, which Stryker's reading of a tsconfig.json wants.
    tsconfigFile: "none.json",
    mutate: group.mutate,
    // Words for people and values that the compiler checks: a changed one is a wrong type far more often than a wrong deed.
    mutator: { excludedMutations: ["StringLiteral"] },
    ignorePatterns: ["/dist", "/ledger", "/docs", "/.cxform", "/.github", "/coverage"],
    tempDirName: join(dir, "sandbox"),
    reporters: ["json"],
    jsonReporter: { fileName: report },
    concurrency: Number(process.env["MUTATE_CONCURRENCY"] ?? 2),
    timeoutMS: 15_000,
    allowConsoleColors: false,
    disableTypeChecks: "src/**/*.ts",
    plugins: [],
  };
  writeFileSync(file, JSON.stringify(options));
  const run = spawnSync(stryker, ["run", file, "--logLevel", "warn"], { stdio: "inherit" });
  if (run.status !== 0) process.exit(run.status ?? 1);
  const { files } = JSON.parse(readFileSync(report, "utf8")) as {
    files: Record<string, { readonly mutants: readonly Mutant[] }>;
  };
  for (const [name, { mutants }] of Object.entries(files)) {
    const judged = mutants.filter((one) => one.status !== "Ignored" && one.status !== "CompileError");
    const alive = judged.filter((one) => one.status === "Survived" || one.status === "NoCoverage");
    killed += judged.length - alive.length;
    all += judged.length;
    // A change that makes a loop endless is noticed by the time; on a busy machine a harmless one would be, too.
    const late = judged.filter((one) => one.status === "Timeout").length;
    console.log(
      `${name}: ${judged.length - alive.length} of ${judged.length} (${percent(judged.length - alive.length, judged.length)}), ${late} by running out of time`,
    );
    for (const { location, mutatorName, replacement } of alive) {
      const text = (replacement ?? "").replaceAll(/\s+/g, " ").slice(0, 80);
      console.log(`  survived ${name}:${location.start.line}:${location.start.column} ${mutatorName} → ${text}`);
    }
  }
}
console.log(`mutation score: ${killed} of ${all} (${percent(killed, all)})`);

function percent(part: number, whole: number): string {
  return whole === 0 ? "nothing to change" : `${((100 * part) / whole).toFixed(1)} %`;
}
