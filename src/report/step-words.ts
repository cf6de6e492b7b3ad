// What happens when a step is performed, in a sentence for people who know neither YAML nor CXone. It decides nothing.
import type { Action, Step } from "../contract/plan.ts";
import { code, words } from "./markdown.ts";
import { count, versionText } from "./phrase.ts";

/** A sentence without its full stop; foreign text stands in code alone. */
export function onMerge(step: Step): string {
  const [first = "", ...rest] = [...sentences[step.action](step), ...orderOf(step)];
  return [`${first.charAt(0).toUpperCase()}${first.slice(1)}`, ...rest].join("; ");
}

const sentences: Readonly<Record<Action, (step: Step) => readonly string[]>> = {
  create: (step) => [effectOf(step, "created")],
  newVersion: (step) => [effectOf(step, "submitted"), ...keepsServing(step)],
  update: (step) => [
    // What is updated without a change of content only moves on: a draft is approved.
    ...(step.changes.length === 0 ? [] : ["replaces at once what is there"]),
    effectOf(step, "updated"),
  ],
  deprecate: (step) =>
    step.followUp
      ? ["taken out of use, since what replaced it is in use"]
      : ["**Taken out of use**: nothing can be sent with it any more"],
  reactivate: (step) => ["goes back into use at once, without a new review", ...replaced(step)],
  remove: () => ["**Removed from CXone**"],
  send: () => ["opened at once; reverting this change does not close it"],
  records: recordsSentences,
  adopt: () => ["nothing changes in CXone: from then on it is kept as declared here"],
};

function effectOf({ effect }: Step, otherwise: string): string {
  return effect === undefined ? otherwise : words(effect);
}

function keepsServing({ version: { from, to } }: Step): readonly string[] {
  if (from === null || to === null) return [];
  return [`${word(from)} keeps being sent until ${word(to)} can be`];
}

function replaced({ version: { from, to } }: Step): readonly string[] {
  return from === null || from === to ? [] : [`${word(from)} is retired after that`];
}

const word = (version: string | number): string => words(versionText(version));

function recordsSentences({ records }: Step): readonly string[] {
  if (records === undefined) return ["answers are sent"];
  const { optOuts, optIns, total, toSend, observed } = records;
  return [
    ...(optOuts === 0
      ? []
      : [`**${count(optOuts, "opt-out")}** at once, before anything else; reverting this change does not undo them`]),
    ...(optIns === 0 ? [] : [`**${count(optIns, "opt-in")}**, where CXone holds no newer answer`]),
    ...(toSend === total ? [] : [`${toSend} of ${total} are still to be sent`]),
    ...(observed === null ? [] : [`CXone holds ${observed.unchanged} of them already and ${observed.skipped} newer`]),
  ];
}

function orderOf({ after }: Step): readonly string[] {
  if (after.length === 0) return [];
  return [`only once ${after.map(code).join(" and ")} is in use`];
}
