// Durations on the command line: `10m`, `90s`.
import { parseDuration } from "../base/duration.ts";
import { Usage } from "./usage.ts";

/** Milliseconds. Throws Usage. */
export function durationFlag(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new Usage(`${flag} is no duration: ${text}`, `Write a number and a unit, such as ${flag} 10m, 90s or 500ms.`);
  return ms;
}
