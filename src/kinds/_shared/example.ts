// Whole manifests for the examples of rules, written short; knows no kind and checks nothing.

/** One document: five lines of envelope, then the lines of `spec` from line 6 on, each to be indented by two spaces here. */
export function manifest(kind: string, name: string, ...specLines: readonly string[]): string {
  const lines = ["apiVersion: cxform/v1", `kind: ${kind}`, "metadata:", `  name: ${name}`, "spec:"];
  return `${[...lines, ...specLines.map((line) => `  ${line}`)].join("\n")}\n`;
}

/** Several documents of one file. */
export function documents(...manifests: readonly string[]): string {
  return manifests.join("---\n");
}
