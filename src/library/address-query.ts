// Finds the addresses that a user names, and what a misspelt one may have meant.
import { selects } from "../base/address.ts";
import { NotAllowed } from "../base/failure.ts";
import { nearest } from "../manifest/nearest.ts";

/** An address that the ledger does not have, or that has nothing active: exit 1. */
export class NotFound extends NotAllowed {}

/**
 * The known addresses that the patterns select (all without a pattern), in their order. Throws NotFound for a pattern that selects none;
 * `lacking` begins its message.
 */
export function selected(
  patterns: readonly string[],
  known: readonly string[],
  lacking = "the ledger holds nothing of",
): readonly string[] {
  if (patterns.length === 0) return known;
  for (const pattern of patterns) {
    if (known.some((address) => selects(pattern, address))) continue;
    const meant = nearest(pattern, known) ?? known.find((address) => address.endsWith(`/${pattern}`));
    const hint =
      meant === undefined ? "Run cxform status: it lists the addresses that there are." : `Did you mean ${meant}?`;
    throw new NotFound("CX4060", `${lacking} ${pattern}`, hint);
  }
  return known.filter((address) => patterns.some((pattern) => selects(pattern, address)));
}
