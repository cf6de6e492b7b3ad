// `npm run proxy [-- --rounds 100] [--seed 1]`: applies through a network that resets, cuts, delays, shreds, sends late and sends twice; half of them to a CXone without idempotency keys.

import { type ProxyFault, proxyFaults } from "./fault-proxy.ts";
import { count } from "./flags.ts";
import { proxyRound } from "./proxy-round.ts";

const rounds = count("rounds", 100);
const seed = count("seed", 1);
const totals = new Map<ProxyFault, number>();
const startedAt = performance.now();
let wrongRounds = 0;
for (let at = 0; at < rounds; at += 1) {
  const round = { seed: seed + at, hasKeys: at % 2 === 0, percent: 10 + (at % 4) * 10, applies: 3 };
  const { counts, wrongs } = await proxyRound(round);
  for (const [fault, times] of counts) totals.set(fault, (totals.get(fault) ?? 0) + times);
  if (wrongs.length === 0) continue;
  wrongRounds += 1;
  console.log(`${JSON.stringify(round)}:\n  ${wrongs.join("\n  ")}`);
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(proxyFaults.map((fault) => `${fault} ${totals.get(fault) ?? 0}`).join(", "));
console.log(`${rounds} rounds in ${seconds.toFixed(0)} s, ${wrongRounds} with a violation`);
process.exitCode = wrongRounds === 0 ? 0 : 1;
