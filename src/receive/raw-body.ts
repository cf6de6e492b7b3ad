// The bytes of a request's body, counted while they come: what is too long is given up at once, and nothing is decompressed.
import type { IncomingMessage } from "node:http";

/** Undefined for a longer body; what of it is still under way is thrown away unread. Rejects when the sender breaks off. */
export async function readRaw(incoming: IncomingMessage, mostBytes: number): Promise<Uint8Array | undefined> {
  const told = Number(incoming.headers["content-length"] ?? 0);
  if (told > mostBytes) return undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Not by `for await`: leaving the loop would destroy the socket before the answer is on it.
  return new Promise((resolve, reject) => {
    const end = (result: Uint8Array | undefined): void => {
      incoming.off("data", onData).off("end", onEnd).off("close", onClose).off("error", reject);
      resolve(result);
    };
    const onData = (chunk: Uint8Array): void => {
      bytes += chunk.length;
      if (bytes > mostBytes) {
        incoming.pause();
        end(undefined);
        return;
      }
      chunks.push(chunk);
    };
    const onEnd = (): void => end(Buffer.concat(chunks));
    const onClose = (): void => reject(new Error("the sender broke off"));
    incoming.on("data", onData).on("end", onEnd).on("close", onClose).on("error", reject);
  });
}
