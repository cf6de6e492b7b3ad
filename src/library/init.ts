// A new project: cxform.yaml, an example manifest in the folder of each kind, and what git should ignore. It overwrites nothing.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NotAllowed } from "../base/failure.ts";
import { version } from "../base/version.ts";
import type { JsonObject } from "../contract/json.ts";
import { kinds } from "../kinds/kinds.ts";
import { renderManifest } from "../manifest/render.ts";
import { packagedSchemasDir } from "../manifest/schema.ts";
import { workflows } from "./workflows.ts";

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

export interface InitOptions {
  /** Also the workflows that plan, apply and follow up on GitHub. */
  readonly github?: {
    readonly environments: readonly string[];
    readonly branch: string;
    /** The project's folder in its repository, such as `messaging`; absent: the root. */
    readonly folder?: string | undefined;
  };
}

/** The action of this release. */
const action = `cxform/cxform@v${version}`;

/** Throws NotAllowed, having written nothing, when a file is there already. `dir` is absolute. A project that is there gets the workflows alone. */
export function init(dir: string, options: InitOptions = {}): Initialised {
  const hasProject = options.github !== undefined && existsSync(join(dir, "cxform.yaml"));
  const files = new Map<string, string>(hasProject ? [] : projectFiles());
  if (options.github !== undefined)
    for (const [file, text] of workflows({ ...options.github, action, isOwn: false }))
      files.set(`${wayToRoot(options.github.folder)}${file}`, text);
  const taken = [...files.keys()].filter((file) => existsSync(join(dir, file)));
  if (taken.length > 0) {
    throw new NotAllowed(
      "CX4063",
      `${taken.join(", ")} ${taken.length === 1 ? "is" : "are"} there already`,
      taken.some((file) => file.startsWith("../"))
        ? "Delete the workflows to have them written anew; of two projects in one repository GitHub applies one."
        : "Name an empty folder, or add to this project by hand.",
    );
  }
  for (const [file, text] of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text, { flag: "wx" });
  }
  return { written: [...files.keys(), ...ignore(dir)] };
}

/** GitHub reads workflows at the root of a repository alone. */
const wayToRoot = (folder = ""): string => "../".repeat(folder.split("/").filter((part) => part !== "").length);

/** The config, and the example of each kind. */
function projectFiles(): ReadonlyMap<string, string> {
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
  return files;
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
