// `${name}` in a manifest's strings, filled from the environment's variables; knows no kind and leaves `{{…}}` alone.
import type { Json, JsonObject } from "../contract/json.ts";
import { nearest } from "./nearest.ts";
import { below, humanPath, isObject } from "./pointer.ts";
import type { Problem } from "./problem.ts";

/** A stretch of the filled text and the stretch of the written text that it stands for. */
interface Shift {
  readonly filledStart: number;
  readonly filledEnd: number;
  readonly writtenStart: number;
  readonly writtenEnd: number;
}

export interface Filled {
  readonly value: Json;
  readonly problems: readonly Problem[];
  /** From an index in the filled string at a pointer to the index in the string as it is written. */
  writtenOffset(pointer: string, offset: number): number;
}

/** Fills every string at or below `pointer`; an unknown name is a problem at its exact place and stays as it is. */
export function fillVariables(
  value: Json,
  pointer: string,
  variables: Readonly<Record<string, string>>,
  environment: string,
): Filled {
  const problems: Problem[] = [];
  const shifts = new Map<string, readonly Shift[]>();
  const fill = (each: Json, at: string): Json => {
    if (typeof each === "string") {
      if (!each.includes("${")) return each;
      const filled = fillText(each, at, variables, environment);
      problems.push(...filled.problems);
      shifts.set(at, filled.shifts);
      return filled.text;
    }
    if (Array.isArray(each)) return (each as readonly Json[]).map((item, index) => fill(item, below(at, index)));
    if (!isObject(each)) return each;
    const filled: Record<string, Json> = {};
    for (const [key, member] of Object.entries(each as JsonObject)) filled[key] = fill(member, below(at, key));
    return filled;
  };
  const filled = fill(value, pointer);
  return { value: filled, problems, writtenOffset: (at, offset) => writtenOffset(shifts.get(at) ?? [], offset) };
}

function fillText(text: string, pointer: string, variables: Readonly<Record<string, string>>, environment: string) {
  const problems: Problem[] = [];
  const shifts: Shift[] = [];
  let filled = "";
  let at = 0;
  const replace = (length: number, by: string): void => {
    const filledStart = filled.length;
    filled += by;
    shifts.push({ filledStart, filledEnd: filled.length, writtenStart: at, writtenEnd: at + length });
    at += length;
  };
  while (at < text.length) {
    if (text.startsWith("$${", at)) replace(3, "${");
    else if (text.startsWith("${", at)) {
      const name = /^\$\{([A-Za-z_][A-Za-z0-9_.-]{0,254})\}/.exec(text.slice(at, at + 260))?.[1];
      if (name !== undefined && Object.hasOwn(variables, name)) replace(name.length + 3, variables[name] as string);
      else {
        problems.push(problemAt(name, pointer, at, variables, environment));
        filled += "${";
        at += 2;
      }
    } else {
      filled += text[at];
      at++;
    }
  }
  return { text: filled, problems, shifts };
}

function problemAt(
  name: string | undefined,
  pointer: string,
  offset: number,
  variables: Readonly<Record<string, string>>,
  environment: string,
): Problem {
  if (name === undefined) {
    return {
      code: "CX1027",
      severity: "error",
      pointer,
      offset,
      length: 2,
      message: `\`${humanPath(pointer)}\` has a \${ that begins no variable`,
      hint: "Write ${name}, or $${ for a literal ${.",
    };
  }
  const meant = nearest(name, Object.keys(variables));
  return {
    code: "CX1026",
    severity: "error",
    pointer,
    offset,
    length: name.length + 3,
    message: `the variable ${name} is unknown in environment ${environment}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    hint:
      meant === undefined
        ? `Add ${name} to environments.${environment}.variables, or write $\${ for a literal \${.`
        : `Write \${${meant}}.`,
  };
}

function writtenOffset(shifts: readonly Shift[], offset: number): number {
  let moved = 0;
  for (const shift of shifts) {
    if (offset < shift.filledStart) break;
    if (offset < shift.filledEnd) return shift.writtenStart;
    moved = shift.writtenEnd - shift.filledEnd;
  }
  return offset + moved;
}
