// The third sort of wrong: ours. A broken invariant ends the process with exit 70 and what to send us.

export class Bug extends Error {
  override readonly name = "Bug";
}

/** Throws Bug when a condition that our own code guarantees does not hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Bug(message);
}

/** For a switch that must have named every case. */
export function unreachable(value: never): never {
  throw new Bug(`unexpected case ${JSON.stringify(value)}`);
}
