// Runs the kinds' rules over all schema-valid resources; knows no rule.
import type { RuleScope, RuleSubject } from "../contract/diagnostic.ts";
import type { JsonObject } from "../contract/json.ts";
import { hasError, type Problem } from "./problem.ts";
import type { Resource } from "./resource.ts";
import { allowancesOf, type Severities, withSeverities } from "./severity.ts";

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
  // Rules count on the schema: a batch with refused records, or with an error, is judged record by record alone.
  const sound = resources.filter((resource) => !resource.hasRefusedRecords && !hasError(resource.problems));
  for (const { subject } of sound) {
    if (subject === undefined) continue;
    const subjects = byKind.get(subject.kind);
    if (subjects === undefined) byKind.set(subject.kind, [subject]);
    else subjects.push(subject);
  }
  const scope: RuleScope = {
    ofKind: <Spec = JsonObject>(kind: string) => (byKind.get(kind) ?? []) as unknown as readonly RuleSubject<Spec>[],
    now: query.now,
    secret: query.secret,
    extraLanguages: query.extraLanguages,
  };
  const found = new Map<Resource, readonly Problem[]>();
  for (const resource of sound) {
    const { subject, kind } = resource;
    if (subject === undefined || kind === undefined || !resource.isSelected) continue;
    const problems: Problem[] = [];
    for (const rule of kind.rules) {
      if (query.severities[rule.code] === "off") continue;
      for (const finding of rule.check(subject, scope)) {
        problems.push({ ...finding, code: rule.code, severity: finding.severity ?? rule.severity });
      }
    }
    const judged = withSeverities(problems, query.severities, subject.metadata, kind);
    found.set(resource, [...judged, ...allowancesOf(subject.metadata, kind).problems]);
  }
  return found;
}
