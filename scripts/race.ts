// Two clones of one bare repository race for the ledger's branch; exactly one may write each time. `npm run race -- --times 1000`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Claimed } from "../src/base/failure.ts";
import { verifyBranchHistory } from "../src/ledger/git-history.ts";
import { gitStore } from "../src/ledger/git-store.ts";
import { openLedger } from "../src/ledger/ledger.ts";
import { verifyLedger } from "../src/ledger/verify.ts";

const { values } = parseArgs({ options: { times: { type: "string", default: "1000" } } });
const times = Number(values.times);
const dir = mkdtempSync(join(tmpdir(), "cxform-race-"));
const git = (folder: string, ...words: readonly string[]): string =>
  execFileSync("git", ["-c", "user.name=race", "-c", "user.email=race@localhost", ...words], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
const branch = "cxform-ledger/race";
const environment = "race";
const clock = {
  now: () => Date.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};
const env = (name: string): string | undefined => process.env[name];

function prepare(): readonly string[] {
  const bare = join(dir, "bare.git");
  const one = join(dir, "one");
  const two = join(dir, "two");
  git(dir, "init", "-q", "--bare", "-b", "main", bare);
  git(dir, "clone", "-q", bare, one);
  writeFileSync(join(one, "cxform.yaml"), "");
  git(one, "add", "cxform.yaml");
  git(one, "commit", "-q", "-m", "begin");
  git(one, "push", "-q", "origin", "HEAD:main");
  git(dir, "clone", "-q", bare, two);
  return [one, two];
}

const runOf = (round: number, racer: number): string =>
  `20261120T${String(round % 240_000).padStart(6, "0")}Z-${racer}${round.toString(16).padStart(7, "0")}`;

async function race(folders: readonly string[]): Promise<readonly number[]> {
  const stores = folders.map((repository) => gitStore({ repository, branch, remote: "origin", clock, env }));
  const wins = folders.map(() => 0);
  for (let round = 1; round <= times; round++) {
    const ledgers = await Promise.all(stores.map((store) => openLedger(store, { environment })));
    const runs = ledgers.map((ledger, racer) => ledger.begin({ run: runOf(round, racer), clock }));
    const ends = await Promise.allSettled(runs.map((run) => run.claim()));
    const winners = ends.flatMap(({ status }, racer) => (status === "fulfilled" ? [racer] : []));
    for (const end of ends) {
      if (end.status === "rejected" && !(end.reason instanceof Claimed)) throw end.reason;
    }
    const [winner] = winners;
    if (winner === undefined || winners.length !== 1) throw new Error(`round ${round}: ${winners.length} writers`);
    wins[winner] = (wins[winner] as number) + 1;
    await runs[winner]?.release();
  }
  return wins;
}

try {
  const folders = prepare();
  const startedAt = performance.now();
  const wins = await race(folders);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const repository = folders[0] as string;
  const history = await verifyBranchHistory({ repository, branch, remote: "origin", clock, env });
  const verified = await verifyLedger(gitStore({ repository, branch, remote: "origin", clock, env }), environment);
  const isRight = history.ok && verified.ok && verified.entries === 2 * times && history.commits === 2 * times;
  console.log(`${times} races in ${seconds} s: one writer each time, ${wins.join(" and ")} wins`);
  console.log(
    `${verified.entries} entries and ${history.commits} commits, ${isRight ? "all verified" : "NOT as they should be"}`,
  );
  for (const problem of [...verified.problems, ...history.problems]) console.log(JSON.stringify(problem));
  process.exitCode = isRight ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
