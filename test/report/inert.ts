// What no output may hold, whatever went in: markup that is not the renderer's, a mention, a workflow command, a character that acts or hides.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { annotations } from "../../src/report/annotations.ts";
import { appliedText } from "../../src/report/applied-text.ts";
import { diagnosticsText } from "../../src/report/diagnostics.ts";
import { driftText } from "../../src/report/drift-text.ts";
import { guarded } from "../../src/report/harmless.ts";
import { planText } from "../../src/report/plan-text.ts";
import { diagnosticOf, facesOf, heldOf, outcomesOf, planWith, repositoryUrl, type Texts } from "./faces.ts";

/** The shape of a text: how many of each sort of node that a foreign text could add. */
type Shape = Readonly<Record<string, number>>;

const counted = new Set([
  "heading",
  "table",
  "tableRow",
  "list",
  "listItem",
  "link",
  "image",
  "linkReference",
  "imageReference",
  "definition",
  "footnoteDefinition",
  "footnoteReference",
  "blockquote",
  "thematicBreak",
  "strong",
  "delete",
]);

export function parse(markdown: string): readonly Nodes[] {
  const nodes: Nodes[] = [];
  const visit = (node: Nodes): void => {
    nodes.push(node);
    if ("children" in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));
  return nodes;
}

export function shapeOf(markdown: string): Shape {
  return shapeIn(parse(markdown));
}

function shapeIn(nodes: readonly Nodes[]): Shape {
  const shape: Record<string, number> = {};
  for (const { type } of nodes) if (counted.has(type)) shape[type] = (shape[type] ?? 0) + 1;
  return shape;
}

const tag = /<\/?(?:details|summary|code|b|i|del|ins|p|blockquote|sub)>|<details open>|<br>/g;
const comment = /^<!-- cxform:[a-z]+(?: [A-Za-z0-9%._!~*'()]+)* -->$/;
/** What GitHub makes a link of, or tells somebody about, when it stands in plain text. */
const speaking = /@|https?:|www\.|#\d|\bGH-\d/i;

/** Throws when the Markdown holds anything that the same face with a plain text does not. */
export function assertInertMarkdown(markdown: string, plain: Shape, say: string): void {
  const nodes = parse(markdown);
  assert.deepEqual(shapeIn(nodes), plain, `another shape, ${say}`);
  const open = new Map<string, number>();
  for (const node of nodes) {
    if (node.type === "text") assert.doesNotMatch(node.value, speaking, `speaking text, ${say}`);
    if (node.type === "link") assert.ok(node.url.startsWith(`${repositoryUrl}/`), `a link to ${node.url}, ${say}`);
    if (node.type === "table") {
      const widths = new Set(node.children.map((row) => row.children.length));
      assert.equal(widths.size, 1, `a row of another width, ${say}`);
    }
    if (node.type !== "html") continue;
    if (comment.test(node.value)) continue;
    for (const [one] of node.value.matchAll(tag)) {
      const name = one.replace(/[</>]| open/g, "");
      if (name !== "br") open.set(name, (open.get(name) ?? 0) + (one.startsWith("</") ? -1 : 1));
    }
    const rest = node.value.replace(tag, (one) => (/code/.test(one) ? one : ""));
    const outside = rest.replace(/<code>[^<>]*<\/code>|<\/?code>/g, "");
    assert.doesNotMatch(outside, /[<>]/, `a tag, ${say}`);
    // GitHub looks at what a browser shows, entities undone.
    const shown = outside.replace(/&#(\d+);/g, (_entity, number: string) => String.fromCodePoint(Number(number)));
    assert.doesNotMatch(shown, speaking, `speaking HTML, ${say}`);
  }
  for (const [name, number] of open) assert.equal(number, 0, `${name} is not closed, ${say}`);
}

/** For whatever is printed; `mayHold`: lines that are commands of our own. */
export function assertInertLines(text: string, say: string, mayHold: RegExp = /(?!)/): void {
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/, `a control character, ${say}`);
  assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/, `a bidirectional mark, ${say}`);
  for (const line of text.split("\n")) {
    assert.doesNotMatch(line, /##\[/, `an old workflow command, ${say}`);
    if (!mayHold.test(line)) assert.doesNotMatch(line, /^\s*::/, `a workflow command, ${say}`);
  }
}

const pieces = [
  ..."`|\\*_~<>[]()!#@:;&$^=+-%{}\"' \n\r\t/.,0a".split(""),
  ...[
    "``",
    "```",
    "~~~",
    "\n\n",
    "\r\n",
    "\n    ",
    "\n- ",
    "\n1. ",
    "\n# ",
    "\n> ",
    "\n| a |\n|---|\n",
    "\n---\n",
    "\n===\n",
  ],
  ...["</details>", "</code>", "</pre>", "<script>", "<img src=x>", "-->", "<!--", "<br>", "</sub>", "&#64;", "&lt;"],
  ...["@octocat", "#1", "GH-1", "shop/x#2", "https://evil.example", "www.evil.example", "a@evil.example", "xmpp:a@b.c"],
  ...["![x](y)", "[a](b)", "[a]: b\n", "[^1]", "<https://e.example>", ":tada:", "$x$", "https://evil.example/a_(b)"],
  ...["::error::", "::add-mask::", "##[add-mask]x", "::set-output name=a::b", "\u001b[31m", "\u009b", "\u0000"],
  ...["\u202e", "\u200b", "\u2028", "\u0085", "\ufeff", "\ufe0f", "\ud800", "\u{e0041}", "\u3000", "é", "漢字", "😀"],
  ...["goes to Meta", "v2", "only words here", "SmsTemplate/", "staging"],
];

/** Strings that try to be something else; lone surrogates, controls and every mark of Markdown among them. */
export const nasty: fc.Arbitrary<string> = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 14 }).map((all) => all.join("")),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 40 }) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }) },
  )
  .filter((text) => text !== "");

