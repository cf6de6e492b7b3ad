// What a fault does to one request, around its execution. Which fault it is, the script has chosen.
import { type Answer, refusal } from "./answer.ts";
import type { Execute, Incoming, Outgoing } from "./exchange.ts";
import type { FaultRule } from "./faults.ts";

export interface Means {
  now(): number;
  wait(ms: number): Promise<unknown>;
  /** A URL on another host that must see no credentials. */
  readonly elsewhere: string;
  expireToken(): void;
}

const PAGE = "<!doctype html><title>Sign in</title><p>This page is no API answer.</p>";

/** Executes the request with its fault, or without executing where the fault comes first. */
export async function spoil(incoming: Incoming, execute: Execute, means: Means): Promise<Outgoing> {
  const { fault } = incoming;
  switch (fault?.kind) {
    case "status":
      return { answer: statusAnswer(fault, means.now()) };
    case "reset":
      return { answer: null };
    case "html":
      return { answer: { status: fault.status ?? 200 }, text: PAGE, contentType: "text/html; charset=utf-8" };
    case "redirect":
      return { answer: { status: fault.status ?? 307, headers: { location: `${means.elsewhere}${incoming.path}` } } };
    case "expireToken":
      means.expireToken();
      return execute(incoming);
    case "slow":
      return slowly(fault, () => execute(incoming), means);
    case "lostAnswer":
      execute(incoming);
      return { answer: null };
    case "executeThen500":
      execute(incoming);
      return { answer: refusal(500, "the answer could not be made") };
    case "truncated":
      return truncate(execute(incoming));
    default:
      return execute(incoming);
  }
}

function statusAnswer(fault: FaultRule, at: number): Answer {
  const status = fault.status ?? 500;
  const body = fault.body ?? { message: `fault script: ${status}`, errors: [] };
  if (fault.retryAfter === undefined) return { status, body };
  const seconds = Math.ceil(fault.retryAfter);
  // An HTTP-date has whole seconds: rounded up, so that it asks for no less.
  const date = new Date(Math.ceil((at + seconds * 1000) / 1000) * 1000).toUTCString();
  return { status, body, headers: { "retry-after": fault.retryAfterAs === "http-date" ? date : String(seconds) } };
}

async function slowly(fault: FaultRule, execute: () => Outgoing, means: Means): Promise<Outgoing> {
  const ms = fault.ms ?? 0;
  if (fault.when === "after") {
    const outgoing = execute();
    await means.wait(ms);
    return outgoing;
  }
  await means.wait(ms);
  return execute();
}

function truncate(outgoing: Outgoing): Outgoing {
  if (outgoing.answer?.body === undefined) return outgoing;
  const text = JSON.stringify(outgoing.answer.body);
  return { ...outgoing, text: text.slice(0, Math.floor(text.length / 2)) };
}
