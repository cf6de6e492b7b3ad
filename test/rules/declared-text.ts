// Runs the rules of some kinds over manifests as text: schema, schema codes, rules, places. Judges nothing itself.
import assert from "node:assert/strict";
import { isScalar, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { Finding, Rule, RuleScope, RuleSubject, SchemaCode, Severity } from "../../src/contract/diagnostic.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import * as a2p from "../../src/kinds/a2p-registration/rules.ts";
import * as guest from "../../src/kinds/guest-session/rules.ts";
import * as preference from "../../src/kinds/preference-batch/rules.ts";
import * as sms from "../../src/kinds/sms-template/rules.ts";
import * as webhook from "../../src/kinds/webhook-subscription/rules.ts";
import { slugByKind, validator } from "../schemas/documents.ts";

export const now = Date.UTC(2026, 10, 20, 11, 0, 0);

export interface Found {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
  readonly line: number;
  readonly column: number;
}

interface KindRules {
  readonly rules: readonly Rule[];
  readonly schemaCodes: readonly SchemaCode[];
}

const kinds: Readonly<Record<string, KindRules>> = {
  A2pRegistration: a2p,
  GuestSession: guest,
  PreferenceBatch: { rules: [...preference.rules, ...preference.recordRules], schemaCodes: preference.schemaCodes },
  SmsTemplate: sms,
  WebhookSubscription: webhook,
};

interface Document {
  readonly value: JsonObject;
  place(pointer: string, offset?: number): { readonly line: number; readonly column: number };
}

/** Everything that schema and rules say about a file, by place. */
export function findingsOf(text: string, secrets: Readonly<Record<string, string>> = {}): readonly Found[] {
  const documents = read(text);
  const broken = documents.flatMap((document) => schemaFindings(document));
  const subjects = documents
    .filter((document) => schemaFindings(document).length === 0)
    .map((document) => ({ document, subject: subjectOf(document.value) }));
  const scope: RuleScope = {
    ofKind: <Spec>(kind: string) =>
      subjects
        .map(({ subject }) => subject)
        .filter((subject) => subject.kind === kind) as unknown as readonly RuleSubject<Spec>[],
    refused: () => [],
    now,
    secret: (variable) => secrets[variable],
    extraLanguages: [],
  };
  const found = subjects.flatMap(({ document, subject }) =>
    (kinds[subject.kind] as KindRules).rules.flatMap((rule) =>
      [...rule.check(subject, scope)].map((finding) => foundAt(document, rule, finding)),
    ),
  );
  return [...broken, ...found].sort((left, right) => left.line - right.line || left.column - right.column);
}

/** The codes alone, for tables. */
export function codesOf(text: string, secrets: Readonly<Record<string, string>> = {}): readonly string[] {
  return findingsOf(text, secrets).map(({ code }) => code);
}

function foundAt(document: Document, rule: Rule, finding: Finding): Found {
  assert.match(finding.message, /^[^A-Z]*\S/, "a message begins in lower case");
  assert.match(finding.message, /[^.]$/, "a message ends without a full stop");
  assert.match(finding.hint, /^["A-Z].*\."?$/s, "a hint is a sentence");
  return {
    code: rule.code,
    severity: finding.severity ?? rule.severity,
    message: finding.message,
    hint: finding.hint,
    ...document.place(finding.pointer, finding.offset),
  };
}

function subjectOf(value: JsonObject): RuleSubject {
  const metadata = value["metadata"] as JsonObject;
  const kind = value["kind"] as string;
  const name = metadata["name"] as string;
  return { address: `${kind}/${name}`, kind, name, metadata, spec: value["spec"] as JsonObject };
}

function schemaFindings(document: Document): readonly Found[] {
  const kind = document.value["kind"] as string;
  const validate = validator(slugByKind[kind] as string);
  if (validate(document.value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message = "" }) => {
    const schemaCode = (kinds[kind] as KindRules).schemaCodes.find(({ pointer }) => matches(pointer, instancePath));
    const value = valueAt(document.value, instancePath);
    return {
      code: schemaCode?.code ?? "CX2",
      severity: "error",
      message: schemaCode?.message(value) ?? message,
      hint: typeof schemaCode?.hint === "function" ? schemaCode.hint(value) : (schemaCode?.hint ?? ""),
      ...document.place(instancePath),
    };
  });
}

function matches(pattern: string, pointer: string): boolean {
  const [wanted, given] = [pattern.split("/"), pointer.split("/")];
  return (
    wanted.length === given.length && wanted.every((segment, index) => segment === "*" || segment === given[index])
  );
}

const segmentsOf = (pointer: string): readonly string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));

function valueAt(value: Json, pointer: string): Json {
  return segmentsOf(pointer).reduce<Json>((inner, segment) => (inner as Record<string, Json>)[segment] ?? null, value);
}

function read(text: string): readonly Document[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, version: "1.2" });
  assert.ok(Array.isArray(documents));
  return documents.map((document) => {
    assert.deepEqual(document.errors, []);
    return {
      value: document.toJS() as JsonObject,
      place: (pointer, offset) => {
        let path: readonly string[] = segmentsOf(pointer);
        // A field that is missing is shown at its nearest parent.
        while (!document.hasIn(path)) path = path.slice(0, -1);
        const node = document.getIn(path, true);
        const { range, type } = node as Node & { readonly type?: string };
        const quote =
          isScalar(node) && (type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE") && offset !== undefined ? 1 : 0;
        const { line, col } = lines.linePos((range?.[0] ?? 0) + (offset ?? 0) + quote);
        return { line, column: col };
      },
    };
  });
}

/** Every rule's own examples: `wrong` gives its code once at its place, `right` gives nothing; the words are complete. */
export function checkExamples(rule: Rule): void {
  const { code, examples } = rule;
  assert.match(code, /^CX3\d{3}$/);
  for (const words of [rule.title, rule.reason, rule.source, rule.hint])
    assert.ok(words.length > 5, `${code} is documented`);
  assert.match(rule.hint, /^["A-Z].*\."?$/s, `${code}: the hint is a sentence`);
  assert.match(rule.reason, /^[A-Z].*\.$/s, `${code}: the reason is a sentence`);
  assert.deepEqual(findingsOf(examples.right), [], `${code}: the right example`);
  const wrong = findingsOf(examples.wrong);
  assert.deepEqual(
    wrong.map((found) => ({ code: found.code, severity: found.severity, line: found.line, column: found.column })),
    [{ code, severity: rule.severity, ...examples.at }],
    `${code}: the wrong example`,
  );
}
