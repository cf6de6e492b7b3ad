// The network of a simulated world: takes requests to the tenant and answers back, or does not. It knows no meaning of a request.
import { type Arrived, between, type Ground, iso, one, type Reply } from "./facts.ts";
import { oddText } from "./oddities.ts";
import type { Fault } from "./options.ts";
import type { Process } from "./process.ts";

export interface NetWatch {
  onSend(request: Arrived, process: Process): void;
  /** A limit that was told to a process: it must not send before `until` (virtual ms). */
  onLimit(process: Process, until: number): void;
}

export type Serve = (request: Arrived) => Reply;

/** Faults of the way, in the order in which they are tried. */
const ofTheWay: readonly Fault[] = [
  "refused",
  "dropped",
  "lostAnswer",
  "silent",
  "cutBody",
  "truncated",
  "error500Before",
  "error500After",
  "limited",
  "limitedSeconds",
  "limitedDate",
  "unavailable",
  "zombie",
  "slow",
];

const ofStorms: readonly Fault[] = ["refused", "dropped", "error500Before", "limited", "limitedSeconds", "unavailable"];

function connectionError(syscall?: string): TypeError {
  const cause = Object.assign(new Error("simulated"), {
    code: syscall === undefined ? "ECONNRESET" : "ECONNREFUSED",
    ...(syscall === undefined ? {} : { syscall }),
  });
  return new TypeError("fetch failed", { cause });
}

function toResponse(reply: Reply, fault: Fault | undefined, odd?: string): Response {
  const headers = reply.headers ?? {};
  if (reply.status === 204 || reply.body === undefined) return new Response(null, { status: reply.status, headers });
  const text = odd ?? JSON.stringify(reply.body);
  if (fault === "truncated")
    return new Response(text.slice(0, Math.floor(text.length / 2)), { status: reply.status, headers });
  if (fault !== "cutBody") return new Response(text, { status: reply.status, headers });
  let isFirst = true;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isFirst) controller.enqueue(Buffer.from(text.slice(0, Math.floor(text.length / 2))));
      else controller.error(connectionError());
      isFirst = false;
    },
  });
  return new Response(body, { status: reply.status, headers });
}

