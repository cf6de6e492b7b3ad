// `npm run bench:receiver [-- --rate 200] [-- --seconds 60]`: events from this process to a receiver of another one, over both engines: none lost, and the time to each acknowledgement.
import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../src/receive/database.ts";
import { engines } from "../test/receive/engines.ts";
import { serveProcess } from "../test/receive/process.ts";
import { guest, type ProjectDir, projectDir, routes, signed } from "../test/receive/served.ts";
import { count } from "./reliability/flags.ts";

const rate = count("rate", 200);
const seconds = count("seconds", 60);

/** A test's context for a script: what is to be removed is removed at the end. */
const ends: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => void ends.push(work) } as Parameters<typeof projectDir>[0];
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

interface Sent {
  readonly id: string;
  readonly status: number;
  readonly tookMs: number;
}

function send(url: string, id: string): Promise<Sent> {
  const body = JSON.stringify(guest(`session-${createHash("sha256").update(id).digest("hex").slice(0, 8)}`));
  const headers = signed(body, { id });
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const end = (status: number): void => resolve({ id, status, tookMs: performance.now() - startedAt });
    const asked = request(url + routes.guest, { method: "POST", agent, headers }, (answer) => {
      answer.resume().on("end", () => end(answer.statusCode ?? 0));
    });
    asked.on("error", () => end(0));
    asked.end(body);
  });
}

async function load(url: string, forSeconds: number, name: string): Promise<readonly Sent[]> {
  const underWay: Promise<Sent>[] = [];
  const startedAt = performance.now();
  const total = rate * forSeconds;
  for (let at = 0; at < total; ) {
    // By the clock, so that a late timer is made up for and the rate holds.
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * rate));
    for (; at < due; at += 1) underWay.push(send(url, `${name}_${at}`));
    await sleep(2);
  }
  return Promise.all(underWay);
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;

let isGood = true;
for (const engine of engines) {
  if (engine.options.skip !== undefined) {
    console.log(`${engine.name}: skipped: ${engine.options.skip}`);
    continue;
  }
  const place = await engine.place(context);
  const project: ProjectDir = projectDir(context, {
    simulator: {},
    receiver: { secret: { fromEnv: "HOOK_SECRET" } },
    // Nobody listens there: the deliveries queue up beside the events, as with a CRM that is down.
    hooks: { crm: { url: "http://127.0.0.1:9/crm" } },
  });
  const env: Record<string, string> = "url" in place ? { CXFORM_DATABASE_URL: place.url } : {};
  const receiver = await serveProcess(context, project, { env });
  await load(receiver.url, 2, "warm");
  const sent = await load(receiver.url, seconds, "evt");
  const exit = await receiver.end("SIGTERM");
  const file = `${project.dir}/.cxform/receiver-test.db`;
  const database = await openDatabase("url" in place ? place : { file });
  const stored = await database.run((sql) =>
    sql.selectFrom("events").select("id").where("id", "like", "evt%").execute(),
  );
  await database.close();
  const known = new Set(stored.map(({ id }) => id));
  const taken = sent.filter(({ status }) => status === 202);
  const lost = taken.filter(({ id }) => !known.has(id)).length;
  const times = taken.map(({ tookMs }) => tookMs).sort((left, right) => left - right);
  const ms = (share: number): string => percentile(times, share).toFixed(1);
  console.log(
    `${engine.name}: ${sent.length} events in ${seconds} s, ${taken.length} acknowledged, ${lost} of them lost; ` +
      `p50 ${ms(0.5)} ms, p95 ${ms(0.95)} ms, p99 ${ms(0.99)} ms, longest ${ms(1)} ms; exit ${exit}`,
  );
  isGood &&= lost === 0 && taken.length === sent.length;
}
for (const end of ends.reverse()) await end();
agent.destroy();
process.exit(isGood ? 0 : 1);
