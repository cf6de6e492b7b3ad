// The one suite that every kind passes, with no code for any kind: a corner that is missing, a field without a meaning, a value that leaks.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { canonical } from "../../src/base/canonical.ts";
import { CallFailure, Unexpected } from "../../src/base/failure.ts";
import type { Answer, ReadApi, ReadCall } from "../../src/contract/api.ts";
import type { Declared } from "../../src/contract/declared.ts";
import type { RuleScope } from "../../src/contract/diagnostic.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import type { Kind, KnownRemote, Observed } from "../../src/contract/kind.ts";
import { parseBody } from "../../src/cxone/body.ts";
import { callPath } from "../../src/cxone/url.ts";
import { Schemas } from "../../src/manifest/schema.ts";
import { makePlan } from "../../src/plan/assemble.ts";
import { now, situationOf, tell } from "../cases/story.ts";
import { type Holdings, tenantWith } from "../cases/tenant.ts";
import { scene } from "../plan/scene.ts";

export interface Corners {
  readonly kinds: readonly Kind[];
  /** The folder of the kind's own source. */
  readonly sourceDir: string;
  readonly schemasDir: string;
  readonly casesDir: string;
  /** What the example content of the kind declares. */
  examples(): Promise<readonly Declared[]>;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The same value with the keys of every object in the opposite order. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}

/** The same value with every text in it replaced by a canary; an empty place gets one. */
function canaried(value: Json): Json {
  if (typeof value === "string") return "canary-4711";
  if (Array.isArray(value)) return value.map(canaried);
  if (!isObject(value)) return value;
  return {
    ...Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, canaried(inner)])),
    own: "canary-4711",
  };
}

/** The same value with everything that stands below `examples` or `example` in the form of an e-mail address. */
function personal(value: Json): JsonObject {
  const visit = (one: Json, inside: boolean): Json => {
    if (typeof one === "string") return inside ? "canary@juniperandpine.example" : one;
    if (Array.isArray(one)) return one.map((inner) => visit(inner, inside));
    if (!isObject(one)) return one;
    return Object.fromEntries(
      Object.entries(one).map(([key, inner]) => [key, visit(inner, inside || /^example/.test(key))]),
    );
  };
  return visit(value, false) as JsonObject;
}

/** An object that notes which of its keys were asked for. */
function watched(spec: JsonObject, asked: Set<string>): JsonObject {
  return new Proxy(spec, {
    get(target, key) {
      if (typeof key === "string") asked.add(key);
      return Reflect.get(target, key);
    },
    ownKeys(target) {
      for (const key of Object.keys(target)) asked.add(key);
      return Reflect.ownKeys(target);
    },
  });
}

const scopeOf = (subjects: readonly Declared[]): RuleScope => ({
  ofKind: <Spec>(name: string) =>
    subjects.filter((one) => one.kind === name) as never as readonly (Declared & { spec: Spec })[],
  refused: () => [],
  now,
  secret: () => undefined,
  extraLanguages: [],
});

/** The fields of `export type …Spec = {…}` in the kind's source, with whether they may be left out. */
function specFields(sourceDir: string): ReadonlyMap<string, boolean> {
  const files = readdirSync(sourceDir).filter((name) => name === "spec.ts" || name === "index.ts");
  const text = files.map((name) => readFileSync(join(sourceDir, name), "utf8")).join("\n");
  const body = /^(?:export )?type \w+Spec = \{\n([\s\S]*?)^\};$/m.exec(text)?.[1] ?? "";
  return new Map(
    [...body.matchAll(/^ {2}readonly (\w+)(\??):/gm)].map((match) => [match[1] as string, match[2] === "?"]),
  );
}

