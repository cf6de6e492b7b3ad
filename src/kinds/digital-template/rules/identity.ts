// The rules about a digital template's locale and id; they know no content.
import type { Rule } from "../../../contract/diagnostic.ts";
import { likelyLocale, localeError, normaliseLocale } from "../../_shared/locales.ts";
import { groupBy, perScope, sortedByAddress } from "../../_shared/per-scope.ts";
import { project } from "../../_shared/sources.ts";
import { quoted } from "../../_shared/wording.ts";
import type { DigitalSpec } from "../spec.ts";
import { manifest } from "./manifest.ts";

const withLocale = (locale: string, more = ""): string =>
  manifest(`
locale: ${locale}
channels: [messenger]
contentBlocks:
  - { id: greeting, type: text, content: Your boot fitting is booked. }
variables: []
${more}`);

const wrongness = {
  form: "is not a locale",
  unknownLanguage: "has an unknown language",
  noRegion: "has no region",
  unknownRegion: "has an unknown region",
} as const;

const locale: Rule<DigitalSpec> = {
  code: "CX3111",
  title: "The locale is a BCP 47 tag with a region",
  severity: "error",
  reason:
    "CXone chooses a template by language and region, such as en-US or zh-Hant-TW; the parts are joined by hyphens.",
  source: project,
  hint: "Write language and region, such as en-US, de-DE or zh-Hant-TW.",
  examples: { wrong: withLocale("en_US"), right: withLocale("en-US"), at: { line: 6, column: 11 } },
  *check({ spec }) {
    const error = localeError(spec.locale);
    if (error === undefined) return;
    const meant = likelyLocale(spec.locale);
    yield {
      message: `locale ${quoted(spec.locale)} ${wrongness[error]}`,
      hint: meant === undefined ? locale.hint : `Did you mean ${meant}?`,
      pointer: "/spec/locale",
      offset: 0,
      length: Math.max(1, spec.locale.length),
    };
  },
};

/** What the template is called in CXone. */
const templateIdOf = (name: string, spec: DigitalSpec): string =>
  spec.templateId ?? `${name}.${normaliseLocale(spec.locale)}`;

const byTemplateId = perScope((scope) =>
  groupBy(sortedByAddress(scope.ofKind<DigitalSpec>("DigitalTemplate")), ({ name, spec }) => templateIdOf(name, spec)),
);

const ownId: Rule<DigitalSpec> = {
  code: "CX3112",
  title: "A templateId belongs to one address",
  severity: "error",
  reason:
    "CXone knows a template by its templateId alone. Two manifests with one id would overwrite each other's versions for ever.",
  source: project,
  hint: "Remove templateId, so that it becomes <name>.<locale>, or choose another.",
  examples: {
    wrong: `${withLocale("en-US")}---\n${withLocale("de-DE", "templateId: fitting.en-US")}`,
    right: `${withLocale("en-US")}---\n${withLocale("de-DE", "templateId: fitting.german")}`,
    at: { line: 22, column: 15 },
  },
  *check({ address, name, spec }, scope) {
    const id = templateIdOf(name, spec);
    const sharing = byTemplateId(scope).get(id) ?? [];
    // Told at those who chose the id; when both did, or neither, at the later address.
    const others = sharing.filter((one) => one.address !== address);
    const other = others[0];
    if (other === undefined) return;
    const othersChose = others.some((one) => one.spec.templateId !== undefined);
    const isLater = others.some((one) => one.address < address);
    const isTold = spec.templateId !== undefined ? !othersChose || isLater : !othersChose && isLater;
    if (!isTold) return;
    yield {
      message: `templateId ${quoted(id)} belongs to ${other.address}, too`,
      hint: ownId.hint,
      pointer: "/spec/templateId",
    };
  },
};

export const identityRules: readonly Rule<DigitalSpec>[] = [locale, ownId];
