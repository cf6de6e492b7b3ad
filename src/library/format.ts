// Brings manifests into one form without changing what they say: content and comments are compared before anything is written.
import { closeSync, fsyncSync, openSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Lexer, parseAllDocuments } from "yaml";
import { canonical } from "../base/canonical.ts";
import { invariant } from "../base/invariant.ts";
import type { Config } from "../contract/config.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Json } from "../contract/json.ts";
import type { World } from "../contract/world.ts";
import { readDocuments } from "../manifest/document.ts";
import { findFiles, readBytes } from "../manifest/files.ts";
import { decodeUtf8 } from "../manifest/guard.ts";
import { Lines } from "../manifest/lines.ts";
import { yamlStyle } from "../manifest/render.ts";

export interface FormatOptions {
  readonly config: Config;
  /** True: nothing is written. */
  readonly check: boolean;
  readonly world: Pick<World, "chance">;
}

export interface Formatted {
  /** Files that were (or, with check, would be) rewritten, relative to the project. */
  readonly changed: readonly string[];
  readonly unchanged: number;
  /** Files that could not be read as YAML are left as they are. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Formats cxform.yaml and the manifests of every environment. */
export function formatAll(options: FormatOptions): Formatted {
  const { config, check, world } = options;
  const manifests = [...new Set(Object.values(config.environments).flatMap((environment) => environment.manifests))];
  const { files, diagnostics: found } = findFiles({ root: config.root, manifests, except: [config.file] });
  const changed: string[] = [];
  const diagnostics: Diagnostic[] = [...found];
  let unchanged = 0;
  for (const { file, path } of [{ file: basename(config.file), path: config.file }, ...files]) {
    const { bytes } = readBytes(path);
    const text = bytes === undefined ? undefined : decodeUtf8(bytes);
    if (text === undefined) {
      diagnostics.push({
        code: "CX1001",
        severity: "error",
        file,
        line: 1,
        column: 1,
        message: `${file} cannot be read as UTF-8 text of at most 1 MiB`,
        hint: "Check the file and its permissions.",
      });
      continue;
    }
    const read = readDocuments(new Lines(file, text)).diagnostics;
    const errors = read.filter((diagnostic) => diagnostic.severity === "error");
    if (errors.length > 0) {
      diagnostics.push(...errors);
      continue;
    }
    const formatted = formatText(text);
    if (formatted === text) unchanged++;
    else {
      changed.push(file);
      if (!check) replaceFile(path, formatted, world.chance.uuid());
    }
  }
  return { changed, unchanged, diagnostics };
}

/** The same documents in cxform's form. Text that would not keep its content and its comments is answered as it is. */
export function formatText(text: string): string {
  const once = rendered(text);
  return once !== undefined && isSame(text, once) && rendered(once) === once ? once : text;
}

function rendered(text: string): string | undefined {
  const documents = parseAllDocuments(text, { version: "1.2", merge: false });
  if (!Array.isArray(documents) || documents.length === 0 || documents.some((document) => document.errors.length > 0))
    return undefined;
  let result = "";
  for (const [at, document] of documents.entries()) {
    if (at > 0 && !result.endsWith("...\n") && !document.directives?.docStart) result += "---\n";
    const own = document.toString(yamlStyle);
    result +=
      at > 0 && document.directives?.docStart && !own.startsWith("---") && !own.includes("\n---") ? `---\n${own}` : own;
  }
  return result;
}

/** Equal values, equal comments in their order. */
function isSame(before: string, after: string): boolean {
  const values = (text: string): string => {
    const documents = parseAllDocuments(text, { version: "1.2", merge: false });
    invariant(Array.isArray(documents), "no documents where there were some");
    return documents.map((document) => canonical((document.toJS() ?? null) as Json)).join("\n");
  };
  return values(before) === values(after) && commentsOf(before).join("\n") === commentsOf(after).join("\n");
}

/** Comments as the lexer tells them from text: a scalar's token follows the mark \u001f. */
function commentsOf(text: string): readonly string[] {
  const comments: string[] = [];
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (!isScalar && token.startsWith("#")) comments.push(token.trim());
    isScalar = token === "\u001f";
  }
  return comments;
}

/** Through a file beside it, so that a crash leaves the old text or the new one. */
export function replaceFile(path: string, text: string, unique: string): void {
  const beside = join(path, "..", `.${basename(path)}.${unique}`);
  const descriptor = openSync(beside, "wx", statSync(path).mode & 0o777);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(beside, path);
  } catch (error) {
    unlinkSync(beside);
    throw error;
  }
}
