// How severe a finding is for this project and this resource: the config's `rules` and a resource's own allowances; knows no rule.
import type { Severity } from "../contract/diagnostic.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Kind } from "../contract/kind.ts";
import { nearest } from "./nearest.ts";
import { below, isObject } from "./pointer.ts";
import type { Problem } from "./problem.ts";

export type Severities = Readonly<Record<string, Severity | "off">>;

const prefix = "cxform.dev/";
const annotations = "/metadata/annotations";

/** Applies the config's severities and the resource's allowances to problems with a rule's code. */
export function withSeverities(
  problems: readonly Problem[],
  severities: Severities,
  metadata: JsonObject,
  kind: Kind,
): readonly Problem[] {
  const allowed = allowancesOf(metadata, kind).codes;
  return problems.flatMap((problem) => {
    if (!problem.code.startsWith("CX3") || problem.isFixed === true) return [problem];
    if (allowed.has(problem.code)) return [];
    const severity = Object.hasOwn(severities, problem.code) ? severities[problem.code] : undefined;
    if (severity === "off") return [];
    return [severity === undefined ? problem : { ...problem, severity }];
  });
}

export interface Allowances {
  readonly codes: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** `cxform.dev/allow-CX3011: reason` silences that rule on the resource; without a reason it is an error. */
export function allowancesOf(metadata: JsonObject, kind: Kind): Allowances {
  const codes = new Set<string>();
  const problems: Problem[] = [];
  const given = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  const known = [...kind.rules, ...kind.schemaCodes].map((rule) => rule.code);
  for (const [key, reason] of Object.entries(given)) {
    if (!key.startsWith(prefix)) continue;
    const pointer = below(annotations, key);
    const code = /^cxform\.dev\/allow-(CX\d{4})$/.exec(key)?.[1];
    const at = { code: "CX1029", severity: "error", pointer } as const;
    if (code === undefined) {
      const message = `the annotation ${JSON.stringify(key.slice(0, 60))} is unknown`;
      problems.push({
        ...at,
        atKey: true,
        message,
        hint: `Write ${prefix}allow-<rule code>, or use a prefix of your own.`,
      });
    } else if (!known.includes(code)) {
      const meant = nearest(code, known);
      const message = `${code} is no rule of ${kind.name} that can be allowed${meant === undefined ? "" : `; did you mean ${meant}?`}`;
      problems.push({ ...at, atKey: true, message, hint: "Correct the code, or remove the annotation." });
    } else if (typeof reason !== "string" || reason.trim() === "") {
      const message = `the allowance of ${code} gives no reason`;
      problems.push({ ...at, message, hint: "Write why this resource may break the rule." });
    } else codes.add(code);
  }
  return { codes, problems };
}
