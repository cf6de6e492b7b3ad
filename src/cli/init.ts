// `cxform init [DIR]`: a project to begin with.
import { resolve } from "node:path";
import type { CommandDefinition } from "./command.ts";

export interface InitFlags {
  readonly dir: string;
}

export const init: CommandDefinition<InitFlags> = {
  name: "init",
  arguments: "[DIR]",
  summary: "begin a project: cxform.yaml, an example of each kind, .gitignore; overwrites nothing",
  formats: ["text", "json"],
  examples: ["cxform init", "cxform init messaging"],
  options: ({ args }) => ({ dir: typeof args[0] === "string" ? args[0] : "." }),
  async run({ dir }, { common, terminal }) {
    const [library, { harmless, harmlessJson }] = await Promise.all([
      import("../library/init.ts"),
      import("../report/harmless.ts"),
    ]);
    const { written } = library.init(resolve(terminal.cwd, dir));
    if (common.format === "json") terminal.outRaw(`${harmlessJson({ written })}\n`);
    else terminal.out(`${written.map((file) => `+ ${harmless(file)}\n`).join("")}Next: cxform validate\n`);
    return 0;
  },
};
