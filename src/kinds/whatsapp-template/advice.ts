// What a plan should say of WhatsApp templates as a whole: Meta's account limits that come near, translations left behind. Source: RULES, "the plan knows".
import type { Advice, AdviceScope, Submission, Target } from "../../contract/kind.ts";

/** Meta, Oct 2025 – Jun 2026: 250 templates an account (6000 when verified), each language counts; 100 submissions an hour. */
const mostTemplates = 250;
const nearTemplates = 225;
const mostSubmissionsAnHour = 100;

export function advise(scope: AdviceScope): readonly Advice[] {
  return [...accountLimits(scope), ...translationsLeft(scope)];
}

function accountLimits({ observed, submissions }: AdviceScope): readonly Advice[] {
  const found: Advice[] = [];
  const total = observed.length + submissions.length;
  if (total >= nearTemplates) {
    found.push({
      code: "CX4050",
      message: `CXone would hold ${total} WhatsApp templates; Meta allows ${mostTemplates} (6000 for a verified business), each language and version counts`,
      hint: "Delete templates that nobody uses in CXone, or have the business verified.",
    });
  }
  if (submissions.length > mostSubmissionsAnHour) {
    found.push({
      code: "CX4051",
      message: `${submissions.length} templates would be submitted; Meta takes ${mostSubmissionsAnHour} an hour`,
      hint: "Apply in parts with --only, an hour apart; what Meta refuses is left for the next run.",
    });
  }
  return found;
}

/** The source language is English where there is one: a changed source beside an unchanged translation is easily forgotten. */
function translationsLeft({ submissions, declared }: AdviceScope): readonly Advice[] {
  const changed = submissions.filter((submission) => submission.before !== undefined);
  return changed.filter(isSource).flatMap((source) => {
    const moved = new Set(changed.filter((one) => one.name === source.name).map((one) => one.address));
    const left = declared.filter((one) => one.name === source.name && !moved.has(one.address) && !isEnglish(one));
    if (left.length === 0 || moved.size > 1) return [];
    const languages = left.map((one) => String(one.state["language"])).join(", ");
    return [
      {
        code: "CX4052",
        message: `the ${String(source.after["language"])} text of ${source.name} changes, its translations do not: ${languages}`,
        hint: "Translate the change, or leave it when it concerns this language only.",
        address: source.address,
        pointer: "/spec/body",
      },
    ];
  });
}

const isSource = (submission: Submission): boolean => String(submission.after["language"]).startsWith("en");
const isEnglish = (target: Target): boolean => String(target.state["language"]).startsWith("en");
