// The spec of a DigitalTemplate manifest as the schema lets it through (INTERFACE §3); knows no rule.
// Type aliases, because only those are JSON objects to the compiler: an interface could still grow.

export type ContentBlock = {
  readonly id: string;
  readonly type: string;
  readonly content: string;
};

export type DigitalSpec = {
  readonly locale: string;
  readonly channels: readonly string[];
  readonly contentBlocks: readonly ContentBlock[];
  readonly variables: readonly string[];
  readonly templateId?: string;
};
