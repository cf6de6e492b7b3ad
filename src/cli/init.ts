// `cxform init [DIR]`: a project to begin with.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Option } from "commander";
import type { InitOptions } from "../library/init.ts";
import type { CommandDefinition } from "./command.ts";
import type { Terminal } from "./terminal.ts";

export interface InitFlags {
  readonly dir: string;
  readonly github: boolean;
}

export const init: CommandDefinition<InitFlags> = {
  name: "init",
  arguments: "[DIR]",
  summary: "begin a project: cxform.yaml, an example of each kind, .gitignore; overwrites nothing",
  formats: ["text", "json"],
  examples: ["cxform init", "cxform init messaging", "cxform init --github"],
  declare(command) {
    command.addOption(
      new Option(
        "--github",
        "also the workflows that plan, apply and follow up on GitHub; to a project that is there, these alone",
      ),
    );
  },
  options: ({ args, flags }) => ({
    dir: typeof args[0] === "string" ? args[0] : ".",
    github: flags["github"] === true,
  }),
  async run({ dir, github }, { common, terminal }) {
    const [library, { harmless, harmlessJson }] = await Promise.all([
      import("../library/init.ts"),
      import("../report/harmless.ts"),
    ]);
    const folder = resolve(terminal.cwd, dir);
    const { written } = library.init(folder, github ? { github: await known(folder, terminal) } : {});
    if (common.format === "json") terminal.outRaw(`${harmlessJson({ written })}\n`);
    else terminal.out(`${written.map((file) => `+ ${harmless(file)}\n`).join("")}Next: cxform validate\n`);
    return 0;
  },
};

/** What the workflows are for: the environments that are no simulator, the branch that is applied from, and where in the repository. */
async function known(folder: string, terminal: Terminal): Promise<NonNullable<InitOptions["github"]>> {
  const [{ loadConfig, remoteEnvironments }, { folderInRepository, provenanceOf }] = await Promise.all([
    import("../library/config.ts"),
    import("./git.ts"),
  ]);
  const within = await folderInRepository(folder, terminal);
  const place = within === undefined || within === "" ? {} : { folder: within };
  if (!existsSync(join(folder, "cxform.yaml"))) return { environments: ["production"], branch: "main", ...place };
  const { config } = loadConfig({ cwd: folder });
  const { defaultBranch } = await provenanceOf(config, terminal);
  const names = remoteEnvironments(config);
  return { environments: names.length === 0 ? ["production"] : names, branch: defaultBranch ?? "main", ...place };
}
