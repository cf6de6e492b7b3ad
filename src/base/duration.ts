// Durations as people write them (`500ms`, `2s`, `10m`, `6h`, `7d`) and times as ISO 8601 UTC.

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (unitMs[match[2] as string] as number));
}

/** The shortest exact form: 7d, 90m, 1500ms. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  for (const unit of ["d", "h", "m", "s"]) {
    const size = unitMs[unit] as number;
    if (durationMs % size === 0) return `${durationMs / size}${unit}`;
  }
  return `${durationMs}ms`;
}

/** ISO 8601 UTC with milliseconds. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