export function createNet(ground: Ground, serve: Serve, watch: NetWatch) {
  const { timeline, chance, options } = ground;

  let storm: { readonly until: number; readonly fault: Fault } | undefined;

  const pick = (faults: readonly Fault[]): Fault | undefined =>
    ground.isQuiet ? undefined : faults.find((fault) => chance.fraction() < (options.faults[fault] ?? 0));

  /** A storm lets nothing through for a while; without one each request has its own luck. */
  const weather = (): Fault | undefined => {
    if (ground.isQuiet) return undefined;
    if (storm !== undefined && timeline.now < storm.until) return storm.fault;
    if (chance.fraction() < (options.faults.storm ?? 0)) {
      storm = { until: timeline.now + 2 ** between(ground, 9, 18), fault: one(ground, ofStorms) };
      ground.trace(`  a storm of ${storm.fault} until ${iso(storm.until)}`);
      return storm.fault;
    }
    return pick(ofTheWay);
  };

  const limit = (process: Process, fault: Fault): Reply => {
    const seconds = between(ground, 1, 20);
    const status = fault === "unavailable" ? 503 : 429;
    if (fault === "limited") return { status, body: { message: "slow down" } };
    const date = Math.ceil(timeline.now / 1000) * 1000 + seconds * 1000;
    const isDate = fault === "limitedDate";
    watch.onLimit(process, isDate ? date : timeline.now + seconds * 1000);
    const value = isDate ? new Date(date).toUTCString() : String(seconds);
    const headers = { "retry-after": value, date: new Date(timeline.now).toUTCString() };
    return { status, headers, body: { message: "slow down" } };
  };

  /** Draws only where a seed has it at all, so that the others keep what they drew before it was there. */
  const isOdd = ({ status, body }: Reply): boolean =>
    options.odd > 0 && !ground.isQuiet && status < 300 && body !== undefined && chance.fraction() < options.odd;

  /** Takes one request along; `settle` is told of what comes back. */
  const carry = (request: Arrived, process: Process, settle: (result: Response | Error) => void): undefined => {
    const fault = weather();
    const name = `${request.method} ${request.url.pathname}`;
    const there = fault === "slow" ? between(ground, 1_000, options.requestLifeMs - 1) : between(ground, 2, 60);
    const back = fault === "slow" ? between(ground, 1, 12_000) : between(ground, 2, 60);
    const arrive = (isLate: boolean, isCopy = false): Reply => {
      const reply = serve({ ...request, isLate: isLate || process.isDead, isCopy });
      ground.trace(`  tenant ${name} p${request.pid}${isLate ? " (late)" : ""} → ${reply.status}`);
      return reply;
    };
    const answer = (delayMs: number, result: () => Response | Error): undefined => {
      timeline.after(delayMs, () => settle(result()));
    };
    if (fault !== undefined) ground.trace(`  fault ${fault}: ${name} p${request.pid}`);
    if (fault === "refused") return answer(there, () => connectionError("connect"));
    if (fault === "dropped") return answer(there, () => connectionError());
    if (fault === "error500Before")
      return answer(there + back, () => toResponse({ status: 500, body: { message: "oops" } }, undefined));
    if (fault === "limited" || fault === "limitedSeconds" || fault === "limitedDate" || fault === "unavailable")
      return answer(there + back, () => toResponse(limit(process, fault), undefined));
    if (fault === "zombie") {
      // It hangs on the way: given up by its sender, it still arrives within the life of a request.
      timeline.after(between(ground, 1, options.requestLifeMs - 1), () => arrive(true));
      if (chance.fraction() < 0.7) answer(between(ground, 1, 200), () => connectionError());
      return undefined;
    }
    timeline.after(there, () => {
      const reply = arrive(false);
      if (fault === "silent") return;
      if (fault === "lostAnswer") return answer(back, () => connectionError());
      if (fault === "error500After")
        return answer(back, () => toResponse({ status: 500, body: { message: "oops" } }, undefined));
      const text = isOdd(reply) ? oddText(ground, reply.body) : undefined;
      answer(back, () => toResponse(reply, fault, text));
    });
    // Against a copy of the net's own making nothing helps where the server knows no keys.
    const isBare = options.keys === "none" && request.method === "POST";
    if (!isBare && pick(["duplicated"]) !== undefined) {
      timeline.after(between(ground, 1, options.requestLifeMs - 1), () => arrive(true, true));
    }
  };

  return (process: Process): typeof globalThis.fetch =>
    async (input, init) => {
      if (process.isDead) return process.never();
      const request = input instanceof Request ? input : new Request(input, init);
      const kill = process.call(request.method !== "GET" && !request.url.endsWith("/token"));
      if (kill === "before") return process.die();
      const { signal } = request;
      const arrived: Arrived = {
        pid: process.pid,
        sentAt: timeline.now,
        method: request.method,
        url: new URL(request.url),
        headers: request.headers,
        body: request.body === null ? "" : await request.text(),
        isLate: false,
        isCopy: false,
      };
      if (process.isDead) return process.never();
      ground.trace(
        `${iso(timeline.now)} p${process.pid} ${arrived.method} ${arrived.url.pathname}${arrived.url.search.slice(0, 40)}`,
      );
      watch.onSend(arrived, process);
      return new Promise<Response>((resolve, reject) => {
        let isOver = false;
        const end = (work: () => void): void => {
          if (isOver) return;
          isOver = true;
          signal.removeEventListener("abort", abort);
          if (!process.isDead) work();
        };
        const abort = (): void => end(() => reject(new DOMException("aborted", "AbortError")));
        signal.addEventListener("abort", abort);
        carry(arrived, process, (result) => {
          // Killed with the answer on its way: it has its effect and nobody hears of it.
          if (kill === "after") process.kill();
          end(() => (result instanceof Error ? reject(result) : resolve(result)));
        });
        if (kill === "during") process.kill();
      });
    };
}
