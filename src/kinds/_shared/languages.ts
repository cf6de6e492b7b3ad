// Meta's language codes for WhatsApp templates (RULES, M, Oct 2025 – Jun 2026); knows no manifest.
import { nearest } from "./nearest.ts";

const listed =
  "af sq ar ar_EG ar_AE ar_LB ar_MA ar_QA az be_BY bn bn_IN bg ca zh_CN zh_HK zh_TW hr cs da prs_AF nl nl_BE en en_GB " +
  "en_US en_AE en_AU en_CA en_GH en_IE en_IN en_JM en_MY en_NZ en_QA en_SG en_UG en_ZA et fil fi fr fr_BE fr_CA fr_CH " +
  "fr_CI fr_MA ka de de_AT de_CH el gu ha he hi hu id ga it ja kn kk rw_RW ko ky_KG lo lv lt mk ms ml mr nb ps_AF fa pl " +
  "pt_BR pt_PT pa ro ru sr si_LK sk sl es es_AR es_CL es_CO es_CR es_DO es_EC es_HN es_MX es_PA es_PE es_ES es_UY sw sv " +
  "ta te th tr uk ur uz vi zu";

/** The 111 codes, case-sensitive. */
export const metaLanguages: readonly string[] = listed.split(" ");

const known: ReadonlySet<string> = new Set(metaLanguages);

/** What people write where Meta has another code: older ISO 639 codes, scripts, macro languages. */
const aliases: Readonly<Record<string, string>> = {
  no: "nb",
  nn: "nb",
  nb_no: "nb",
  iw: "he",
  in: "id",
  tl: "fil",
  zh: "zh_CN",
  zh_hans: "zh_CN",
  zh_hant: "zh_TW",
  pt: "pt_BR",
  ps: "ps_AF",
  prs: "prs_AF",
  be: "be_BY",
  rw: "rw_RW",
  ky: "ky_KG",
  si: "si_LK",
};

/** Meta's form of a code: hyphens become underscores, nothing else changes (`en-US` → `en_US`). */
export function normaliseLanguage(language: string): string {
  return language.replaceAll("-", "_");
}

/** Whether Meta, or the config's extension of the list, knows a normalised code. */
export function isMetaLanguage(language: string, extra: readonly string[] = []): boolean {
  return known.has(language) || extra.some((code) => normaliseLanguage(code) === language);
}

/**
 * The code that was probably meant: the same letters in another case, an alias, one slip of the keyboard,
 * then the same language in its plain form or nearest region, then the nearest of all.
 */
export function nearestLanguage(language: string, extra: readonly string[] = []): string {
  const codes = [...metaLanguages, ...extra.map(normaliseLanguage)];
  const wanted = normaliseLanguage(language).toLowerCase();
  const base = wanted.split("_", 1)[0] as string;
  const sameLanguage = codes.filter((code) => code.toLowerCase().split("_", 1)[0] === base);
  return (
    codes.find((code) => code.toLowerCase() === wanted) ??
    (Object.hasOwn(aliases, wanted) ? aliases[wanted] : undefined) ??
    nearest(wanted, sameLanguage, 1) ??
    sameLanguage.find((code) => code === base) ??
    nearest(wanted, sameLanguage) ??
    (nearest(wanted, codes) as string)
  );
}
