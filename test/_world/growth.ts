// How the work of a function grows with its input: a ratio of processor times in one run, so that neither a slow nor a busy machine matters.

const tries = 3;
/** A large input that takes less than this is not worth dividing by: whatever it is, it is not slow. */
const negligibleMs = 20;

/** Processor time for the large input divided by that for the small one, the least of several tries; 1 when both are negligible. */
export function growth(run: (size: number) => unknown, small: number, large: number): number {
  run(small);
  const least = (size: number): number =>
    Math.min(...Array.from({ length: tries }, () => processorMs(() => run(size))));
  const largeMs = least(large);
  return largeMs < negligibleMs ? 1 : largeMs / Math.max(1, least(small));
}

function processorMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
