// What rounds with the whole shop share: a driver's process that may be killed, and what must hold once all have ended. Knows nobody's choice of kills.
import { spawn } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { atExit } from "./at-exit.ts";
import { applyShop, planShop, verifyShop } from "./reconcile.ts";
import { type Edition, holdings, openShop, type Shop, startDouble } from "./shop.ts";

/** A kill at a point of input and output (see lethal.ts), or some milliseconds after the start. */
export type Kill = { readonly point: number } | { readonly afterMs: number };

export interface RoundEnd {
  /** How many of the processes were killed before they ended by themselves. */
  readonly killed: number;
  /** How long the run that mended took. */
  readonly mendMs: number;
  /** What must never be; empty in a good round. */
  readonly wrongs: readonly string[];
}

export interface ChildEnd {
  readonly wasKilled: boolean;
  /** As the driver prints it. */
  readonly output: string;
}

type Double = Awaited<ReturnType<typeof startDouble>>;

export interface Scene {
  readonly double: Double;
  readonly shop: Shop;
}

/** Runs that an apply that nobody kills needs: the second one retires what the first has replaced. */
const runsOf: Readonly<Record<Edition, number>> = { first: 1, second: 2 };

/** A shop before the apply of an edition, and a CXone that ignores idempotency keys, while `work` runs. */
export async function inScene<T>(edition: Edition, work: (scene: Scene) => Promise<T>): Promise<T> {
  const double = await startDouble({ capabilities: { idempotencyKeys: false } });
  const shop = openShop({ url: double.url, hasKeys: false });
  try {
    await prepare(shop, edition);
    return await work({ double, shop });
  } finally {
    await double.close();
    shop.remove();
  }
}

/** Runs the shop as the next person would, then asks what must hold: all applied, nothing left to do, a chain that verifies, each object once. */
export async function mend({ double, shop }: Scene, edition: Edition): Promise<Omit<RoundEnd, "killed">> {
  const startedAt = performance.now();
  const wrongs: string[] = [];
  for (let runs = 0; runs < runsOf[edition]; runs += 1) {
    const { exit, outcomes } = await applyShop(shop.dir);
    const failed = outcomes.filter((outcome) => outcome.status !== "ok");
    wrongs.push(...failed.map(({ address, status, error }) => `${address} is ${status}: ${error}`));
    if (exit !== 0) wrongs.push(`the run afterwards ended with exit ${exit}`);
  }
  const mendMs = performance.now() - startedAt;
  const { plan } = await planShop(shop.dir);
  wrongs.push(...plan.steps.map((step) => `the next plan has a step: ${step.action} ${step.address}`));
  const { problems } = await verifyShop(shop.ledgerDir);
  wrongs.push(...problems.map((problem) => `the chain does not verify: ${problem.file} ${problem.message}`));
  wrongs.push(...double.violations.map((violation) => `the contract was broken: ${violation.kind} ${violation.path}`));
  const held = holdings(double);
  const wanted = await expected(edition);
  if (!isDeepStrictEqual(held, wanted)) wrongs.push(`CXone holds ${held.join("; ")}`);
  return { mendMs, wrongs };
}

/** Runs the driver (driver.ts) over the shop in a process of its own. */
export function runChild(program: string, { shop }: Scene, kill?: Kill): Promise<ChildEnd> {
  const point = kill !== undefined && "point" in kill ? kill.point : 0;
  const child = spawn(process.execPath, [program, shop.dir, String(point)], { stdio: ["ignore", "pipe", "inherit"] });
  const end = atExit(() => child.kill("SIGKILL"));
  let output = "";
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (output === "" && kill !== undefined && "afterMs" in kill)
      timer = setTimeout(() => child.kill("SIGKILL"), kill.afterMs);
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      clearTimeout(timer);
      end();
      resolve({ wasKilled: signal === "SIGKILL", output });
    });
  });
}

async function prepare(shop: Shop, edition: Edition): Promise<void> {
  shop.publish("first");
  if (edition === "first") return;
  await applyShop(shop.dir);
  shop.publish("second");
}

/** What CXone holds after an edition that nobody killed. */
const wantedOf = new Map<Edition, Promise<readonly string[]>>();
function expected(edition: Edition): Promise<readonly string[]> {
  const known = wantedOf.get(edition);
  if (known !== undefined) return known;
  const wanted = quietly(edition);
  wantedOf.set(edition, wanted);
  return wanted;
}

async function quietly(edition: Edition): Promise<readonly string[]> {
  const double = await startDouble();
  const shop = openShop({ url: double.url, hasKeys: true });
  try {
    await prepare(shop, edition);
    for (let runs = 0; runs < runsOf[edition]; runs += 1) await applyShop(shop.dir);
    return holdings(double);
  } finally {
    await double.close();
    shop.remove();
  }
}
