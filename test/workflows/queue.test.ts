// The merge queue: its plan on the group's commit, said in the status there beside the one that the pull request shows. It gets no comment.
import assert from "node:assert/strict";
import test from "node:test";
import { type Place, place, sms, template } from "./place.ts";
import type { RunResult } from "./runner.ts";

const file = "templates/whatsapp/parcel.yaml";

/** The status of the group, which is the newest; nothing else was written. */
function statusOf(run: RunResult, { double }: Place, written: number): string {
  const { statuses, comments, runs } = double.state;
  assert.equal(comments.length, written, "no comment");
  const status = statuses.at(-1);
  assert.equal(status?.sha, runs.find(({ id }) => id === run.id)?.headSha, "on the group's commit");
  assert.equal(status?.context, "cxform/plan");
  assert.equal(status?.target_url, `${double.url}/${double.repository}/actions/runs/${run.id}`);
  return `${status?.state}: ${status?.description}`;
}

test("a merge group's status says whether its plan is the one that the pull request shows", async (context) => {
  const here = await place(context);
  const pull = here.open({ [file]: template("your parcel left") });
  const early = await here.queue(pull);
  assert.equal(early.jobs["cxform"]?.result, "success", early.log);
  assert.match(statusOf(early, here, 0), /^success: 1 change, digest [0-9a-f]{8}; not compared with #7$/);
  assert.match(early.log, /production: not compared with the plan of pull request 7: pull request 7 has no plan of/);

  const planned = await here.plan(pull);
  assert.equal(planned.jobs["comment"]?.result, "success", planned.log);
  assert.equal(planned.jobs["queue"]?.result, "skipped");
  const digest = planned.jobs["plan (production)"]?.steps[1]?.outputs["digest"]?.slice("sha256:".length, 15);
  assert.ok(digest);
  const same = await here.queue(pull);
  for (const job of ["validate", "plan (production)", "queue", "cxform"])
    assert.equal(same.jobs[job]?.result, "success", `${job}\n${same.log}`);
  assert.equal(same.jobs["comment"]?.result, "skipped");
  assert.equal(statusOf(same, here, 1), `success: 1 change, digest ${digest}; equal to #7`);
  assert.match(same.log, /production: equal to the plan of pull request 7/);
  assert.match(same.jobs["queue"]?.steps.at(-1)?.summary ?? "", /`production`: equal to the plan of #7/);

  const more = { [file]: template("your parcel was lost"), "templates/sms/code.yaml": sms("your code is {{code}}") };
  const other = await here.queue(pull, more);
  assert.equal(other.jobs["cxform"]?.result, "success", "what differs fails nothing");
  const words = /differs from #7: 2 steps more, 1 fewer; the plan on main decides$/;
  assert.match(statusOf(other, here, 1), words);
  assert.match(other.log, /production: differs from the plan of pull request 7: 2 steps more, 1 fewer/);
});

test("a merge group whose manifests are invalid gets a status that failed, and its check fails", async (context) => {
  const here = await place(context);
  const pull = here.open({ [file]: template("your parcel left").replace("category: UTILITY", "category: LETTERS") });
  const run = await here.queue(pull);
  assert.equal(run.jobs["queue"]?.result, "failure", run.log);
  assert.equal(run.jobs["cxform"]?.result, "failure");
  assert.equal(statusOf(run, here, 0), "failure: the manifests or the config are invalid");
});
