// A batch of many records against a CXone that ignores idempotency keys: applies that are killed anywhere, then one that ends. Knows nothing of how many.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "./at-exit.ts";
import { verifyShop } from "./reconcile.ts";
import { openProject, shopEnv } from "./shop.ts";

export interface BigBatch {
  readonly records: number;
  /** When each process is killed, as a share of the records that are in CXone then: 0 to 1, rising. */
  readonly killsAt: readonly number[];
}

export interface BatchEnd {
  readonly killed: number;
  /** Records that CXone got more than once. */
  readonly repeated: number;
  /** The most records that went again because of one kill. */
  readonly mostRepeated: number;
  /** The highest resident memory of any of the processes, in MiB. */
  readonly peakMiB: number;
  readonly seconds: number;
  readonly wrongs: readonly string[];
}

/** CXONE-API §7: at most so many records a call; what one kill can repeat. */
const chunkRecords = 100;
/** Every third record is an opt-out. */
const isOptIn = (at: number): boolean => at % 3 !== 0;
const contactId = (at: number): string => `${at.toString(16).padStart(8, "0")}-0000-4000-a000-000000000000`;
const when = "2026-05-01T10:00:00Z";

/** Applies the batch by the program (a file that takes `apply`), killing it at each of the places. */
export async function applyBigBatch(program: string, { records, killsAt }: BigBatch): Promise<BatchEnd> {
  const dir = mkdtempSync(join(tmpdir(), "cxform-big-batch-"));
  const remove = atExit(() => rmSync(dir, { recursive: true, force: true }));
  const cxone = await openConsents(records);
  const began = performance.now();
  try {
    await writeProject(dir, cxone.url, records);
    let [killed, peakMiB, mostRepeated] = [0, 0, 0];
    const run = async (killAt: number | undefined): Promise<number | null> => {
      const before = cxone.repeated;
      const end = await runProgram(program, dir, () => killAt !== undefined && cxone.held >= killAt * records);
      if (end.wasKilled) killed += 1;
      peakMiB = Math.max(peakMiB, end.peakMiB);
      mostRepeated = Math.max(mostRepeated, cxone.repeated - before);
      return end.exit;
    };
    for (const killAt of killsAt) await run(killAt);
    const exit = await run(undefined);
    const { problems } = await verifyShop(join(dir, "ledger"));
    const wrongs = [
      ...(exit === 0 ? [] : [`the last apply ended with exit ${exit}`]),
      ...problems.map(({ message }) => `the ledger does not verify: ${message}`),
      ...(cxone.held === records ? [] : [`CXone holds ${cxone.held} of ${records} records`]),
      ...(mostRepeated <= chunkRecords ? [] : [`${mostRepeated} records went again after one kill`]),
      ...cxone.wrongs,
    ];
    const { repeated } = cxone;
    return { killed, repeated, mostRepeated, peakMiB, seconds: (performance.now() - began) / 1000, wrongs };
  } finally {
    await cxone.close();
    remove();
  }
}

interface Consents {
  readonly url: string;
  /** How many different records have come. */
  readonly held: number;
  readonly repeated: number;
  readonly wrongs: readonly string[];
  close(): Promise<void>;
}

/** The batch endpoint and its tokens alone; a record that comes again is `unchanged`. */
async function openConsents(records: number): Promise<Consents> {
  const seen = new Uint8Array(records);
  const wrongs: string[] = [];
  let [held, repeated, outs] = [0, 0, 0];
  const allOuts = Math.ceil(records / 3);
  const take = (record: { readonly contactId: string; readonly optIn: boolean }): object => {
    const at = Number.parseInt(record.contactId.slice(0, 8), 16);
    if (record.optIn !== isOptIn(at)) wrongs.push("a record came with another answer than was declared");
    if (record.optIn && outs < allOuts) wrongs.push("an opt-in came before the last opt-out");
    const isNew = seen[at] === 0;
    seen[at] = 1;
    if (isNew) held += 1;
    else repeated += 1;
    if (isNew && !record.optIn) outs += 1;
    return { ...record, id: record.contactId, status: isNew ? "created" : "unchanged" };
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const answer = request.url?.endsWith("/token")
      ? { access_token: "token", token_type: "Bearer", expires_in: 3600 }
      : request.method === "POST" && request.url?.endsWith("/batch") === true
        ? (JSON.parse(Buffer.concat(parts).toString()) as Parameters<typeof take>[0][]).map(take)
        : undefined;
    response.statusCode = answer === undefined ? 404 : 200;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer ?? { message: "not found" }));
  };
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get held() {
      return held;
    },
    get repeated() {
      return repeated;
    },
    get wrongs() {
      return [...new Set(wrongs)];
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function writeProject(dir: string, url: string, records: number): Promise<void> {
  const hash = createHash("sha256");
  const out = createWriteStream(join(dir, "census.ndjson"));
  for (let at = 0; at < records; at += 1) {
    const optIn = isOptIn(at);
    const times = { consentTimestamp: optIn ? when : null, withdrawalTimestamp: optIn ? null : when };
    const line = `${JSON.stringify({ contactId: contactId(at), channel: "email", optIn, ...times })}\n`;
    hash.update(line);
    if (!out.write(line)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
  const recordsFile = { path: "../census.ndjson", format: "ndjson", sha256: hash.digest("hex") };
  const batch = {
    apiVersion: "cxform/v1",
    kind: "PreferenceBatch",
    metadata: { name: "census" },
    spec: { source: "web", regulatoryRegion: "GDPR", recordsFile },
  };
  const preferences = {
    baseUrl: `${url}/preferences`,
    tokenUrl: `${url}/preferences/oauth/token`,
    clientAuth: "basic",
    capabilities: { idempotencyKeys: false, list: false },
  };
  const rateLimit = { requestsPerSecond: 10_000, burst: 1_000 };
  openProject(dir, { apis: { preferences }, rateLimit, guards: { maxOptIns: records } });
  writeFileSync(join(dir, "manifests", "census.yaml"), JSON.stringify(batch));
}

interface ProgramEnd {
  readonly wasKilled: boolean;
  readonly exit: number | null;
  readonly peakMiB: number;
}

/** Runs an apply; kills it once `mayKill` says so. */
async function runProgram(program: string, cwd: string, mayKill: () => boolean): Promise<ProgramEnd> {
  const env = { ...process.env, ...shopEnv };
  const child = spawn(process.execPath, [program, "apply", "--yes", "--quiet"], { cwd, env, stdio: "ignore" });
  const end = atExit(() => child.kill("SIGKILL"));
  let [wasKilled, peakMiB] = [false, 0];
  const watch = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(child.pid ?? 0));
    if (!wasKilled && mayKill()) wasKilled = child.kill("SIGKILL");
  }, 5);
  const [exit] = (await once(child, "close")) as [number | null];
  clearInterval(watch);
  end();
  return { wasKilled: wasKilled && exit === null, exit, peakMiB };
}

/** The highest resident memory that the kernel has seen of a process; 0 when it has gone. */
function residentMiB(pid: number): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0;
  }
}
