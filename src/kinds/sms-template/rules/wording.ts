// Rules on what an SMS says: how to opt out, whose message it is, which links it uses; knows no length.
import type { Rule, RuleScope, RuleSubject } from "../../../contract/diagnostic.ts";
import { manifest } from "../../_shared/example.ts";
import { namesSender } from "../brand.ts";
import { isOneTimeCode } from "../one-time-code.ts";
import { hasLinkOrNumber, hasOptOut, namesLeaving } from "../opt-out.ts";
import { senderOf } from "../sender.ts";
import type { SmsSpec } from "../spec.ts";

function carriesCode({ name, spec }: RuleSubject<SmsSpec>, scope: RuleScope): boolean {
  const registrations = scope.ofKind<{ readonly template: string; readonly messageClass: string }>("A2pRegistration");
  const isRegistered = registrations.some(
    ({ spec: { template, messageClass } }) => template === name && (messageClass === "OTP" || messageClass === "2FA"),
  );
  return isRegistered || isOneTimeCode(spec.content);
}

const optOut: Rule<SmsSpec> = {
  code: "CX3205",
  title: "An SMS does not tell how to opt out",
  severity: "error",
  reason:
    "People must be able to stop messages by a simple reply (STOP, END, CANCEL, UNSUBSCRIBE, QUIT, opt out, revoke), and be told so. Nobody can reply to a sender that is a name, so there a link or a number does it. For a one-time code it is a warning.",
  source: "CTIA Messaging Principles 2023 §5.1.3; FCC 47 CFR 64.1200(a)(10) (November 2026)",
  hint: 'End the text with an instruction such as "Reply STOP to opt out."',
  examples: {
    wrong: manifest(
      "SmsTemplate",
      "parcel-arrived",
      'content: "Juniper & Pine: your parcel is at the stop. Please do not reply."',
      'fromAddress: "58463"',
    ),
    right: manifest(
      "SmsTemplate",
      "parcel-arrived",
      'content: "Juniper & Pine: your parcel is at the stop. Reply STOP to opt out."',
      'fromAddress: "58463"',
    ),
    at: { line: 6, column: 12 },
  },
  *check(subject, scope) {
    const { content, fromAddress } = subject.spec;
    const severity = carriesCode(subject, scope) ? ({ severity: "warning" } as const) : {};
    const pointer = "/spec/content";
    if (senderOf(fromAddress) !== "name") {
      if (hasOptOut(content)) return;
      const hint = 'End the text with an instruction such as "Reply STOP to opt out."';
      yield { message: "content does not tell how to opt out", hint, pointer, ...severity };
      return;
    }
    const hint = 'Add a link or a number for opting out, such as "Opt out: https://juniperandpine.example/sms".';
    if (!hasLinkOrNumber(content)) {
      const message = `content has no link or number for opting out, and nobody can reply to the sender ${fromAddress}`;
      yield { message, hint, pointer, ...severity };
    } else if (!namesLeaving(content)) {
      const message = "content has a link or a number, but no word that we know says that it is for opting out";
      yield { message, hint, pointer, severity: "warning" };
    }
  },
};

const shorteners = new Set(
  "adf.ly bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cutt.ly dub.sh goo.gl is.gd j.mp lnkd.in ow.ly qr.ae rb.gy rebrand.ly s.id short.io shorte.st shorturl.at snip.ly soo.gd t.co t.ly t2m.io tiny.cc tiny.one tinyurl.com tr.im u.to v.gd x.co".split(
    " ",
  ),
);

const publicShortener: Rule<SmsSpec> = {
  code: "CX3206",
  title: "An SMS uses a public link shortener",
  severity: "warning",
  reason: "Spammers share these domains, so carriers filter messages that link to them.",
  source: "CTIA Messaging Principles 2023 §5.3.4 (November 2026)",
  hint: "Link to your own domain, or to a short domain of your own.",
  examples: {
    wrong: manifest(
      "SmsTemplate",
      "winter-offer",
      'content: "Juniper & Pine: 20% off snowshoes, see bit.ly/3snow. Reply STOP to opt out."',
      'fromAddress: "58463"',
    ),
    right: manifest(
      "SmsTemplate",
      "winter-offer",
      'content: "Juniper & Pine: 20% off snowshoes, see juniperandpine.example/snow. Reply STOP to opt out."',
      'fromAddress: "58463"',
    ),
    at: { line: 6, column: 52 },
  },
  *check({ spec }) {
    for (const match of spec.content.matchAll(/[A-Za-z0-9.-]+/g)) {
      const host = match[0]
        .toLowerCase()
        .replace(/^www\./, "")
        .replace(/(?<![.-])[.-]+$/, "");
      if (!shorteners.has(host)) continue;
      const length = match[0].replace(/(?<![.-])[.-]+$/, "").length;
      yield {
        message: `content links through the public shortener ${host}`,
        hint: "Link to your own domain, or to a short domain of your own.",
        pointer: "/spec/content",
        offset: match.index,
        length,
      };
    }
  },
};

const brandName: Rule<SmsSpec> = {
  code: "CX3207",
  title: "An SMS does not say whose message it is",
  severity: "warning",
  reason:
    'People and carriers must see who writes. We look for a name before a colon, a capitalised word that is no ordinary one, a link to your own site, a placeholder such as {{brand}}, or the text of the label "brand" where the manifest has one; a sender that is a name is enough.',
  source: "CTIA Messaging Principles 2023 §5.1.2 (November 2026)",
  hint: 'Begin the text with your name and a colon, such as "Juniper & Pine: ".',
  examples: {
    wrong: manifest(
      "SmsTemplate",
      "parcel-arrived",
      'content: "Your parcel has arrived. Reply STOP to opt out."',
      'fromAddress: "58463"',
    ),
    right: manifest(
      "SmsTemplate",
      "parcel-arrived",
      'content: "Juniper & Pine: your parcel has arrived. Reply STOP to opt out."',
      'fromAddress: "58463"',
    ),
    at: { line: 6, column: 12 },
  },
  *check({ metadata, spec }) {
    if (senderOf(spec.fromAddress) === "name") return;
    const labels = metadata["labels"] as { readonly [key: string]: unknown } | undefined;
    if (namesSender(spec.content, labels)) return;
    const brand = labels?.["brand"];
    const hasLabel = typeof brand === "string" && brand !== "";
    yield {
      message: hasLabel
        ? `content does not name "${brand}", the brand of its label`
        : "content does not say whose message it is",
      hint: `Begin the text with your name and a colon, such as "${hasLabel ? brand : "Juniper & Pine"}: ".`,
      pointer: "/spec/content",
    };
  },
};

export const wordingRules: readonly Rule<SmsSpec>[] = [optOut, publicShortener, brandName];
