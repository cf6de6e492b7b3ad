// Rewrites one manifest to the content that an earlier version had, from the ledger; comments and everything else in the file stay. It contacts nobody.
import { readFileSync } from "node:fs";
import { type Document, isMap, isScalar, LineCounter, parseAllDocuments } from "yaml";
import { canonical } from "../base/canonical.ts";
import { NotAllowed } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Declared } from "../contract/declared.ts";
import type { LedgerResource, LedgerVersion } from "../contract/entry.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { ObservedKind, Version } from "../contract/kind.ts";
import { kinds } from "../kinds/kinds.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { realInside } from "../manifest/files.ts";
import { nearest } from "../manifest/nearest.ts";
import { readManifests } from "../manifest/read.ts";
import { literal, yamlStyle } from "../manifest/render.ts";
import { comparable, masked } from "../plan/content.ts";
import { NotFound } from "./address-query.ts";
import { replaceFile } from "./format.ts";
import { Invalid } from "./invalid.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";
import { activeVersions } from "./resolve.ts";

export interface RollbackOptions extends LedgerOptions {
  readonly address: string;
  /** `2`, `v2`, `v1.0`; absent: the last version before the active one that has served. */
  readonly to?: string;
}

export interface RolledBack {
  readonly environment: string;
  readonly address: string;
  readonly version: Version;
  readonly file: string;
  /** The fields of the spec that were rewritten; none when the manifest says this already. */
  readonly changed: readonly string[];
  /** Fields whose values the ledger does not keep: they stay as the manifest has them. */
  readonly kept: readonly string[];
}

/** Throws NotFound for an unknown address or version, NotAllowed where there is no content or no manifest, Invalid, BrokenChain. */
export async function rollback(options: RollbackOptions): Promise<RolledBack> {
  const { config, world, address } = options;
  const { environment, ledger } = await readLedger(options);
  const resource = ledger.state.resources[address];
  if (resource === undefined) throw unknownAddress(address, Object.keys(ledger.state.resources));
  const version = versionOf(address, resource, options.to);
  const { kind, content } = await contentOf(address, version, ledger);
  const manifests = await readManifests({
    config,
    environment,
    kinds,
    now: world.clock.now(),
    secret: (variable) => world.env(variable),
    selectValidateOnly: true,
  });
  const declared = manifests.declared.find((one) => one.address === address);
  if (declared === undefined) {
    const own = manifests.diagnostics.filter((one) => one.address === address && one.severity === "error");
    if (own.length > 0 || !manifests.isValid)
      throw new Invalid(own.length > 0 ? own : manifests.diagnostics, manifests.sources);
    throw new NotAllowed(
      "CX4064",
      `no manifest declares ${address}`,
      "Restore its manifest from the history of git first; rollback rewrites one that is there.",
    );
  }
  const { spec, kept } = specOf(kind, declared, content);
  const told = { environment: environment.name, address, version: version.version, file: declared.source.file, kept };
  const changed = Object.keys(spec);
  if (changed.length === 0) return { ...told, changed };
  const path = realInside(config.root, config.root, declared.source.file).real;
  invariant(path !== undefined, `${declared.source.file} was read and is not there`);
  const text = readFileSync(path, "utf8");
  replaceFile(path, rewritten(text, declared, spec), world.chance.uuid());
  return { ...told, changed };
}

function unknownAddress(address: string, known: readonly string[]): NotFound {
  const meant =
    nearest(address, known) ?? known.find((one) => one.endsWith(`/${address}`) || one.startsWith(`${address}/`));
  return new NotFound(
    "CX4060",
    `the ledger holds nothing of ${address}`,
    meant === undefined ? "Run cxform status: it lists the addresses that there are." : `Did you mean ${meant}?`,
  );
}

function versionOf(address: string, { versions, ...rest }: LedgerResource, to: string | undefined): LedgerVersion {
  if (to !== undefined) {
    const found = versions.find(({ version }) => String(version) === to || `v${version}` === to);
    if (found !== undefined) return found;
    const there = versions.map(({ version }) => version).join(", ");
    throw new NotFound(
      "CX4060",
      `${address} has no version ${to}`,
      there === "" ? "The ledger holds no version of it." : `Name one of ${there}.`,
    );
  }
  const active = activeVersions({ versions, ...rest }).at(-1);
  const before = active === undefined ? versions : versions.slice(0, versions.indexOf(active));
  const served = before.findLast((version) => version.activeSince !== undefined);
  if (served !== undefined) return served;
  throw new NotAllowed(
    "CX4064",
    `${address} has no earlier version that has served`,
    "Name a version with --to; cxform history lists them.",
  );
}

