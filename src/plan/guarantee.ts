// How often a creation may take effect where its answer is lost: by what its kind and its tenant are. Pure; asked by plan and doctor alike.
import { formatDuration } from "../base/duration.ts";
import type { Capabilities } from "../contract/api.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Kind } from "../contract/kind.ts";
import type { Action } from "../contract/plan.ts";
import type { PlanInput, StepDraft } from "./input.ts";

export interface Guarantee {
  readonly holds: "at most once" | "at least once";
  /** A sentence without its full stop. */
  readonly why: string;
}

/**
 * RELIABILITY §2.3 S5: a lost request may land after a read-back has found nothing. Only a key that CXone honours, a creation that it
 * refuses or takes for the same, or waiting out the request's life closes that. Changes and removals repeat themselves harmlessly.
 */
export function guaranteeOf(kind: Kind, { idempotencyKeys, list, requestLifeMs }: Capabilities): Guarantee {
  if (idempotencyKeys) return { holds: "at most once", why: "CXone honours the idempotency key" };
  if (kind.repeated === "refused") return { holds: "at most once", why: "CXone refuses what it holds already" };
  if (kind.repeated === "same") return { holds: "at most once", why: "the same content a second time changes nothing" };
  if (kind.lifecycle === "once" && requestLifeMs > 0) {
    const life = formatDuration(requestLifeMs);
    return {
      holds: "at most once",
      why: `cxform waits ${life} for a lost request and looks for it again before it sends another`,
    };
  }
  // A session is found by its key, whatever the tenant lists.
  return list || kind.lifecycle === "once"
    ? {
        holds: "at least once",
        why: "a lost request is looked for before it is sent again, and makes a second one where it arrives after that",
      }
    : {
        holds: "at least once",
        why: "nothing shows whether a lost request has arrived, and sent again it makes a second one",
      };
}

/** The way to something better; also what to look for where there is none. */
export const guaranteeHint = ({ family }: Kind): string =>
  `After a lost answer look in CXone for a second one; switch apis.${family}.capabilities.idempotencyKeys on where the tenant honours keys.`;

const creations: ReadonlySet<Action> = new Set(["create", "newVersion", "send"]);

/** A warning for each planned creation that may take effect twice. */
export function weakGuarantees(input: PlanInput, drafts: readonly StepDraft[]): readonly Diagnostic[] {
  return drafts.flatMap(({ action, address, assignment: { kind, declared } }) => {
    if (!creations.has(action) || declared === undefined) return [];
    const { holds, why } = guaranteeOf(kind, input.capabilities(kind.family));
    if (holds === "at most once") return [];
    return [
      {
        code: "CX4043",
        severity: "warning",
        message: `${address} is created at least once: ${why}`,
        hint: guaranteeHint(kind),
        ...declared.place(""),
        address,
      },
    ];
  });
}
