// What will happen and has to be told: kept in the store, so that it survives a restart, and taken out when it is due. It
// knows neither who is told nor how.
import type { EventRow } from "./rows.ts";
import type { Store } from "./store.ts";

export interface Events {
  /** Inside a turn of the store. */
  schedule(event: Omit<EventRow, "id">): void;
  /** Forgets what was still to come of an object. Inside a turn of the store. */
  cancel(about: string): void;
  /** Takes out what is due, in the order in which it happened. */
  takeDue(at: number): readonly EventRow[];
  /** Epoch milliseconds of the next event; undefined when none waits. */
  nextAt(): number | undefined;
}

export function createEvents(store: Store, newId: () => string): Events {
  const nextAt = (): number | undefined => {
    let next: number | undefined;
    for (const event of store.all("events")) next = Math.min(next ?? event.dueAt, event.dueAt);
    return next;
  };
  return {
    nextAt,
    schedule: (event) => {
      const id = `evt_${newId()}`;
      store.put("events", id, { id, ...event });
    },
    cancel: (about) => {
      for (const event of [...store.all("events")]) if (event.about === about) store.remove("events", event.id);
    },
    takeDue: (at) => {
      const next = store.read(nextAt);
      if (next === undefined || next > at) return [];
      return store.write(() => {
        const due = [...store.all("events")].filter((event) => event.dueAt <= at);
        for (const event of due) store.remove("events", event.id);
        return due.sort((left, right) => left.dueAt - right.dueAt);
      });
    },
  };
}
