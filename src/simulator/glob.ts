// Globs with `*` and `?`, matched without compiling anything: patterns come from fault scripts and decision rules.

/** Whether `text` matches `pattern`, where `*` is any run of characters and `?` is one. Linear in practice, never recursive. */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let textAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (textAt < text.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      starAt = at;
      resumeAt = textAt;
      at += 1;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[textAt])) {
      at += 1;
      textAt += 1;
    } else if (starAt >= 0) {
      at = starAt + 1;
      resumeAt += 1;
      textAt = resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
