// The entries that the appender writes, the same in every run of it, and the files in which they land. Knows no fault.
import { canonical } from "../../src/base/canonical.ts";
import { digest, sha256 } from "../../src/base/digest.ts";
import type { EntryDraft } from "../../src/contract/entry.ts";
import type { Json } from "../../src/contract/json.ts";
import type { Holder } from "../../src/contract/world.ts";
import { auditFile, contentFile } from "../../src/ledger/chain.ts";
import type { Content } from "../../src/ledger/run.ts";

export const environment = "proof";
/** Always the same, so that the lock's files have names that are known before. */
export const holder: Holder = { host: "proof", bootId: "proof", pid: 2 ** 22 + 1, startedAt: "1" };

export function runName(number: number): string {
  return `20260601T${String(100_000 + number)}Z-${number.toString(16).padStart(8, "0")}`;
}

interface Appended {
  readonly intent: EntryDraft;
  readonly contents: readonly Content[];
  readonly result: EntryDraft;
}

/** The `at`-th operation of a run. */
export function appended(run: number, at: number): Appended {
  const content: Json = { body: `text ${run} ${at}` };
  const facts = {
    action: "newVersion",
    address: `WhatsAppTemplate/parcel_${at}/en`,
    version: run,
    remoteName: `parcel_${at}_v${run}`,
    idempotencyKey: `key-${run}-${at}`,
    generation: 0,
  };
  return {
    intent: { ...facts, phase: "intent", digest: digest(content) },
    contents: [{ digest: digest(content), content }],
    result: { ...facts, phase: "result", outcome: "ok", status: "pending", remoteId: `id-${run}-${at}` },
  };
}

/** Every path below a ledger folder that the appender's system calls can name. */
export function pathsOf(dir: string, runs: number, operations: number): readonly string[] {
  const files = ["HEAD.json", "state.json"];
  for (let run = 1; run <= runs; run += 1) {
    files.push(auditFile(runName(run)));
    for (let at = 1; at <= operations; at += 1) files.push(contentFile(appended(run, at).contents[0]?.digest ?? ""));
  }
  const temporary = files.map((file) => file.replace(/([^/]*)$/, ".$1.new"));
  const folders = [
    ...new Set(
      files.flatMap((file) =>
        file
          .split("/")
          .slice(0, -1)
          .map((_, at, parts) => parts.slice(0, at + 1).join("/")),
      ),
    ),
  ];
  const lock = [".lock", `.lock-new-${sha256(canonical(holder as unknown as Json)).slice(0, 16)}`, ".reserve"];
  return [dir, ...[...files, ...temporary, ...folders, ...lock].map((file) => `${dir}/${file}`)];
}
