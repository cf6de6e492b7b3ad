// Disk errors as typed failures whose messages name no path. Knows only error codes.
import { Failure, LedgerUnusable } from "../base/failure.ts";
import { Bug } from "../base/invariant.ts";

const hints: Readonly<Record<string, string>> = {
  ENOSPC: "Free space on the disk that holds the ledger folder, then run again: what was recorded is kept.",
  EDQUOT: "Raise the disk quota or free space, then run again: what was recorded is kept.",
  EROFS: "Mount the disk that holds the ledger folder for writing.",
  EACCES: "Give this user the right to read and write the ledger folder.",
  EPERM: "Give this user the right to read and write the ledger folder.",
  EMFILE: "Raise the limit of open files (ulimit -n), then run again.",
  ENFILE: "Raise the limit of open files, then run again.",
};

export function errorCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** The failure to throw for `error` while `doing` (read, written): failures and bugs stay what they are. */
export function diskFailure(error: unknown, doing: "read" | "written"): Error {
  if (error instanceof Failure || error instanceof Bug) return error;
  const code = errorCode(error);
  // Without a system call it was not the disk: a defect of ours must not look like one.
  if (code === undefined || (error as NodeJS.ErrnoException).syscall === undefined)
    return error instanceof Error ? error : new Bug(String(error));
  // No `cause`: the system's own message has the path in it.
  return new LedgerUnusable(`the ledger folder cannot be ${doing}: ${code}`, {
    hint: hints[code] ?? "Check the disk that holds the ledger folder, then run again: what was recorded is kept.",
  });
}

export function symbolicLink(file: string): LedgerUnusable {
  return new LedgerUnusable(`${file} in the ledger folder is not a plain file or folder`, {
    hint: "Find out who put it there, remove it and run `cxform audit verify`.",
  });
}
