// What a protected environment demands of an apply, and what passes by it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NotAllowed } from "../../src/base/failure.ts";
import type { Entry } from "../../src/contract/entry.ts";
import { history } from "../../src/ledger/history.ts";
import type { Attribution } from "../../src/library/attribution.ts";
import { Invalid } from "../../src/library/invalid.ts";
import { batch, optIn, optOut, whatsapp } from "./manifests.ts";
import { type Project, scenario } from "./project.ts";

const commit = "a".repeat(40);
const approval = (login: string) => ({ login, at: "2026-06-01T08:00:00Z", commit });
const merged: Attribution = {
  actor: "merge-bot",
  author: "ada",
  commit,
  approvals: [approval("Grace")],
  provenance: { branch: "main", defaultBranch: "main", isClean: true, isInCi: true },
};
const protectedOptions = { environment: { protected: true }, isOpenEnded: true };

async function refusal(project: Project, attribution: Attribution): Promise<string> {
  let told = "";
  await assert.rejects(project.apply({ attribution }), (error: unknown) => {
    if (!(error instanceof NotAllowed)) return false;
    told = `${error.code} ${error.message}`;
    return error.hint.length > 20;
  });
  assert.deepEqual(project.writes, []);
  return told;
}

function entriesOf(project: Project): readonly Entry[] {
  const dir = join(project.dir, "ledger/audit");
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8").trim().split("\n"))
    .map((line) => JSON.parse(line) as Entry)
    .sort((left, right) => left.seq - right.seq);
}

scenario("a protected environment refuses whatever it does not know to be right", protectedOptions, async (project) => {
  project.put(whatsapp("order", "one text of an order"));
  const { provenance, ...nowhere } = merged;
  assert.ok(provenance);
  const { branch: _branch, ...branchless } = provenance;
  const { isClean: _isClean, ...unversioned } = provenance;
  const cases: readonly (readonly [Attribution, RegExp])[] = [
    [nowhere, /^CX4005 .*no run of CI/],
    [{ ...merged, provenance: { ...provenance, isInCi: false } }, /^CX4005 .*no run of CI/],
    [{ ...merged, provenance: { ...provenance, branch: "feature" } }, /^CX4005 .*feature, not the default branch main/],
    [{ ...merged, provenance: branchless }, /^CX4005 .*not known which branch/],
    [{ ...merged, provenance: { ...provenance, isClean: false } }, /^CX4005 .*changes that no commit holds/],
    [{ ...merged, provenance: unversioned }, /^CX4005 .*no git repository/],
    [{ ...merged, approvals: [] }, /^CX4006 .*nobody who approved/],
    [{ ...merged, approvals: [approval("ADA")] }, /^CX4006 .*only the author ada/],
  ];
  for (const [attribution, words] of cases) assert.match(await refusal(project, attribution), words);
  await project.applied(0, { attribution: merged });
});

scenario("the approver is the operator of the ledger, never the author", protectedOptions, async (project) => {
  project.put(whatsapp("order", "one text of an order"));
  await project.applied(0, {
    attribution: { ...merged, operator: "from-env", approvals: [approval("ada"), approval("Grace")] },
  });
  const claim = entriesOf(project).find((entry) => entry.phase === "claim");
  assert.equal(claim?.operator, "Grace");
  assert.deepEqual(claim?.approvals, [approval("Grace")]);
  assert.equal(claim?.commit, commit);
  assert.equal("provenance" in (claim as object), false);
});

scenario("opt-outs wait for nobody's approval, and still for the right place", protectedOptions, async (project) => {
  project.put(batch("may", [optOut(1), optIn(2)]));
  const unapproved = { ...merged, approvals: [] };
  await assert.rejects(project.apply({ attribution: { actor: "me" }, optOutsOnly: true }), NotAllowed);
  const done = await project.applied(0, { attribution: unapproved, optOutsOnly: true });
  assert.equal(done.outcomes[0]?.counts?.["sent"], 1);
});

scenario(
  "settle needs no approval: it submits nothing that no approved apply contained",
  protectedOptions,
  async (project) => {
    project.put(whatsapp("order", "one text of an order"));
    await project.applied(0, { attribution: merged });
    project.put(whatsapp("other", "another text of an order"));
    await project.settle({ attribution: { actor: "cron" } });
    assert.deepEqual(project.writes, []);
  },
);

scenario(
  "broken glass brings back, takes away and withholds, leaves the rest, and is never forgotten",
  { environment: { protected: true, guards: { maxRetire: { count: 5, percent: 100 } } }, isOpenEnded: true },
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    const gone = whatsapp("gone", "a text that goes away");
    project.put(gone);
    await project.applied(0, { attribution: merged });
    project.drop(gone);
    project.put(whatsapp("fresh", "a text that is new"), batch("may", [optOut(1), optIn(2)]));
    const reason = "the shop sends a wrong price";
    const alone = { attribution: { actor: "maria" } };
    await assert.rejects(project.apply({ ...alone, breakGlass: "too short" }), NotAllowed);
    const done = await project.applied(3, { ...alone, breakGlass: reason });
    assert.deepEqual(done.outcomes.map(({ action, status }) => `${action} ${status}`).sort(), [
      "deprecate ok",
      "records ok",
    ]);
    assert.deepEqual([...done.left].sort(), [
      "create WhatsAppTemplate/fresh/en_US: needs an approval",
      "records PreferenceBatch/may: its opt-ins need an approval",
    ]);
    const sent = project.writes.filter((each) => each.includes("preferences"));
    assert.equal(sent.length, 1, "one call with the opt-out alone");
    const claim = entriesOf(project).findLast((entry) => entry.phase === "claim");
    assert.equal(claim?.action, "breakGlass");
    assert.equal(claim?.reason, reason);
    assert.equal(claim?.actor, "maria");
    const [version] = history(entriesOf(project), "WhatsAppTemplate/gone/en_US");
    assert.deepEqual(
      version?.breakGlass?.map((glass) => [glass.actor, glass.reason]),
      [["maria", reason]],
    );
    // No later settle takes the opt-ins for approved ones.
    const settled = await project.settle({ attribution: { actor: "cron" } });
    assert.deepEqual(settled.outcomes, []);
    await project.applied(0, { attribution: merged });
    await project.isSettled();
  },
);

scenario("without protection there is no glass to break", { isOpenEnded: true }, async (project) => {
  project.put(whatsapp("order", "one text of an order"));
  await assert.rejects(project.apply({ breakGlass: "a reason that is long enough" }), /no glass to break/);
});

scenario(
  "an apply that fails on its manifests is recorded where the environment is protected",
  protectedOptions,
  async (project) => {
    project.put(whatsapp("order", "one text {{3}}"));
    await assert.rejects(project.apply({ attribution: merged }), Invalid);
    const [claim, event, release] = entriesOf(project);
    assert.deepEqual([claim?.phase, event?.action, release?.phase], ["claim", "validated", "release"]);
    assert.ok((event?.counts?.["errors"] ?? 0) > 0);
    assert.ok(event?.startedAt);
    assert.deepEqual(project.writes, []);
  },
);
