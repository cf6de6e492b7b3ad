// The pace of a tenant: a token bucket over all families (CXONE-API §2). It knows no request.

export interface Limiter {
  /** 0 when the call may pass, otherwise the whole seconds to wait. */
  take(at: number): number;
}

/** A bucket of one second's requests that fills evenly. `Infinity` never refuses. */
export function createLimiter(requestsPerSecond: number): Limiter {
  const size = Math.max(1, requestsPerSecond);
  let level = size;
  let filledAt = Number.NEGATIVE_INFINITY;
  return {
    take: (at) => {
      if (requestsPerSecond === Number.POSITIVE_INFINITY) return 0;
      const passedMs = Math.max(0, at - filledAt);
      level =
        passedMs === Number.POSITIVE_INFINITY ? size : Math.min(size, level + (passedMs / 1000) * requestsPerSecond);
      filledAt = Math.max(filledAt, at);
      if (level >= 1) {
        level -= 1;
        return 0;
      }
      return Math.max(1, Math.ceil((1 - level) / requestsPerSecond));
    },
  };
}
