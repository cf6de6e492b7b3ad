// A digital template's blocks as the one message that is sent, and the order in which its variables appear; knows no rule.
import { parseDottedText } from "../_shared/dotted-placeholders.ts";
import type { ContentBlock } from "./spec.ts";

/** The composed message, placeholders as written. Blocks are joined by a line feed, one septet as a space would be. */
export function composed(blocks: readonly ContentBlock[]): string {
  return blocks.map((block) => block.content).join("\n");
}

/**
 * Variables in order of first use: index n (from 1) is the positional placeholder {{n}} that Meta needs in place of the dotted
 * one when whatsapp is a channel (RULES, CX31xx).
 */
export function variablesInOrder(blocks: readonly ContentBlock[]): readonly string[] {
  const names = blocks.flatMap((block) => parseDottedText(block.content).placeholders.map(({ name }) => name));
  return [...new Set(names)];
}
