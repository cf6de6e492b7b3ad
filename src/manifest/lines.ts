// Offsets of a text as lines and columns; knows no YAML.
import type { Place } from "../contract/diagnostic.ts";

/** Lines and columns of a text, both from 1, columns in UTF-16 units; `\n` ends a line. */
export class Lines {
  readonly file: string;
  readonly text: string;
  readonly #starts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  /** The place of an offset; an offset past the end is shown at the end. */
  place(offset: number): Place {
    const within = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= within) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: within - (this.#starts[low] as number) + 1 };
  }

  /** The text of the line (from 1) without its break. */
  lineText(line: number): string {
    const start = this.#starts[line - 1] ?? this.text.length;
    const end = this.#starts[line] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, "");
  }
}
