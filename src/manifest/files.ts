// Which files are manifests: folders, files and globs expanded inside the project; knows nothing of their content.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { matchesGlob } from "../base/address.ts";
import { compareText } from "../base/order.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import { limits } from "./guard.ts";
import { diagnosticAt } from "./problem.ts";

export interface FoundFile {
  /** Relative to the project, with forward slashes: as shown to people. */
  readonly file: string;
  /** The real path, without symbolic links. */
  readonly path: string;
  /** False: read for what other files refer to, but not asked for. */
  readonly isSelected: boolean;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface FileQuery {
  /** Absolute path of the project. */
  readonly root: string;
  /** Absolute folders, files or globs. One that does not exist yields nothing. */
  readonly manifests: readonly string[];
  /** Absolute paths (or globs) that a user named: these alone are selected, and must exist. */
  readonly paths?: readonly string[];
  /** Absolute paths that are no manifests (the config). */
  readonly except?: readonly string[];
}

/** Expands to sorted *.yaml and *.yml regular files; what leads out of the project or is no file is a diagnostic. */
export function findFiles(query: FileQuery): FoundFiles {
  const walk = new Walk(query);
  const named = query.paths ?? [];
  for (const pattern of named) walk.expand(pattern, true);
  for (const pattern of query.manifests) walk.expand(pattern, false);
  return walk.found(named.length > 0);
}

class Walk {
  readonly #root: string;
  readonly #realRoot: string;
  readonly #except: ReadonlySet<string>;
  readonly #found = new Map<string, FoundFile>();
  readonly #diagnostics = new Map<string, Diagnostic>();
  #folders = new Set<string>();

  constructor(query: FileQuery) {
    this.#root = query.root;
    this.#realRoot = realpathSync(query.root);
    this.#except = new Set((query.except ?? []).map((path) => realOf(path) ?? path));
  }

  expand(pattern: string, isNamed: boolean): void {
    const wanted = resolve(pattern);
    const segments = wanted.split(sep);
    const wild = segments.findIndex((segment) => /[*?]/.test(segment));
    const base = wild === -1 ? wanted : segments.slice(0, wild).join(sep) || sep;
    this.#folders = new Set();
    if (!isInside(this.#root, base)) {
      this.#report(
        "CX1020",
        this.#shown(base),
        "lies outside the project",
        "Name a path inside the folder of cxform.yaml.",
      );
      return;
    }
    const found = this.#attempt(base, () => ({ stats: statOf(base) }));
    if (found === undefined) return;
    if (found.stats === undefined) {
      if (isNamed) this.#report("CX1021", this.#shown(base), "does not exist", "Correct the path.");
      return;
    }
    let hasMatched = false;
    const accepts = (path: string): boolean => {
      const isMatch = matchesSegments(segments, path.split(sep));
      hasMatched ||= isMatch;
      return isMatch;
    };
    const before = this.#diagnostics.size;
    this.#visit(base, accepts, isNamed, wild === -1);
    if (isNamed && wild !== -1 && !hasMatched && this.#diagnostics.size === before) {
      this.#report("CX1021", this.#shown(wanted), "matches no manifest", "Correct the pattern.");
    }
  }

