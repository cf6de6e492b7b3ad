// Spells the manifests in the examples of these rules: the envelope once, the spec in each rule; knows no rule.

/** A whole manifest; the first line of `spec` is line 6 of it, indented by two. */
export function manifest(spec: string, name = "fitting"): string {
  const lines = spec
    .trim()
    .split("\n")
    .map((line) => `  ${line}`);
  return ["apiVersion: cxform/v1", "kind: DigitalTemplate", "metadata:", `  name: ${name}`, "spec:", ...lines, ""].join(
    "\n",
  );
}

/** A manifest of one block, whose content is on line 11 from column 16. */
export function withContent(content: string, variables: string, channels = "[messenger]"): string {
  return manifest(`
locale: en-US
channels: ${channels}
contentBlocks:
  - id: greeting
    type: text
    content: ${content}
variables: ${variables}`);
}

/** A manifest without placeholders, with these channels. */
export function withChannels(channels: string): string {
  return withContent("Your boot fitting is booked for Monday.", "[]", channels);
}
