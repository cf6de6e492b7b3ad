// Runs the kinds' rules over all resources that have their fields; knows no rule.
import type { RefusedResource, RuleScope, RuleSubject } from "../contract/diagnostic.ts";
import type { JsonObject } from "../contract/json.ts";
import { isObject } from "./pointer.ts";
import type { Problem } from "./problem.ts";
import type { Resource } from "./resource.ts";
import { allowancesOf, type Severities, withSeverities } from "./severity.ts";
import { followsFrom } from "./shape.ts";

export interface RuleQuery {
  readonly now: number;
  readonly secret: (variable: string) => string | undefined;
  readonly extraLanguages: readonly string[];
  readonly severities: Severities;
}

/** The findings of every rule on every selected resource, by resource. */
export function ruleProblems(
  resources: readonly Resource[],
  query: RuleQuery,
): ReadonlyMap<Resource, readonly Problem[]> {
  const byKind = new Map<string, RuleSubject[]>();
  const refused = new Map<string, RefusedResource[]>();
  for (const { subject, kind, name, document } of resources) {
    if (subject === undefined) {
      if (kind === undefined || name === undefined || !isObject(document.value)) continue;
      const others = refused.get(kind.name) ?? [];
      others.push({ name, spec: document.value["spec"] ?? null });
      refused.set(kind.name, others);
      continue;
    }
    const subjects = byKind.get(subject.kind);
    if (subjects === undefined) byKind.set(subject.kind, [subject]);
    else subjects.push(subject);
  }
  const scope: RuleScope = {
    ofKind: <Spec = JsonObject>(kind: string) => (byKind.get(kind) ?? []) as unknown as readonly RuleSubject<Spec>[],
    refused: (kind) => refused.get(kind) ?? [],
    now: query.now,
    secret: query.secret,
    extraLanguages: query.extraLanguages,
  };
  const found = new Map<Resource, readonly Problem[]>();
  for (const resource of resources) {
    const { subject, kind } = resource;
    if (subject === undefined || kind === undefined || !resource.isSelected) continue;
    const problems: Problem[] = [];
    for (const rule of kind.rules) {
      if (query.severities[rule.code] === "off") continue;
      for (const finding of rule.check(subject, scope)) {
        if (followsFrom(finding.pointer, resource.problems)) continue;
        problems.push({ ...finding, code: rule.code, severity: finding.severity ?? rule.severity });
      }
    }
    const judged = withSeverities(problems, query.severities, subject.metadata, kind);
    found.set(resource, [...judged, ...allowancesOf(subject.metadata, kind).problems]);
  }
  return found;
}
