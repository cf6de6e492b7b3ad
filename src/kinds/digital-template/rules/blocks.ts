// The rules about a digital template's blocks: their ids and that they hold something; they know no placeholder.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { project } from "../../_shared/sources.ts";
import { quoted } from "../../_shared/wording.ts";
import type { DigitalSpec } from "../spec.ts";
import { manifest, withContent } from "./manifest.ts";

const twoBlocks = (first: string, second: string): string =>
  manifest(`
locale: en-US
channels: [messenger]
contentBlocks:
  - { id: ${first}, type: text, content: Your boot fitting is booked. }
  - { id: ${second}, type: text, content: Please bring the socks you hike in. }
variables: []`);

const ids: Rule<DigitalSpec> = {
  code: "CX3105",
  title: "Every block has an id of its own",
  severity: "error",
  reason: "The id tells whether a block was changed or replaced, which decides between a minor and a major version.",
  source: project,
  hint: "Give every block an id that no other block of the template has.",
  examples: {
    wrong: twoBlocks("greeting", "greeting"),
    right: twoBlocks("greeting", "advice"),
    at: { line: 10, column: 13 },
  },
  *check({ spec }): Iterable<Finding> {
    const seen = new Map<string, number>();
    for (const [at, { id }] of spec.contentBlocks.entries()) {
      const pointer = `/spec/contentBlocks/${at}/id`;
      const first = seen.get(id);
      if (id.trim() === "") {
        yield { message: `block ${at + 1} has an empty id`, hint: ids.hint, pointer };
      } else if (first !== undefined) {
        const message = `block ${at + 1} has the id ${quoted(id)} of block ${first + 1}`;
        yield { message, hint: "Rename one of the two.", pointer };
      } else {
        seen.set(id, at);
      }
    }
  },
};

const content: Rule<DigitalSpec> = {
  code: "CX3106",
  title: "A template has blocks, and none is empty",
  severity: "error",
  reason: "An empty block is a message without words; channels refuse it.",
  source: project,
  hint: "Write a text under content, or remove the block.",
  examples: {
    wrong: withContent('""', "[]"),
    right: withContent("Your boot fitting is booked for Monday.", "[]"),
    at: { line: 11, column: 16 },
  },
  *check({ spec }): Iterable<Finding> {
    if (spec.contentBlocks.length === 0) {
      const hint = "Add at least one block under contentBlocks.";
      yield {
        message: "contentBlocks is empty; a template has at least 1 block",
        hint,
        pointer: "/spec/contentBlocks",
      };
    }
    for (const [at, block] of spec.contentBlocks.entries()) {
      if (block.content.trim() !== "") continue;
      yield {
        message: `content of block ${quoted(block.id)} is empty`,
        hint: content.hint,
        pointer: `/spec/contentBlocks/${at}/content`,
      };
    }
  },
};

export const blockRules: readonly Rule<DigitalSpec>[] = [ids, content];
