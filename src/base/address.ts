// Addresses (`Kind/name[/qualifier]`) and the glob patterns that select them.

/** The kind's name in an address. */
export function kindOfAddress(address: string): string {
  const slash = address.indexOf("/");
  return slash === -1 ? address : address.slice(0, slash);
}

/** Whether a glob (`*` any run without a slash, `**` any run, `?` one character) matches the whole text. Linear: no pattern is compiled. */
export function matchesGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let retryGlob = -1;
  let retryText = 0;
  let crossesSlash = false;
  while (t < text.length) {
    const wanted = glob[g];
    if (wanted === "*") {
      crossesSlash = glob[g + 1] === "*";
      g += crossesSlash ? 2 : 1;
      retryGlob = g;
      retryText = t;
    } else if (wanted === text[t] || (wanted === "?" && text[t] !== "/")) {
      g++;
      t++;
    } else if (retryGlob !== -1 && (crossesSlash || text[retryText] !== "/")) {
      g = retryGlob;
      t = ++retryText;
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
