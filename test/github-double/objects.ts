// Git's objects of a bare repository, read and written in this process: starting git takes longer than most tests' own work. It knows no ref and no API.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";

export interface GitObject {
  /** `blob`, `tree`, `commit` or `tag`. */
  readonly type: string;
  readonly body: Buffer;
}

export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

export interface Objects {
  /** Undefined where there is none of that id. */
  read(id: string): GitObject | undefined;
  /** Answers its id. */
  write(type: string, body: Uint8Array): string;
}

export function openObjects(dir: string): Objects {
  // What an id stands for never changes.
  const known = new Map<string, GitObject>();
  const fileOf = (id: string): string => join(dir, "objects", id.slice(0, 2), id.slice(2));
  return {
    read(id) {
      const found = known.get(id) ?? readLoose(fileOf(id)) ?? readPacked(dir, id);
      if (found !== undefined) known.set(id, found);
      return found;
    },
    write(type, body) {
      const object = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]);
      const id = createHash("sha1").update(object).digest("hex");
      const file = fileOf(id);
      if (!existsSync(file)) {
        mkdirSync(dirname(file), { recursive: true });
        // Whole or not there, for the git processes that serve clones meanwhile.
        writeFileSync(`${file}.new`, deflateSync(object));
        renameSync(`${file}.new`, file);
      }
      known.set(id, { type, body: Buffer.from(body) });
      return id;
    },
  };
}

/** gitformat-loose: `<type> <size>`, a zero byte, the contents; deflated. */
function readLoose(file: string): GitObject | undefined {
  if (!existsSync(file)) return undefined;
  const object = inflateSync(readFileSync(file));
  const end = object.indexOf(0);
  const [type = ""] = object.toString("latin1", 0, end).split(" ");
  return { type, body: object.subarray(end + 1) };
}

/** What a push left in a pack is git's to read. */
function readPacked(dir: string, id: string): GitObject | undefined {
  const [head, body] = split(
    execFileSync("git", ["-C", dir, "cat-file", "--batch"], { input: `${id}\n`, maxBuffer: 1 << 28 }),
    0x0a,
  );
  const [, type = "", size = ""] = head.toString("latin1").split(" ");
  return type === "missing" ? undefined : { type, body: body.subarray(0, Number(size)) };
}

function split(bytes: Buffer, by: number): readonly [Buffer, Buffer] {
  const at = bytes.indexOf(by);
  return [bytes.subarray(0, at), bytes.subarray(at + 1)];
}

/** gitformat-tree: `<mode> <name>`, a zero byte, the id in 20 bytes; again and again. */
export function entriesOf(body: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let rest = body; rest.length > 0; ) {
    const [head, after] = split(rest, 0);
    const [mode, name] = split(head, 0x20);
    entries.push({ mode: mode.toString("latin1"), name: name.toString("utf8"), id: after.toString("hex", 0, 20) });
    rest = after.subarray(20);
  }
  return entries;
}

/** The inverse; git orders a folder's name as if it ended in a slash. */
export function treeBody(entries: readonly TreeEntry[]): Buffer {
  const key = ({ mode, name }: TreeEntry): Buffer => Buffer.from(mode === folderMode ? `${name}/` : name);
  return Buffer.concat(
    [...entries]
      .sort((left, right) => Buffer.compare(key(left), key(right)))
      .flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]),
  );
}

export const folderMode = "40000";
