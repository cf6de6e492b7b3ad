// A whole GuestSession for the examples of its rules, right but for what an example changes; checks nothing.
import { manifest } from "../_shared/example.ts";

const spec = {
  channelId: "df8874e6-82e1-46e8-a790-887f69d11886",
  queueId: "queue_returns-desk",
  language: "[en-US, es]",
  metadata: "{ campaign: winter-2026, priority: 2 }",
  callbackUrl: "https://hooks.juniperandpine.example/guests",
  generation: "1",
};

/** `channelId` stands in line 6, then one field a line in the order of INTERFACE §3. */
export function session(change: Partial<Record<keyof typeof spec, string>> = {}): string {
  return manifest(
    "GuestSession",
    "returns-desk",
    ...Object.entries({ ...spec, ...change }).map(([key, value]) => `${key}: ${value}`),
  );
}
