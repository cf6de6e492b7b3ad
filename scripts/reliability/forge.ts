// `npm run forge [-- --events 10000] [--seed 1]`: forged events against a receiver: single bits of body, id, time and signature flipped, and mutants. All refused, nothing stored; then replays, one effect each.
import { setTimeout as sleep } from "node:timers/promises";
import { seededChance } from "../../test/_world/world.ts";
import { guest, metric, projectDir, routes, served, signed } from "../../test/receive/served.ts";
import { count } from "./flags.ts";

const events = count("events", 10_000);
const { fraction } = seededChance(count("seed", 1));
const ends: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => void ends.push(work) } as Parameters<typeof projectDir>[0];
const project = projectDir(context);
let receiver = await served(context, project);
const fields = ["webhook-id", "webhook-timestamp", "webhook-signature", "body"] as const;

/** One bit of one part is another. Undefined where no header can carry the result. */
function forged(at: number): { readonly headers: Record<string, string>; readonly body: Uint8Array } | undefined {
  const body = Buffer.from(JSON.stringify(guest(`session-${at}`)));
  const headers = signed(body, { id: `msg_forged_${at}` });
  const field = fields[at % fields.length] as (typeof fields)[number];
  const bytes = field === "body" ? body : Buffer.from(headers[field] as string, "latin1");
  const bit = Math.floor(fraction() * bytes.length * 8);
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  if (field === "body") return { headers, body };
  const text = bytes.toString("latin1");
  // Outside of this a client sends no header at all, or trims it.
  return /^[\x21-\x7e\x80-\xff]+$/.test(text) ? { headers: { ...headers, [field]: text }, body } : undefined;
}

let [refused, taken, unsendable] = [0, 0, 0];
for (let at = 0; at < events; at += 1) {
  const event = forged(at);
  if (event === undefined) {
    unsendable += 1;
    continue;
  }
  const body = event.body as NonNullable<RequestInit["body"]>;
  const answer = await fetch(receiver.url + routes.guest, { method: "POST", headers: event.headers, body });
  await answer.arrayBuffer();
  if (answer.status === 401) refused += 1;
  else taken += 1;
}
const stored = await (await receiver.database()).run((sql) => sql.selectFrom("events").select("id").execute());
console.log(
  `${events} forged: ${refused} refused, ${unsendable} that HTTP cannot carry, ${taken} taken, ${stored.length} stored`,
);

const body = JSON.stringify(guest("session-replayed"));
const post = async (): Promise<number> => {
  const headers = signed(body, { id: "msg_replayed", at: receiver.now() });
  const answer = await fetch(receiver.url + routes.guest, { method: "POST", headers, body });
  await answer.arrayBuffer();
  return answer.status;
};
let acknowledged = 0;
for (let at = 0; at < events; at += 1) {
  // After a third it starts again, after two thirds 75 hours have passed.
  if (at === Math.floor(events / 3)) {
    await receiver.stop();
    receiver = await served(context, project);
  }
  if (at === Math.floor((2 * events) / 3)) receiver.later(75 * 3_600_000);
  if ((await post()) === 202) acknowledged += 1;
}
await sleep(0);
const accepted = await metric(receiver.url, 'cxform_receiver_events_total{route="cxone-guest",acceptance="accepted"}');
const kept = await (await receiver.database()).run((sql) => sql.selectFrom("events").select("id").execute());
console.log(
  `${events} replays: ${acknowledged} acknowledged, ${kept.length} stored, ${accepted} new after the restart`,
);
for (const end of ends.reverse()) await end();
const isProven = taken === 0 && stored.length === 0 && acknowledged === events && kept.length === 1 && accepted === 0;
console.log(isProven ? "proven" : "NOT proven");
process.exit(isProven ? 0 : 1);
