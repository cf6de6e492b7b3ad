// Addresses (`Kind/name[/qualifier]`) and the glob patterns that select them.

/** The kind's name in an address. */
export function kindOfAddress(address: string): string {
  const slash = address.indexOf("/");
  return slash === -1 ? address : address.slice(0, slash);
}

interface Retry {
  readonly glob: number;
  text: number;
}

/** Whether a glob (`*` any run without a slash, `**` any run, `?` one character) matches the whole text. No pattern is compiled. */
export function matchesGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  // The last star of each sort is where a mismatch goes on; a later `**` makes every earlier star settled.
  let narrow: Retry | undefined;
  let wide: Retry | undefined;
  while (t < text.length) {
    if (glob.startsWith("**", g)) {
      g += 2;
      wide = { glob: g, text: t };
      narrow = undefined;
    } else if (glob[g] === "*") {
      g += 1;
      narrow = { glob: g, text: t };
    } else if (glob[g] === text[t] || (glob[g] === "?" && text[t] !== "/")) {
      g++;
      t++;
    } else if (narrow !== undefined && text[narrow.text] !== "/") {
      g = narrow.glob;
      t = ++narrow.text;
    } else if (wide !== undefined) {
      narrow = undefined;
      g = wide.glob;
      t = ++wide.text;
    } else {
      return false;
    }
  }
  while (glob[g] === "*") g++;
  return g === glob.length;
}

/** Whether a pattern selects an address: a glob over the whole, or a prefix up to a slash (`WhatsAppTemplate/parcel` selects its languages). */
export function selects(pattern: string, address: string): boolean {
  return matchesGlob(pattern, address) || matchesGlob(`${pattern}/**`, address);
}
