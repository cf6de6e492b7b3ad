// Reads hostile inputs as the program does, a few in one project, and says what must not have happened; starts no process.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../src/base/digest.ts";
import type { Diagnostic } from "../../src/contract/diagnostic.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { loadConfig } from "../../src/library/config.ts";
import { Invalid } from "../../src/library/invalid.ts";
import { readManifests } from "../../src/manifest/read.ts";
import { diagnosticsText } from "../../src/report/diagnostics.ts";
import { configText, now } from "../rules/shop.ts";
import type { Input } from "./inputs.ts";
import { canary } from "./seeds.ts";

const variables = `${configText}    variables: { town: Oslo, supportQueue: 39a7c2c6-8603-4645-8ec0-0f31dc43a737 }\n`;
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const pristine = JSON.stringify(prototypes.map((each) => Reflect.ownKeys(each).map(String)));

export interface Outcome {
  readonly ms: number;
  /** What went wrong; empty when nothing did. */
  readonly faults: readonly string[];
  readonly diagnostics: number;
}

export class Trial {
  readonly #root = realpathSync(mkdtempSync(join(tmpdir(), "cxform-hostile-")));

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Reads the inputs side by side in one project. */
  async run(inputs: readonly Input[]): Promise<Outcome> {
    rmSync(this.#root, { recursive: true, force: true });
    mkdirSync(join(this.#root, "declared"), { recursive: true });
    writeFileSync(join(this.#root, "cxform.yaml"), variables);
    const configs: string[] = [];
    for (const [at, input] of inputs.entries()) this.#place(input, at, configs);
    const faults: string[] = [];
    const diagnostics: Diagnostic[] = [];
    // CPU time: what else the machine does is not counted.
    const before = process.cpuUsage();
    try {
      diagnostics.push(...(await this.#read("cxform.yaml")));
      let isRead = false;
      for (const file of configs) {
        const loaded = this.#load(file);
        if (loaded instanceof Invalid) diagnostics.push(...loaded.diagnostics);
        // The manifests are the same beside every config, so one that is valid has to read them.
        else if (!isRead) {
          isRead = true;
          diagnostics.push(...(await this.#read(file)));
        }
      }
    } catch (error) {
      faults.push(`uncaught: ${error instanceof Error ? error.stack : String(error)}`);
    }
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    faults.push(...diagnostics.flatMap(faultsOf));
    if (JSON.stringify(prototypes.map((each) => Reflect.ownKeys(each).map(String))) !== pristine)
      faults.push("a prototype was touched");
    return { ms, faults: [...new Set(faults)], diagnostics: diagnostics.length };
  }

  #place({ kind, bytes }: Input, at: number, configs: string[]): void {
    const write = (file: string, content: string | Buffer): void => writeFileSync(join(this.#root, file), content);
    if (kind === "config") {
      const file = `config-${at}.yaml`;
      write(file, bytes);
      configs.push(file);
    } else if (kind === "ndjson" || kind === "csv") {
      write(`declared/rows-${at}.${kind}`, bytes);
      const head = `apiVersion: cxform/v1\nkind: PreferenceBatch\nmetadata: { name: rows-${at} }\nspec:\n  source: web\n`;
      const recordsFile = `  recordsFile: { path: rows-${at}.${kind}, format: ${kind}, sha256: "${sha256(bytes)}" }\n`;
      write(`declared/rows-${at}.yaml`, head + recordsFile);
    } else write(`declared/input-${at}.yaml`, bytes);
  }

  async #read(file: string): Promise<readonly Diagnostic[]> {
    const loaded = this.#load(file);
    if (loaded instanceof Invalid) {
      const shown = diagnosticsText(loaded.diagnostics, { sources: loaded.sources });
      if (shown === "") throw new Error("no config and no word why");
      return loaded.diagnostics;
    }
    const { config, warnings } = loaded;
    const environment = Object.values(config.environments)[0];
    if (environment === undefined) return warnings;
    const manifests = await readManifests({ config, environment, kinds, now, secret: () => undefined });
    const text = diagnosticsText(manifests.diagnostics, { sources: manifests.sources });
    const isLeak = manifests.diagnostics.some(
      (each) => /rows-\d+\.(?:ndjson|csv)$/.test(each.file) && JSON.stringify(each).includes(canary),
    );
    if (isLeak) throw new Error("a contact's address stands in a diagnostic");
    if (manifests.diagnostics.length > 0 && text === "") throw new Error("diagnostics without a text");
    for (const { records } of manifests.declared)
      if (records !== undefined) for await (const _ of records.chunks(() => true));
    return [...warnings, ...manifests.diagnostics];
  }

  #load(file: string): ReturnType<typeof loadConfig> | Invalid {
    try {
      return loadConfig({ file, cwd: this.#root });
    } catch (error) {
      if (error instanceof Invalid) return error;
      throw error;
    }
  }
}

/** A diagnostic names a place and says something, whatever it is about. */
function faultsOf({ file, line, column, code, message, hint }: Diagnostic): readonly string[] {
  const isWhole = line >= 1 && column >= 1 && /^CX\d{4}$/.test(code) && message !== "" && hint !== "" && file !== "";
  return isWhole ? [] : [`an incomplete diagnostic: ${JSON.stringify({ file, line, column, code, message, hint })}`];
}
