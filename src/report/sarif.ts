// Diagnostics as SARIF 2.1.0, for code scanning. It finds nothing.
import type { Diagnostic } from "../contract/diagnostic.ts";
import { inOrder } from "./diagnostics.ts";

/** What is known of a code beside its findings. */
export interface SarifRule {
  readonly code: string;
  readonly title: string;
  readonly reason: string;
  readonly hint: string;
}

/** The log of one run. `describe` answers what a code means; undefined for an unknown one. */
export function sarif(
  diagnostics: readonly Diagnostic[],
  version: string,
  describe: (code: string) => SarifRule | undefined,
): object {
  const sorted = inOrder(diagnostics);
  const codes = [...new Set(sorted.map((diagnostic) => diagnostic.code))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "cxform", version, rules: codes.map((code) => rule(code, describe(code))) } },
        columnKind: "utf16CodeUnits",
        results: sorted.map((diagnostic) => result(diagnostic, codes.indexOf(diagnostic.code))),
      },
    ],
  };
}

function rule(code: string, known: SarifRule | undefined): object {
  if (known === undefined) return { id: code };
  return {
    id: code,
    shortDescription: { text: known.title },
    fullDescription: { text: known.reason },
    help: { text: known.hint },
  };
}

function result(
  { code, severity, message, hint, file, line, column, length, address }: Diagnostic,
  ruleIndex: number,
): object {
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: `${message}\n${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
          region: {
            startLine: line,
            startColumn: column,
            ...(length === undefined ? {} : { endColumn: column + length }),
          },
        },
        ...(address === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: address, kind: "resource" }] }),
      },
    ],
  };
}