export function holdKind(kind: Kind, corners: Corners): void {
  const { sourceDir, schemasDir, casesDir } = corners;
  const cases = existsSync(casesDir)
    ? readdirSync(casesDir).filter((folder) => folder.startsWith(`${kind.slug}-`))
    : [];
  const schemas = new Schemas(schemasDir);
  const specSchema = (): JsonObject => (schemas.source(kind.slug)["properties"] as JsonObject)["spec"] as JsonObject;

  test(`${kind.name} has its folder, schema, example content and case, under one slug`, async () => {
    assert.match(kind.slug, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.ok(existsSync(join(sourceDir, "index.ts")), `${sourceDir}/index.ts`);
    const module = (await import(join(sourceDir, "index.ts"))) as { readonly default: unknown };
    assert.equal(module.default, kind, "the default export is the kind");
    const schema = schemas.source(kind.slug);
    assert.deepEqual(
      (schema["properties"] as JsonObject)["kind"] &&
        ((schema["properties"] as JsonObject)["kind"] as JsonObject)["const"],
      kind.name,
    );
    assert.ok((await corners.examples()).length > 0, "an example");
    assert.ok(cases.length > 0, "a case");
  });

  test(`the example content of ${kind.name} lies in its folder and bears its addresses`, async () => {
    for (const one of await corners.examples()) {
      assert.ok(one.source.file.includes(`${kind.folder}/`), one.source.file);
      assert.ok(one.address.startsWith(`${kind.name}/${one.name}`), one.address);
    }
  });

  test(`every field of the state of ${kind.name} has a policy, and every policy a field`, async () => {
    for (const one of await corners.examples()) {
      assert.deepEqual(Object.keys(one.state).sort(), Object.keys(kind.fields).sort(), one.address);
    }
    for (const field of kind.sensitive) assert.ok(field in kind.fields, `sensitive ${field} is a field`);
    for (const [field, policy] of Object.entries(kind.fields)) {
      if (policy.change === "forbid" || policy.change === "ignore")
        assert.ok(policy.why.length > 10, `${field} says why`);
    }
  });

  test(`normalise, address and references of ${kind.name} do not depend on the order of keys`, async () => {
    for (const { name, spec, state, address, references } of await corners.examples()) {
      const other = turned(spec) as JsonObject;
      assert.equal(canonical(kind.normalise({ name, spec: other })), canonical(state));
      assert.equal(kind.address(name, other), address);
      assert.deepEqual(kind.references(other), references);
    }
  });

  test(`normalise of ${kind.name} writes into nothing and shares no list or map with the manifest`, async () => {
    for (const { name, spec } of await corners.examples()) {
      const before = canonical(spec);
      const state = kind.normalise({ name, spec });
      for (const [field, value] of Object.entries(state)) {
        if (typeof value === "object" && value !== null) assert.notEqual(value, spec[field], field);
      }
      assert.equal(canonical(spec), before);
    }
  });

  test(`what the schema of ${kind.name} requires and offers is what its spec type says`, () => {
    const properties = Object.keys(specSchema()["properties"] as JsonObject).sort();
    const required = [...(specSchema()["required"] as readonly string[])].sort();
    const fields = specFields(sourceDir);
    assert.deepEqual([...fields.keys()].sort(), properties);
    assert.deepEqual(
      [...fields]
        .filter(([, isOptional]) => !isOptional)
        .map(([name]) => name)
        .sort(),
      required,
    );
  });

  test(`every field that the schema of ${kind.name} offers is read by the kind, and none besides`, async () => {
    const asked = new Set<string>();
    const examples = await corners.examples();
    for (const one of examples) {
      const spec = watched(one.spec, asked);
      kind.normalise({ name: one.name, spec });
      kind.address(one.name, spec);
      kind.references(spec);
      kind.secrets?.(spec);
      if (kind.lifecycle === "once") kind.generation(spec);
      else if (kind.lifecycle === "records") kind.source(spec);
      else kind.takeOver?.(spec);
      const subject = { ...one, spec };
      for (const rule of kind.rules)
        for (const finding of rule.check(subject, scopeOf([subject]))) assert.ok(finding.message);
    }
    const known = new Set([...Object.keys(specSchema()["properties"] as JsonObject), "toJSON"]);
    assert.deepEqual(
      [...asked].filter((key) => !known.has(key)),
      [],
      "read but not in the schema",
    );
    assert.deepEqual(
      [...known].filter((key) => key !== "toJSON" && !asked.has(key)),
      [],
      "in the schema but never read",
    );
  });

  test(`an example of ${kind.name} without a required field is refused, without an optional one accepted`, async () => {
    const required = specSchema()["required"] as readonly string[];
    for (const { metadata, spec, name } of await corners.examples()) {
      const manifest = (without: string): JsonObject => ({
        apiVersion: "cxform/v1",
        kind: kind.name,
        metadata,
        spec: Object.fromEntries(Object.entries(spec).filter(([key]) => key !== without)),
      });
      assert.deepEqual(schemas.validate(kind.slug, manifest("")), [], name);
      for (const field of required) assert.ok(schemas.validate(kind.slug, manifest(field)).length > 0, field);
      const alternatives = specSchema()["oneOf"] ?? specSchema()["anyOf"];
      if (alternatives !== undefined) continue;
      for (const field of Object.keys(spec).filter((key) => !required.includes(key))) {
        assert.deepEqual(schemas.validate(kind.slug, manifest(field)), [], `${name} without ${field}`);
        assert.ok(kind.normalise({ name, spec: manifest(field)["spec"] as JsonObject }));
      }
    }
  });

  for (const list of [true, false]) {
    test(`${kind.name} is observed by reads alone, ${list ? "with" : "without"} lists, in the form of its state`, async () => {
      for (const folder of cases) {
        const situation = situationOf(join(casesDir, folder));
        await observeAlone(
          kind,
          situation.holds ?? {},
          knownOf(kind, situation.ledger ?? {}),
          list,
          await corners.examples(),
        );
      }
    });
  }

  test(`whatever CXone answers of ${kind.name} is taken or refused as an answer, and what is taken can be recorded and asked for`, async () => {
    const situations = cases
      .map((folder) => situationOf(join(casesDir, folder)))
      .filter(({ holds }) => kind.family in (holds ?? {}));
    const examples = await corners.examples();
    for (const { holds = {}, ledger = {} } of situations.slice(0, 3)) {
      for (const damaged of damagedHoldings(holds, kind.family))
        await readDamaged(kind, damaged, knownOf(kind, ledger), examples);
    }
  });

  test(`an answer about another object of ${kind.name} is no answer about the one that was asked for`, async () => {
    if (kind.lifecycle === "once" || kind.lifecycle === "records") return;
    for (const folder of cases) {
      const { holds = {}, ledger = {} } = situationOf(join(casesDir, folder));
      const own = tenantWith(holds).reader(kind.family);
      for (const known of knownOf(kind, ledger)) {
        let answered: Answer | undefined;
        const get = async (call: ReadCall): Promise<Answer> => {
          answered = await own.get(call);
          return answered;
        };
        const found = await kind.read({ ...own, get }, known);
        if (found === undefined || answered === undefined) continue;
        const always = { ...own, get: async () => answered as Answer };
        const others = [
          { ...known, remoteId: "another" },
          ...(found.version === undefined ? [] : [{ ...known, version: "v9.9" }]),
        ];
        for (const other of others)
          await assert.rejects(kind.read(always, other), Unexpected, `${kind.name} ${other.version}`);
      }
    }
  });

  test(`what the ledger names of ${kind.name} is read without lists too, unless the kind says that only its list shows it`, async () => {
    if (kind.lifecycle === "once" || kind.lifecycle === "records") return;
    for (const folder of cases) {
      const { holds = {}, ledger = {} } = situationOf(join(casesDir, folder));
      for (const known of knownOf(kind, ledger)) {
        const read = (list: boolean): Promise<Observed | undefined> =>
          kind.read(tenantWith(holds, { list }).reader(kind.family), known);
        const [listed, alone] = [await read(true), await read(false)];
        if (listed !== undefined) assert.equal(alone === undefined, kind.isSeenInListOnly === true, known.address);
      }
    }
  });

  test(`no plan of ${kind.name} shows a sensitive value, a secret or who a record is about`, async () => {
    for (const one of await corners.examples()) {
      const state = Object.fromEntries(
        Object.entries(one.state).map(([field, value]) => [
          field,
          kind.sensitive.includes(field) ? canaried(value) : value,
        ]),
      );
      const { plan } = makePlan(
        scene({ declared: [{ ...one, state }], input: { kinds: corners.kinds, showsSamples: true } }),
      );
      assert.ok(!JSON.stringify(plan).includes("canary-4711"), one.address);
      assert.ok(
        !JSON.stringify(kind.sample?.(personal(one.spec)) ?? "").includes("canary"),
        `the sample of ${one.address}`,
      );
    }
    for (const folder of kind.lifecycle === "records" ? cases : []) {
      const { planned, manifests } = await tell(join(casesDir, folder), corners.kinds, schemasDir);
      const text = JSON.stringify(planned.plan);
      for (const { records } of manifests.declared) {
        if (records === undefined) continue;
        for await (const chunk of records.chunks(() => true)) {
          for (const record of chunk.records) {
            const ids = Object.values(record).filter((value) => /^[0-9a-f]{8}-/.test(String(value)));
            assert.ok(ids.length > 0, "a record names somebody");
            for (const id of ids) assert.ok(!text.includes(String(id)), "a record's id is in the plan");
          }
        }
      }
    }
  });

  test(`what ${kind.name} says of a field that CXone complains about is a place in the manifest`, () => {
    for (const field of Object.keys(kind.fields)) {
      const pointer = kind.pointerOf?.(`/${field}`);
      if (pointer !== undefined) assert.match(pointer, /^\/(spec|metadata)\//);
    }
  });
}

const statuses: ReadonlySet<string> = new Set(["pending", "active", "rejected", "deprecated", "paused", "unknown"]);

/** As JSON writes them: of another type, empty, out of range, half a character, climbing. */
const oddities = [
  ...["null", "true", "[]", "{}", "[null]", '{"\\udc00":1}'],
  ...["1e400", "-1e999", "1e20", "-1", "0.5"],
  ...['""', '".."', '"%2e%2E"', '"x\\ud800y"', '"\\u0000"', '"a/b?c#d"', '"__proto__"', '"constructor"'],
] as const;

/** Holdings of one object of the family, one member of it replaced by one oddity as an answer's body would bring it. */
function* damagedHoldings(holds: Holdings, family: string): Generator<Holdings> {
  for (const [path, objects] of Object.entries(holds[family] ?? {})) {
    for (const object of objects.slice(0, 2)) {
      for (const member of Object.keys(object)) {
        for (const oddity of oddities) {
          const text = JSON.stringify({ ...object, [member]: "the oddity" }).replace('"the oddity"', oddity);
          const body = parseBody(Buffer.from(text));
          assert.ok(body.kind === "json", text);
          yield { ...holds, [family]: { ...holds[family], [path]: [body.value as JsonObject] } };
        }
      }
    }
  }
}

async function readDamaged(
  kind: Kind,
  holds: Holdings,
  known: readonly KnownRemote[],
  examples: readonly Declared[],
): Promise<void> {
  try {
    const seen = await readAll(kind, tenantWith(holds).reader(kind.family), known, examples);
    assert.ok(canonical(JSON.parse(JSON.stringify(seen)) as Json));
    for (const { remoteId, createdAt, decidedAt, status } of seen) {
      assert.ok(statuses.has(status), `${kind.name}: the status ${String(status)}`);
      assert.ok(callPath("/api", [remoteId]).length > "/api/".length);
      for (const time of [createdAt, decidedAt]) assert.ok(time === undefined || !Number.isNaN(Date.parse(time)), time);
    }
  } catch (error) {
    assert.ok(error instanceof CallFailure, `${kind.name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

/** All that the kind's reading functions make of an answer. */
async function readAll(
  kind: Kind,
  api: ReadApi,
  known: readonly KnownRemote[],
  examples: readonly Declared[],
): Promise<readonly Observed[]> {
  if (kind.lifecycle === "once") {
    for (const one of examples) await kind.precheck?.(api, one.state);
    const found = await kind.find(api, "0f6e1a52-7a3d-5b1c-8a51-2f1f4a6f0001");
    return found === undefined ? [] : [found];
  }
  if (kind.lifecycle === "records") {
    for await (const record of kind.observeAll(api)) {
      assert.ok(canonical((await kind.observeRecord(api, record)) ?? null));
      assert.ok(kind.recordKey(record).length > 0 && Number.isFinite(kind.effectiveAt(record)));
    }
    return [];
  }
  const read = await Promise.all(known.map((one) => kind.read(api, one)));
  return [...((await kind.observe(api, known)) ?? []), ...read.filter((one) => one !== undefined)];
}

function knownOf(kind: Kind, ledger: NonNullable<ReturnType<typeof situationOf>["ledger"]>): readonly KnownRemote[] {
  return Object.entries(ledger).flatMap(([address, { versions }]) =>
    address.startsWith(`${kind.name}/`)
      ? (versions ?? []).map((version) => ({ ...version, address, name: address.split("/")[1] ?? "" }))
      : [],
  );
}

/** Every reading function of the kind, over a reader whose every other use throws. */
async function observeAlone(
  kind: Kind,
  holds: Holdings,
  known: readonly KnownRemote[],
  list: boolean,
  examples: readonly Declared[],
): Promise<void> {
  const tenant = tenantWith(holds, { list });
  const api = tenant.reader(kind.family);
  assert.ok(!("send" in api), "a reader has no write method");
  if (kind.lifecycle === "once") {
    await kind.find(api, "0f6e1a52-7a3d-5b1c-8a51-2f1f4a6f0001");
    for (const one of examples) await kind.precheck?.(api, one.state);
  } else if (kind.lifecycle === "records") {
    for await (const record of kind.observeAll(api)) {
      assert.ok(await kind.observeRecord(api, record));
      assert.ok(kind.recordKey(record).length > 0 && !Number.isNaN(kind.effectiveAt(record)));
    }
  } else {
    const objects = await kind.observe(api, known);
    for (const { remoteId, remoteName, state, revision } of objects ?? []) {
      assert.ok(remoteId.length > 0 && remoteName.length > 0 && revision.length > 0);
      for (const field of Object.keys(state)) assert.ok(field in kind.fields, `${field} is a field of the state`);
      assert.ok(kind.keyOf(remoteName, state).length > 0);
    }
    const found = await Promise.all(known.map((one) => kind.read(api, one)));
    assert.equal(found.length, known.length);
    if (list)
      assert.ok(
        tenant.reads().some((read) => read.startsWith("list ")),
        "a list is read where there is one",
      );
  }
  for (const read of tenant.reads()) {
    assert.match(read, new RegExp(`^(get|list) ${kind.family} `));
    if (!list) assert.ok(!read.startsWith("list "), "a tenant without lists is asked for none");
  }
}
