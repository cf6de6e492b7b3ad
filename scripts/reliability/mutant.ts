// Inside Stryker's sandbox: packs a group's tests with the mutated sources, so that a mutant costs one short process. Knows no mutant.
import { build } from "esbuild";
import { bundlesOf, mutationGroups } from "./mutation-groups.ts";

const group = mutationGroups.find((one) => one.name === process.argv[2]);
if (group === undefined) throw new Error(`no group of mutants: ${process.argv[2]}`);
for (const { file, tests } of bundlesOf(group)) {
  await build({
    stdin: {
      contents: tests.map((test) => `import "./${test}";`).join("\n"),
      resolveDir: process.cwd(),
      loader: "ts",
    },
    outfile: file,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "error",
  });
}
