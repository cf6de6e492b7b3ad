// Seeded chance: the same seed and label give the same draw, whatever the order of calls, so that a run can be repeated.
import { createHash } from "node:crypto";

export interface Chance {
  /** True in `percent` of 100 labels. */
  happens(percent: number, label: string): boolean;
  /** One of the choices, by label. */
  pick<T>(choices: readonly [T, ...T[]], label: string): T;
  /** An id of UUID form, by label. */
  uuid(label: string): string;
}

/** Chance that depends on the seed and the label alone. */
export function createChance(seed: number | string): Chance {
  const draw = (label: string): Buffer => createHash("sha256").update(`${seed}\u0000${label}`).digest();
  return {
    happens: (percent, label) => draw(label).readUInt32BE(0) / 2 ** 32 < percent / 100,
    pick: (choices, label) => choices[draw(label).readUInt32BE(4) % choices.length] ?? choices[0],
    uuid: (label) => {
      const hex = draw(label).toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
  };
}

/** Hex SHA-256 of a text. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
