// Bugs planted into the ports of the engine, each with the world in which it shows. The oracle must find every one.
import type { Manifests } from "../../src/contract/declared.ts";
import type { Entry, Head, LedgerAppend, LedgerStore } from "../../src/contract/entry.ts";
import { headOf, lineOf, link } from "../../src/ledger/chain.ts";
import { calm, type Options } from "./options.ts";
import type { Change } from "./patched.ts";
import type { Simulated, Tampering } from "./simulation.ts";

export interface Planted {
  readonly name: string;
  /** Any of these convicts it. */
  readonly breaks: readonly string[];
  readonly world: Partial<Options>;
  /** What is wrong with a port. */
  readonly tampering?: Tampering;
  /** What is wrong in the engine's own source. */
  readonly changes?: readonly Change[];
  /** Another defence against the same fault, on in `world`: what switches it off, and what the bug shows while it is on. */
  readonly overlap?: {
    readonly defence: string;
    readonly world?: Partial<Options>;
    readonly changes?: readonly Change[];
    readonly alone: "hidden" | "found";
  };
}

type Fetch = typeof globalThis.fetch;
type Swap = (request: Request, fetch: Fetch) => Promise<Response>;

const swapping = (swap: Swap): Tampering => ({
  fetch: (fetch) => async (input, init) => swap(new Request(input, init), fetch),
});
const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });
const isWrite = (request: Request): boolean => request.method !== "GET" && !request.url.includes("/token");
const withKey = (request: Request, key: string): Request => {
  const changed = new Request(request);
  changed.headers.set("X-Idempotency-Key", key);
  return changed;
};

/** A store between the engine and the disk that links again what it lets through. */
function relinking(
  store: LedgerStore,
  world: Simulated,
  keeps: (entry: Entry) => boolean,
  isForced: boolean,
): LedgerStore {
  const heads = new Map<string, Head | undefined>();
  const last = (): Head | undefined => {
    const entry = world.disk.entries.at(-1);
    return entry === undefined ? undefined : headOf(entry);
  };
  return {
    ...store,
    async append(change: LedgerAppend) {
      const claimed = change.expectedHead;
      const expected = isForced
        ? last()
        : claimed !== undefined && heads.has(claimed.hash)
          ? heads.get(claimed.hash)
          : claimed;
      const kept = change.lines.map((line) => JSON.parse(line) as Entry).filter(keeps);
      let before = expected;
      const lines = kept.map((entry) => {
        const { hash: _hash, seq: _seq, prev: _prev, run, environment, at, ...draft } = entry;
        const seq = (before?.seq ?? 0) + 1;
        const linked = link(draft, { seq, at, run, environment, prev: before?.hash ?? "0".repeat(64) });
        before = headOf(linked);
        return lineOf(linked);
      });
      heads.set(change.head.hash, before);
      if (lines.length === 0) return true;
      return store.append({ ...change, expectedHead: expected, head: before as Head, lines });
    },
  };
}

/** Opt-ins in the place of opt-outs. */
function turned(manifests: Manifests): Manifests {
  const declared = manifests.declared.map((one) => {
    const { records } = one;
    if (records === undefined) return one;
    const turn = <T extends { readonly optOut: boolean }>(chunk: T): T => ({ ...chunk, optOut: !chunk.optOut });
    return {
      ...one,
      records: {
        summary: { ...records.summary, chunks: records.summary.chunks.map(turn) },
        async *chunks(wanted: Parameters<typeof records.chunks>[0]) {
          for await (const chunk of records.chunks((each) => wanted(turn(each)))) yield turn(chunk);
        },
      },
    };
  });
  return { ...manifests, declared };
}

const firstKeys = (): Tampering => {
  const keys = new Map<string, string>();
  return swapping((request, fetch) => {
    const name = `${request.method} ${request.url}`;
    const key = request.headers.get("X-Idempotency-Key");
    if (!isWrite(request) || key === null) return fetch(request);
    if (!keys.has(name)) keys.set(name, key);
    return fetch(withKey(request, keys.get(name) as string));
  });
};

