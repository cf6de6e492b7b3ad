// A tenant that can do all that the API describes. It knows no kind.
import type { Capabilities } from "../../src/contract/api.ts";

export const allCapabilities: Capabilities = {
  list: true,
  etag: true,
  idempotencyKeys: true,
  reactivate: true,
  deprecate: true,
  channels: true,
  requestLifeMs: 30_000,
};

export const without = (...names: readonly (keyof Capabilities)[]): Capabilities => ({
  ...allCapabilities,
  ...Object.fromEntries(names.map((name) => [name, false])),
});
