// `npm run bench:receiver [-- --rate 200] [-- --seconds 60]`: events from this process to a receiver of another one, over both engines: none lost, and the time to each acknowledgement, beside that of a plain write to the same disk meanwhile.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
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

/** What an acknowledgement may take. */
const limitMs = 50;

interface Sent {
  readonly id: string;
  readonly status: number;
  readonly startedAt: number;
  readonly tookMs: number;
}

/** A process of its own that writes and syncs in a folder; ended, it answers how long each took, in milliseconds. */
function probeDisk(folder: string): () => Promise<readonly number[]> {
  const program = fileURLToPath(new URL("disk-probe.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, folder], { stdio: ["pipe", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return async () => {
    child.stdin.end();
    await ended;
    return JSON.parse(out) as readonly number[];
  };
}

function send(url: string, id: string): Promise<Sent> {
  const body = JSON.stringify(guest(`session-${createHash("sha256").update(id).digest("hex").slice(0, 8)}`));
  const headers = signed(body, { id });
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const end = (status: number): void => resolve({ id, status, startedAt, tookMs: performance.now() - startedAt });
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

const inOrder = (times: readonly number[]): readonly number[] => [...times].sort((left, right) => left - right);

/** `p50 4.1 ms, p99 9.8 ms, longest 31.0 ms` */
function words(times: readonly number[], shares: readonly number[]): string {
  const sorted = inOrder(times);
  const named = shares.map((share) => `p${share * 100} ${percentile(sorted, share).toFixed(1)} ms`);
  return [...named, `longest ${percentile(sorted, 1).toFixed(1)} ms`].join(", ");
}

/** In how many of the seconds an event waited longer than it may. */
function slowSeconds(sent: readonly Sent[]): number {
  const first = Math.min(...sent.map(({ startedAt }) => startedAt));
  const slow = sent.filter(({ tookMs }) => tookMs > limitMs);
  // The last events may have gone out a little late.
  return new Set(slow.map(({ startedAt }) => Math.min(seconds - 1, Math.floor((startedAt - first) / 1000)))).size;
}

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
  // Both engines keep their files below the folder for temporary files, as this project does.
  const probed = probeDisk(project.dir);
  const sent = await load(receiver.url, seconds, "evt");
  const disk = await probed();
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
  const times = taken.map(({ tookMs }) => tookMs);
  console.log(
    `${engine.name}: ${sent.length} events in ${seconds} s, ${taken.length} acknowledged, ${lost} of them lost; ` +
      `${words(times, [0.5, 0.95, 0.99])}; ${slowSeconds(taken)} of ${seconds} seconds with an event over ${limitMs} ms; exit ${exit}`,
  );
  console.log(
    `${engine.name}: a plain write of 4 KiB and its sync meanwhile, ${disk.length} times: ${words(disk, [0.5, 0.99])}`,
  );
  isGood &&= lost === 0 && taken.length === sent.length;
}
for (const end of ends.reverse()) await end();
agent.destroy();
process.exit(isGood ? 0 : 1);
