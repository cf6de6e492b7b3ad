// One round: an apply of all seven kinds is killed three times in a row, then the next run must mend everything. Knows nothing of how many rounds there are.
import { spawn } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { applyShop, planShop, verifyShop } from "./reconcile.ts";
import { type Edition, holdings, openShop, type Shop, startDouble } from "./shop.ts";

/** A kill at a point of input and output (see lethal.ts), or some milliseconds after the start. */
export type Kill = { readonly point: number } | { readonly afterMs: number };

export interface Round {
  /** `first`: everything is made; `second`: everything is changed, what is replaced is retired. */
  readonly edition: Edition;
  readonly kills: readonly Kill[];
}

export interface RoundEnd {
  /** How many of the processes were killed before they ended by themselves. */
  readonly killed: number;
  /** How long the run that mended took. */
  readonly mendMs: number;
  /** What must never be; empty in a good round. */
  readonly wrongs: readonly string[];
}

interface ChildEnd {
  readonly wasKilled: boolean;
  readonly output: string;
}

/** Runs that an apply that nobody kills needs: the second one retires what the first has replaced. */
const runsOf: Readonly<Record<Edition, number>> = { first: 1, second: 2 };

export async function killRound(program: string, round: Round): Promise<RoundEnd> {
  const double = await startDouble({ capabilities: { idempotencyKeys: false } });
  const shop = openShop({ url: double.url, hasKeys: false });
  try {
    await prepare(shop, round.edition);
    let killed = 0;
    for (const kill of round.kills) {
      if ((await runChild(program, shop.dir, kill)).wasKilled) killed += 1;
    }
    const startedAt = performance.now();
    const wrongs: string[] = [];
    for (let runs = 0; runs < runsOf[round.edition]; runs += 1) {
      const { exit, outcomes } = await applyShop(shop.dir);
      const failed = outcomes.filter((outcome) => outcome.status !== "ok");
      wrongs.push(...failed.map(({ address, status, error }) => `${address} is ${status}: ${error}`));
      if (exit !== 0) wrongs.push(`the run after the kills ended with exit ${exit}`);
    }
    const mendMs = performance.now() - startedAt;
    const { plan } = await planShop(shop.dir);
    wrongs.push(...plan.steps.map((step) => `the next plan has a step: ${step.action} ${step.address}`));
    const { problems } = await verifyShop(shop.ledgerDir);
    wrongs.push(...problems.map((problem) => `the chain does not verify: ${problem.file} ${problem.message}`));
    wrongs.push(
      ...double.violations.map((violation) => `the contract was broken: ${violation.kind} ${violation.path}`),
    );
    const held = holdings(double);
    const wanted = await expected(round.edition);
    if (!isDeepStrictEqual(held, wanted)) wrongs.push(`CXone holds ${held.join("; ")}`);
    return { killed, mendMs, wrongs };
  } finally {
    await double.close();
    shop.remove();
  }
}

/** How many points an apply of an edition passes when nobody kills it. */
export async function countPointsOf(program: string, edition: Edition): Promise<number> {
  const double = await startDouble({ capabilities: { idempotencyKeys: false } });
  const shop = openShop({ url: double.url, hasKeys: false });
  try {
    await prepare(shop, edition);
    const { output } = await runChild(program, shop.dir, { point: 0 });
    const points = Number(/^(\d+) 0$/m.exec(output)?.[1]);
    if (!(points > 0)) throw new Error(`the driver did not come to its end: ${output}`);
    return points;
  } finally {
    await double.close();
    shop.remove();
  }
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

function runChild(program: string, dir: string, kill: Kill): Promise<ChildEnd> {
  const point = "point" in kill ? kill.point : 0;
  const child = spawn(process.execPath, [program, dir, String(point)], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (output === "" && "afterMs" in kill) timer = setTimeout(() => child.kill("SIGKILL"), kill.afterMs);
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      clearTimeout(timer);
      resolve({ wasKilled: signal === "SIGKILL", output });
    });
  });
}
