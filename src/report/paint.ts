// Colours by meaning; a renderer is told how to paint and never asks where its text goes.
import { styleText } from "node:util";

export type Tone = "added" | "removed" | "changed" | "strong" | "faint" | "error" | "warning";
export type Paint = (tone: Tone, text: string) => string;

const styles = {
  added: "green",
  removed: "red",
  changed: "yellow",
  strong: "bold",
  faint: "dim",
  error: "red",
  warning: "yellow",
} as const;

/** For files, pipes and NO_COLOR. */
export const plain: Paint = (_tone, text) => text;

/** For terminals: who paints has asked already whether the stream is one. */
export const coloured: Paint = (tone, text) => styleText(styles[tone], text, { validateStream: false });
