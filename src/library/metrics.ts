// The figures of an environment, from its ledger and never from the memory of one process. It contacts nobody.
import type { JsonObject } from "../contract/json.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";

export interface Metrics extends Figures {
  readonly environment: string;
}

/** Throws Invalid when there is no such environment; BrokenChain, LedgerUnusable. */
export async function metrics(options: LedgerOptions): Promise<Metrics> {
  const { environment, ledger } = await readLedger(options);
  const { state, entries } = ledger;
  const templates = new Map<string, string>();
  for (const [address, { versions }] of Object.entries(state.resources)) {
    if (!address.startsWith("A2pRegistration/")) continue;
    const content = await ledger.content(
      (versions.findLast((one) => one.status === "active") ?? versions.at(-1))?.digest ?? "",
    );
    const template = typeof content === "object" && content !== null ? (content as JsonObject)["template"] : undefined;
    if (typeof template === "string") templates.set(address, template);
  }
  const figures = figuresOf({
    entries,
    state,
    templateOf: (registration) => templates.get(registration),
    now: options.world.clock.now(),
  });
  return { environment: environment.name, ...figures };
}
