// The rules about a WhatsApp template's name; they know no field of the spec.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { groupBy, perScope } from "../../_shared/per-scope.ts";
import { meta, project } from "../../_shared/sources.ts";
import { counted, quoted } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { documents, manifest } from "./manifest.ts";

const pointer = "/metadata/name";

/** Of name and suffix together (D; Meta allows 512). */
const longestRemoteName = 255;
const longestName = longestRemoteName - "_v2".length;
const roomyName = longestRemoteName - "_v999".length;

const validSpec = `
language: en
category: UTILITY
body: Your order has left our warehouse today.`;

const characters: Rule<WhatsAppSpec> = {
  code: "CX3001",
  title: "A WhatsApp template's name holds lower-case letters, digits and underscores",
  severity: "error",
  reason: "Meta accepts no other characters in the name of a template.",
  source: `${meta}; ${project}`,
  hint: "Use only a–z, 0–9 and _ in the name.",
  examples: {
    wrong: manifest(validSpec, "order-update"),
    right: manifest(validSpec, "order_update"),
    at: { line: 4, column: 14 },
  },
  *check({ name }) {
    const match = /[^a-z0-9_]/u.exec(name);
    if (match === null) return;
    const suggestion = name
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/[^a-z0-9_]+/g, "_")
      .replace(/^_+|_+$/g, "");
    yield {
      message: `name ${quoted(name)} holds ${quoted(match[0])}; only a–z, 0–9 and _ are allowed`,
      hint: suggestion === "" ? "Use only a–z, 0–9 and _ in the name." : `Name it ${quoted(suggestion)}.`,
      pointer,
      offset: match.index,
      length: match[0].length,
    };
  },
};

/** Also for the schema, whose own limit of 255 a longer name passes first. */
export function nameLengthMessage(name: unknown): string {
  if (typeof name !== "string") return "name is not a text; quote it";
  if (name === "") return "name is empty; it has at least 1 character";
  return `name has ${counted(name.length, "character")}; the limit is ${longestName}, so that a suffix _v2 fits into ${longestRemoteName}`;
}

export const nameLength: Rule<WhatsAppSpec> = {
  code: "CX3002",
  title: "A WhatsApp template's name leaves room for the version suffix",
  severity: "error",
  reason:
    "The second version of a template is a new template with the name <name>_v2. Name and suffix together have at most 255 characters in CXone (512 at Meta), so a name that fills them could never change its content.",
  source: `${project}; ${meta}`,
  hint: `Shorten the name to ${roomyName} characters, so that every suffix up to _v999 fits.`,
  examples: {
    wrong: manifest(validSpec, "order_update_".repeat(20)),
    right: manifest(validSpec, "order_update_".repeat(19)),
    at: { line: 4, column: 9 + longestName },
  },
  *check({ name }) {
    if (name.length <= roomyName) return;
    const place = { pointer, offset: Math.min(longestName, name.length - 1), hint: nameLength.hint };
    if (name.length > longestName) {
      yield { ...place, message: nameLengthMessage(name), length: name.length - longestName };
    } else {
      const message = `name has ${counted(name.length, "character")}; the suffix _v999 fits up to ${roomyName}`;
      yield { ...place, message, severity: "warning" };
    }
  },
};

const declaredNames = perScope((scope) => groupBy(scope.ofKind("WhatsAppTemplate"), (one) => one.name));

const versionLike: Rule<WhatsAppSpec> = {
  code: "CX3003",
  title: "A WhatsApp template is not named like a version of another",
  severity: "warning",
  reason:
    "Version n of template x is submitted as x_v<n>. A declared x_v<n> is a template of its own and shares no version with x (taken names are skipped), but people will mix them up.",
  source: project,
  hint: "Give the template a name that does not end in _v and a number.",
  examples: {
    wrong: documents(
      manifest(validSpec, "order_update"),
      manifest(
        `
language: en
category: UTILITY
body: We have received your return and will look at it today.`,
        "order_update_v2",
      ),
    ),
    right: documents(
      manifest(validSpec, "order_update"),
      manifest(
        `
language: en
category: UTILITY
body: We have received your return and will look at it today.`,
        "return_update",
      ),
    ),
    at: { line: 13, column: 21 },
  },
  *check({ name }, scope): Iterable<Finding> {
    const match = /_v[1-9][0-9]*$/.exec(name);
    if (match === null) return;
    const base = name.slice(0, match.index);
    if (!declaredNames(scope).has(base)) return;
    yield {
      message: `name ${quoted(name)} reads like version ${match[0].slice(2)} of ${quoted(base)}, which is declared too`,
      hint: `Rename it, for instance ${quoted(`${base}_${match[0].slice(2)}`)}, or change the content of ${quoted(base)} instead: cxform counts its versions.`,
      pointer,
      offset: match.index,
      length: match[0].length,
    };
  },
};

export const nameRules: readonly Rule<WhatsAppSpec>[] = [characters, nameLength, versionLike];
