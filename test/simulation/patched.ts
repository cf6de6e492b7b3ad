// Builds the engine with some of its source changed, and gives its simulation: for bugs that no port can have. It knows no bug.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import type { simulate } from "./simulation.ts";

/** One place of the source: `from` stands in `file` exactly once. */
export interface Change {
  /** From the folder `src`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The simulation of the engine with these changes. Throws when the source has no such place any more. */
export async function simulateWith(changes: readonly Change[]): Promise<typeof simulate> {
  // Inside the clone: packages are found from there.
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, "cxform-planted-"));
  try {
    const outfile = join(dir, "simulation.mjs");
    const made = changing(changes);
    await build({
      entryPoints: [join(root, "test", "simulation", "simulation.ts")],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      logLevel: "silent",
      plugins: [made.plugin],
    });
    const left = changes.filter((change) => !made.done.has(change));
    if (left.length > 0) throw new Error(`not part of the engine: ${left.map((one) => one.file).join(", ")}`);
    return ((await import(pathToFileURL(outfile).href)) as { simulate: typeof simulate }).simulate;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function changing(changes: readonly Change[]): { readonly plugin: Plugin; readonly done: ReadonlySet<Change> } {
  const done = new Set<Change>();
  const change = (text: string, one: Change): string => {
    const parts = text.split(one.from);
    if (parts.length !== 2) throw new Error(`${one.file} has ${parts.length - 1} places that read: ${one.from}`);
    done.add(one);
    return parts.join(one.to);
  };
  const plugin: Plugin = {
    name: "planted",
    setup(setting) {
      setting.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const mine = changes.filter(({ file }) => join("src", file) === relative(root, path));
        if (mine.length === 0) return undefined;
        return { contents: mine.reduce(change, readFileSync(path, "utf8")), loader: "ts" };
      });
    },
  };
  return { plugin, done };
}
