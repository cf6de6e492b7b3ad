// Spells the manifests in the examples of these rules: the envelope once, the spec in each rule; knows no rule.

/** A whole manifest; the first line of `spec` is line 6 of it, indented by two. */
export function manifest(spec: string, name = "order_update"): string {
  const lines = spec
    .trim()
    .split("\n")
    .map((line) => `  ${line}`);
  return [
    "apiVersion: cxform/v1",
    "kind: WhatsAppTemplate",
    "metadata:",
    `  name: ${name}`,
    "spec:",
    ...lines,
    "",
  ].join("\n");
}

/** Several documents of one file. */
export function documents(...manifests: readonly string[]): string {
  return manifests.join("---\n");
}
