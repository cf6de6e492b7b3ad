// Deliveries of the outbox as text. It knows no body and no contact.
import { harmless } from "./harmless.ts";
import { columns } from "./table.ts";

export interface EventsView {
  readonly waiting: number;
  readonly dead: number;
  readonly deliveries: readonly {
    readonly id: string;
    readonly target: string;
    readonly address: string | null;
    readonly state: string;
    readonly attempts: number;
    readonly nextAt: string | null;
    readonly error: string | null;
  }[];
}

export function eventsText(view: EventsView): string {
  if (view.deliveries.length === 0) return "Nothing waits, and there are no dead letters.\n";
  const table = columns(
    ["ID", "TARGET", "STATE", "TRIES", "NEXT TRY", "OF", "LAST ERROR"],
    view.deliveries.map(({ id, target, state, attempts, nextAt, address, error }) => [
      harmless(id),
      harmless(target),
      state,
      String(attempts),
      nextAt ?? "-",
      harmless(address ?? "-"),
      harmless(error ?? "-"),
    ]),
  );
  return `${table}\n${countsText(view)}\n`;
}

export function flushedText(
  view: EventsView & { readonly delivered: number; readonly givenUp: number; readonly isRecorded: boolean },
): string {
  const { delivered, givenUp, isRecorded } = view;
  const sent = `Delivered ${delivered}${givenUp === 0 ? "" : `, gave up ${givenUp}`}.`;
  const later = isRecorded
    ? ""
    : "Another run holds the ledger: the deliveries are recorded by the next flush, or by that run's receiver.\n";
  return `${sent} ${countsText(view)}\n${later}`;
}

function countsText({ waiting, dead }: Pick<EventsView, "waiting" | "dead">): string {
  const letters = dead === 1 ? "dead letter" : "dead letters";
  const hint = dead === 0 ? "" : "; cxform events retry sends them again";
  return `${waiting} waiting, ${dead} ${letters}${hint}.`;
}
