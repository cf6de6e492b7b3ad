// `cxform audit verify | list | rebuild | recover`: the ledger as evidence.
import type { CommandDefinition } from "./command.ts";
import { startProgress } from "./progress.ts";
import { openProject } from "./project.ts";

const parts = async () => {
  const [library, { harmlessJson }, text] = await Promise.all([
    import("../library/audit.ts"),
    import("../report/harmless.ts"),
    import("../report/ledger-text.ts"),
  ]);
  return { library, harmlessJson, text };
};

export const auditVerify: CommandDefinition<undefined> = {
  name: "audit verify",
  summary: "recompute the ledger entry by entry; exit 1 names the first bad one",
  formats: ["text", "json"],
  examples: ["cxform audit verify", "cxform audit verify --env production --format json"],
  options: () => undefined,
  async run(_flags, context) {
    const { common, terminal } = context;
    const { library, harmlessJson, text } = await parts();
    const { config, environment } = await openProject(context);
    const verified = await library.verify({ config, environment, world: terminal.world });
    if (common.format === "json") terminal.outRaw(`${harmlessJson(verified)}\n`);
    else terminal.out(text.verificationText(verified, verified.ledger, terminal.paintOut));
    return verified.ok ? 0 : 1;
  },
};

export const auditList: CommandDefinition<undefined> = {
  name: "audit list",
  summary: "every entry of the ledger",
  formats: ["text", "json", "csv"],
  examples: ["cxform audit list", "cxform audit list --env production --format csv > audit.csv"],
  options: () => undefined,
  async run(_flags, context) {
    const { common, terminal } = context;
    const { library, harmlessJson, text } = await parts();
    const { config, environment } = await openProject(context);
    const found = await library.listEntries({ config, environment, world: terminal.world });
    if (common.format === "json") terminal.outRaw(`${harmlessJson(found)}\n`);
    else if (common.format === "csv") terminal.outRaw(text.entriesCsv(found.entries));
    else terminal.out(text.entriesText(found.entries));
    return 0;
  },
};

export const auditRebuild: CommandDefinition<undefined> = {
  name: "audit rebuild",
  summary: "write state.json, and a HEAD.json that fell behind, anew from the entries",
  formats: ["text", "json"],
  examples: ["cxform audit rebuild"],
  options: () => undefined,
  async run(_flags, context) {
    const { common, terminal } = context;
    const { library, harmlessJson } = await parts();
    const { config, environment } = await openProject(context);
    const rebuilt = await library.rebuild({ config, environment, world: terminal.world });
    const { entries, isRepaired } = rebuilt;
    if (common.format === "json") {
      terminal.outRaw(`${harmlessJson({ environment: rebuilt.environment, entries, repaired: isRepaired })}\n`);
    } else {
      terminal.out(
        `state.json is derived anew from ${entries} ${entries === 1 ? "entry" : "entries"}${isRepaired ? "; a run that was cut off was repaired" : ""}\n`,
      );
    }
    return 0;
  },
};

/** Something is declared that the new ledger does not own. */
const left = 3;

export const auditRecover: CommandDefinition<undefined> = {
  name: "audit recover",
  summary: "write a lost ledger anew from what CXone holds, marked as such",
  formats: ["text", "json"],
  examples: ["cxform audit recover --env production"],
  options: () => undefined,
  async run(_flags, context) {
    const { common, terminal } = context;
    const [library, { attributionOf }, { recoveredText }, { harmlessJson }] = await Promise.all([
      import("../library/recover.ts"),
      import("../library/attribution.ts"),
      import("../report/recovered-text.ts"),
      import("../report/harmless.ts"),
    ]);
    const { config, environment } = await openProject(context);
    const progress = startProgress(context);
    const recovered = await library
      .recoverLedger({
        config,
        environment,
        world: terminal.world,
        attribution: attributionOf(terminal.world),
        onEvent: (event) => progress.onEvent(event),
      })
      .finally(() => progress.end());
    if (common.format === "json") terminal.outRaw(`${harmlessJson(recovered)}\n`);
    else terminal.out(recoveredText(recovered));
    return recovered.blocked.length > 0 ? left : 0;
  },
};
