// What an endpoint is given and what it answers, with CXone's form of an error. It knows no endpoint.
import type { Family } from "./families.ts";
import type { FaultRule } from "./faults.ts";
import type { FieldError } from "./shape.ts";

export type { FieldError } from "./shape.ts";

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Call {
  readonly family: Family;
  readonly method: string;
  /** Path within the family. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
  /** Epoch milliseconds by the simulator's clock. */
  readonly at: number;
  readonly idempotencyKey: string | null;
  /** The fault that the script chose for this call, for those that happen inside an endpoint. */
  readonly fault: FaultRule | null;
  /** A label that no other call has, for draws of chance. */
  readonly label: string;
}

/** An answer with a JSON body. */
export function ok(status: number, body: unknown, headers?: Readonly<Record<string, string>>): Answer {
  return headers === undefined ? { status, body } : { status, body, headers };
}

/** A JSON error (CXONE-API, preamble). */
export function refusal(status: number, message: string, errors: readonly FieldError[] = []): Answer {
  return { status, body: { message, errors } };
}

/** 400 with what is wrong, by field. */
export function invalid(errors: readonly FieldError[]): Answer {
  const first = errors[0];
  return refusal(400, first === undefined ? "the request is not valid" : `${first.field} ${first.message}`, errors);
}

/** An ISO 8601 UTC time for epoch milliseconds. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
