// The requests that the simulator has seen, without credentials, up to a bound. It judges nothing.
import type { Family } from "./families.ts";
import type { FaultKind } from "./faults.ts";

export interface RecordedRequest {
  readonly at: number;
  readonly family: Family | null;
  readonly method: string;
  /** Within the family. */
  readonly path: string;
  /** As sent, without `?`; of a token request `(redacted)`. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON; of a token request `(redacted)`. */
  readonly body: unknown;
  /** 0: no answer was sent. */
  readonly status: number;
  /** The answer was one given before under the same key. */
  readonly isReplay: boolean;
  readonly fault: FaultKind | null;
}

const KEPT = 10_000;
const KEPT_BYTES = 32 << 20;

export class Requests {
  readonly list: RecordedRequest[] = [];
  readonly #sizes: number[] = [];
  #bytes = 0;

  add(request: RecordedRequest, bodyBytes: number): void {
    this.list.push(request);
    this.#sizes.push(bodyBytes);
    this.#bytes += bodyBytes;
    while (this.list.length > KEPT || (this.#bytes > KEPT_BYTES && this.list.length > 1)) {
      this.list.shift();
      this.#bytes -= this.#sizes.shift() ?? 0;
    }
  }
}

/** Headers as a plain object, with the scheme of the credentials and nothing else of them. */
export function redactHeaders(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...headers].map(([name, value]) =>
      name === "authorization" || name === "proxy-authorization" || name === "cookie"
        ? [name, `${value.split(" ", 1)[0]} (redacted)`]
        : [name, value],
    ),
  );
}
