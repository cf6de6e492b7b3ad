// Brings events that are due to those who are told of them: subscriptions, the status webhook, guest callbacks. It changes
// no resource.
import { iso } from "./answer.ts";
import type { Ground } from "./ground.ts";
import type { EventRow } from "./rows.ts";
import type { Parcel, WebhooksOut } from "./webhooks-out.ts";

const LONGEST_SLEEP_MS = 60_000;
const SHORTEST_SLEEP_MS = 5;

export class Announcer {
  readonly #ground: Ground;
  readonly #out: WebhooksOut;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(ground: Ground, out: WebhooksOut) {
    this.#ground = ground;
    this.#out = out;
  }

  /** Sends what is due and sets the alarm for what comes next. */
  tick(): void {
    if (this.#isClosed) return;
    for (const event of this.#ground.events.takeDue(this.#ground.settings.now())) {
      for (const parcel of parcelsOf(event, this.#ground)) this.#out.send(parcel);
    }
    clearTimeout(this.#timer);
    const next = this.#ground.events.nextAt();
    if (next === undefined) return;
    const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.max(SHORTEST_SLEEP_MS, next - this.#ground.settings.now()));
    this.#timer = setTimeout(() => this.tick(), sleepMs).unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}

function parcelsOf(event: EventRow, ground: Ground): readonly Parcel[] {
  const { statusWebhook, guestWebhook } = ground.settings;
  const { id, type, detail } = event;
  if (type === "whatsapp.status") {
    if (statusWebhook === undefined) return [];
    const url = withPath(statusWebhook.url, "/webhooks/cxone-template-status");
    return [{ id, type, url, secret: statusWebhook.secret, body: detail }];
  }
  if (type.startsWith("session.")) {
    const own = ground.store.get("guests", event.about)?.callbackUrl;
    const url = guestWebhook.url === undefined ? own : withPath(guestWebhook.url, "/webhook/cxone-guest");
    return url === undefined ? [] : [{ id, type, url, secret: guestWebhook.secret, body: detail }];
  }
  // Who subscribes after the event never hears of it (CXONE-API §5).
  return [...ground.store.all("subscriptions")]
    .filter((row) => row.createdAt <= event.dueAt && row.events.includes(type))
    .map((row) => ({
      id: `${id}_${row.id}`,
      type,
      url: row.url,
      secret: row.secret,
      body: { type, timestamp: iso(event.dueAt), data: detail },
    }));
}

function withPath(url: string, path: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.pathname === "/") parsed.pathname = path;
  return parsed.href;
}
