// From composed YAML nodes to JSON, with what JSON or an author would stumble over; knows no manifest.
import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Json } from "../contract/json.ts";
import { codePoint, limits } from "./guard.ts";
import type { Lines } from "./lines.ts";
import { below } from "./pointer.ts";
import { diagnosticAt } from "./problem.ts";
import { sourceOffset } from "./scalar.ts";

/** How many nodes aliases may repeat: more is an attack on memory, not a manifest. */
const maxRepeatedNodes = 10_000;

/** RELIABILITY P1: never keys, so that no prototype is reached. */
const refusedKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** A number that is not what its author wrote: `+1555…` without its plus, an integer beyond 2^53. */
export interface Altered {
  readonly pointer: string;
  readonly written: string;
  readonly read: number;
}

/** The text of a key as it is written; undefined for a key that is no text. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === "string") return key.value;
  return typeof key.source === "string" && key.source !== "" ? key.source : undefined;
}

/** Converts one document's nodes; collects diagnostics and the altered numbers. */
export class NodeReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly altered: Altered[] = [];
  /** What each alias stands for, for places. */
  readonly targets = new Map<Node, Node>();
  readonly #lines: Lines;
  readonly #anchors = new Map<string, Node>();
  #aliasDepth = 0;
  #repeated = 0;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  read(node: unknown, pointer: string, depth: number): Json {
    if (depth > limits.depth) {
      this.#report("CX1007", node, `the nesting is deeper than ${limits.depth} levels`, "Flatten the structure.");
      return null;
    }
    if (this.#aliasDepth > 0 && ++this.#repeated > maxRepeatedNodes) {
      if (this.#repeated === maxRepeatedNodes + 1) {
        this.#report(
          "CX1019",
          node,
          `aliases repeat more than ${maxRepeatedNodes} values`,
          "Write less of it by alias.",
        );
      }
      return null;
    }
    if (isAlias(node)) return this.#alias(node, pointer, depth);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node as Node);
    if (isScalar(node)) return this.#scalar(node, pointer);
    if (isSeq(node)) return this.#sequence(node.items, pointer, depth);
    return this.#map(node.items, pointer, depth);
  }

  #alias(node: Node & { readonly source: string }, pointer: string, depth: number): Json {
    const target = this.#anchors.get(node.source);
    if (target === undefined) {
      this.#report(
        "CX1019",
        node,
        `the alias *${node.source} names no anchor above it`,
        "Quote the text if it begins with *.",
      );
      return null;
    }
    this.targets.set(node, target);
    this.#aliasDepth++;
    const value = this.read(target, pointer, depth);
    this.#aliasDepth--;
    return value;
  }

  #sequence(items: readonly unknown[], pointer: string, depth: number): Json {
    return items.map((item, at) =>
      // `[a: b]` composes to a bare pair: a map of one key.
      isPair(item) ? this.#map([item], below(pointer, at), depth + 1) : this.read(item, below(pointer, at), depth + 1),
    );
  }

  #map(pairs: readonly Pair[], pointer: string, depth: number): Json {
    const value: Record<string, Json> = {};
    for (const pair of pairs) {
      const key = keyText(pair.key);
      if (key === undefined) this.#strangeKey(pair);
      else if (refusedKeys.has(key)) {
        this.#report("CX1011", pair.key, `the key ${key} is not allowed`, "Choose another key.");
      } else if (Object.hasOwn(value, key)) {
        this.#report("CX1013", pair.key, `the key ${JSON.stringify(key)} is there twice`, "Remove one of the two.");
      } else {
        if (isScalar(pair.key)) this.#characters(pair.key, key);
        value[key] = this.read(pair.value, below(pointer, key), depth + 1);
      }
    }
    return value;
  }

  #strangeKey(pair: Pair): void {
    const isPlaceholder = isMap(pair.key) && this.#lines.text[(pair.key.range?.[0] ?? 1) - 1] === "{";
    if (isPlaceholder) {
      const start = (pair.key as Node).range?.[0] ?? 0;
      const written = /^\{\{[^{}\n]{0,60}\}\}/.exec(this.#lines.text.slice(start - 1))?.[0] ?? "{{…}}";
      this.diagnostics.push(
        diagnosticAt(this.#lines.place(start - 1), {
          code: "CX1017",
          message: `the unquoted placeholder ${written} is read as a map`,
          hint: `Quote it: "${written}".`,
          length: written.length,
        }),
      );
      return;
    }
    this.#report(
      "CX1017",
      pair.key ?? pair.value,
      "a key that is no text",
      "Write the key as text, in quotes if need be.",
    );
  }

  #scalar(node: Scalar, pointer: string): Json {
    const { value, source } = node;
    if (typeof value === "string") {
      this.#characters(node, value);
      return value;
    }
    if (typeof value === "number") {
      const written = source ?? String(value);
      if (!Number.isFinite(value)) {
        this.#report(
          "CX1018",
          node,
          `${written.slice(0, 40)} has no form in JSON`,
          "Write a finite number, or quote it as text.",
        );
        return null;
      }
      const isUnsafe = Number.isInteger(value) && !Number.isSafeInteger(value) && /^[+-]?\d+$/.test(written);
      if (written.startsWith("+") || isUnsafe) this.altered.push({ pointer, written, read: value });
      return value;
    }
    if (value === null || typeof value === "boolean") return value;
    this.#report("CX1014", node, "a value of a type that JSON does not have", "Remove the tag.");
    return null;
  }

  /** What an escape can smuggle past the check of the text itself. */
  #characters(node: Scalar, value: string): void {
    const lone = value.isWellFormed()
      ? -1
      : /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.exec(value)?.index;
    const at = lone !== -1 ? (lone ?? 0) : value.indexOf("\0");
    if (at === -1) return;
    const token = node.srcToken;
    const isBlockOrFlow = token !== undefined && token.type !== "alias";
    const offset = isBlockOrFlow
      ? sourceOffset(token as Parameters<typeof sourceOffset>[0], value, at)
      : (node.range?.[0] ?? 0);
    const isNul = lone === -1;
    this.diagnostics.push(
      diagnosticAt(this.#lines.place(offset), {
        code: isNul ? "CX1005" : "CX1016",
        message: isNul
          ? `the control character ${codePoint("\0")} is not allowed in a text`
          : "half of a surrogate pair stands alone",
        hint: "Write the whole character, or remove it.",
      }),
    );
  }

  #report(code: string, node: unknown, message: string, hint: string): void {
    const offset = (node as Node | null | undefined)?.range?.[0] ?? 0;
    this.diagnostics.push(diagnosticAt(this.#lines.place(offset), { code, message, hint }));
  }
}
