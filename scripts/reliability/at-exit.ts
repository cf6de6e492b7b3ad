// What must be undone however a script ends: by its end, an error, or a signal that can be caught. Knows no script.

const pending = new Set<() => void>();
let isWatching = false;

/** Has `undo` done when the process ends, the newest first. Answers how to do it earlier. */
export function atExit(undo: () => void): () => void {
  watch();
  pending.add(undo);
  return () => {
    if (pending.delete(undo)) undo();
  };
}

function watch(): void {
  if (isWatching) return;
  isWatching = true;
  process.on("exit", () => {
    for (const undo of [...pending].reverse()) undo();
  });
  // Without these a signal ends the process and no listener of its end is called.
  for (const [signal, number] of [["SIGHUP", 1] as const, ["SIGINT", 2] as const, ["SIGTERM", 15] as const])
    process.once(signal, () => process.exit(128 + number));
}
