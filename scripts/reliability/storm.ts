// `npm run storm [-- --minutes 60]`: an hour of 429 and 503 in virtual time, with and without Retry-After, against the client.
import { count } from "./flags.ts";
import { mostRequests, type Storm, storm } from "./storm-hour.ts";

const minutes = count("minutes", 60);
const asks: readonly Pick<Storm, "retryAfter">[] = [
  {},
  { retryAfter: { seconds: 7, as: "seconds" } },
  { retryAfter: { seconds: 20, as: "date" } },
];
let wrong = 0;
for (const status of [429, 503] as const) {
  for (const ask of asks) {
    const end = await storm({ status, ...ask, stormMs: minutes * 60_000, afterMs: 90_000, seed: 1 });
    const { retryAfter } = ask;
    const named =
      retryAfter === undefined ? "no Retry-After" : `Retry-After ${retryAfter.seconds} s as ${retryAfter.as}`;
    const holds = end.requests <= mostRequests(end.operations) && end.early === 0 && end.recoveryMs <= 60_000;
    if (!holds) wrong += 1;
    console.log(
      `${status}, ${named}: ${end.requests} requests for ${end.operations} operations (${(end.requests / end.operations).toFixed(3)}), ` +
        `${end.early} too early, repeats ${end.optOutRetries} of opt-outs and ${end.otherRetries} of others, ` +
        `90 % of the pace after ${end.recoveryMs / 1000} s, then ${end.pacePerSecond.toFixed(1)} a second${holds ? "" : "  VIOLATION"}`,
    );
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
