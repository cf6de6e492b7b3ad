// The ledger of a place, read through the API and verified.
import assert from "node:assert/strict";
import type { Entry } from "../../src/contract/entry.ts";
import { openGitHub } from "../../src/github/client.ts";
import { githubStore } from "../../src/github/commit-store.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { testWorld } from "../_world/world.ts";
import type { Place } from "./place.ts";

/** The ledger as anybody with a token reads it. */
export async function ledgerOf({ double }: Place): Promise<readonly Entry[]> {
  const world = testWorld();
  const { token, repository, url, graphqlUrl } = double;
  const github = openGitHub({ token, repository, apiUrl: url, graphqlUrl, world });
  const store = githubStore({ github, branch: "cxform-ledger/production", clock: world.clock, chance: world.chance });
  const verification = await verifyLedger(store, "production");
  assert.deepEqual(verification.problems, []);
  const files = await store.list("audit");
  const texts = await Promise.all(files.map((file) => store.read(file)));
  return texts.flatMap((text) => (text ?? "").trim().split("\n")).map((line) => JSON.parse(line) as Entry);
}
