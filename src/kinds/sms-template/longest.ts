// The longest message that a template can become: every placeholder filled to its maxLength; knows no limit of parts.

import { countCodePoints } from "../_shared/measure.ts";
import { maxParts, partSizes } from "../_shared/segments.ts";
import type { SmsSpec, SmsVariable } from "./spec.ts";

export interface Placeholder {
  readonly name: string;
  /** UTF-16 index of the first brace in the content. */
  readonly offset: number;
  readonly length: number;
}

interface Piece {
  readonly text: string;
  /** Where the piece begins in the content. */
  readonly offset: number;
  /** The placeholder whose value it is; undefined for the template's own words. */
  readonly variable?: string;
}

export interface LongestMessage {
  readonly text: string;
  /** What stands at a UTF-16 index of `text`: an index of the content, or the value of a variable. */
  origin(index: number): { readonly offset: number; readonly variable?: string };
}

/** No value needs more to pass every limit of parts, so a mistyped maxLength costs no memory. */
const longestValue = partSizes["GSM-7"].joined * (maxParts + 1);

const placeholderForm = /\{\{ ?([^{}\s]{1,255}) ?\}\}/g;

export function placeholdersOf(content: string): readonly Placeholder[] {
  return [...content.matchAll(placeholderForm)].map((match) => ({
    name: match[1] as string,
    offset: match.index,
    length: match[0].length,
  }));
}

export function variableOf(spec: SmsSpec, name: string): SmsVariable | undefined {
  return spec.variables !== undefined && Object.hasOwn(spec.variables, name) ? spec.variables[name] : undefined;
}

/**
 * The content with the longest values in place. A value is its example, filled up with letters of one septet to maxLength;
 * without a maxLength it is the example alone, or nothing.
 */
export function longestMessage(spec: SmsSpec): LongestMessage {
  const pieces = piecesOf(spec);
  return {
    text: pieces.map((piece) => piece.text).join(""),
    origin: (index) => {
      let rest = index;
      for (const piece of pieces) {
        if (rest < piece.text.length) {
          return piece.variable === undefined
            ? { offset: piece.offset + rest }
            : { offset: piece.offset, variable: piece.variable };
        }
        rest -= piece.text.length;
      }
      return { offset: spec.content.length };
    },
  };
}

function piecesOf(spec: SmsSpec): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { name, offset, length } of placeholdersOf(spec.content)) {
    pieces.push({ text: spec.content.slice(at, offset), offset: at });
    pieces.push({ text: longestOf(variableOf(spec, name)), offset, variable: name });
    at = offset + length;
  }
  pieces.push({ text: spec.content.slice(at), offset: at });
  return pieces;
}

function longestOf(variable: SmsVariable | undefined): string {
  const example = variable?.example ?? "";
  const missing = Math.min(variable?.maxLength ?? 0, longestValue) - countCodePoints(example);
  return missing > 0 ? example + "x".repeat(missing) : example;
}
