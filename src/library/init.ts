// A new project: cxform.yaml, an example manifest in the folder of each kind, and what git should ignore. It overwrites nothing.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NotAllowed } from "../base/failure.ts";
import type { JsonObject } from "../contract/json.ts";
import { kinds } from "../kinds/kinds.ts";
import { renderManifest } from "../manifest/render.ts";
import { packagedSchemasDir } from "../manifest/schema.ts";

export interface Initialised {
  /** Files that were written, relative to the folder. */
  readonly written: readonly string[];
}

const configText = `# yaml-language-server: $schema=https://cxform.dev/schemas/config.schema.json
apiVersion: cxform/v1
kind: Config
manifests: [templates, webhooks, sessions, preferences]
defaultEnvironment: local
environments:
  # A CXone double on this machine: no account, no credentials.
  local:
    simulator:
      stateDir: .cxform/simulator
    variables:
      supportQueue: 39a7c2c6-8603-4645-8ec0-0f31dc43a737
`;

const ignored = [".cxform/", "node_modules/"];

/** Throws NotAllowed, having written nothing, when a file is there already. `dir` is absolute. */
export function init(dir: string): Initialised {
  const files = new Map<string, string>([["cxform.yaml", configText]]);
  for (const { name: kind, slug, folder } of kinds) {
    const schema = JSON.parse(readFileSync(join(packagedSchemasDir(), `${slug}.schema.json`), "utf8")) as {
      readonly examples: readonly [{ readonly metadata: { readonly name: string }; readonly spec: JsonObject }];
    };
    const [{ metadata, spec }] = schema.examples;
    // The examples use variables: `$${` would be a literal one.
    const text = renderManifest({ kind, slug, name: metadata.name, spec }).replaceAll("$${", () => "${");
    files.set(`${folder}/${metadata.name}.yaml`, text);
  }
  const taken = [...files.keys()].filter((file) => existsSync(join(dir, file)));
  if (taken.length > 0) {
    throw new NotAllowed(
      "CX4063",
      `${taken.join(", ")} ${taken.length === 1 ? "is" : "are"} there already`,
      "Name an empty folder, or add to this project by hand.",
    );
  }
  for (const [file, text] of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text, { flag: "wx" });
  }
  return { written: [...files.keys(), ...ignore(dir)] };
}

/** Adds the entries that .gitignore lacks. */
function ignore(dir: string): readonly string[] {
  const file = join(dir, ".gitignore");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = text.split(/\r?\n/);
  const missing = ignored.filter((entry) => !lines.includes(entry));
  if (missing.length === 0) return [];
  appendFileSync(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}${missing.join("\n")}\n`);
  return [".gitignore"];
}
