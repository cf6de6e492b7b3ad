// CXone to YAML: a manifest for each object that nobody declares and the ledger does not own. It writes new files and nothing else.
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { selects } from "../base/address.ts";
import { NotAllowed } from "../base/failure.ts";
import type { Declared, Manifests } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { LedgerState } from "../contract/entry.ts";
import type { Json } from "../contract/json.ts";
import type { Declaration, Observed, ObservedKind } from "../contract/kind.ts";
import { kinds } from "../kinds/kinds.ts";
import { isInside, realInside } from "../manifest/files.ts";
import { nearest } from "../manifest/nearest.ts";
import { readManifests } from "../manifest/read.ts";
import { renderManifest } from "../manifest/render.ts";
import { kindsInOrder } from "../plan/graph.ts";
import { ledgerObjectId, objectIdOf } from "../plan/ownership.ts";
import { NotFound } from "./address-query.ts";
import { Invalid } from "./invalid.ts";
import { openLedgerOf, readAll } from "./prepare.ts";
import { openWorkplace, type Workplace, type WorkplaceOptions } from "./workplace.ts";

export interface ImportOptions extends Omit<WorkplaceOptions, "planning" | "contacts"> {
  /** `KIND` or `KIND/NAME`, globs; absent or empty: everything. */
  readonly patterns?: readonly string[];
}

