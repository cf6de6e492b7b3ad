// The figures of an environment, from its ledger and never from the memory of one process. It contacts nobody.
import { type Figures, figuresOf } from "./figures.ts";
import { type LedgerOptions, type OpenedLedger, readLedger } from "./open-ledger.ts";
import { templatesOfRegistrations } from "./registrations.ts";

export interface Metrics extends Figures {
  readonly environment: string;
}

/** Throws Invalid when there is no such environment; BrokenChain, LedgerUnusable. */
export async function metrics(options: LedgerOptions): Promise<Metrics> {
  return metricsOf(await readLedger(options), options.world);
}

/** The same of a ledger that was read. Throws BrokenChain for a content that was changed. */
export async function metricsOf(
  { environment, ledger }: OpenedLedger,
  world: Pick<LedgerOptions["world"], "clock">,
): Promise<Metrics> {
  const { state, entries } = ledger;
  const templates = await templatesOfRegistrations(ledger);
  const figures = figuresOf({
    entries,
    state,
    templateOf: (registration) => templates.get(registration),
    now: world.clock.now(),
  });
  return { environment: environment.name, ...figures };
}
