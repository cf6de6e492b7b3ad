// A WhatsApp template as a customer reads it, filled with the examples that its author wrote for Meta's reviewer; judges nothing.
import type { JsonObject } from "../../contract/json.ts";
import type { MessageSample } from "../../contract/kind.ts";
import { filled, shownExample } from "../_shared/sample.ts";
import type { Button, MediaHeader, WhatsAppSpec } from "./spec.ts";

export function sample(manifestSpec: JsonObject): MessageSample {
  const spec = manifestSpec as unknown as WhatsAppSpec;
  const { language, header, body, footer, buttons = [] } = spec;
  const fill = (text: string): string => filled(text, exampleIn(spec));
  return {
    language,
    parts: [
      ...(header === undefined
        ? []
        : [{ part: "header", text: typeof header === "string" ? fill(header) : mediaText(header) }]),
      { part: "body", text: fill(body) },
      ...(footer === undefined ? [] : [{ part: "footer", text: footer }]),
      ...buttons.map((button) => ({ part: "button", text: buttonText(button) })),
    ],
  };
}

function exampleIn({ examples = {} }: WhatsAppSpec): (name: string) => string | undefined {
  return (name) => (Object.hasOwn(examples, name) ? examples[name] : undefined);
}

function mediaText({ format }: MediaHeader): string {
  return `(${(format ?? "media").toLowerCase()})`;
}

/** A button's example is the whole address or code that its placeholder makes. */
function buttonText({ type, text, url, phoneNumber, example }: Button): string {
  const leadsTo =
    url?.includes("{{") === true
      ? (example ?? url)
      : (url ?? (phoneNumber === undefined ? example : shownExample(phoneNumber)));
  return [text ?? type, leadsTo === undefined ? undefined : shownExample(leadsTo)]
    .filter((part) => part !== undefined)
    .join(" → ");
}
