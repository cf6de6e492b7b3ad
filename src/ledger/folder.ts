// Plain files under the ledger's root: read without following links, written so that a power cut loses nothing. Knows nothing of entries.
import { isUtf8 } from "node:buffer";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errorCode, symbolicLink } from "./file-failure.ts";

/** Windows knows no O_NOFOLLOW; there lstat alone stands guard. */
const noFollow = constants.O_NOFOLLOW ?? 0;
const reserveBytes = 256 * 1024;

/**
 * Text of a file's bytes. What is no UTF-8 must not be read as if it were (two different files, one text), so every replacement
 * becomes a lone surrogate, which canonical JSON refuses.
 */
export function decode(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return isUtf8(bytes) ? text : text.replaceAll("\ufffd", "\udc80");
}

/** The text of a file under root; undefined when it is not there. */
export function readText(root: string, file: string): string | undefined {
  const opened = open(root, file, constants.O_RDONLY);
  if (opened === undefined) return undefined;
  try {
    return decode(readFileSync(opened));
  } finally {
    closeSync(opened);
  }
}

/** The first line without its newline; undefined when there is no complete one. */
export function firstLine(root: string, file: string): string | undefined {
  const opened = open(root, file, constants.O_RDONLY);
  if (opened === undefined) return undefined;
  try {
    const parts: Buffer[] = [];
    for (;;) {
      const part = Buffer.alloc(4096);
      const length = readSync(opened, part, 0, part.length, null);
      const end = part.subarray(0, length).indexOf(0x0a);
      parts.push(part.subarray(0, end === -1 ? length : end));
      if (end !== -1) return decode(Buffer.concat(parts));
      if (length === 0) return undefined;
    }
  } finally {
    closeSync(opened);
  }
}

export function isThere(root: string, file: string): boolean {
  return statOf(join(root, file)) !== undefined;
}

/** Every file below a folder of root, by name. Refuses what is neither file nor folder. */
export function listFiles(root: string, folder: string): readonly string[] {
  const files: string[] = [];
  const visit = (at: string): void => {
    const stat = statOf(join(root, at));
    if (stat === undefined) return;
    if (!stat.isDirectory()) throw symbolicLink(at);
    for (const item of readdirSync(join(root, at), { withFileTypes: true })) {
      const name = `${at}/${item.name}`;
      if (item.isDirectory()) visit(name);
      else if (!item.isFile()) throw symbolicLink(name);
      // The temporary file of a write that was cut off is no file of the ledger; the same write removes it.
      else if (!isTemporary(item.name)) files.push(name);
    }
  };
  visit(folder);
  return files.sort();
}

/** Makes a folder below root, each new level synced in its parent. */
export function makeFolder(root: string, folder: string): void {
  let at = root;
  for (const part of folder.split("/")) {
    const path = join(at, part);
    const stat = statOf(path);
    if (stat !== undefined && !stat.isDirectory()) throw symbolicLink(part);
    if (stat === undefined) {
      mkdirSync(path, 0o755);
      syncFolder(path);
      syncFolder(at);
    }
    at = path;
  }
}

/** Puts a whole file in place: temporary file in the same folder, sync, rename, sync of the folder. */
export function replaceFile(root: string, file: string, text: string): void {
  checkFolders(root, file);
  const path = join(root, file);
  const temporary = join(dirname(path), temporaryName(file));
  // The lock is held: what stands here is the remains of a crash, or was planted. Removing a link does not touch its target.
  if (statOf(temporary) !== undefined) unlinkSync(temporary);
  const opened = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600);
  try {
    writeFileSync(opened, text);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Appends to a file and syncs it. Answers how to take it back; takes it back itself when it fails. */
export function appendText(root: string, file: string, text: string): () => void {
  checkFolders(root, file);
  const path = join(root, file);
  const isNew = statOf(path) === undefined;
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | noFollow;
  const opened = openPlain(file, path, flags);
  const size = fstatSync(opened).size;
  const undo = (): void => {
    if (isNew) unlinkSync(path);
    else change(root, file, (again) => ftruncateSync(again, size));
  };
  try {
    writeFileSync(opened, text);
    fsyncSync(opened);
    if (isNew) syncFolder(dirname(path));
  } catch (error) {
    tryTo(undo);
    throw error;
  } finally {
    closeSync(opened);
  }
  return () => tryTo(undo);
}

/** What cannot be taken back now is found and judged by the next run. */
function tryTo(work: () => void): void {
  try {
    work();
  } catch {
    // The error that led here is the one to report.
  }
}

/** Cuts a file after its first `keptLines` lines. */
export function cutFile(root: string, file: string, keptLines: number): void {
  change(root, file, (opened) => {
    const bytes = readFileSync(opened);
    let end = 0;
    for (let line = 0; line < keptLines; line++) end = bytes.indexOf(0x0a, end) + 1;
    ftruncateSync(opened, end);
  });
}

function change(root: string, file: string, work: (opened: number) => void): void {
  const opened = open(root, file, constants.O_RDWR);
  if (opened === undefined) return;
  try {
    work(opened);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Makes durable what another process wrote: the file, and the entries of its folders up to root. */
export function syncFile(root: string, file: string): void {
  change(root, file, () => {});
  for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) syncFolder(join(root, folder));
  syncFolder(root);
}

/** Holds room on the disk, in a file of its own: an .ndjson never holds padding. */
export function reserve(root: string): void {
  if (isThere(root, ".reserve")) return;
  const path = join(root, ".reserve");
  const opened = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600);
  try {
    writeFileSync(opened, Buffer.alloc(reserveBytes));
    fsyncSync(opened);
  } catch (error) {
    tryTo(() => unlinkSync(path));
    throw error;
  } finally {
    closeSync(opened);
  }
}

export function unreserve(root: string): void {
  // Another process may give it up at the same time: outside the lock, where the lock file itself found no room.
  rmSync(join(root, ".reserve"), { force: true });
}

export function syncFolder(path: string): void {
  let opened: number;
  try {
    opened = openSync(path, constants.O_RDONLY);
  } catch (error) {
    // Windows opens no folders; its renames are durable by themselves.
    if (errorCode(error) === "EISDIR" || errorCode(error) === "EPERM") return;
    throw error;
  }
  try {
    fsyncSync(opened);
  } catch (error) {
    if (errorCode(error) !== "EPERM" && errorCode(error) !== "EINVAL") throw error;
  } finally {
    closeSync(opened);
  }
}

function temporaryName(file: string): string {
  return `.${file.slice(file.lastIndexOf("/") + 1)}.new`;
}

function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(".new");
}

function open(root: string, file: string, flags: number): number | undefined {
  if (!checkFolders(root, file)) return undefined;
  const path = join(root, file);
  return statOf(path) === undefined ? undefined : openPlain(file, path, flags | noFollow);
}

function openPlain(file: string, path: string, flags: number): number {
  const stat = statOf(path);
  // Asked first: opening a pipe would wait for its other end.
  if (stat !== undefined && !stat.isFile()) throw symbolicLink(file);
  const opened = openSync(path, flags, 0o600);
  if (fstatSync(opened).isFile()) return opened;
  closeSync(opened);
  throw symbolicLink(file);
}

/** False when a folder on the way is not there; throws when one is a link. */
function checkFolders(root: string, file: string): boolean {
  let at = root;
  const parts = file.split("/").slice(0, -1);
  for (const part of parts) {
    at = join(at, part);
    const stat = statOf(at);
    if (stat === undefined) return false;
    if (!stat.isDirectory()) throw symbolicLink(part);
  }
  return true;
}

function statOf(path: string): ReturnType<typeof lstatSync> {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
