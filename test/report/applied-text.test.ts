// What the summary of an apply tells of a guest session: where to open it on a screen, and nothing of that in a text that is kept.
import assert from "node:assert/strict";
import test from "node:test";
import type { Outcome } from "../../src/contract/plan.ts";
import { type AppliedView, appliedText } from "../../src/report/applied-text.ts";

const channelUrl = "https://chat.example/s-1";
const sent: Outcome = { address: "GuestSession/winter", action: "send", status: "ok", version: 1, channelUrl };
const view: AppliedView = {
  outcomes: [sent],
  decided: [],
  pending: [],
  blocked: [],
  left: [],
  wasDeclined: false,
  wasStopped: false,
  flag: "",
};

test("the address of a session is shown on a screen", () => {
  const text = appliedText({ ...view, isOnScreen: true });
  assert.match(text, /GuestSession\/winter {2}sent v1\n {6}open the session at https:\/\/chat\.example\/s-1 /);
});

test("a text that may be kept tells no address of a session, and how to get it", () => {
  for (const kept of [view, { ...view, isOnScreen: false }]) {
    const text = appliedText(kept);
    assert.ok(!text.includes("chat.example"), text);
    assert.match(text, /where to open the session is told on a terminal and with --format json alone/);
  }
});

test("what opened no session says nothing of one", () => {
  const { channelUrl: _, ...rest } = sent;
  assert.ok(!/open/.test(appliedText({ ...view, outcomes: [rest] })));
});
