// What rules tell about manifests: reads documents with their places, runs rules without the engine, checks a rule's own examples.
import assert from "node:assert/strict";
import type { Finding, Rule, RuleScope, RuleSubject, Severity } from "../../src/contract/diagnostic.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import { readDocuments } from "../../src/manifest/document.ts";
import { Lines } from "../../src/manifest/lines.ts";
import { Schemas } from "../../src/manifest/schema.ts";
import { schemaProblems } from "../../src/manifest/violation.ts";

export interface Told extends Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly line: number;
  readonly column: number;
}

export interface Tested {
  readonly kind: string;
  readonly slug: string;
  readonly rules: readonly Rule<never>[];
  address(name: string, spec: JsonObject): string;
}

const schemas = new Schemas();

export function scopeOf(subjects: readonly RuleSubject[], extraLanguages: readonly string[] = []): RuleScope {
  return {
    ofKind: <Spec>(kind: string) => subjects.filter((one) => one.kind === kind) as unknown as RuleSubject<Spec>[],
    refused: () => [],
    now: 0,
    secret: () => undefined,
    extraLanguages,
  };
}

/** Every finding of every rule on every document of a text, with the place in the text. */
export function toldOf(tested: Tested, text: string): readonly Told[] {
  const { documents, diagnostics } = readDocuments(new Lines("example.yaml", text));
  assert.deepEqual(diagnostics, []);
  const subjects = documents.map(({ value }): RuleSubject => {
    const { kind, metadata, spec } = value as unknown as {
      kind: string;
      metadata: { name: string };
      spec: JsonObject;
    };
    return { address: tested.address(metadata.name, spec), kind, name: metadata.name, metadata, spec };
  });
  assert.ok(subjects.length > 0);
  assert.ok(subjects.every(({ kind }) => kind === tested.kind));
  const scope = scopeOf(subjects);
  return documents.flatMap((document, at) =>
    tested.rules.flatMap((rule) =>
      [...rule.check(subjects[at] as RuleSubject<never>, scope)].map((finding) => {
        const { line, column } = document.place(finding.pointer, finding.offset);
        return { severity: rule.severity, ...finding, code: rule.code, line, column };
      }),
    ),
  );
}

/** `right` gives nothing; `wrong` gives one finding of the rule at its place, and nothing else. */
export function checkExamples(tested: Tested, rule: Rule<never>): void {
  assert.deepEqual(toldOf(tested, rule.examples.right), [], `${rule.code}, right`);
  const told = toldOf(tested, rule.examples.wrong);
  const brief = told.map(({ code, line, column, severity }) => ({ code, line, column, severity }));
  assert.deepEqual(
    brief,
    [{ code: rule.code, ...rule.examples.at, severity: rule.severity }],
    `${rule.code}, wrong: ${told.map(({ message }) => message).join("; ")}`,
  );
  for (const { message, hint, length } of told) {
    assert.match(message, /^(?:[^A-Z]|[A-Z]{2})/, `${rule.code}: a message begins in lower case`);
    assert.doesNotMatch(message, /\.$/, `${rule.code}: a message has no full stop`);
    assert.match(hint, /^[A-Z].*[.?]$/s, `${rule.code}: a hint is a sentence`);
    assert.ok(length === undefined || length > 0, `${rule.code}: something is underlined`);
  }
}

/** Where the manifests of a text break the kind's schema. */
export function schemaPointers(tested: Tested, text: string): readonly string[] {
  const { documents } = readDocuments(new Lines("example.yaml", text));
  return documents.flatMap((document) =>
    schemaProblems(document.value, {
      schemas,
      slug: tested.slug,
      schemaCodes: [],
      written: () => undefined,
      isPrivate: () => false,
    }).map(({ pointer }) => pointer),
  );
}
