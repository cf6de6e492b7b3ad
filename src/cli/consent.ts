// `cxform consent check`: whether a contact may be written to now, by what CXone holds. It prints no contact id.
import { Option } from "commander";
import type { ConsentQuestion } from "../library/consent.ts";
import type { CommandDefinition, Context } from "./command.ts";
import { startProgress } from "./progress.ts";
import { openProject } from "./project.ts";
import { Usage } from "./usage.ts";

export interface ConsentFlags {
  /** `-`: from standard input. */
  readonly contact?: string;
  readonly channel?: string;
  readonly at?: string;
  readonly timezone?: string;
  readonly isMany: boolean;
  readonly acceptPreGdpr: boolean;
}

const notEligible = 2;

export const consentCheck: CommandDefinition<ConsentFlags> = {
  name: "consent check",
  summary: "whether a contact may be written to: reads CXone, exit 0 eligible, 2 not",
  formats: ["text", "json"],
  examples: [
    "cxform consent check --contact - --channel sms --timezone America/New_York < contact.txt",
    "cxform consent check --stdin --channel whatsapp < questions.ndjson",
  ],
  declare(command) {
    command
      .addOption(new Option("--contact <id>", "the contact's UUID; - reads it from standard input"))
      .addOption(new Option("--channel <channel>", "email, sms, voice, webchat or whatsapp"))
      .addOption(new Option("--at <time>", "RFC 3339 time of the message (default: now)"))
      .addOption(new Option("--timezone <zone>", "the recipient's IANA time zone, for quiet hours"))
      .addOption(new Option("--stdin", "questions as NDJSON {contactId, channel?, at?, timezone?}, an answer a line"))
      .addOption(new Option("--accept-pre-gdpr", "consent given before 2018-05-25 counts (Recital 171)"));
  },
  options({ flags }) {
    const text = (name: string): string | undefined =>
      typeof flags[name] === "string" ? (flags[name] as string) : undefined;
    const [contact, channel, at, timezone] = [text("contact"), text("channel"), text("at"), text("timezone")];
    const isMany = flags["stdin"] === true;
    if (isMany && contact !== undefined)
      throw new Usage("--stdin and --contact exclude each other", "Put the contact into the questions.");
    if (!isMany && (contact === undefined || channel === undefined))
      throw new Usage(
        "consent check needs --contact and --channel",
        "Write --contact - --channel sms, or use --stdin.",
      );
    return {
      isMany,
      acceptPreGdpr: flags["acceptPreGdpr"] === true,
      ...(contact === undefined ? {} : { contact }),
      ...(channel === undefined ? {} : { channel }),
      ...(at === undefined ? {} : { at }),
      ...(timezone === undefined ? {} : { timezone }),
    };
  },
  async run(flags, context) {
    const { common, terminal } = context;
    const [library, { harmlessJson }, { consentText }] = await Promise.all([
      import("../library/consent.ts"),
      import("../report/harmless.ts"),
      import("../report/consent-text.ts"),
    ]);
    const usage = library.problemOf({ contactId: aContact, channel: "sms", ...sharedOf(flags) });
    if (usage !== undefined) throw new Usage(usage, "Correct the flag; see cxform help consent check.");
    const { config, environment } = await openProject(context);
    const progress = startProgress(context);
    const settings = {
      config,
      environment,
      world: terminal.world,
      acceptPreGdpr: flags.acceptPreGdpr,
      onEvent: (event: Parameters<typeof progress.onEvent>[0]) => progress.onEvent(event),
    };
    const questions = flags.isMany ? questionsOf(flags, context) : [await questionOf(flags, context)];
    let exit = 0;
    for await (const answer of library.checkConsents(settings, questions)) {
      if (!answer.eligible) exit = notEligible;
      if (flags.isMany) terminal.outRaw(`${oneLine(harmlessJson(answer))}\n`);
      else if (common.format === "json") terminal.outRaw(`${harmlessJson(answer)}\n`);
      else terminal.out(consentText(answer, terminal.paintOut));
    }
    progress.end();
    return exit;
  },
};

/** Stands in for the contact while the other flags are checked. */
const aContact = "00000000-0000-4000-8000-000000000000";

function sharedOf({ channel, at, timezone }: ConsentFlags): Partial<ConsentQuestion> {
  return {
    ...(channel === undefined ? {} : { channel }),
    ...(at === undefined ? {} : { at }),
    ...(timezone === undefined ? {} : { timezone }),
  };
}

async function questionOf(flags: ConsentFlags, { terminal }: Context): Promise<ConsentQuestion> {
  const { isContactId } = await import("../library/consent.ts");
  let contactId = flags.contact;
  if (contactId === "-") {
    contactId = undefined;
    for await (const line of terminal.lines()) {
      contactId = line.trim();
      break;
    }
  }
  if (!isContactId(contactId))
    throw new Usage("--contact is not a UUID", "Use the contact's UUID in CXone, 8-4-4-4-12 hexadecimal digits.");
  return { contactId, channel: flags.channel as string, ...sharedOf(flags) };
}

/** A question a line; undefined for a line that is none. The flags stand in for what a line leaves out. */
async function* questionsOf(flags: ConsentFlags, { terminal }: Context): AsyncGenerator<ConsentQuestion | undefined> {
  for await (const line of terminal.lines()) yield questionIn(line, flags);
}

export function questionIn(line: string, flags: ConsentFlags): ConsentQuestion | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return { ...sharedOf(flags), ...(value as Partial<ConsentQuestion>) } as ConsentQuestion;
}

/** JSON text holds a line feed only between its parts. */
const oneLine = (json: string): string => json.replace(/\n\s*/g, "");
