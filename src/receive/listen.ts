// The receiver's HTTP server with its limits on time, headers and connections, and its gentle end. It knows no route.
import { createServer, type Server } from "node:http";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import type { Clock } from "../contract/world.ts";

export interface Limits {
  /** Until a request's headers are there, from the connection or from the request before it. */
  readonly headersMs: number;
  /** Until its body is there. */
  readonly requestMs: number;
  /** How long a silent connection is kept between requests. */
  readonly idleMs: number;
  readonly headerBytes: number;
  readonly headers: number;
  readonly connections: number;
}

export const defaultLimits: Limits = {
  headersMs: 10_000,
  requestMs: 15_000,
  idleMs: 65_000,
  headerBytes: 16 * 1024,
  headers: 100,
  connections: 4_000,
};

/** How long requests that are under way may take at the end. */
const endMs = 10_000;

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Takes no further connection, lets requests under way be answered, then cuts off what is left. */
  close(clock: Clock): Promise<void>;
}

/** Throws as `listen` does: EADDRINUSE, EACCES, ENOTFOUND. */
export async function listen(
  app: Hono<{ Bindings: HttpBindings }>,
  options: { readonly port: number; readonly host: string; readonly limits?: Partial<Limits> },
): Promise<Listening> {
  const limits = { ...defaultLimits, ...options.limits };
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      maxHeaderSize: limits.headerBytes,
      connectionsCheckingInterval: Math.min(2_000, Math.ceil(limits.headersMs / 4)),
    },
  }) as Server;
  server.maxHeadersCount = limits.headers;
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port, host: options.host }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return { host: options.host, port, close: (clock) => close(server, clock) };
}

async function close(server: Server, clock: Clock): Promise<void> {
  const isClosed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const endAt = clock.elapsed() + endMs;
  let isOver = false;
  void isClosed.then(() => {
    isOver = true;
  });
  while (!isOver && clock.elapsed() < endAt) {
    // A connection whose answer is out would be kept for its next request.
    server.closeIdleConnections();
    await Promise.race([isClosed, clock.sleep(100)]);
  }
  server.closeAllConnections();
  await isClosed;
}
