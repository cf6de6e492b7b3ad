// CODEOWNERS: who owns a file, and which files nobody of the approvers owns. Pure but for asking who is in a team.
import { matchesGlob } from "../base/address.ts";
import type { GitHub } from "./client.ts";
import { GitHubForbidden, GitHubMissing, GitHubUnexpected } from "./failure.ts";

export interface CodeOwners {
  /** `@login`, `@org/team` or an e-mail address, as written; empty: nobody. The last pattern that matches decides. */
  ownersOf(file: string): readonly string[];
  /** Lines that GitHub ignores, from 1. */
  readonly skippedLines: readonly number[];
}

/** Where GitHub looks, in this order. */
export const codeOwnersPlaces = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

interface Rule {
  readonly globs: readonly string[];
  readonly owners: readonly string[];
}

const owner = /^(?:@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\/[\w.-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+)$/;

/** Source: GitHub docs, "About code owners" (2026-11): gitignore patterns without `!` and `[ ]`. */
export function parseCodeOwners(text: string): CodeOwners {
  const rules: Rule[] = [];
  const skippedLines: number[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const words = wordsOf(line);
    const [pattern, ...owners] = words;
    if (pattern === undefined) continue;
    const globs = globsOf(pattern);
    if (globs === undefined || !owners.every((each) => owner.test(each))) skippedLines.push(at + 1);
    else rules.push({ globs, owners });
  }
  return {
    skippedLines,
    ownersOf(file) {
      const path = matchable(file);
      return rules.findLast(({ globs }) => globs.some((glob) => matchesGlob(glob, path)))?.owners ?? [];
    },
  };
}

/** Separated by blanks that are not escaped; `#` at the start of a word begins a comment. Escapes stay for the pattern. */
function wordsOf(line: string): readonly string[] {
  const words = line.match(/(?:\\.|[^\s\\]|\\$)+/g) ?? [];
  const end = words.findIndex((word) => word.startsWith("#"));
  return end === -1 ? words : words.slice(0, end);
}

/** Stand for a star and a question mark that mean themselves: in a file's name always, in a pattern after a backslash. */
const literal: Readonly<Record<string, string>> = { "*": "\ue000", "?": "\ue001" };
/** Each `**` between slashes doubles the globs; nobody writes more of them. */
const mostFolders = 6;

/** The globs of which one must match the whole path; undefined for what GitHub does not support. */
function globsOf(pattern: string): readonly string[] | undefined {
  if (/^!|(?<!\\)[[\]]/.test(pattern)) return undefined;
  const isFolder = pattern.endsWith("/");
  const inner = pattern.slice(pattern.startsWith("/") ? 1 : 0, isFolder ? -1 : undefined);
  if (inner === "") return undefined;
  // A slash at the start or within ties the pattern to the root.
  const isRooted = pattern.startsWith("/") || inner.includes("/");
  const parts = inner.match(/\/\*\*\/|^\*\*\/|\/\*\*$|\*+|\?|\\.|[^*?\\/]+|\/|\\/g) ?? [];
  if (parts.filter((part) => part.endsWith("**/")).length > mostFolders) return undefined;
  let globs: readonly string[] = isRooted ? [""] : ["", "**/"];
  for (const part of parts) globs = globs.flatMap((glob) => alternatives(part).map((each) => glob + each));
  // `docs/*` owns the files of docs and not those of its folders; any other pattern owns all below it.
  const isShallow = /(?:^|\/)\*$/.test(inner) && !inner.endsWith("**") && inner !== "*";
  const ends = isFolder ? ["/**"] : isShallow ? [""] : ["", "/**"];
  return globs.flatMap((glob) => ends.map((end) => glob + end));
}

/** `**` between slashes stands for any number of folders, none as well. */
function alternatives(part: string): readonly string[] {
  if (part === "/**/") return ["/", "/**/"];
  if (part === "**/") return ["", "**/"];
  if (part === "/**") return ["/**"];
  if (part.startsWith("*")) return ["*"];
  if (part.length === 2 && part.startsWith("\\")) return [literal[part.slice(1)] ?? part.slice(1)];
  return [part];
}

const matchable = (file: string): string => file.replace(/[*?]/g, (character) => literal[character] as string);

export interface OwnerCheck {
  /** File → the approver that owns it. */
  readonly covered: ReadonlyMap<string, string>;
  /** Owned by somebody who has not approved. */
  readonly uncovered: readonly { readonly file: string; readonly owners: readonly string[] }[];
}

/** Holds the approvers against the owners of each file. A file without owners needs none. Throws GitHubFailure when GitHub cannot be asked. */
export async function checkOwners(
  owners: CodeOwners,
  files: readonly string[],
  approvers: readonly string[],
  isMember: (team: string, login: string) => Promise<boolean>,
): Promise<OwnerCheck> {
  const covered = new Map<string, string>();
  const uncovered: { file: string; owners: readonly string[] }[] = [];
  for (const file of [...new Set(files)]) {
    const all = owners.ownersOf(file);
    if (all.length === 0) continue;
    const approver = await firstOwner(all, approvers, isMember);
    if (approver === undefined) uncovered.push({ file, owners: all });
    else covered.set(file, approver);
  }
  return { covered, uncovered };
}

async function firstOwner(
  owners: readonly string[],
  approvers: readonly string[],
  isMember: (team: string, login: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const each of owners) {
    for (const login of approvers) {
      // An e-mail address cannot be tied to a login by the API: it covers nothing.
      if (each.toLowerCase() === `@${login.toLowerCase()}`) return login;
      if (each.startsWith("@") && each.includes("/") && (await isMember(each.slice(1), login))) return login;
    }
  }
  return undefined;
}

/** Asks once for each team and login; what GitHub does not show to the token counts as no. `team` is `org/slug`. */
export function teamMembership(github: GitHub): (team: string, login: string) => Promise<boolean> {
  const asked = new Map<string, Promise<boolean>>();
  const ask = async (team: string, login: string): Promise<boolean> => {
    const [org = "", slug = ""] = team.split("/");
    try {
      const { data } = await github.request("GET /orgs/{org}/teams/{team_slug}/memberships/{username}", {
        org,
        team_slug: slug,
        username: login,
      });
      return data.state === "active";
    } catch (error) {
      if (error instanceof GitHubMissing || error instanceof GitHubForbidden) return false;
      throw error;
    }
  };
  return (team, login) => {
    const key = `${team} ${login}`.toLowerCase();
    const answer = asked.get(key) ?? ask(team, login);
    asked.set(key, answer);
    return answer;
  };
}

const fileQuery = `query($owner: String!, $name: String!, ${codeOwnersPlaces.map((_, at) => `$p${at}: String!`).join(", ")}) {
  repository(owner: $owner, name: $name) {
    ${codeOwnersPlaces.map((_, at) => `p${at}: object(expression: $p${at}) { ... on Blob { text isTruncated } }`).join("\n")}
  }
}`;

/** The code owners as they stand at a commit (the base branch's: a pull request must not choose its own). Undefined: there are none. */
export async function readCodeOwners(github: GitHub, commit: string): Promise<CodeOwners | undefined> {
  const { owner: ownerName, repo } = github.place;
  const places = Object.fromEntries(codeOwnersPlaces.map((path, at) => [`p${at}`, `${commit}:${path}`]));
  const { repository } = await github.graphql<{
    readonly repository: Readonly<
      Record<string, { readonly text?: string | null; readonly isTruncated?: boolean } | null>
    >;
  }>(fileQuery, { owner: ownerName, name: repo, ...places }, "contents: read");
  const found = codeOwnersPlaces.map((_, at) => repository[`p${at}`]).find((blob) => blob?.isTruncated !== undefined);
  if (found === undefined || found === null) return undefined;
  // A part of the file could hide the pattern that decides.
  if (typeof found.text === "string" && found.isTruncated === false) return parseCodeOwners(found.text);
  throw new GitHubUnexpected(
    "CODEOWNERS is no text, or too large to be read whole",
    { method: "POST", path: "/graphql" },
    "Make CODEOWNERS a text of less than 500 kB.",
  );
}
