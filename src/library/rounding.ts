// Averages, shares and percentiles as the figures of CXONE-API §10 want them; null where there is nothing to count.

/** To so many decimals, halves upwards. */
export function rounded(value: number | null, decimals: number): number | null {
  return value === null ? null : Math.round(value * 10 ** decimals) / 10 ** decimals;
}

export function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** In percent with 2 decimals. */
export function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded((part / whole) * 100, 2);
}

/** The nearest rank: the smallest value that so many percent of all do not exceed. */
export function percentile(values: readonly number[], percentage: number): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil((percentage / 100) * sorted.length) - 1)] ?? null;
}