export interface Imported {
  readonly environment: string;
  readonly written: readonly { readonly address: string; readonly file: string }[];
  /** What CXone holds and no manifest was written for. */
  readonly skipped: readonly { readonly kind: string; readonly object: string; readonly reason: string }[];
  /** What is wrong with the manifests that were written. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

/** A manifest that is to be written. */
interface Drafted {
  readonly kind: ObservedKind;
  readonly address: string;
  readonly declaration: Declaration;
  readonly object: string;
}

type Skipped = Imported["skipped"][number];

/** Throws Invalid (config, credentials), NotFound for a pattern that names nothing, NotAllowed, CallFailure; nothing is written then. */
export async function importManifests(options: ImportOptions): Promise<Imported> {
  const workplace = await openWorkplace({ ...options, planning: true, contacts: true });
  try {
    const patterns = options.patterns ?? [];
    const asked = kindsAsked(patterns);
    const skipped: Skipped[] = [];
    const wanted = reachable(workplace, asked, patterns.length > 0, skipped);
    const manifests = await readAll(workplace);
    const { state } = await openLedgerOf(workplace);
    const observed = await observeAll(workplace, wanted, skipped);
    const found = draft({ workplace, manifests, state, patterns, wanted, skipped }, observed);
    const written = write(workplace, found, skipped);
    const paths = written.map(({ file }) => join(workplace.config.root, file));
    const { diagnostics, sources } = await check(workplace, paths);
    return { environment: workplace.environment.name, written, skipped, diagnostics, sources };
  } finally {
    await workplace.close();
  }
}

/** The kinds that can be imported and that a pattern names, references before what refers to them. */
function kindsAsked(patterns: readonly string[]): readonly ObservedKind[] {
  const importable = kindsInOrder(kinds).filter(
    (kind): kind is ObservedKind =>
      (kind.lifecycle === "versioned" || kind.lifecycle === "mutable") && kind.declaration !== undefined,
  );
  const names = importable.map((kind) => kind.name);
  for (const pattern of patterns) {
    const name = pattern.split("/")[0] as string;
    if (names.some((one) => selects(name, one))) continue;
    const meant = nearest(name, names);
    throw new NotFound(
      "CX4060",
      `${name} is no kind that can be imported`,
      meant === undefined ? `Name one of ${names.join(", ")}.` : `Did you mean ${meant}?`,
    );
  }
  return importable.filter(
    (kind) => patterns.length === 0 || patterns.some((pattern) => selects(pattern.split("/")[0] as string, kind.name)),
  );
}

/** Leaves out families that this environment does not use; what keeps a family that it uses from being read is thrown. */
function reachable(
  workplace: Workplace,
  asked: readonly ObservedKind[],
  isNamed: boolean,
  skipped: Skipped[],
): readonly ObservedKind[] {
  const wanted = asked.filter((kind) => {
    const why = !workplace.isEnabled(kind.family)
      ? `apis.${kind.family} is not enabled`
      : !isNamed && workplace.obstacles([kind.family]).some((one) => one.code !== "CX8015")
        ? `apis.${kind.family} is not configured`
        : undefined;
    if (why !== undefined) skipped.push({ kind: kind.name, object: "(all)", reason: why });
    return why === undefined;
  });
  const obstacles = workplace.obstacles([...new Set(wanted.map((kind) => kind.family))]);
  if (obstacles.length > 0) throw new Invalid(obstacles);
  return wanted;
}

type ObservedKinds = ReadonlyMap<ObservedKind, readonly Observed[]>;

/** With the kinds that links lead to: a registration is declared by its template's name. */
async function observeAll(
  workplace: Workplace,
  wanted: readonly ObservedKind[],
  skipped: Skipped[],
): Promise<ObservedKinds> {
  const observed = new Map<ObservedKind, readonly Observed[]>();
  const linked = new Set(wanted.flatMap((kind) => Object.values(kind.links)));
  for (const kind of kindsAsked([])) {
    if (!wanted.includes(kind) && !linked.has(kind.name)) continue;
    const api = workplace.client.reader(kind.family);
    const objects = api.capabilities.list ? await kind.observe(api, []) : undefined;
    if (objects === undefined && wanted.includes(kind))
      skipped.push({ kind: kind.name, object: "(all)", reason: "this tenant cannot list them" });
    observed.set(kind, objects ?? []);
  }
  return observed;
}

interface Drafting {
  readonly workplace: Workplace;
  readonly manifests: Manifests;
  readonly state: LedgerState;
  readonly patterns: readonly string[];
  readonly wanted: readonly ObservedKind[];
  readonly skipped: Skipped[];
}

function draft(drafting: Drafting, observed: ObservedKinds): readonly Drafted[] {
  const { manifests, state, patterns, wanted } = drafting;
  const found: Drafted[] = [];
  const owned = Object.entries(state.resources).filter(([, resource]) => resource.forgotten !== true);
  const taken = new Set([...manifests.resources.map((one) => one.address), ...owned.map(([address]) => address)]);
  const addresses = linksOf(drafting);
  const hits = new Set<string>();
  for (const [kind, objects] of observed) {
    const linked = objects.map((object) => withAddresses(kind, object, addresses));
    for (const object of linked) {
      const declared = declaredAs(kind, object, manifests);
      if (declared !== undefined) addresses.set(`${kind.name}#${object.remoteId}`, declared.address);
    }
    if (!wanted.includes(kind)) continue;
    for (const object of serving(kind, linked)) {
      const hit = patterns.filter((pattern) => isMeant(pattern, kind, object));
      for (const pattern of hit) hits.add(pattern);
      if (patterns.length > 0 && hit.length === 0) continue;
      const made = draftOne(drafting, kind, object, taken, hit.length > 0);
      if (typeof made === "string") {
        drafting.skipped.push({ kind: kind.name, object: object.remoteName, reason: made });
        continue;
      }
      taken.add(made.address);
      addresses.set(`${kind.name}#${object.remoteId}`, made.address);
      found.push(made);
    }
  }
  const missed = patterns.find((pattern) => pattern.includes("/") && !hits.has(pattern));
  if (missed !== undefined)
    throw new NotFound(
      "CX4060",
      `CXone holds nothing of ${missed}`,
      "Run cxform import without a name: it lists what there is.",
    );
  return found;
}

const isMeant = (pattern: string, kind: ObservedKind, object: Observed): boolean =>
  selects(pattern, kind.address(object.remoteName, object.state)) ||
  selects(pattern, `${kind.name}/${object.remoteName}`);

/** Of each natural key the object that serves: the newest active version; of mutable kinds the object, unless it is gone or refused. */
function serving(kind: ObservedKind, objects: readonly Observed[]): readonly Observed[] {
  if (kind.lifecycle === "mutable")
    return objects.filter(({ status }) => status === "active" || status === "pending").toSorted(byName);
  const newest = new Map<string, Observed>();
  for (const object of objects) {
    if (object.status !== "active") continue;
    const key = kind.keyOf(object.remoteName, object.state);
    const other = newest.get(key);
    const isNewer =
      other === undefined ||
      kind.compareVersions(object.version ?? kind.firstVersion, other.version ?? kind.firstVersion) > 0;
    if (isNewer) newest.set(key, object);
  }
  return [...newest.values()].toSorted(byName);
}

const byName = (left: Observed, right: Observed): number =>
  left.remoteName < right.remoteName ? -1 : left.remoteName > right.remoteName ? 1 : 0;

function draftOne(
  { workplace, manifests, state }: Drafting,
  kind: ObservedKind,
  object: Observed,
  taken: ReadonlySet<string>,
  isNamed: boolean,
): Drafted | string {
  const shown = kind.address(object.remoteName, object.state);
  const ignored = workplace.environment.ignoreUnmanaged.some((pattern) => selects(pattern, shown));
  if (ignored && !isNamed) return "ignoreUnmanaged names it";
  if (isOwned(kind, object, state)) return "the ledger owns it";
  if (declaredAs(kind, object, manifests) !== undefined) return "it is declared already";
  const declaration = kind.declaration?.(object) ?? "its kind is never imported";
  if (typeof declaration === "string") return declaration;
  const named = nameIt(kind, declaration, taken);
  if (typeof named === "string") return named;
  return { kind, declaration: named, address: kind.address(named.name, named.spec), object: object.remoteName };
}

function declaredAs(kind: ObservedKind, object: Observed, manifests: Manifests): Declared | undefined {
  const key = kind.keyOf(object.remoteName, object.state);
  return manifests.declared.find(
    (one) =>
      one.kind === kind.name &&
      (kind.keyOf(one.name, one.state) === key || kind.takeOver?.(one.spec) === object.remoteId),
  );
}

/** A name that a manifest may have and that is free at its address. */
function nameIt(kind: ObservedKind, declaration: Declaration, taken: ReadonlySet<string>): Declaration | string {
  const { name, isNameFree, spec } = declaration;
  if (name.length > 255 || name.trim() !== name || /^$|[/\p{C}]/u.test(name))
    return "its name is none that a manifest may have";
  for (let count = 1; count < 1000; count++) {
    const next = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(kind.address(next, spec))) return { ...declaration, name: next };
    if (!isNameFree) break;
  }
  return `${kind.address(name, spec)} is declared, or was, as another object`;
}

