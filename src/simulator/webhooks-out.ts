// Webhooks that CXone sends: signed (CXONE-API §8), tried three times, and on demand repeated and out of order. It knows
// neither events nor who subscribed.
import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Chance } from "./chance.ts";
import type { Settings } from "./options.ts";

export interface Parcel {
  /** The `webhook-id`: the same for every try and repetition. */
  readonly id: string;
  readonly type: string;
  readonly url: string;
  readonly secret?: string | undefined;
  readonly body: unknown;
}

export interface Delivery {
  readonly at: number;
  readonly id: string;
  readonly type: string;
  readonly url: string;
  /** `withheld`: the target is not loopback. `dropped`: three tries failed. */
  readonly outcome: "delivered" | "dropped" | "withheld";
  readonly tries: number;
}

const TRIES = 3;
/** CXone wants an answer within 3 s (CXONE-API §6). */
const ANSWER_MS = 3000;
const HOLD_MS = 300;

/** The signature headers of Standard Webhooks. */
export function signatureOf(secret: string, id: string, epochSeconds: number, body: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret, "utf8");
  return `v1,${createHmac("sha256", key).update(`${id}.${epochSeconds}.${body}`).digest("base64")}`;
}

/** Whether a URL leads to this machine by its text. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export class WebhooksOut {
  readonly deliveries: Delivery[] = [];
  readonly #settings: Settings;
  readonly #chance: Chance;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  /** The first try of the newest parcel, by URL. */
  readonly #last = new Map<string, Promise<void>>();
  #held: { readonly parcel: Parcel; readonly timer: NodeJS.Timeout } | undefined;

  constructor(settings: Settings, chance: Chance) {
    this.#settings = settings;
    this.#chance = chance;
  }

  send(parcel: Parcel): void {
    if (!this.#settings.deliverAnywhere && !isLoopback(parcel.url)) {
      this.#keep(parcel, "withheld", 0);
      return;
    }
    const { reorderPercent, repeatPercent } = this.#settings.deliveries;
    if (this.#held === undefined && this.#chance.happens(reorderPercent, `reorder ${parcel.id}`)) {
      this.#held = { parcel, timer: setTimeout(() => this.#letGo(), HOLD_MS).unref() };
      return;
    }
    this.#enqueue(parcel);
    if (this.#chance.happens(repeatPercent, `repeat ${parcel.id}`)) this.#enqueue(parcel);
    // What was held back goes after this one, not beside it.
    this.#letGo();
  }

  /** Waits until nothing is under way or held back. */
  async drain(): Promise<void> {
    this.#letGo();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.#takeHeld();
    this.#stop.abort();
    await Promise.all(this.#underWay);
  }

  #takeHeld(): Parcel | undefined {
    const held = this.#held;
    this.#held = undefined;
    clearTimeout(held?.timer);
    return held?.parcel;
  }

  #letGo(): void {
    const parcel = this.#takeHeld();
    if (parcel !== undefined) this.#enqueue(parcel);
  }

  /** First tries go out one after the other, so that order is lost by `reorderPercent` and failures alone. */
  #enqueue(parcel: Parcel): void {
    const before = this.#last.get(parcel.url) ?? Promise.resolve();
    const first = before.then(() => this.#post(parcel));
    const settled = first.then(() => undefined);
    this.#last.set(parcel.url, settled);
    const whole = first.then((isTaken) => (isTaken ? this.#keep(parcel, "delivered", 1) : this.#tryAgain(parcel)));
    this.#underWay.add(whole);
    void whole.finally(() => {
      this.#underWay.delete(whole);
      if (this.#last.get(parcel.url) === settled) this.#last.delete(parcel.url);
    });
  }

  async #tryAgain(parcel: Parcel): Promise<void> {
    for (let tries = 2; tries <= TRIES && !this.#stop.signal.aborted; tries += 1) {
      await this.#wait(this.#settings.deliveries.retryMs * (tries - 1));
      if (await this.#post(parcel)) {
        this.#keep(parcel, "delivered", tries);
        return;
      }
    }
    this.#keep(parcel, "dropped", TRIES);
  }

  async #post(parcel: Parcel): Promise<boolean> {
    const body = JSON.stringify(parcel.body);
    const headers: Record<string, string> = { "content-type": "application/json", "x-request-id": randomUUID() };
    if (parcel.secret !== undefined) {
      const epochSeconds = Math.floor(this.#settings.now() / 1000);
      headers["webhook-id"] = parcel.id;
      headers["webhook-timestamp"] = String(epochSeconds);
      headers["webhook-signature"] = signatureOf(parcel.secret, parcel.id, epochSeconds, body);
    }
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_MS)]);
      const answer = await fetch(parcel.url, { method: "POST", headers, body, redirect: "manual", signal });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }

  /** Ends early, without a word, when the simulator closes. */
  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
  }

  #keep(parcel: Parcel, outcome: Delivery["outcome"], tries: number): void {
    const { id, type, url } = parcel;
    this.deliveries.push({ at: this.#settings.now(), id, type, url, outcome, tries });
    if (this.deliveries.length > 10_000) this.deliveries.shift();
  }
}
