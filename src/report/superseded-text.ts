// What a run of an old commit says when a newer one has been applied. Pure.
import { commitUrl } from "./github-links.ts";
import { code, link } from "./markdown.ts";

const short = (commit: string): string => commit.slice(0, 12);

/** A line for the log. */
export function supersededText(commit: string, by: string): string {
  return `superseded, nothing done: ${short(by)} has been applied, and it descends from ${short(commit)}\n`;
}

/** For the job's summary. */
export function supersededSummary(repositoryUrl: string, commit: string, by: string): string {
  const [older, newer] = [commit, by].map((each) => link(code(short(each)), commitUrl(repositoryUrl, each)));
  return `**Superseded, nothing done.** ${newer} has been applied, and it descends from ${older}: all that is still wanted of this commit stands in that one.\n`;
}
