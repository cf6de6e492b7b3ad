// What `spec` of a PreferenceBatch holds once the schema has passed it (INTERFACE §3); knows no rule.
import type { Json } from "../../contract/json.ts";

/** CXONE-API §7. */
export const channels: readonly string[] = ["email", "sms", "voice", "webchat", "whatsapp"];
export const regions: readonly string[] = ["GDPR", "CCPA", "TCPA", "NONE"];

/** The fields of a record, in the order in which they are documented; a CSV file names them in its header. */
export const recordFields: readonly string[] = [
  "contactId",
  "channel",
  "optIn",
  "consentTimestamp",
  "withdrawalTimestamp",
  "regulatoryRegion",
  "source",
];

/** Without these a record says nothing. */
export const requiredFields: readonly string[] = ["contactId", "channel", "optIn"];

export type PreferenceSpec = {
  readonly source: string;
  /** The records' own region wins; NONE when neither says. */
  readonly regulatoryRegion?: string;
  readonly records?: readonly Json[];
  readonly recordsFile?: {
    readonly path?: string;
    readonly fromEnv?: string;
    readonly format: "ndjson" | "csv";
    readonly sha256: string;
  };
};
