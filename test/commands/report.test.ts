// The page of the ledger: it says what the ledger says, stands alone, and lets no foreign text act.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { report } from "../../src/library/report.ts";
import { type PageView, reportPage } from "../../src/report/page.ts";
import { place } from "./place.ts";

const contact = "7f0b1c3e-2a4d-4c6b-9e8f-0a1b2c3d4e5f";

async function applied(t: TestContext) {
  const here = await place(t);
  here.write("preferences/stop.yaml", {
    apiVersion: "cxform/v1",
    kind: "PreferenceBatch",
    metadata: { name: "2026-11-stop" },
    spec: {
      source: "web form",
      regulatoryRegion: "NONE",
      records: [
        {
          contactId: contact,
          channel: "email",
          optIn: false,
          consentTimestamp: null,
          withdrawalTimestamp: "2026-11-01T10:00:00Z",
        },
      ],
    },
  });
  await here.apply();
  return here;
}

test("the page tells the verdict, the runs with who, and the opt-outs; no contact and nothing from elsewhere is in it", async (t) => {
  const here = await applied(t);
  const made = await report(here.options());
  const page = reportPage(made);
  assert.match(page, /The ledger adds up\./);
  assert.match(page, new RegExp(`as of entry ${made.head?.seq} with hash <code>${made.head?.hash}`));
  assert.match(page, /<b>1<\/b><span>opt-outs sent<\/span>/);
  assert.deepEqual(
    made.runs.map(({ actor, writes, ok, failed, unknown }) => [actor, writes, ok, failed, unknown]),
    [["kim", 1, 1, 0, 0]],
  );
  assert.match(page, /<td>kim<\/td>/);
  assert.ok(!page.includes(contact));
  assert.doesNotMatch(page, /<(?:script|img|link|iframe|a)\b|\bon\w+=|url\(|https?:/i);
});

test("a ledger that was changed is shown as one that does not add up, with the entry", async (t) => {
  const here = await applied(t);
  const { entries } = (await report(here.options())).verification;
  const file = here.options().config.environments["test"]?.ledgerDir ?? "";
  const head = JSON.parse(readFileSync(join(file, "HEAD.json"), "utf8")) as { file: string };
  const state = join(file, "state.json");
  writeFileSync(state, readFileSync(state, "utf8").replace('"active"', '"rejected"'));
  const made = await report(here.options());
  assert.equal(made.verification.ok, false);
  assert.equal(made.verification.entries, entries);
  assert.match(reportPage(made), /The ledger does not add up\.<\/strong>.*state\.json/s);
  assert.ok(head.file.startsWith("audit/"));
});

test("text that came from elsewhere stays text, in every field of the page", () => {
  const strings = JSON.parse(readFileSync("test/data/naughty-strings.json", "utf8")) as readonly string[];
  const evil = "</style><script>alert(1)</script><img src=x onerror=1>&lt;";
  for (const text of [evil, ...strings]) {
    const page = reportPage(everywhere(text));
    const tags = [...page.matchAll(/<\/?([a-z0-9]+)/gi)].map((match) => match[1]?.toLowerCase());
    assert.deepEqual(tags, plainTags, JSON.stringify(text));
  }
});

const plainTags = [...reportPage(everywhere("x")).matchAll(/<\/?([a-z0-9]+)/gi)].map((match) =>
  match[1]?.toLowerCase(),
);

function everywhere(text: string): PageView {
  const approvals = [{ login: text, at: text, commit: text }];
  return {
    environment: text,
    madeAt: text,
    tool: text,
    verification: { ok: false, entries: 1, ledger: text, problems: [{ file: text, message: text }] },
    head: { seq: 1, hash: text },
    resources: [{ address: text, version: text, status: text, since: text, waitsFor: text, reason: text }],
    versions: [
      {
        address: text,
        version: text,
        status: text,
        digest: text,
        remoteName: text,
        submittedAt: text,
        activeSince: text,
        deprecatedAt: text,
        createdBy: text,
        commit: text,
        approvals,
      },
    ],
    runs: [
      {
        run: text,
        startedAt: text,
        endedAt: text,
        actor: text,
        approvals,
        commit: text,
        planDigest: text,
        writes: 1,
        ok: 1,
        failed: 0,
        unknown: 0,
        events: 0,
      },
    ],
    figures: {
      environment: text,
      omnichannel: { rejectionReasons: { [`r${text}`]: 1 } },
      digital: {},
      messaging: { templates: [{ template: text, latency_ms: 1 }] },
      engage: {},
      preferences: {
        optOutsSent: 1,
        optInsSent: 1,
        oldestUnconfirmedOptOut: { address: text, since: text, businessDays: 1 },
      },
    },
  };
}