function isOwned(kind: ObservedKind, object: Observed, state: LedgerState): boolean {
  return Object.entries(state.resources).some(
    ([address, resource]) =>
      address.startsWith(`${kind.name}/`) &&
      resource.forgotten !== true &&
      resource.versions.some((version) =>
        // A submission whose answer was lost has no id yet: what bears its name may be its effect.
        version.remoteId === undefined
          ? version.remoteName === object.remoteName
          : ledgerObjectId(kind, version.remoteId, version.version) === objectIdOf(object) ||
            version.remoteId === object.remoteId,
      ),
  );
}

/** `Kind#remoteId` → address, of what the ledger owns. */
function linksOf({ state }: Drafting): Map<string, string> {
  const addresses = new Map<string, string>();
  for (const [address, { versions, forgotten }] of Object.entries(state.resources)) {
    const id = versions.findLast((version) => version.remoteId !== undefined)?.remoteId;
    if (id !== undefined && forgotten !== true) addresses.set(`${address.split("/")[0]}#${id}`, address);
  }
  return addresses;
}

function withAddresses(kind: ObservedKind, object: Observed, addresses: ReadonlyMap<string, string>): Observed {
  const state: Record<string, Json> = { ...object.state };
  for (const [field, linked] of Object.entries(kind.links)) {
    const address = addresses.get(`${linked}#${String(state[field])}`);
    if (address !== undefined) state[field] = address;
  }
  return { ...object, state };
}

