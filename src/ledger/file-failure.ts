// Disk errors as typed failures whose messages name no path. Knows only error codes.
import { Failure, LedgerUnusable } from "../base/failure.ts";
import { Bug } from "../base/invariant.ts";

/** By error code and what it is that cannot be read or written. */
const hints: Readonly<Record<string, (place: string) => string>> = {
  ENOSPC: (place) => `Free space on the disk that holds the ${place}, then run again: what was recorded is kept.`,
  EDQUOT: () => "Raise the disk quota or free space, then run again: what was recorded is kept.",
  EROFS: (place) => `Mount the disk that holds the ${place} for writing.`,
  EACCES: (place) => `Give this user the right to read and write the ${place}.`,
  EPERM: (place) => `Give this user the right to read and write the ${place}.`,
  EMFILE: () => "Raise the limit of open files (ulimit -n), then run again.",
  ENFILE: () => "Raise the limit of open files, then run again.",
};
const otherHint = (place: string): string =>
  `Check the disk that holds the ${place}, then run again: what was recorded is kept.`;

export function errorCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** The failure to throw for `error` while `doing` (read, written) at `place`: failures and bugs stay what they are. */
export function diskFailure(error: unknown, doing: "read" | "written", place = "ledger folder"): Error {
  if (error instanceof Failure || error instanceof Bug) return error;
  const code = errorCode(error);
  // Without a system call it was not the disk: a defect of ours must not look like one.
  if (code === undefined || (error as NodeJS.ErrnoException).syscall === undefined)
    return error instanceof Error ? error : new Bug(String(error));
  // No `cause`: the system's own message has the path in it.
  return new LedgerUnusable(`the ${place} cannot be ${doing}: ${code}`, {
    hint: (hints[code] ?? otherHint)(place),
  });
}

export function symbolicLink(file: string): LedgerUnusable {
  return new LedgerUnusable(`${file} in the ledger folder is not a plain file or folder`, {
    hint: "Find out who put it there, remove it and run `cxform audit verify`.",
  });
}
