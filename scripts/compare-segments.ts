// Counts 100,000 generated messages (or --messages N, --seed S) beside two published packages and the 3GPP table; writes docs/segments.md.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  type Comparison,
  calculatorReasons,
  compare,
  messages,
  splitReasons,
  type Tally,
} from "../test/rules/opinions.ts";

const { values } = parseArgs({
  options: { messages: { type: "string", default: "100000" }, seed: { type: "string", default: "23038" } },
});
const count = Number(values.messages);
const seed = Number(values.seed);
const number = (value: number): string => value.toLocaleString("en-US");

function table(
  name: string,
  tally: Tally,
  reasons: readonly { readonly name: string; readonly because: string }[],
): string {
  const rows = reasons.map(
    ({ name: reason, because }) => `| ${reason} | ${number(tally.explained.get(reason) ?? 0)} | ${because} |`,
  );
  return [
    `## ${name}`,
    "",
    `Equal: ${number(tally.equal)} messages. Different and explained: ${number([...tally.explained.values()].reduce((sum, each) => sum + each, 0))}. Different and unexplained: ${number(tally.unexplained.length)}.`,
    "",
    "| difference | messages | why our count holds |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function page(result: Comparison): string {
  return `${[
    "# Segments: second opinions",
    "",
    "How many parts an SMS takes decides what it costs, so our count is compared with others over generated messages:",
    "mixtures of the GSM alphabet, its extension, near misses (ç, backtick, tab), other scripts, emoji, joined emoji, accents",
    "and broken surrogates, half of them within three units of a length where the count of parts changes.",
    "Each message is counted by us, by a reference written from the table of 3GPP TS 23.038 alone, by `sms-segments-calculator` 1.3.0",
    "and by `split-sms` 0.1.7: encoding, septets or UTF-16 units, and parts must be equal, or a named test must explain the difference.",
    "",
    `Run again with \`npm run compare:segments -- --messages ${count} --seed ${seed}\`, which writes this page. \`npm test\` holds a short form.`,
    "",
    "| | messages |",
    "|---|---|",
    `| generated (seed ${seed}) | ${number(result.messages)} |`,
    `| of them GSM-7 | ${number(result.encodings["GSM-7"])} |`,
    `| of them UCS-2 | ${number(result.encodings["UCS-2"])} |`,
    `| counted otherwise than by the 3GPP table | ${number(result.wrong.length)} |`,
    "",
    table("sms-segments-calculator 1.3.0", result.calculator, calculatorReasons),
    table("split-sms 0.1.7", result.split, splitReasons),
  ].join("\n")}`;
}

const result = compare(messages(count, seed));
writeFileSync("docs/segments.md", page(result));
const open = [...result.wrong, ...result.calculator.unexplained, ...result.split.unexplained];
for (const line of open.slice(0, 20)) console.error(line);
console.log(`${result.messages} messages, ${open.length} unexplained differences; docs/segments.md is written`);
process.exitCode = open.length === 0 ? 0 : 1;