/** New files only; one that is there already keeps its object out. */
function write(workplace: Workplace, found: readonly Drafted[], skipped: Skipped[]): Imported["written"] {
  const { root } = workplace.config;
  const placed = found.map((drafted) => ({
    drafted,
    file: join(folderFor(workplace, drafted.kind), fileName(drafted)),
  }));
  const written: { address: string; file: string }[] = [];
  for (const { drafted, file } of placed) {
    const { kind, declaration, address, object } = drafted;
    const text = renderManifest({ ...declaration, kind: kind.name, slug: kind.slug });
    const shown = relative(root, file).split(sep).join("/");
    mkdirSync(dirname(file), { recursive: true });
    if (realInside(root, root, relative(root, dirname(file))).real === undefined) {
      throw new NotAllowed(
        "CX1020",
        `${relative(root, dirname(file))} leads out of the project by a symbolic link`,
        "Replace the link by a folder.",
      );
    }
    if (writeNew(file, text)) written.push({ address, file: shown });
    else skipped.push({ kind: kind.name, object, reason: `${shown} is there already` });
  }
  return written;
}

/** The folder of the kind, where the environment's manifests have it: below the project, or below a folder of theirs. */
function folderFor({ config, environment }: Workplace, kind: ObservedKind): string {
  const folders = environment.manifests.filter((path) => !/[*?]/.test(path) && !/\.ya?ml$/.test(path));
  const own = join(config.root, kind.folder);
  // `templates/sms` is read through `templates`, and a narrower environment may read `templates/sms/eu` alone.
  if (folders.some((folder) => isInside(resolve(folder), own))) return own;
  const narrower = folders.find((folder) => isInside(own, resolve(folder)));
  if (narrower !== undefined) return resolve(narrower);
  const [other] = folders.filter(
    (folder) => !kinds.some((one) => isInside(join(config.root, one.folder.split("/")[0] as string), resolve(folder))),
  );
  if (other !== undefined) return join(resolve(other), kind.folder);
  throw new NotAllowed(
    "CX4063",
    `environment ${environment.name} reads no manifests from ${kind.folder}`,
    `Add ${kind.folder} to its manifests in cxform.yaml.`,
  );
}

/** The address without its kind; names may hold what file names had better not. */
function fileName({ address }: Drafted): string {
  const [, ...parts] = address.split("/");
  const safe = parts
    .join(".")
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[.-]+/, "");
  return `${(safe === "" ? "manifest" : safe).slice(0, 200)}.yaml`;
}

/** False when there is such a file. */
function writeNew(file: string, text: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(file, "wx", 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw unwritable(file, error);
  }
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(file, { force: true });
    throw unwritable(file, error);
  } finally {
    closeSync(descriptor);
  }
  return true;
}

function unwritable(file: string, error: unknown): NotAllowed {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown";
  return new NotAllowed("CX4063", `${file} cannot be written (${code})`, "Check the folder and its permissions.");
}

/** What the rules say of the manifests that were written: CXone may hold what this project refuses. */
async function check(
  workplace: Workplace,
  paths: readonly string[],
): Promise<Pick<Imported, "diagnostics" | "sources">> {
  const { config, environment, world } = workplace;
  if (paths.length === 0) return { diagnostics: [], sources: new Map() };
  return readManifests({
    config,
    environment,
    kinds,
    paths,
    now: world.clock.now(),
    secret: (variable) => world.env(variable),
    selectValidateOnly: true,
  });
}
