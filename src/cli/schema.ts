// `cxform schema [KIND]`: the JSON Schema that editors check manifests with.
import type { CommandDefinition } from "./command.ts";

export interface SchemaFlags {
  readonly kind?: string;
}

export const schema: CommandDefinition<SchemaFlags> = {
  name: "schema",
  arguments: "[KIND]",
  summary: "the JSON Schema of a kind, of Config, or of all manifests",
  formats: ["text", "json"],
  examples: ["cxform schema SmsTemplate", "cxform schema > manifest.schema.json"],
  options: ({ args }) => (typeof args[0] === "string" ? { kind: args[0] } : {}),
  async run({ kind }, { terminal }) {
    const [{ schemaOf, schemaOfAll }, { harmlessJson }] = await Promise.all([
      import("../library/explain.ts"),
      import("../report/harmless.ts"),
    ]);
    terminal.outRaw(`${harmlessJson(kind === undefined ? schemaOfAll() : schemaOf(kind))}\n`);
    return 0;
  },
};
