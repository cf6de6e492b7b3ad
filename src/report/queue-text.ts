// How the plans of a merge group stand to those that its pull request shows, in words. Pure.
import { code } from "./markdown.ts";
import { count } from "./phrase.ts";

/** Of one environment. */
export interface Compared {
  readonly environment: string;
  /** Steps by which it differs; absent: the digests are equal, or nothing could be compared. */
  readonly apart?: { readonly more: number; readonly fewer: number };
  /** Why nothing could be compared. */
  readonly why?: string;
}

export interface QueueView {
  readonly pullRequest: number;
  /** The branch that it goes into. */
  readonly branch: string;
  readonly compared: readonly Compared[];
}

function words({ apart, why }: Pick<Compared, "apart" | "why">, pullRequest: string, branch: string): string {
  if (why !== undefined) return `not compared with ${pullRequest}: ${why}`;
  if (apart === undefined) return `equal to ${pullRequest}`;
  return `differs from ${pullRequest}: ${count(apart.more, "step")} more, ${apart.fewer} fewer; the plan on ${branch} decides`;
}

/** A line an environment, for the log. */
export function queueText({ pullRequest, branch, compared }: QueueView): string {
  return compared
    .map((one) => `${one.environment}: ${words(one, `the plan of pull request ${pullRequest}`, branch)}\n`)
    .join("");
}

/** The same for the job's summary. */
export function queueSummary({ pullRequest, branch, compared }: QueueView): string {
  return compared
    .map(({ environment, why, ...rest }) => {
      const safe = why === undefined ? rest : { ...rest, why: code(why) };
      return `- ${code(environment)}: ${words(safe, `the plan of #${pullRequest}`, code(branch))}\n`;
    })
    .join("");
}

/** All environments in a few words, for a status. */
export function queueStatus({ pullRequest, branch, compared }: QueueView): string {
  if (compared.some(({ why }) => why !== undefined)) return `not compared with #${pullRequest}`;
  const apart = compared.flatMap((one) => one.apart ?? []);
  const sum = { more: 0, fewer: 0 };
  for (const { more, fewer } of apart) Object.assign(sum, { more: sum.more + more, fewer: sum.fewer + fewer });
  return words(apart.length === 0 ? {} : { apart: sum }, `#${pullRequest}`, branch);
}
