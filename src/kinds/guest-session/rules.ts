// Every rule of GuestSession in the order of their codes; repeats no value that looks personal.
import type { Rule, SchemaCode } from "../../contract/diagnostic.ts";
import { callbackRules } from "./rules/callback.ts";
import { idRules, languageRules } from "./rules/identity.ts";
import { metadataRules } from "./rules/metadata.ts";
import type { GuestSpec } from "./spec.ts";

export const rules: readonly Rule<GuestSpec>[] = [...idRules, ...languageRules, ...metadataRules, ...callbackRules];

const idHint = "Use a UUID, or the tenant's own id such as queue_support.";
const metadataHint = "Write metadata as keys with a text, a number, true or false; {} when there is none.";
const generationHint = "Use a whole number from 1; raise it by 1 to open a new session.";

export const schemaCodes: readonly SchemaCode[] = [
  { pointer: "/spec/channelId", code: "CX3501", message: () => "channelId is no text", hint: idHint },
  { pointer: "/spec/queueId", code: "CX3501", message: () => "queueId is no text", hint: idHint },
  {
    pointer: "/spec/language",
    code: "CX3502",
    message: () => "language is no list of language tags",
    hint: "Write 1 to 5 tags in brackets, such as [en-US, es].",
  },
  {
    pointer: "/spec/language/*",
    code: "CX3503",
    message: () => "a language tag is no text",
    hint: "Write a tag such as en-US.",
  },
  {
    pointer: "/spec/metadata",
    code: "CX3506",
    message: () => "metadata is no map of keys and values",
    hint: metadataHint,
  },
  {
    pointer: "/spec/metadata/*",
    code: "CX3506",
    message: () => "a metadata value is no text, number, true or false",
    hint: metadataHint,
  },
  {
    pointer: "/spec/callbackUrl",
    code: "CX3509",
    message: () => "callbackUrl is no text",
    hint: "Use a url that begins with https:// and holds no user name or password.",
  },
  {
    pointer: "/spec/generation",
    code: "CX3511",
    message: (value) =>
      typeof value === "number" ? `generation ${value} is no whole number` : "generation is no number",
    hint: generationHint,
  },
];
