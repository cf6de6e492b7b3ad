// A project folder beside a simulator of its own, for the commands of this folder. It knows no command.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { Config } from "../../src/contract/config.ts";
import { apply } from "../../src/library/apply.ts";
import { loadConfig } from "../../src/library/config.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { type TestWorld, testWorld } from "../_world/world.ts";

export const start = Date.parse("2026-11-20T12:00:00Z");

export interface Place {
  readonly dir: string;
  readonly simulator: Simulator;
  readonly config: Config;
  /** The environment's variables; a test may change them. */
  readonly env: Record<string, string>;
  /** Epoch ms of simulator and commands. */
  now: number;
  /** A new process: its own world at the place's time. */
  world(): TestWorld;
  options(): { readonly config: Config; readonly world: TestWorld };
  /** Writes a file below the folder; an object as JSON, which is YAML. */
  write(file: string, content: string | object): void;
  read(file: string): string;
  has(file: string): boolean;
  apply(): ReturnType<typeof apply>;
}

/** The environment `test` with all families at the simulator; `environment` is merged into it. */
export async function place(
  t: Pick<TestContext, "after">,
  environment: Readonly<Record<string, unknown>> = {},
  simulated: SimulatorOptions = {},
): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), "cxform-commands-"));
  const now = { at: start };
  const simulator = await startSimulator({
    now: () => now.at,
    seed: "commands",
    jobMs: 0,
    requestsPerSecond: 10_000,
    reviewDelayMs: 1000,
    ...simulated,
  });
  t.after(async () => {
    await simulator.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const write = (file: string, content: string | object): void => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), typeof content === "string" ? content : JSON.stringify(content));
  };
  const credentials = { clientId: { fromEnv: "CXONE_ID" }, clientSecret: { fromEnv: "CXONE_SECRET" } };
  write("cxform.yaml", {
    apiVersion: "cxform/v1",
    kind: "Config",
    manifests: ["templates", "webhooks", "sessions", "preferences"],
    defaultEnvironment: "test",
    environments: {
      test: {
        credentials,
        retireAfter: "0s",
        apis: simulator.families,
        rateLimit: { requestsPerSecond: 10_000, burst: 1000 },
        ledger: { dir: "ledger" },
        ...environment,
      },
    },
  });
  for (const folder of ["templates", "webhooks", "sessions", "preferences"]) mkdirSync(join(dir, folder));
  const env: Record<string, string> = {
    CXONE_ID: simulator.client.id,
    CXONE_SECRET: simulator.client.secret,
    CXONE_WEBHOOK_SECRET: "a-secret-of-the-tests-of-some-length",
  };
  let seed = 0;
  const it: Place = {
    dir,
    simulator,
    env,
    get config() {
      return loadConfig({ cwd: dir }).config;
    },
    get now() {
      return now.at;
    },
    set now(at) {
      now.at = at;
    },
    world: () => testWorld({ now: now.at, seed: ++seed, env }),
    options: () => ({ config: it.config, world: it.world() }),
    write,
    read: (file) => readFileSync(join(dir, file), "utf8"),
    has: (file) => existsSync(join(dir, file)),
    apply: () => apply({ ...it.options(), attribution: { actor: "kim" } }),
  };
  return it;
}
