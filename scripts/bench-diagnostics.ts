// Reads 200 right manifests and 200 broken ones, in turn and several times: npm run bench:diagnostics [-- --runs 9] [--record]; --record writes docs/hostile-input.md.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openShop, type Shop } from "../test/rules/shop.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "9" }, record: { type: "boolean", default: false } },
});
const count = 200;
const numbers = Array.from({ length: count }, (_, at) => String(at + 1).padStart(3, "0"));

const whatsApp = (number: string, isBroken: boolean): string => `# yaml-language-server: $schema=x
apiVersion: cxform/v1
kind: WhatsAppTemplate
metadata: { name: locker_${number} }
spec:
  language: ${isBroken ? "xx-YY" : "en"}
  category: UTILITY
  body: |-
    Hello {{1}}, locker ${number} is open for you until tonight.
    ${isBroken ? "Bring {{order-id}} and {{ name }} along, or ask {{3}}" : "Bring your order number {{2}} along, please."}
  footer: Juniper & Pine ${number}${isBroken ? " {{1}}" : ""}
  examples: { "1": Ana, "2": "20417" }
`;
const sms = (number: string, isBroken: boolean): string => `apiVersion: cxform/v1
kind: SmsTemplate
metadata: { name: locker-${number} }
spec:
  content: "Juniper & Pine: locker ${number} is open${isBroken ? " – ask at the desk… ".repeat(6) : ". Reply STOP to opt out."}"
  fromAddress: ${isBroken ? "+18005550142" : '"+18005550142"'}
${isBroken ? "  maxSegment: 2\n" : ""}`;
const digital = (number: string, isBroken: boolean): string => `apiVersion: cxform/v1
kind: DigitalTemplate
metadata: { name: locker-${number} }
spec:
  locale: ${isBroken ? "english" : "en-US"}
  channels: [webchat${isBroken ? ", webchat" : ""}]
  contentBlocks:
    - { id: main, type: text, content: "Hello {{customer.name}}, locker ${number} is ${isBroken ? "{{order-id}}" : "open"}." }
  variables: [customer.name${isBroken ? ", never.used" : ""}]
`;

function fill(shop: Shop, isBroken: boolean): void {
  const sorts = [whatsApp, sms, digital];
  const files = numbers.map((number, at) => {
    const sort = sorts[at % sorts.length] as (typeof sorts)[number];
    return [`declared/${number}.yaml`, sort(number, isBroken)] as const;
  });
  shop.fill(Object.fromEntries(files));
}

interface Timed {
  readonly ms: number;
  readonly errors: number;
  readonly files: number;
}

async function timed(shop: Shop): Promise<Timed> {
  // CPU time, so that other work of the machine does not count.
  const before = process.cpuUsage();
  const { diagnostics } = await shop.read();
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return { ms, errors: errors.length, files: new Set(errors.map(({ file }) => file)).size };
}

function medianMs(all: readonly Timed[]): number {
  const sorted = all.map(({ ms }) => ms).sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

const [rightShop, brokenShop] = [openShop(), openShop()];
try {
  fill(rightShop, false);
  fill(brokenShop, true);
  const [right, broken]: [Timed[], Timed[]] = [[], []];
  for (let run = 0; run <= Number(values.runs); run++) {
    const pair = [await timed(rightShop), await timed(brokenShop)] as const;
    // The first run compiles the code.
    if (run > 0) {
      right.push(pair[0]);
      broken.push(pair[1]);
    }
  }
  const [first] = broken;
  if (right.some(({ errors }) => errors > 0) || first === undefined || first.files !== count)
    throw new Error(`the right files have ${right[0]?.errors} errors, and ${first?.files} broken files have one`);
  const ratio = (medianMs(broken) / medianMs(right)).toFixed(2);
  const [rightMs, brokenMs] = [Math.round(medianMs(right)), Math.round(medianMs(broken))];
  console.log(
    `${count} right files ${rightMs} ms, ${count} broken ones ${brokenMs} ms (${first.errors} errors): ${ratio} times`,
  );
  if (values.record) {
    const table = `| | files | errors | CPU, median of ${values.runs}, ms |\n|---|---|---|---|\n| right | ${count} | 0 | ${rightMs} |\n| broken | ${count} | ${first.errors} | ${brokenMs} |\n\nA broken project takes ${ratio} times as long as a right one; the goal is less than 2.`;
    const page = readFileSync("docs/hostile-input.md", "utf8");
    const marker = /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/;
    writeFileSync("docs/hostile-input.md", page.replace(marker, `$1${table}\n$2`));
  }
} finally {
  rightShop.remove();
  brokenShop.remove();
}
