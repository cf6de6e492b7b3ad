// `cxform events list | retry | flush | purge`: the outbox by hand. No output holds a body or a contact id.
import { type Command, Option } from "commander";
import type { CommandDefinition, Context, Raw } from "./command.ts";
import { durationFlag } from "./duration-flag.ts";
import { interrupted } from "./interrupts.ts";
import { openProject } from "./project.ts";
import { Usage } from "./usage.ts";

interface DatabaseFlag {
  readonly database?: string;
}

const formats = ["text", "json"];

const databaseOption = (command: Command): Command =>
  command.addOption(new Option("--database <url>", "PostgreSQL (default: CXFORM_DATABASE_URL, or the project's file)"));

function databaseOf({ flags }: Raw): DatabaseFlag {
  const { database } = flags;
  if (typeof database !== "string") return {};
  if (!/^postgres(?:ql)?:\/\//.test(database))
    throw new Usage("--database is no address of PostgreSQL", "Write postgres://user@host/name.");
  return { database };
}

async function opened(context: Context, { database }: DatabaseFlag) {
  const [library, { harmlessJson }, text, { config, environment }] = await Promise.all([
    import("../library/events.ts"),
    import("../report/harmless.ts"),
    import("../report/events-text.ts"),
    openProject(context),
  ]);
  const { common, terminal } = context;
  const options = { config, environment, world: terminal.world, databaseUrl: database };
  const print = (value: object, words: string): void => {
    if (common.format === "json") terminal.outRaw(`${harmlessJson(value)}\n`);
    else terminal.out(words);
  };
  return { library, text, options, print };
}

export const eventsList: CommandDefinition<DatabaseFlag> = {
  name: "events list",
  summary: "what waits to go out to hooks, and what was given up",
  formats,
  examples: ["cxform events list", "cxform events list --env production --format json"],
  declare: (command) => void databaseOption(command),
  options: databaseOf,
  async run(flags, context) {
    const { library, text, options, print } = await opened(context, flags);
    const events = await library.listEvents(options);
    print(events, text.eventsText(events));
    return 0;
  },
};

interface RetryFlags extends DatabaseFlag {
  readonly ids: readonly string[];
}

export const eventsRetry: CommandDefinition<RetryFlags> = {
  name: "events retry",
  arguments: "[ID...]",
  summary: "let dead letters wait again, all of them or those that are named; flush or serve sends them",
  formats,
  examples: ["cxform events retry && cxform events flush", "cxform events retry 1f0c6a52-6a0e-5d0e-8f57-0d2f3c1b7a90"],
  declare: (command) => void databaseOption(command),
  options: (raw) => ({ ...databaseOf(raw), ids: (raw.args[0] as readonly string[] | undefined) ?? [] }),
  async run(flags, context) {
    const { library, options, print } = await opened(context, flags);
    const retried = await library.retryEvents({ ...options, ids: flags.ids });
    const count = retried.retried.length;
    print(retried, `${count} ${count === 1 ? "delivery waits" : "deliveries wait"} again.\n`);
    return 0;
  },
};

interface FlushFlags extends DatabaseFlag {
  readonly forMs: number;
}

const defaultFor = "2m";

export const eventsFlush: CommandDefinition<FlushFlags> = {
  name: "events flush",
  summary: "send what the ledger has to tell and what waits, and record it; for CI after apply or settle",
  formats,
  examples: ["cxform events flush", "cxform events flush --env production --for 5m"],
  declare(command) {
    databaseOption(command).addOption(
      new Option("--for <duration>", "end after so long although something waits").default(defaultFor),
    );
  },
  options: (raw) => ({ ...databaseOf(raw), forMs: durationFlag("--for", String(raw.flags["for"])) }),
  async run(flags, context) {
    const { terminal } = context;
    const { library, text, options, print } = await opened(context, flags);
    const { attributionOf } = await import("../library/attribution.ts");
    const signal = terminal.stopGently();
    const attribution = attributionOf(terminal.world);
    const flushed = await library.flushEvents({ ...options, attribution, forMs: flags.forMs, signal });
    print(flushed, text.flushedText(flushed));
    return signal.aborted ? interrupted : flushed.exit;
  },
};

interface PurgeFlags extends DatabaseFlag {
  readonly contact: string;
}

export const eventsPurge: CommandDefinition<PurgeFlags> = {
  name: "events purge",
  summary: "erase a contact from events, deliveries and dead letters",
  formats,
  examples: ["cxform events purge --env production --contact - < contact.txt"],
  declare(command) {
    databaseOption(command).addOption(
      new Option("--contact <id>", "the contact's UUID; only -, which reads it from standard input"),
    );
  },
  options(raw) {
    const { contact } = raw.flags;
    // An argument stands in the shell's history and in the list of processes: what is to be erased may not go there.
    if (contact !== "-")
      throw new Usage("events purge takes the contact from standard input", "Write --contact - and pipe the UUID in.");
    return { ...databaseOf(raw), contact };
  },
  async run(flags, context) {
    const { library, options, print } = await opened(context, flags);
    let contactId: string | undefined;
    for await (const line of context.terminal.lines()) {
      contactId = line.trim();
      break;
    }
    if (contactId === undefined || !library.isPurgeable(contactId))
      throw new Usage(
        "standard input holds no UUID",
        "Pipe the contact's UUID in CXone, 8-4-4-4-12 hexadecimal digits.",
      );
    const erased = await library.purgeContact({ ...options, contactId });
    const plural = (count: number, one: string): string =>
      `${count} ${count === 1 ? one : one.replace(/y$/, "ie")}${count === 1 ? "" : "s"}`;
    print(
      erased,
      `Erased the contact from ${plural(erased.events, "event")} and ${plural(erased.deliveries, "delivery")}.\n`,
    );
    return 0;
  },
};
