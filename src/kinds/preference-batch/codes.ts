// The permanent codes of PreferenceBatch, in the order of RULES; knows no text.

export const codes = {
  contactForm: "CX3601",
  contactPersonal: "CX3602",
  channel: "CX3603",
  region: "CX3604",
  source: "CX3605",
  optInWithdrawn: "CX3606",
  optOutTimeless: "CX3607",
  gdprConsent: "CX3608",
  tcpaConsent: "CX3609",
  timeForm: "CX3610",
  withdrawalFirst: "CX3611",
  future: "CX3612",
  duplicate: "CX3613",
  contradiction: "CX3614",
  fileOutside: "CX3615",
  fileDigest: "CX3616",
  fileColumns: "CX3617",
  fileLine: "CX3618",
  fileMissing: "CX3619",
  recordForm: "CX3620",
} as const;
