// A parsed YAML document: its JSON value, and where every part of it stands in the file; knows no schema and no kind.
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
} from "yaml";
import type { Diagnostic, Place } from "../contract/diagnostic.ts";
import type { Json } from "../contract/json.ts";
import { guard } from "./guard.ts";
import type { Lines } from "./lines.ts";
import { type Altered, keyText, NodeReader } from "./node-value.ts";
import { segmentsOf } from "./pointer.ts";
import { hasError } from "./problem.ts";
import { sourceOffset } from "./scalar.ts";
import { syntaxDiagnostics } from "./syntax.ts";

interface Spot {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

export class SourceDocument {
  readonly lines: Lines;
  readonly value: Json;
  /** Numbers that lost something of what was written. */
  readonly altered: readonly Altered[];
  readonly #contents: Node | null;
  readonly #targets: ReadonlyMap<Node, Node>;

  constructor(lines: Lines, contents: Node | null, value: Json, reader: NodeReader) {
    this.lines = lines;
    this.value = value;
    this.altered = reader.altered;
    this.#contents = contents;
    this.#targets = reader.targets;
  }

  get file(): string {
    return this.lines.file;
  }

  /**
   * Where the value at a pointer stands, or the UTF-16 unit `offset` of the string there.
   * Where there is no value, the nearest parent's key is shown.
   */
  place(pointer: string, offset?: number): Place {
    const found = this.#find(pointer);
    const value = found.isMissing ? undefined : found.spot.value;
    if (value === undefined || isUnwritten(value)) return this.#keyPlace(found.spot);
    if (offset !== undefined && isScalar(value) && typeof value.value === "string") {
      return this.lines.place(offsetInside(value, value.value, offset));
    }
    return this.lines.place(value.range?.[0] ?? 0);
  }

  /** Where the key of a pointer stands; for an item of a list, the item. */
  keyPlace(pointer: string): Place {
    return this.#keyPlace(this.#find(pointer).spot);
  }

  /** The text of an unquoted scalar as it was written: `+15551234567`, `1.10`, `yes`. */
  written(pointer: string): string | undefined {
    const { spot, isMissing } = this.#find(pointer);
    const value = isMissing ? undefined : spot.value;
    return isScalar(value) && value.type === "PLAIN" && typeof value.source === "string" ? value.source : undefined;
  }

  /** The source ranges of all scalars at or below a pointer, for masking. */
  scalarRanges(pointer: string): readonly (readonly [number, number])[] {
    const { spot, isMissing } = this.#find(pointer);
    const ranges: (readonly [number, number])[] = [];
    const pending: unknown[] = isMissing ? [] : [spot.value];
    while (pending.length > 0) {
      const node = pending.pop();
      if (isPair(node)) pending.push(node.value);
      else if (isMap(node) || isSeq(node)) for (const item of node.items) pending.push(item);
      else if (isScalar(node) && node.range) ranges.push([node.range[0], node.range[1]]);
      else if (isAlias(node)) {
        const target = this.#targets.get(node);
        if (isScalar(target) && target.range) ranges.push([target.range[0], target.range[1]]);
      }
    }
    return ranges;
  }

  #keyPlace(spot: Spot): Place {
    return this.lines.place((spot.key ?? spot.value ?? this.#contents)?.range?.[0] ?? 0);
  }

  /** The spot of a pointer, or of its nearest parent that there is. */
  #find(pointer: string): { readonly spot: Spot; readonly isMissing: boolean } {
    let spot: Spot = { key: undefined, value: this.#contents ?? undefined };
    for (const segment of segmentsOf(pointer)) {
      const next = this.#child(this.#resolve(spot.value), segment);
      if (next === undefined) return { spot, isMissing: true };
      spot = next;
    }
    return { spot: { key: spot.key, value: this.#resolve(spot.value) }, isMissing: false };
  }

  #child(node: Node | undefined, segment: string): Spot | undefined {
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item.key) === segment);
      return pair === undefined ? undefined : spotOf(pair);
    }
    if (!isSeq(node) || !/^\d+$/.test(segment)) return undefined;
    const item = node.items[Number(segment)];
    if (item === undefined) return undefined;
    return isPair(item) ? { key: undefined, value: item.key as Node } : { key: undefined, value: item as Node };
  }

  #resolve(node: Node | undefined): Node | undefined {
    return isAlias(node) ? this.#targets.get(node) : node;
  }
}

function spotOf(pair: Pair): Spot {
  return { key: pair.key as Node, value: (pair.value as Node | null) ?? undefined };
}

/** `key:` with nothing after it: the null has a range but nothing to point at. */
function isUnwritten(node: Node): boolean {
  return isScalar(node) && node.value === null && (node.range?.[0] ?? 0) === (node.range?.[1] ?? 0);
}

function offsetInside(node: Scalar, value: string, offset: number): number {
  const token = node.srcToken;
  if (token === undefined || token.type === "alias") return node.range?.[0] ?? 0;
  return sourceOffset(token as Parameters<typeof sourceOffset>[0], value, offset);
}

export interface ReadDocuments {
  readonly documents: readonly SourceDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Guards, parses and converts a text. A document with an error is left out; its neighbours are kept, and empty ones skipped. */
export function readDocuments(lines: Lines): ReadDocuments {
  const guarded = guard(lines);
  const diagnostics: Diagnostic[] = [...guarded.diagnostics];
  const documents: SourceDocument[] = [];
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: true,
    strict: true,
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: "silent",
  });
  for (const parsed of composer.compose(
    guarded.tokens,
    guarded.tokens.length > 0,
    lines.text.length,
  ) as Iterable<Document.Parsed>) {
    const errors = syntaxDiagnostics([...parsed.errors, ...parsed.warnings], lines);
    diagnostics.push(...errors);
    if (errors.length > 0) continue;
    const contents = parsed.contents as Node | null;
    const reader = new NodeReader(lines);
    const value = reader.read(contents, "", 0);
    diagnostics.push(...reader.diagnostics);
    if (hasError(reader.diagnostics) || value === null) continue;
    documents.push(new SourceDocument(lines, contents, value, reader));
  }
  return { documents, diagnostics };
}
