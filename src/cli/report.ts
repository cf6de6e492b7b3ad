// `cxform report --html FILE`: one self-contained page of what the ledger proves; offline.
import { Option } from "commander";
import type { CommandDefinition } from "./command.ts";
import { openProject } from "./project.ts";
import { Usage } from "./usage.ts";
import { writeFile } from "./write-file.ts";

export interface ReportFlags {
  readonly html: string;
}

/** A page that shows damage is written all the same, and says so by its exit. */
const doesNotAddUp = 1;

export const report: CommandDefinition<ReportFlags> = {
  name: "report",
  summary: "one self-contained page: versions, runs, approvers, figures, and whether the ledger adds up; offline",
  formats: ["text", "json"],
  examples: ["cxform report --html report.html", "cxform report --html report.html --env production"],
  declare(command) {
    command.addOption(new Option("--html <file>", "where to write the page"));
  },
  options({ flags }) {
    if (typeof flags["html"] !== "string")
      throw new Usage("cxform report needs to know where the page goes", "Write --html FILE.");
    return { html: flags["html"] };
  },
  async run(flags, context) {
    const { common, terminal } = context;
    const [library, { harmless, harmlessJson }, { reportPage }] = await Promise.all([
      import("../library/report.ts"),
      import("../report/harmless.ts"),
      import("../report/page.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const made = await library.report({ config, environment, world: terminal.world });
    writeFile(flags.html, reportPage(made), terminal);
    if (common.format === "json") terminal.outRaw(`${harmlessJson(made)}\n`);
    else terminal.out(`wrote ${harmless(flags.html)}\n`);
    return made.verification.ok ? 0 : doesNotAddUp;
  },
};
