// What `spec` of an A2pRegistration holds once the schema has passed it (INTERFACE §3); knows no rule.

export type A2pSpec = {
  /** The name of an SmsTemplate. */
  readonly template: string;
  readonly campaignName: string;
  readonly messageClass: string;
  readonly optInLanguage: string;
};
