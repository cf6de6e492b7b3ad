// Rules on the ids and the languages of a guest session; knows no list of channels.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { looksPersonal } from "../../_shared/personal.ts";
import { counted, quoted } from "../../_shared/wording.ts";
import { session } from "../example.ts";
import type { GuestSpec } from "../spec.ts";

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const opaque = /^[a-z]+_[a-z0-9_-]+$/;
const idHint =
  "Use a UUID, or the tenant's own id: lower-case letters, an underscore, then letters, digits, - or _, such as queue_support.";

function* idFindings(field: "channelId" | "queueId", id: string): Iterable<Finding> {
  if (uuid.test(id) || opaque.test(id)) return;
  const shown = looksPersonal(id) === undefined ? ` ${quoted(id)}` : "";
  yield {
    message: `${field}${shown} is neither a UUID nor an id such as queue_support`,
    hint: idHint,
    pointer: `/spec/${field}`,
  };
}

const idForm: Rule<GuestSpec> = {
  code: "CX3501",
  title: "The channel or queue of a session has no valid id",
  severity: "error",
  reason: "CXone names channels and queues by a UUID or by an id of the tenant, and refuses a session with any other.",
  source: "the project's own documents; CXONE-API §6 (November 2026)",
  hint: idHint,
  examples: { wrong: session({ queueId: "Returns desk" }), right: session(), at: { line: 7, column: 12 } },
  *check({ spec }) {
    yield* idFindings("channelId", spec.channelId);
    yield* idFindings("queueId", spec.queueId);
  },
};

const mostLanguages = 5;

const languageCount: Rule<GuestSpec> = {
  code: "CX3502",
  title: "A session has 1 to 5 languages",
  severity: "error",
  reason: "CXone routes by the languages of a session and takes no more than five.",
  source: "the project's own documents (November 2026)",
  hint: "Name 1 to 5 languages, the preferred one first.",
  examples: { wrong: session({ language: "[en, es, fr, de, it, pt]" }), right: session(), at: { line: 8, column: 13 } },
  *check({ spec }) {
    const count = spec.language.length;
    if (count >= 1 && count <= mostLanguages) return;
    yield {
      message:
        count === 0
          ? "language is empty; it needs at least 1 tag"
          : `language has ${counted(count, "tag")}; the limit is ${mostLanguages}`,
      hint: count === 0 ? "Name a language, such as [en-US]." : `Remove ${counted(count - mostLanguages, "tag")}.`,
      pointer: "/spec/language",
    };
  },
};

/** The tag in its usual case, or undefined when it is not well-formed (BCP 47 as ECMA-402 reads it). */
function canonicalTag(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

const languageForm: Rule<GuestSpec> = {
  code: "CX3503",
  title: "A language of a session is no language tag",
  severity: "error",
  reason: "CXone refuses a session whose language codes it cannot read.",
  source: "RFC 5646 (BCP 47) §2.2.9 (November 2026)",
  hint: "Write a tag of a language and, if you like, a region, with a hyphen: en-US.",
  examples: { wrong: session({ language: "[en_US, es]" }), right: session(), at: { line: 8, column: 14 } },
  *check({ spec }) {
    for (const [index, tag] of spec.language.entries()) {
      if (canonicalTag(tag) !== undefined) continue;
      const likely = canonicalTag(tag.trim().replaceAll("_", "-"));
      yield {
        message: `language ${quoted(tag)} is no language tag`,
        hint: likely === undefined ? "Write a tag such as en-US or es." : `Write ${likely}.`,
        pointer: `/spec/language/${index}`,
      };
    }
  },
};

const languageOnce: Rule<GuestSpec> = {
  code: "CX3504",
  title: "A language stands twice in a session",
  severity: "error",
  reason: "The languages are an order of preference; a repeat is a slip, often for another language that was meant.",
  source: "common practice",
  hint: "Remove the repeat.",
  examples: { wrong: session({ language: "[en-US, en-us]" }), right: session(), at: { line: 8, column: 21 } },
  *check({ spec }) {
    const tags = spec.language.map((tag) => canonicalTag(tag) ?? tag);
    for (const [index, tag] of tags.entries()) {
      const first = tags.indexOf(tag);
      if (first === index) continue;
      yield {
        message: `language ${quoted(spec.language[index] ?? tag)} stands twice: it is number ${first + 1} and number ${index + 1}`,
        hint: "Remove the repeat.",
        pointer: `/spec/language/${index}`,
      };
    }
  },
};

export const idRules: readonly Rule<GuestSpec>[] = [idForm];
export const languageRules: readonly Rule<GuestSpec>[] = [languageCount, languageForm, languageOnce];
