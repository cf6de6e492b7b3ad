// What has to happen for a plan to be applied, in order, and by whom. It reads nothing and decides nothing.
import { code } from "./markdown.ts";
import { count } from "./phrase.ts";
import type { ApprovalView } from "./plan-view.ts";

/** `sha256:` and twelve digits: enough to compare by eye; the whole one stands in the footer. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1…");
}

/** `mostFiles` bounds the files that are named for each group of owners. */
export function toApply(
  approval: ApprovalView,
  digests: readonly string[],
  hasOptOuts: boolean,
  mostFiles: number,
): string {
  const distinct = [...new Set(digests)];
  const same =
    distinct.length === 1
      ? `its digest is still ${code(shortDigest(distinct[0] as string))}`
      : "each digest is still the one below";
  const steps = [
    ...reviews(approval, mostFiles),
    "The pull request is merged.",
    ...gates(approval, hasOptOuts),
    `The plan is made anew on the merged commit and applied **only if** ${same}. Otherwise the steps that differ wait for a new approval.`,
  ];
  return ["### To apply", "", ...steps.map((step, at) => `${at + 1}. ${step}`)].join("\n");
}

function excluding({ author }: ApprovalView): string {
  return author === undefined ? "other than the author" : `other than its author ${code(author)}`;
}

function reviews(approval: ApprovalView, mostFiles: number): readonly string[] {
  const groups = new Map<string, { readonly owners: readonly string[]; readonly files: string[] }>();
  for (const { file, owners } of approval.codeOwners) {
    const key = JSON.stringify(owners);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { owners, files: [file] });
    else if (!group.files.includes(file)) group.files.push(file);
  }
  if (groups.size === 0) return [`Somebody ${excluding(approval)} approves this pull request.`];
  if (mostFiles === 0) return [`A code owner of each file, ${excluding(approval)}, approves this pull request.`];
  return [...groups.values()].map(({ owners, files }) => {
    const shown = files.slice(0, mostFiles).map(code);
    const more = files.length > shown.length ? [count(files.length - shown.length, "more file")] : [];
    return `${anyOf(owners)}, ${excluding(approval)}, approves ${[...shown, ...more].join(", ")}.`;
  });
}

function gates({ gates: all }: ApprovalView, hasOptOuts: boolean): readonly string[] {
  return all.map(({ environment, gate, reviewers }) => {
    const lane = hasOptOuts ? " Opt-outs do not wait for this." : "";
    const who = reviewers.length === 0 ? "A reviewer" : anyOf(reviewers);
    return `${who} approves the gate ${code(gate)} of ${code(environment)}; the author cannot.${lane}`;
  });
}

const anyOf = (people: readonly string[]): string =>
  people.length === 1 ? code(people[0] as string) : `One of ${people.map(code).join(", ")}`;
