// Whom a plan reaches: consent that changes, chats that are opened, messages that can be sent no more. It counts and judges nothing.
import { code } from "./markdown.ts";
import { count } from "./phrase.ts";
import { byEnvironments, type StepRow } from "./plan-rows.ts";

const mostNames = 10;

/** A warning, or nothing where a plan reaches nobody. */
export function peopleBox(rows: readonly StepRow[], showsEnvironments: boolean): string {
  const lines = byEnvironments(rows).flatMap((group) => {
    const where = showsEnvironments ? ` (${group[0]?.environments.map(code).join(", ")})` : "";
    return [...consentLines(group, where), ...retiredLines(group, where), ...sessionLines(group, where)];
  });
  return lines.length === 0 ? "" : `> [!WARNING]\n${lines.map((line) => `> ${line}`).join("\n>\n")}`;
}

function consentLines(rows: readonly StepRow[], where: string): readonly string[] {
  const batches = rows.flatMap(({ value: { records } }) => (records === undefined ? [] : [records]));
  const [outs, ins] = [batches.filter((one) => one.optOuts > 0), batches.filter((one) => one.optIns > 0)];
  const optOuts = outs.reduce((sum, one) => sum + one.optOuts, 0);
  const optIns = ins.reduce((sum, one) => sum + one.optIns, 0);
  const from = (some: typeof batches): string =>
    `from ${count(some.length, "preference batch", "preference batches")}${where}`;
  return [
    ...(optOuts === 0
      ? []
      : [
          `**${count(optOuts, "opt-out")}** ${from(outs)} take effect as soon as this is merged: the people in them get no more messages on the channels that they left. Reverting this pull request does not undo it; that takes their new consent.`,
        ]),
    ...(optIns === 0
      ? []
      : [`**${count(optIns, "opt-in")}** ${from(ins)}: these people may be sent messages from then on.`]),
  ];
}

function retiredLines(rows: readonly StepRow[], where: string): readonly string[] {
  const retired = rows.filter(({ value }) => value.action === "deprecate" && !value.followUp);
  if (retired.length === 0) return [];
  const verb = retired.length === 1 ? "is" : "are";
  return [
    `**${count(retired.length, "template")}** ${verb} taken out of use${where}: ${names(retired)}. Whoever still sends with ${retired.length === 1 ? "it" : "them"} will fail.`,
  ];
}

function sessionLines(rows: readonly StepRow[], where: string): readonly string[] {
  const opened = rows.filter(({ value }) => value.action === "send");
  if (opened.length === 0) return [];
  const verb = opened.length === 1 ? "is" : "are";
  return [
    `**${count(opened.length, "guest session")}** ${verb} opened${where}: ${names(opened)}. Reverting this pull request does not close ${opened.length === 1 ? "it" : "them"}.`,
  ];
}

function names(rows: readonly StepRow[]): string {
  const shown = rows.slice(0, mostNames).map(({ value }) => code(value.address));
  return [...shown, ...(rows.length > mostNames ? [`${rows.length - mostNames} more`] : [])].join(", ");
}
