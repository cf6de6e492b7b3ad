// SIGINT and SIGTERM of this process: they end it at once, or, where a command writes, the first one only tells it to stop.

export interface Interrupts {
  /** From now on the first interrupt only aborts the signal that this answers; a second ends the process. */
  stopGently(): AbortSignal;
  /** What a signal does, for whoever sees Ctrl-C before the process does. */
  interrupt(): void;
}

/** Exit code of an interrupted command (INTERFACE §3). */
export const interrupted = 130;

/** Installs the handlers. `say` is told once, when the command goes on to its end. */
export function openInterrupts(say: (text: string) => void): Interrupts {
  const stop = new AbortController();
  let isGentle = false;
  const interrupt = (): void => {
    if (!isGentle || stop.signal.aborted) process.exit(interrupted);
    say("stopping: the call in flight is finished and recorded; interrupt again to stop at once\n");
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return {
    interrupt,
    stopGently() {
      isGentle = true;
      return stop.signal;
    },
  };
}
