// Progress on stderr: a live line on a terminal, otherwise plain lines at most every ten seconds. It counts, and decides nothing.
import type { Held, Outcome } from "../contract/plan.ts";
import type { ClientEvent } from "../cxone/client.ts";
import { harmless } from "../report/harmless.ts";
import { count } from "../report/phrase.ts";
import type { Context } from "./command.ts";

export interface Progress {
  onEvent(event: ClientEvent): void;
  onOutcome(outcome: Outcome, done: number, total: number): void;
  onWait(pending: readonly Held[], leftMs: number): void;
  end(): void;
}

const quietMs = 10_000;

export function startProgress({ common, terminal }: Context): Progress {
  const { clock } = terminal.world;
  let requests = 0;
  let saidAt = clock.elapsed();
  const say = (text: string): void => {
    if (common.quiet) return;
    if (terminal.hasLiveLine) {
      terminal.live(text.slice(0, Math.max(20, terminal.width - 1)));
    } else if (clock.elapsed() - saidAt >= quietMs) {
      saidAt = clock.elapsed();
      terminal.err(`${text}\n`);
    }
  };
  return {
    onEvent(event) {
      if (event.kind === "request") requests++;
      if (common.verbose) terminal.err(`${eventText(event)}\n`);
      else if (event.kind === "request")
        say(`${count(requests, "request")} to CXone, last ${event.family} ${harmless(event.path)}`);
      else if (event.kind === "retry")
        say(`trying ${event.family} again in ${event.waitMs} ms: ${harmless(event.reason)}`);
    },
    onOutcome(outcome, done, total) {
      say(`${done} of ${count(total, "step")}: ${harmless(outcome.address)} ${outcome.status}`);
    },
    onWait(pending, leftMs) {
      say(`waiting for CXone's decision on ${count(pending.length, "resource")}, ${Math.ceil(leftMs / 1000)} s left`);
    },
    end: () => terminal.live(""),
  };
}

function eventText(event: ClientEvent): string {
  switch (event.kind) {
    case "request":
      return `${event.family} ${event.method} ${harmless(event.path)} ${event.status ?? "no answer"} ${event.latencyMs ?? 0} ms ${harmless(event.requestId)}`;
    case "retry":
      return `${event.family} ${event.method} ${harmless(event.path)} attempt ${event.attempt}: ${harmless(event.reason)}; again in ${event.waitMs} ms`;
    case "token":
      return `${event.family} token`;
    case "pace":
      return `pace ${event.requestsPerSecond} requests/s`;
  }
}
