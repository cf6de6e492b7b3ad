// Locales as BCP 47 tags with a region (RULES, D); knows no manifest. What exists is what this Node's `Intl` can name.

/** What is wrong with a locale, or undefined: `form` no BCP 47 tag, `region` none given, `unknown…` not in Intl. */
export type LocaleError = "form" | "noRegion" | "unknownLanguage" | "unknownRegion";

/** Checks that a tag is well-formed and that Intl knows its language and its region. */
export function localeError(locale: string): LocaleError | undefined {
  const parsed = parse(locale);
  if (parsed === undefined) return "form";
  // Known before complete: for `english` the missing region is not the point.
  if (!isNamed("language", parsed.language)) return "unknownLanguage";
  if (parsed.region === undefined) return "noRegion";
  return isNamed("region", parsed.region) ? undefined : "unknownRegion";
}

/** The usual case of a tag: `EN-us` → `en-US`, `zh-hant-tw` → `zh-Hant-TW`. Anything that is no tag stays as it is. */
export function normaliseLocale(locale: string): string {
  if (parse(locale) === undefined) return locale;
  const [language, ...subtags] = locale.toLowerCase().split("-") as [string, ...string[]];
  // RFC 5646 §2.1.1: after a singleton (extension or private use) everything is lower case.
  const singleton = subtags.findIndex((subtag) => subtag.length === 1);
  const cased = subtags.map((subtag, at) => (singleton !== -1 && at >= singleton ? subtag : casedSubtag(subtag)));
  return [language, ...cased].join("-");
}

/** The tag that was probably meant: an underscore for a hyphen, another case, the likeliest region. */
export function likelyLocale(locale: string): string | undefined {
  const hyphened = normaliseLocale(locale.trim().replaceAll("_", "-"));
  const error = localeError(hyphened);
  if (error === undefined) return hyphened;
  if (error === "form" || error === "unknownLanguage") return undefined;
  const { language, script, region } = new Intl.Locale(hyphened);
  const base = script === undefined ? language : `${language}-${script}`;
  const likely = new Intl.Locale(base).maximize().region;
  return likely === undefined || likely === region ? undefined : `${base}-${likely}`;
}

function casedSubtag(subtag: string): string {
  if (subtag.length === 4 && /^[a-z]/.test(subtag)) return `${subtag.slice(0, 1).toUpperCase()}${subtag.slice(1)}`;
  return subtag.length === 2 ? subtag.toUpperCase() : subtag;
}

function parse(locale: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(locale);
  } catch {
    return undefined;
  }
}

function isNamed(type: "language" | "region", code: string | undefined): boolean {
  // `und` (no language at all on Node 20, whatever the types say) and `ZZ` are the codes for "unknown".
  if (code === undefined || code === "und" || code === "ZZ") return false;
  return new Intl.DisplayNames(["en"], { type, fallback: "none" }).of(code) !== undefined;
}