  found(hasNamed: boolean): FoundFiles {
    const files = [...this.#found.values()]
      .map((file) => (hasNamed ? file : { ...file, isSelected: true }))
      .sort((left, right) => compareText(left.file, right.file));
    for (const [file, twin] of twinsOf(files)) {
      this.#report(
        "CX1023",
        file,
        `has a name that ${twin} also has on other disks`,
        "Rename one of the two.",
        "warning",
      );
    }
    return { files, diagnostics: [...this.#diagnostics.values()] };
  }

  #visit(path: string, accepts: (path: string) => boolean, isNamed: boolean, isBase: boolean): void {
    const real = realOf(path);
    const stats = real === undefined ? undefined : statOf(real);
    if (real === undefined || stats === undefined) {
      if (isYaml(path))
        this.#report("CX1001", this.#shown(path), "cannot be read: the link leads nowhere", "Remove it.");
      return;
    }
    if (!isInside(this.#realRoot, real)) {
      // Another file that leads out is nobody's manifest.
      if (!isYaml(path) && !stats.isDirectory()) return;
      this.#report(
        "CX1020",
        this.#shown(path),
        "is a symbolic link that leads out of the project",
        "Copy the file into the project.",
      );
      return;
    }
    if (stats.isDirectory()) {
      this.#enter(path, real, accepts, isNamed);
      return;
    }
    if (!isYaml(path)) {
      if (isBase && isNamed)
        this.#report("CX1022", this.#shown(path), "is no *.yaml or *.yml file", "Name a manifest.");
      return;
    }
    if (!accepts(path) || this.#except.has(real)) return;
    if (!stats.isFile()) {
      this.#report("CX1022", this.#shown(path), "is no regular file", "Replace it by a regular file.");
      return;
    }
    if (!this.#found.has(real)) this.#found.set(real, { file: this.#shown(path), path: real, isSelected: isNamed });
  }

  #enter(path: string, real: string, accepts: (path: string) => boolean, isNamed: boolean): void {
    // A link to a folder above itself would never end.
    if (this.#folders.has(real)) return;
    this.#folders.add(real);
    const names = this.#attempt(path, () => readdirSync(real).sort(compareText));
    for (const name of names ?? []) {
      if (name.startsWith(".") || name === "node_modules") continue;
      this.#visit(join(path, name), accepts, isNamed, false);
    }
  }

  /** What a call of the system answers; a path that it refuses (a name too long, no permission) is reported. */
  #attempt<T>(path: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === undefined) throw error;
      this.#report("CX1001", this.#shown(path), `cannot be read (${code})`, "Check the path and its permissions.");
      return undefined;
    }
  }

  #shown(path: string): string {
    return relative(this.#root, path).split(sep).join("/") || ".";
  }

  #report(code: string, file: string, what: string, hint: string, severity: "error" | "warning" = "error"): void {
    const diagnostic = diagnosticAt({ file, line: 1, column: 1 }, { code, severity, message: `${file} ${what}`, hint });
    this.#diagnostics.set(`${code} ${file}`, diagnostic);
  }
}

function isYaml(path: string): boolean {
  return path.endsWith(".yaml") || path.endsWith(".yml");
}

/** Whether a path is the folder or below it, by text alone. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** A glob over whole segments: `**` stands for any number of them. A pattern that ends early selects what is below. */
function matchesSegments(pattern: readonly string[], path: readonly string[]): boolean {
  let reachable = new Set([0]);
  for (const segment of path) {
    const next = new Set<number>();
    for (const at of reachable) {
      const wanted = pattern[at];
      if (wanted === undefined) return true;
      if (wanted === "**") {
        next.add(at);
        if (pattern[at + 1] === undefined || matchesGlob(pattern[at + 1] as string, segment)) next.add(at + 2);
      } else if (matchesGlob(wanted, segment)) next.add(at + 1);
    }
    reachable = next;
  }
  return [...reachable].some((at) => at >= pattern.length || (at === pattern.length - 1 && pattern[at] === "**"));
}

/** RELIABILITY F1: names that differ in case or Unicode form only are one name on other disks. */
function twinsOf(files: readonly FoundFile[]): readonly (readonly [string, string])[] {
  const first = new Map<string, string>();
  const twins: (readonly [string, string])[] = [];
  for (const { file } of files) {
    const folded = file.normalize("NFC").toLowerCase();
    const other = first.get(folded);
    if (other === undefined) first.set(folded, file);
    else twins.push([file, other]);
  }
  return twins;
}

/** Opens a real path for reading as a regular file: no link, no device, no pipe. Throws the system's error, or answers undefined for another sort of file. */
export function openRegular(path: string): number | undefined {
  // O_NONBLOCK: opening a pipe without a writer would wait for ever.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  return undefined;
}

export interface ReadBytes {
  readonly bytes?: Buffer;
  /** Set when the file is over the limit and was not read. */
  readonly sizeBytes?: number;
  readonly problem?: string;
}

/** Reads a manifest's bytes within the size limit. */
export function readBytes(path: string): ReadBytes {
  let descriptor: number | undefined;
  try {
    descriptor = openRegular(path);
    if (descriptor === undefined) return { problem: "is no regular file" };
    const sizeBytes = fstatSync(descriptor).size;
    if (sizeBytes > limits.fileBytes) return { sizeBytes };
    return { bytes: readFileSync(descriptor) };
  } catch (error) {
    return { problem: `cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})` };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The real path of a file named inside the project; undefined when there is none or it leads out. */
export function realInside(
  root: string,
  folder: string,
  path: string,
): { readonly real?: string; readonly problem?: string; readonly isOutside?: boolean } {
  const joined = resolve(folder, path);
  if (path.startsWith("/") || path.includes("\\") || !isInside(root, joined))
    return { problem: "lies outside the project", isOutside: true };
  const real = realOf(joined);
  if (real === undefined) return { problem: "does not exist" };
  if (isInside(realpathSync(root), real)) return { real };
  return { problem: "leads out of the project by a symbolic link", isOutside: true };
}
