// Whole PreferenceBatches for the examples of its rules; the contact ids are made up.
import { manifest } from "../_shared/example.ts";

export const kim = "c081fa25-fb4a-4cc4-a8ae-88fa5e98e00e";
export const lee = "de9324ad-ba7c-4662-b61f-ac105cd816c1";

/** `source` in line 6, `regulatoryRegion` in line 7; each record takes a line from line 9 on and begins in column 7. */
export function batch(
  records: readonly string[],
  name = "2026-09-checkout",
  source = "web-checkout",
  region = "GDPR",
): string {
  return manifest(
    "PreferenceBatch",
    name,
    `source: ${source}`,
    `regulatoryRegion: ${region}`,
    "records:",
    ...records.map((record) => `  - ${record}`),
  );
}

/** A batch whose records are in a file, in NDJSON: `recordsFile` in line 7, its path in line 8. */
export function fileBatch(path: string, sha256: string, format = "ndjson"): string {
  return manifest(
    "PreferenceBatch",
    "2026-10-newsletter",
    "source: newsletter-form",
    "recordsFile:",
    `  path: ${path}`,
    `  format: ${format}`,
    `  sha256: ${sha256}`,
  );
}

const agreed = '"2026-09-14T08:21:07Z"';

export const optIn = `{ contactId: ${kim}, channel: email, optIn: true, consentTimestamp: ${agreed} }`;
export const optOut = `{ contactId: ${kim}, channel: email, optIn: false, withdrawalTimestamp: ${agreed} }`;
