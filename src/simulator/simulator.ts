// The CXone double as one value: a real HTTP server of five families with state of its own (DESIGN §6). It imports nothing of
// the engine, so that the two can only agree by the contract.
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Announcer } from "./announcer.ts";
import { FAMILIES, FAMILY_NAMES, type Family } from "./families.ts";
import { type FaultRule, FaultScript } from "./faults.ts";
import { createGround, type Ground } from "./ground.ts";
import { type SimulatorOptions, settle } from "./options.ts";
import { type RecordedRequest, Requests } from "./requests.ts";
import { createApp } from "./server.ts";
import { type TokenCount, Tokens } from "./tokens.ts";
import type { Violation } from "./violations.ts";
import { type Delivery, WebhooksOut } from "./webhooks-out.ts";
import { createWorld, type World } from "./world.ts";

export { type DecisionRule, parseDecisions, type ReviewedKind } from "./decisions.ts";
export { FAMILY_NAMES, type Family } from "./families.ts";
export { type FaultKind, type FaultRule, parseFaults } from "./faults.ts";
export type { ChannelRule, Client, SimulatorCapabilities, SimulatorOptions, WebhookTarget } from "./options.ts";
export type { RecordedRequest } from "./requests.ts";
export type { TokenCount } from "./tokens.ts";
export type { Violation, ViolationKind } from "./violations.ts";
export { type Delivery, signatureOf } from "./webhooks-out.ts";
export type { ShownCollection, World } from "./world.ts";

export interface Simulator {
  readonly url: string;
  readonly families: Readonly<Record<Family, { readonly baseUrl: string; readonly tokenUrl: string }>>;
  /** Credentials that it accepts. */
  readonly client: { readonly id: string; readonly secret: string };
  /** Every request seen, the oldest dropped beyond a bound. */
  readonly requests: readonly RecordedRequest[];
  /** What a client must never do. */
  readonly violations: readonly Violation[];
  readonly tokenCounts: Readonly<Record<Family, TokenCount>>;
  /** Webhooks that went out, or failed to. */
  readonly deliveries: readonly Delivery[];
  readonly world: World;
  addFault(rule: FaultRule): void;
  clearFaults(): void;
  /** Sends the webhooks that are due by the clock and waits until all have arrived or were given up. */
  deliverDue(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a simulator. Rejects when the port is taken or `stateDir` holds something else. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = settle(options);
  const ground = createGround(settings);
  forgetOldKeys(ground);
  const stop = new AbortController();
  const out = new WebhooksOut(settings, ground.chance);
  const announcer = new Announcer(ground, out);
  const tokens = new Tokens(settings);
  const faults = new FaultScript(settings.faults, ground.chance);
  const requests = new Requests();
  const app = createApp({ ground, tokens, faults, requests, announcer, stop: stop.signal });
  const server = createAdaptorServer({ fetch: app.fetch, hostname: settings.host });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, settings.host, () => resolve((server.address() as AddressInfo).port));
  });
  const url = `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}`;
  announcer.tick();
  return {
    url,
    families: familyUrls(url),
    client: settings.clients[0] ?? { id: "", secret: "" },
    requests: requests.list,
    violations: ground.violations.list,
    tokenCounts: tokens.counts,
    deliveries: out.deliveries,
    world: createWorld(ground, () => announcer.tick()),
    addFault: (rule) => faults.add(rule),
    clearFaults: () => faults.clear(),
    deliverDue: () => {
      announcer.tick();
      return out.drain();
    },
    close: async () => {
      stop.abort();
      announcer.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await Promise.all([closed, out.close()]);
    },
  };
}

function familyUrls(url: string): Simulator["families"] {
  return Object.fromEntries(
    FAMILY_NAMES.map((family) => {
      const baseUrl = `${url}/${family}`;
      return [family, { baseUrl, tokenUrl: `${baseUrl}${FAMILIES[family].tokenPath}` }];
    }),
  ) as Simulator["families"];
}

/** Answers that are kept under a key longer than they count only make the state grow. */
function forgetOldKeys({ store, settings }: Ground): void {
  const oldest = settings.now() - settings.capabilities.keyTtlMs;
  const isOld = (id: string): boolean => (store.get("keys", id)?.at ?? oldest) < oldest;
  if (!store.ids("keys").some(isOld)) return;
  store.write(() => {
    for (const id of store.ids("keys").filter(isOld)) store.remove("keys", id);
  });
}
