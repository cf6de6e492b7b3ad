// A receiver in this process for tests, on a port of its own, with a project in a temporary folder; and events signed for it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { realWorld } from "../../src/cli/world.ts";
import type { World } from "../../src/contract/world.ts";
import { loadConfig } from "../../src/library/config.ts";
import { type ServeOptions, serve } from "../../src/library/serve.ts";
import type { Trouble } from "../../src/library/work.ts";
import { type Database, openDatabase } from "../../src/receive/database.ts";
import { keyOf, sign } from "../../src/receive/signature.ts";

export const secret = "a webhook secret for tests, 38 bytes!!";
const key = keyOf(secret) as Uint8Array;

export const routes = {
  status: "/webhooks/cxone-template-status",
  guest: "/webhook/cxone-guest",
  events: "/webhooks/cxone-events",
  cms: "/webhooks/cms",
} as const;

export interface ProjectDir {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A folder with cxform.yaml; `environment` comes on top of a simulated one with a receiver. */
export function projectDir(
  t: Pick<TestContext, "after">,
  environment: Readonly<Record<string, unknown>> = { simulator: {} },
): ProjectDir {
  const dir = mkdtempSync(join(tmpdir(), "cxform-serve-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, "manifests"));
  const config = {
    apiVersion: "cxform/v1",
    kind: "Config",
    manifests: ["manifests"],
    defaultEnvironment: "test",
    environments: {
      test: { ledger: { dir: "ledger" }, receiver: { secret: { fromEnv: "HOOK_SECRET" } }, ...environment },
    },
  };
  writeFileSync(join(dir, "cxform.yaml"), JSON.stringify(config));
  return { dir, env: { HOOK_SECRET: secret } };
}

export interface Served {
  readonly url: string;
  readonly port: number;
  readonly troubles: readonly Trouble[];
  /** Moves its clock. */
  later(ms: number): void;
  now(): number;
  /** The receiver's own database, opened beside it. */
  database(): Promise<Database>;
  stop(): Promise<void>;
}

type Options = Partial<Pick<ServeOptions, "databaseUrl" | "limits" | "debounceMs" | "onSettled">> & {
  readonly env?: Readonly<Record<string, string>>;
  /** How far its clock is ahead from the start. */
  readonly aheadMs?: number;
};

export async function served(
  t: Pick<TestContext, "after">,
  { dir, env }: ProjectDir,
  options: Options = {},
): Promise<Served> {
  let aheadMs = options.aheadMs ?? 0;
  const real = realWorld();
  const variables: Readonly<Record<string, string>> = { ...env, ...options.env };
  const world: World = {
    ...real,
    clock: { ...real.clock, now: () => real.clock.now() + aheadMs },
    env: (name) => variables[name],
  };
  const { config } = loadConfig({ cwd: dir });
  const stop = new AbortController();
  const troubles: Trouble[] = [];
  const { env: _env, aheadMs: _aheadMs, ...rest } = options;
  let ended: Promise<void> = Promise.resolve();
  const url = await new Promise<string>((resolve, reject) => {
    ended = serve({
      config,
      world,
      attribution: { actor: "receiver" },
      port: 0,
      host: "127.0.0.1",
      signal: stop.signal,
      onListening: (serving) => resolve(serving.url),
      onTrouble: (trouble) => troubles.push(trouble),
      debounceMs: 20,
      ...rest,
    });
    ended.catch(reject);
  });
  let isStopped = false;
  const end = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    stop.abort();
    await ended;
  };
  t.after(end);
  return {
    url,
    port: Number(new URL(url).port),
    troubles,
    later: (ms) => {
      aheadMs += ms;
    },
    now: world.clock.now,
    async database() {
      const place =
        options.databaseUrl === undefined
          ? { file: join(dir, ".cxform", "receiver-test.db") }
          : { url: options.databaseUrl };
      const database = await openDatabase(place);
      t.after(() => database.close());
      return database;
    },
    stop: end,
  };
}

export interface SignedEvent {
  readonly id?: string;
  /** Epoch milliseconds; default: now. */
  readonly at?: number;
  readonly key?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

let events = 0;

/** The headers of a signed event. */
export function signed(body: string | Uint8Array, event: SignedEvent = {}): Record<string, string> {
  events += 1;
  const id = event.id ?? `msg_${events}`;
  const timestamp = Math.floor((event.at ?? Date.now()) / 1000);
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign(event.key ?? key, id, timestamp, body),
    ...event.headers,
  };
}

/** Posts a signed event and answers the status. */
export async function post(url: string, body: unknown, event: SignedEvent = {}): Promise<number> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(url, { method: "POST", headers: signed(text, event), body: text });
  await answer.arrayBuffer();
  return answer.status;
}

export const guest = (sessionId: string, type = "session.created"): Readonly<Record<string, unknown>> => ({
  sessionId,
  type,
  channelState: "ACTIVE",
  metadata: { campaign: "winter" },
});

/** The value of a line of /metrics. */
export async function metric(url: string, line: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = text.split("\n").find((each) => each.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
}