const lossy = { lostAnswer: 0.2, dropped: 0.1, zombie: 0.2 } as const;

export const planted: readonly Planted[] = [
  {
    name: "an intent is acknowledged before it is durable",
    breaks: ["I6"],
    world: { kinds: ["SmsTemplate"], revisions: [0] },
    tampering: {
      store(store, process) {
        let queue: Promise<unknown> = Promise.resolve();
        return {
          ...store,
          append(change) {
            const isIntent = change.lines.some((line) => line.includes('"phase":"intent"'));
            const done = queue.then(async () => {
              if (isIntent) await process.wait(500);
              return store.append(change);
            });
            queue = done;
            return isIntent ? Promise.resolve(true) : done;
          },
        };
      },
    },
  },
  {
    name: "the read-back of a session is ignored",
    breaks: ["I3"],
    world: { kinds: ["GuestSession"], revisions: [0], faults: lossy },
    overlap: { defence: "the server knows its keys", world: { keys: "none" }, alone: "hidden" },
    tampering: swapping(async (request, fetch) =>
      request.url.includes("idempotencyKey=") ? json({ items: [] }) : fetch(request),
    ),
  },
  {
    name: "the key has a random part",
    breaks: ["I6"],
    world: { kinds: ["GuestSession"], revisions: [0] },
    tampering: {
      fetch:
        (fetch, _process, { ground }) =>
        async (input, init) => {
          const request = new Request(input, init);
          return fetch(isWrite(request) ? withKey(request, ground.chance.uuid()) : request);
        },
    },
  },
  {
    name: "a version in review is taken for approved",
    breaks: ["I4"],
    world: { kinds: ["WhatsAppTemplate"], revisions: [0, 1], runsEach: 3, reviews: { late: 0.5 } },
    tampering: swapping(async (request, fetch) => {
      const answer = await fetch(request);
      if (request.method !== "GET") return answer;
      const text = await answer.text();
      return new Response(text.replaceAll(/"(PENDING|IN_REVIEW)"/g, '"APPROVED"'), answer);
    }),
  },
  {
    name: "opt-ins go before opt-outs",
    breaks: ["I1"],
    world: { kinds: ["PreferenceBatch"], revisions: [0] },
    tampering: { manifests: turned },
  },
  {
    name: "a request is sent under the key of the first one to its address",
    breaks: ["I9", "I6"],
    world: {
      kinds: ["SmsTemplate"],
      revisions: [0, 1, 0, 1],
      cachesRefusals: true,
      people: { console: 1, consoleDeprecates: 0.5 },
    },
    tampering: firstKeys(),
  },
  {
    name: "unknown is called failed",
    breaks: ["I6"],
    world: { kinds: ["WhatsAppTemplate", "SmsTemplate"], revisions: [0], faults: lossy },
    tampering: swapping(async (request, fetch) => {
      try {
        return await fetch(request);
      } catch (error) {
        if (isWrite(request)) return json({ message: "no" }, 400);
        throw error;
      }
    }),
  },
  {
    name: "an error of a read is taken for gone",
    breaks: ["I2", "I4", "I6", "I9"],
    world: {
      kinds: ["WhatsAppTemplate"],
      lists: false,
      revisions: [0, 0, 0],
      runsEach: 3,
      faults: { error500Before: 0.5 },
    },
    tampering: swapping(async (request, fetch) => {
      const answer = await fetch(request);
      const isById = request.method === "GET" && /[0-9a-f-]{36}$/.test(request.url);
      return isById && answer.status >= 500 ? json({ message: "gone" }, 404) : answer;
    }),
  },
  {
    name: "every claim is taken for a dead one's",
    breaks: ["I10"],
    world: { revisions: [0], runsEach: 2, people: { second: 1 } },
    tampering: { world: (world) => ({ ...world, isDead: async () => true }) },
  },
  {
    name: "a result is not recorded",
    breaks: ["I7", "I9", "I6"],
    world: { kinds: ["SmsTemplate"], revisions: [0] },
    tampering: {
      store: (store, _process, world) => relinking(store, world, (entry) => entry.phase !== "result", false),
    },
  },
  {
    name: "an intent is not written",
    breaks: ["I6"],
    world: { kinds: ["WebhookSubscription"], revisions: [0] },
    tampering: {
      store: (store, _process, world) => relinking(store, world, (entry) => entry.phase !== "intent", false),
    },
  },
  {
    name: "a lost race for the ledger is won anyway",
    breaks: ["I10", "I7"],
    world: { revisions: [0], runsEach: 2, people: { second: 1 } },
    tampering: { store: (store, _process, world) => relinking(store, world, () => true, true) },
  },
  {
    name: "a batch that failed is counted as answered",
    breaks: ["I1"],
    world: { kinds: ["PreferenceBatch"], revisions: [0], faults: { error500Before: 0.2, dropped: 0.2 } },
    tampering: swapping(async (request, fetch) => {
      const text = await request.clone().text();
      const answer = await fetch(request).catch(() => undefined);
      if (answer !== undefined && answer.status < 500) return answer;
      if (!request.url.endsWith("/batch")) return answer ?? Response.error();
      return json((JSON.parse(text) as object[]).map((one) => ({ ...one, status: "updated" })));
    }),
  },
  {
    name: "Retry-After is ignored",
    breaks: ["I14"],
    world: { revisions: [0, 1], faults: { limitedSeconds: 0.15 } },
    tampering: swapping(async (request, fetch) => {
      const { status, body } = await fetch(request);
      return new Response(body, { status });
    }),
  },
  {
    name: "Retry-After is counted by a clock that people set",
    breaks: ["I14"],
    world: { revisions: [0, 1], faults: { limitedSeconds: 0.15 }, people: { clockJumps: 0.8 } },
    tampering: { world: (world) => ({ ...world, clock: { ...world.clock, elapsed: world.clock.now } }) },
  },
  {
    name: "a dead run's claim is never ended",
    breaks: ["I10"],
    world: { revisions: [0], crashes: 1 },
    tampering: { world: (world) => ({ ...world, isDead: async () => false }) },
  },
  {
    name: "a consent bears the time of its sending",
    breaks: ["I1"],
    world: { kinds: ["PreferenceBatch"], revisions: [0] },
    tampering: {
      fetch:
        (fetch, _process, { ground }) =>
        async (input, init) => {
          const request = new Request(input, init);
          if (!request.url.endsWith("/batch")) return fetch(request);
          const now = new Date(ground.timeline.now).toISOString();
          const text = (await request.text()).replaceAll(/"consentTimestamp":"[^"]+"/g, `"consentTimestamp":"${now}"`);
          return fetch(new Request(request.url, { method: "POST", headers: request.headers, body: text }));
        },
    },
  },
  {
    name: "a precondition that fails is read again and forced",
    breaks: ["I11"],
    world: {
      kinds: ["SmsTemplate"],
      revisions: [0, 1, 0, 1],
      faults: { slow: 0.3 },
      people: { console: 1, consoleDeprecates: 1 },
    },
    tampering: swapping(async (request, fetch) => {
      const body = await request.clone().text();
      const answer = await fetch(request);
      if (request.method !== "PUT" || answer.status !== 412) return answer;
      const headers = new Headers(request.headers);
      headers.delete("If-Match");
      const now = await fetch(new Request(request.url, { headers }));
      headers.set("If-Match", now.headers.get("etag") ?? "");
      return fetch(new Request(request.url, { method: "PUT", headers, body }));
    }),
  },
];

/** The world of a planted bug under a seed, with its other defence on or off. */
export function worldOf(bug: Planted, seed: number, isDefended: boolean): Options {
  return { ...calm, ...bug.world, ...(isDefended ? {} : bug.overlap?.world), seed };
}