/** Gives the texts one after the other, over and over. */
export function inTurn(texts: readonly string[], start = 0): Texts {
  let at = start;
  return () => texts[at++ % texts.length] as string;
}

let plainShapes: ReadonlyMap<string, Shape> | undefined;

export function assertFaces(next: Texts, say: string): void {
  plainShapes ??= new Map(facesOf(() => "plain").map(([name, markdown]) => [name, shapeOf(markdown)]));
  for (const [name, markdown] of facesOf(next)) {
    const shape = plainShapes.get(name);
    assert.ok(shape !== undefined);
    assertInertMarkdown(markdown, shape, `${name} with ${say}`);
    assert.doesNotMatch(markdown, /##\[/, `an old workflow command, ${name} with ${say}`);
  }
}

/** Each finding is one command, and nothing in it is another. */
export function assertAnnotations(next: Texts, say: string): void {
  const found = Array.from({ length: 8 }, () => diagnosticOf(next));
  const text = annotations(found);
  assert.equal(text.trimEnd().split("\n").length, found.length, `${say}: one line each`);
  for (const line of text.trimEnd().split("\n"))
    assert.match(line, /^::error file=[^:,]*,line=1,col=3,title=[^:,]*::/, say);
  assertInertLines(text, say, /^::error file=/);
}

/** What is printed, after the last guard that every command prints through. */
export function assertLogs(next: Texts, say: string): void {
  const drift = [{ address: next(), direction: next(), detail: next(), since: next() }];
  const printed = [
    planText(planWith(next)),
    diagnosticsText([diagnosticOf(next)]),
    driftText({ environment: next(), drift }),
    appliedText({
      outcomes: outcomesOf(next),
      decided: [{ address: next(), version: next(), status: next(), reason: next() }],
      pending: [heldOf(next)],
      blocked: [heldOf(next)],
      left: [next()],
      wasDeclined: false,
      wasStopped: false,
      flag: "",
    }),
    // A comment that could not be posted is printed.
    ...facesOf(next).map(([, markdown]) => markdown),
  ];
  for (const text of printed) assertInertLines(guarded(text), say);
}
