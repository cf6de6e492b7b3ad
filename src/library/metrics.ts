// The figures of an environment, from its ledger and never from the memory of one process. It contacts nobody.
import { type Figures, figuresOf } from "./figures.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";
import { templatesOfRegistrations } from "./registrations.ts";

export interface Metrics extends Figures {
  readonly environment: string;
}

/** Throws Invalid when there is no such environment; BrokenChain, LedgerUnusable. */
export async function metrics(options: LedgerOptions): Promise<Metrics> {
  const { environment, ledger } = await readLedger(options);
  const { state, entries } = ledger;
  const templates = await templatesOfRegistrations(ledger);
  const figures = figuresOf({
    entries,
    state,
    templateOf: (registration) => templates.get(registration),
    now: options.world.clock.now(),
  });
  return { environment: environment.name, ...figures };
}
