// What `spec` of an SmsTemplate holds once the schema has passed it (INTERFACE §3); knows no rule.

export type SmsVariable = {
  /** The longest value, in characters. */
  readonly maxLength?: number;
  readonly example?: string;
};

export type SmsSpec = {
  readonly content: string;
  readonly fromAddress: string;
  /** To take over a template that CXone holds. */
  readonly templateId?: string;
  readonly variables?: { readonly [name: string]: SmsVariable };
  /** 1 when absent. */
  readonly maxSegments?: number;
  /** True when absent. */
  readonly approved?: boolean;
};
