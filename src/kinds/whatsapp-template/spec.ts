// The spec of a WhatsAppTemplate manifest as the schema lets it through (INTERFACE §3); knows no rule.
// Type aliases, because only those are JSON objects to the compiler: an interface could still grow.

export type MediaHeader = {
  readonly format?: string;
  readonly example?: string;
};

export type Button = {
  readonly type: string;
  readonly text?: string;
  readonly url?: string;
  readonly phoneNumber?: string;
  readonly example?: string;
};

export type WhatsAppSpec = {
  readonly language: string;
  readonly body: string;
  readonly category?: string;
  readonly header?: string | MediaHeader;
  readonly footer?: string;
  readonly buttons?: readonly Button[];
  /** By number or name of the placeholder. */
  readonly examples?: Readonly<Record<string, string>>;
};
