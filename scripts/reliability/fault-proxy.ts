// A TCP proxy on loopback that breaks connections in the ways networks do, by a seeded script. It knows bytes and, to send one request late or twice, where a request ends.
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

export const proxyFaults = [
  "resetRequest", // the connection is reset after k bytes of the request, the rest never arrives
  "resetAnswer", // the request arrives, the connection is reset after k bytes of the answer
  "cutAnswer", // the connection is closed in order after k bytes of the answer
  "delay", // every piece is held back for a while
  "shred", // every byte of the answer arrives by itself
  "late", // the client is reset at once, the request arrives some milliseconds later
  "twice", // the request arrives a second time on a connection of its own
] as const;
export type ProxyFault = (typeof proxyFaults)[number];

export interface FaultProxy {
  readonly url: string;
  /** How often each fault has happened. */
  readonly counts: ReadonlyMap<ProxyFault, number>;
  /** From now on nothing is broken; resolves when no late request is on its way any more. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  readonly targetPort: number;
  /** Of 100 connections, how many are broken. */
  readonly percent: number;
  readonly faults: readonly ProxyFault[];
  /** The longest that `late` and `delay` hold something back, in milliseconds. */
  readonly longestMs: number;
  /** 0 ≤ x < 1. */
  fraction(): number;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { fraction } = options;
  const counts = new Map<ProxyFault, number>();
  const open = new Set<Socket>();
  const underWay = new Set<Promise<void>>();
  let isHealed = false;
  const watch = (socket: Socket): Socket => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    return socket;
  };
  const upstream = (): Socket => watch(dial(options.targetPort, "127.0.0.1"));
  const draw = (): ProxyFault | undefined => {
    if (isHealed || fraction() * 100 >= options.percent) return undefined;
    return options.faults[Math.floor(fraction() * options.faults.length)];
  };
  const note = (fault: ProxyFault): void => {
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
  };
  /** Sends a request on a connection of its own and drops the answer. */
  const sendAside = (request: Buffer, afterMs: number): void => {
    const done = new Promise<void>((resolve) => {
      setTimeout(() => {
        const server = upstream();
        server.on("close", () => resolve());
        server.on("data", () => server.end());
        server.write(request);
      }, afterMs);
    });
    underWay.add(done);
    void done.then(() => underWay.delete(done));
  };

  /** One request and its answer at a time, as the client's connections carry them; each may be broken. */
  function serve(client: Socket): void {
    const server = upstream();
    let waiting = Buffer.alloc(0);
    let fault: ProxyFault | undefined;
    let answerLeft = 0;
    let line = Promise.resolve();
    client.on("close", () => server.destroy());
    server.on("close", () => client.end());
    client.on("data", (piece) => {
      waiting = Buffer.concat([waiting, piece]);
      const size = requestSize(waiting);
      if (size === undefined || waiting.length < size) return;
      const request = waiting.subarray(0, size);
      waiting = waiting.subarray(size);
      fault = draw();
      if (fault !== undefined) note(fault);
      const k = Math.floor(fraction() * size);
      answerLeft = Math.floor(fraction() * 400);
      if (fault === "resetRequest") {
        server.write(request.subarray(0, k), () => {
          server.resetAndDestroy();
          client.resetAndDestroy();
        });
      } else if (fault === "late") {
        client.resetAndDestroy();
        sendAside(request, fraction() * options.longestMs);
      } else {
        if (fault === "twice") sendAside(request, fraction() * options.longestMs);
        server.write(request);
      }
    });
    server.on("data", (piece) => {
      if (fault === "resetAnswer" || fault === "cutAnswer") {
        client.write(piece.subarray(0, answerLeft));
        answerLeft -= piece.length;
        if (answerLeft > 0) return;
        server.destroy();
        if (fault === "cutAnswer") client.end();
        else client.resetAndDestroy();
      } else if (fault === "delay") {
        const waitMs = fraction() * options.longestMs;
        line = line
          .then(() => new Promise((resolve) => setTimeout(resolve, waitMs)))
          .then(() => void client.write(piece));
      } else if (fault === "shred") {
        for (let at = 0; at < piece.length; at += 1) client.write(piece.subarray(at, at + 1));
      } else client.write(piece);
    });
  }

  const listener = createServer({ noDelay: true }, (socket) => serve(watch(socket)));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    counts,
    async heal() {
      isHealed = true;
      await Promise.all(underWay);
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}

/** Bytes of the HTTP/1.1 request at the start; undefined while its head is not complete. */
function requestSize(bytes: Buffer): number | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = bytes.subarray(0, end).toString("latin1");
  if (/^transfer-encoding:/im.test(head)) throw new Error("the client sends chunks, which this proxy does not read");
  return end + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
}
