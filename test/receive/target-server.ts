// A target of deliveries on loopback: what it saw, and what it answers. It knows no outbox.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly id: string;
}

export interface TargetServer {
  readonly url: string;
  readonly port: number;
  readonly calls: readonly SeenCall[];
  /** Ids in the order of their first accepted call. */
  readonly ids: readonly string[];
  /** The status for a call, or headers with it; undefined breaks the connection. Default 204. */
  answer: (
    call: SeenCall,
  ) => number | { readonly status: number; readonly headers: Record<string, string> } | undefined;
}

export async function startTarget(t: Pick<TestContext, "after">, port = 0): Promise<TargetServer> {
  const calls: SeenCall[] = [];
  const accepted: string[] = [];
  const it = { answer: (() => 204) as TargetServer["answer"] };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (piece: string) => {
      text += piece;
    });
    request.on("end", () => {
      const call: SeenCall = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        text,
        id: String(request.headers["webhook-id"]),
      };
      calls.push(call);
      const answer = it.answer(call);
      if (answer === undefined) return request.socket.destroy();
      const { status, headers } = typeof answer === "number" ? { status: answer, headers: {} } : answer;
      if (status >= 200 && status < 300) accepted.push(call.id);
      response.writeHead(status, headers);
      response.end(status === 204 ? undefined : "{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const bound = (server.address() as AddressInfo).port;
  return Object.assign(it, { url: `http://127.0.0.1:${bound}`, port: bound, calls, ids: accepted });
}
