// What `spec` of a WebhookSubscription holds once the schema has passed it (INTERFACE §3); knows no rule.

export type WebhookSpec = {
  readonly url: string;
  readonly events: readonly string[];
  readonly secret: {
    /** The variable that holds the secret; the value is never in a manifest. */
    readonly fromEnv: string;
    /** 1 when absent. */
    readonly rotation?: number;
  };
};