async function contentOf(
  address: string,
  version: LedgerVersion,
  ledger: Ledger,
): Promise<{ readonly kind: ObservedKind; readonly content: JsonObject }> {
  const kind = kinds.find((one) => address.startsWith(`${one.name}/`));
  if (kind === undefined || kind.lifecycle === "once" || kind.lifecycle === "records") {
    throw new NotAllowed(
      "CX4064",
      `${address} is sent once and has no versions to go back to`,
      "Revert the manifest in git, and raise its generation where it is a session.",
    );
  }
  const content = await ledger.content(version.digest);
  if (typeof content === "object" && content !== null && !Array.isArray(content))
    return { kind, content: content as JsonObject };
  throw new NotAllowed(
    "CX4064",
    `the ledger holds no content of ${address} version ${version.version}`,
    "Restore the manifest from the history of git.",
  );
}

/** The fields of the spec that must change, null for one that goes; and those whose old values the ledger does not keep. */
function specOf(
  kind: ObservedKind,
  declared: Declared,
  content: JsonObject,
): { readonly spec: JsonObject; readonly kept: readonly string[] } {
  const shown = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== masked));
  const declaration = kind.declaration?.({
    remoteId: "",
    remoteName: declared.name,
    status: "active",
    statusText: "",
    state: { ...declared.state, ...shown },
    revision: "",
  });
  if (declaration === undefined || typeof declaration === "string") {
    throw new NotAllowed(
      "CX4064",
      `the content of ${declared.address} cannot be written as a manifest: ${declaration ?? "its kind has no such form"}`,
      "Restore the manifest from the history of git.",
    );
  }
  const [before, after] = [comparable(kind, declared.state), comparable(kind, shown)];
  const changed = Object.keys(after).filter(
    (field) => canonical(after[field] as Json) !== canonical(before[field] ?? null),
  );
  return {
    spec: Object.fromEntries(changed.map((field) => [field, declaration.spec[field] ?? null])),
    kept: Object.keys(content).filter((field) => content[field] === masked),
  };
}

/** The file's text with these fields of one document's spec; everything else says what it said. */
function rewritten(text: string, declared: Declared, spec: JsonObject): string {
  const counter = new LineCounter();
  const options = { version: "1.2", merge: false, lineCounter: counter, keepSourceTokens: true } as const;
  const documents = parseAllDocuments(text, options) as Document.Parsed[];
  const lineOf = (document: Document.Parsed): number => counter.linePos(document.contents?.range?.[0] ?? 0).line;
  const own = documents.findLast((document) => lineOf(document) <= declared.source.line);
  invariant(own !== undefined, `${declared.address} is in no document of its file`);
  const expected = documents.map((document) => document.toJS() as Json);
  const wanted = expected[documents.indexOf(own)] as { readonly spec: Record<string, Json> };
  for (const [field, value] of Object.entries(spec)) {
    put(own, field, value);
    if (value === null) delete wanted.spec[field];
    else wanted.spec[field] = literal(value);
  }
  const result = joined(documents);
  const said = (parseAllDocuments(result, { version: "1.2", merge: false }) as Document.Parsed[]).map(
    (document) => document.toJS() as Json,
  );
  if (canonical(said) === canonical(expected)) return result;
  throw new NotAllowed(
    "CX4064",
    `${declared.source.file} cannot be rewritten without changing what else it says`,
    "Write the fields without anchors and aliases, or restore the manifest from the history of git.",
  );
}

function put(document: Document.Parsed, field: string, value: Json): void {
  const contents = document.get("spec");
  invariant(isMap(contents), "a spec is a map");
  if (value === null) {
    contents.delete(field);
    return;
  }
  const written = literal(value);
  const node = contents.get(field, true);
  // A scalar that is kept keeps its comments and its style.
  if (isScalar(node) && typeof written === "string" && typeof node.value === "string") node.value = written;
  else contents.set(field, document.createNode(written));
}

function joined(documents: readonly Document.Parsed[]): string {
  let result = "";
  for (const [at, document] of documents.entries()) {
    if (at > 0 && !result.endsWith("...\n") && !document.directives?.docStart) result += "---\n";
    const own = document.toString(yamlStyle);
    result += at > 0 && document.directives?.docStart && !/^---/m.test(own) ? `---\n${own}` : own;
  }
  return result;
}
