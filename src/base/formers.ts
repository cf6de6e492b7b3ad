// Which addresses a resource had before it was renamed. What the ledger records and what a plan foresees is the same reckoning; it knows neither.

/** By address, its former addresses, the nearest first; never empty. A former address has one heir, which is nobody's former address itself. */
export type Formers = ReadonlyMap<string, readonly string[]>;

/** The address that has taken the place of this one; undefined when it stands for itself. */
export function heirOf(formers: Formers, address: string): string | undefined {
  for (const [heir, before] of formers) if (before.includes(address)) return heir;
  return undefined;
}

/** `address` stands for itself (again): it is nobody's former address, and what came before it stays with who took its place. */
export function standing(formers: Formers, address: string): Formers {
  const left = [...formers].map(([heir, before]) => [heir, before.filter((one) => one !== address)] as const);
  return new Map(left.filter(([, before]) => before.length > 0));
}

/** `former` was renamed to `address`: it and what it had been before are now what `address` was before. */
export function renamed(formers: Formers, address: string, former: string): Formers {
  const inherited = [former, ...(formers.get(former) ?? [])].filter((one) => one !== address);
  const rest = inherited.reduce(standing, standing(formers, address));
  const all = new Map(rest);
  all.delete(former);
  all.set(address, [...inherited, ...(rest.get(address) ?? [])]);
  return all;
}
