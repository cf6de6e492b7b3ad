// Kills this process by SIGKILL at its n-th point of input and output: before a change of the disk, half-way through one, before, during and after a write to CXone.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

export interface Points {
  /** How many points were passed. */
  passed(): number;
  readonly fetch: typeof globalThis.fetch;
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** From now on every point is counted; the process dies at number `lethal` (from 1; 0: never). */
export function countPoints(lethal: number): Points {
  let passed = 0;
  const isLethal = (): boolean => {
    passed += 1;
    return passed === lethal;
  };
  const point = (): void => {
    if (isLethal()) die();
  };
  const changes = ["fsyncSync", "renameSync", "unlinkSync", "linkSync", "ftruncateSync", "mkdirSync"] as const;
  const own = fs as unknown as Record<string, (...given: never[]) => unknown>;
  for (const name of changes) {
    const real = own[name] as (...given: unknown[]) => unknown;
    own[name] = (...given: unknown[]) => {
      point();
      return real(...given);
    };
  }
  const { openSync, writeFileSync } = fs;
  fs.openSync = (path, flags, mode) => {
    if (typeof flags === "number" && (flags & fs.constants.O_CREAT) !== 0) point();
    return openSync(path, flags, mode);
  };
  fs.writeFileSync = (file, data, options) => {
    point();
    if (isLethal()) {
      const bytes =
        typeof data === "string" ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      writeFileSync(file, bytes.subarray(0, bytes.length >> 1), options);
      die();
    }
    writeFileSync(file, data, options);
  };
  syncBuiltinESMExports();
  return {
    passed: () => passed,
    fetch: async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const method = input instanceof Request ? input.method : (init?.method ?? "GET");
      if (method === "GET" || url.includes("/token")) return globalThis.fetch(input, init);
      point();
      const answer = globalThis.fetch(input, init);
      // Long enough for the request to leave, too short for most answers.
      if (isLethal()) setTimeout(die, 2);
      const received = await answer;
      point();
      return received;
    },
  };
}
