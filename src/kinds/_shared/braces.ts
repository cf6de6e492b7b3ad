// Pairs the double braces of a message text; knows no placeholder grammar and no channel.

/** `{{…}}` with nothing but text between; offsets and lengths in UTF-16 units. */
export interface BracePair {
  readonly start: number;
  readonly length: number;
  readonly content: string;
  /** False for three or more braces on either side. */
  readonly isExact: boolean;
}

/** Braces that belong to no pair. */
export interface LooseBraces {
  readonly start: number;
  readonly length: number;
  readonly side: "open" | "close";
}

export interface Braces {
  readonly pairs: readonly BracePair[];
  readonly loose: readonly LooseBraces[];
}

/** Finds every run of two or more braces and pairs an opening run with the closing run right after it. Linear; single braces are text. */
export function braces(text: string): Braces {
  const runs = braceRuns(text);
  const pairs: BracePair[] = [];
  const loose: LooseBraces[] = [];
  for (let at = 0; at < runs.length; at++) {
    const run = runs[at] as LooseBraces;
    const next = runs[at + 1];
    if (run.side === "open" && next?.side === "close") {
      const end = next.start + next.length;
      pairs.push({
        start: run.start,
        length: end - run.start,
        content: text.slice(run.start + run.length, next.start),
        isExact: run.length === 2 && next.length === 2,
      });
      at++;
    } else {
      loose.push(run);
    }
  }
  return { pairs, loose };
}

function braceRuns(text: string): readonly LooseBraces[] {
  const runs: LooseBraces[] = [];
  for (const match of text.matchAll(/\{{2,}|\}{2,}/g)) {
    runs.push({ start: match.index, length: match[0].length, side: match[0].startsWith("{") ? "open" : "close" });
  }
  return runs;
}
