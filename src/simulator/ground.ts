// What every endpoint stands on: the store, the settings, chance, the reviewer and the events. It knows no endpoint.
import type { Answer, Call } from "./answer.ts";
import { type Chance, createChance } from "./chance.ts";
import { createEvents, type Events } from "./events.ts";
import { openJournal } from "./journal.ts";
import type { Settings } from "./options.ts";
import { createReviewer, type Reviewer } from "./reviewer.ts";
import { Store } from "./store.ts";
import { type ViolationKind, Violations } from "./violations.ts";

export interface Ground {
  readonly store: Store;
  readonly settings: Settings;
  readonly chance: Chance;
  readonly reviewer: Reviewer;
  readonly events: Events;
  readonly violations: Violations;
  /** An id that was never given before. Inside a turn of the store. */
  newId(): string;
  note(call: Call, kind: ViolationKind, detail: string): void;
}

export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Within the family; `:id` is a parameter. */
  readonly path: string;
  /** One of these suffices; the first is named when none is there. */
  readonly scopes: readonly string[];
  /** A list call, which a tenant may lack. */
  readonly isList?: boolean;
  /** Runs inside a turn of the store unless the method is GET. */
  answer(call: Call, ground: Ground): Answer;
}

export function createGround(settings: Settings): Ground {
  const store = new Store(settings.stateDir === undefined ? undefined : openJournal(settings.stateDir));
  const chance = createChance(settings.seed);
  const violations = new Violations();
  const newId = (): string => {
    const last = (store.get("counters", "ids")?.last ?? 0) + 1;
    store.put("counters", "ids", { last });
    return chance.uuid(`id ${last}`);
  };
  return {
    store,
    settings,
    chance,
    violations,
    newId,
    reviewer: createReviewer(settings, chance),
    events: createEvents(store, newId),
    note: ({ at, family, method, path }, kind, detail) => violations.note({ at, kind, family, method, path, detail }),
  };
}
