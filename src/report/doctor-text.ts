// The checks of an environment, a line each. It judges nothing.
import { harmless } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";

export interface CheckView {
  readonly check: string;
  readonly family?: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  readonly hint?: string;
}

const tones = { ok: "added", warn: "warning", fail: "error" } as const;

export function doctorText(checks: readonly CheckView[], paint: Paint = plain): string {
  return checks
    .map(({ check, family, status, message, hint }) => {
      const what = family === undefined ? check : `${family} ${check}`;
      const line = `${paint(tones[status], status.padEnd(4))}  ${what}: ${harmless(message)}\n`;
      return hint === undefined ? line : `${line}      hint: ${harmless(hint)}\n`;
    })
    .join("");
}
