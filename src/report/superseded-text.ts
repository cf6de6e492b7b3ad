// What a run of an old commit says when a newer one has been applied, or needed nothing. Pure.
import { commitUrl, runUrl } from "./github-links.ts";
import { code, link } from "./markdown.ts";

/** What took an old commit's place. */
export interface Newer {
  readonly commit: string;
  /** The run that ended well there; absent: the ledger says that the commit was applied. */
  readonly run?: { readonly id: string; readonly number: number; readonly attempt: number };
}

const short = (commit: string): string => commit.slice(0, 12);

/** A line for the log. */
export function supersededText(commit: string, { commit: by, run }: Newer): string {
  const what = run === undefined ? `${short(by)} has been applied` : `run ${run.number} has ended well at ${short(by)}`;
  return `superseded, nothing done: ${what}, and it descends from ${short(commit)}\n`;
}

/** For the job's summary. */
export function supersededSummary(repositoryUrl: string, commit: string, { commit: by, run }: Newer): string {
  const [older, newer] = [commit, by].map((each) => link(code(short(each)), commitUrl(repositoryUrl, each)));
  const what =
    run === undefined
      ? `${newer} has been applied`
      : `${link(`Run ${run.number}`, runUrl(repositoryUrl, run.id, run.attempt))} has ended well at ${newer}`;
  return `**Superseded, nothing done.** ${what}, and it descends from ${older}: all that is still wanted of this commit stands in that one.\n`;
}
