// Whether a message carries a one-time code; such messages are asked for, so less is asked of them. Knows no rule.

const namedCode =
  /\b(?:one[ -]?time|verification|security|sign[ -]?in|log[ -]?in|login|authenti\w{1,9}|access|confirmation)[ -](?:pass)?(?:code|word|pin)\b|\b(?:otp|passcode|2fa)\b/i;
const bareCode = /\b(?:code|pin)(?: is|:)? ?\{\{|\}\} is your (?:[\w&'. -]{1,40} )?(?:code|pin)\b/i;
const offer =
  /%|\b(?:off|discount|sale|coupon|promo\w{0,8}|voucher|gift|offer|save|deal|pick[ -]?up|tracking|parcel|order)\b/i;

/** True for "your sign-in code is {{code}}", false for "20% off with code {{code}}". */
export function isOneTimeCode(content: string): boolean {
  return namedCode.test(content) || (bareCode.test(content) && !offer.test(content));
}
