// The page of the ledger: it says what the ledger says, stands alone, and lets no foreign text act.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { LedgerStore } from "../../src/contract/entry.ts";
import { storeOf } from "../../src/library/open-ledger.ts";
import { report } from "../../src/library/report.ts";
import { type PageView, reportPage } from "../../src/report/page.ts";
import { place } from "./place.ts";

const contact = "7f0b1c3e-2a4d-4c6b-9e8f-0a1b2c3d4e5f";

const stop = (name: string, person = contact) => ({
  apiVersion: "cxform/v1",
  kind: "PreferenceBatch",
  metadata: { name },
  spec: {
    source: "web form",
    regulatoryRegion: "NONE",
    records: [
      {
        contactId: person,
        channel: "email",
        optIn: false,
        consentTimestamp: null,
        withdrawalTimestamp: "2026-11-01T10:00:00Z",
      },
    ],
  },
});

async function applied(t: TestContext) {
  const here = await place(t);
  here.write("preferences/stop.yaml", stop("2026-11-stop"));
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

/** Before its `at`th look into the ledger, from 1, `work` is done. */
function interrupted(store: LedgerStore, at: number, work: () => Promise<unknown>): LedgerStore {
  let looks = 0;
  const look = async (): Promise<void> => {
    looks += 1;
    if (looks === at) await work();
  };
  return {
    ...store,
    read: async (file) => {
      await look();
      return store.read(file);
    },
    list: async (folder) => {
      await look();
      return store.list(folder);
    },
  };
}

test("a run that writes while the page is made is on it as a whole or not at all", async (t) => {
  const here = await applied(t);
  let runs = 1;
  const another = async (): Promise<void> => {
    runs += 1;
    const person = `${contact.slice(0, -2)}${String(runs).padStart(2, "0")}`;
    here.write(`preferences/stop-${runs}.yaml`, stop(`2026-11-stop-${runs}`, person));
    await here.apply();
  };
  let met = 0;
  for (let at = 1; at <= 16; at++) {
    const before = runs;
    const options = here.options();
    const made = await report({ ...options, store: interrupted(storeOf(options).store, at, another) });
    if (runs > before) met += 1;
    const shown = made.runs.length;
    assert.ok(shown === before || shown === runs, `look ${at}: ${shown} runs`);
    assert.deepEqual(made.verification.problems, [], `look ${at}`);
    assert.deepEqual(
      [
        made.verification.entries,
        made.figures.preferences.optOutsSent,
        made.resources.filter(({ status }) => status !== "not applied").length,
        made.runs.filter(({ endedAt }) => endedAt !== undefined).length,
      ],
      [made.head?.seq, shown, shown, shown],
      `look ${at}`,
    );
  }
  assert.ok(met >= 10, `${met} runs came between`);
});

test("lines that HEAD.json does not name yet are waited for; where nothing comes they are told", async (t) => {
  const here = await applied(t);
  const { store } = storeOf(here.options());
  const old = new Map<string, string | undefined>();
  for (const file of ["HEAD.json", "state.json"]) old.set(file, await store.read(file));
  here.write("preferences/other.yaml", stop("2026-11-other", `${contact.slice(0, -2)}77`));
  await here.apply();
  const shownFor = async (looks: number) => {
    let left = looks;
    const behind = async (file: string): Promise<string | undefined> =>
      old.has(file) && left-- > 0 ? old.get(file) : store.read(file);
    const options = here.options();
    return { made: await report({ ...options, store: { ...store, read: behind } }), sleeps: options.world.sleeps };
  };
  const soon = await shownFor(4);
  assert.deepEqual([soon.made.verification.problems, soon.made.runs.length, soon.sleeps], [[], 2, [100]]);
  const never = await shownFor(1000);
  assert.match(never.made.verification.problems[0]?.message ?? "", /does not name the last entry/);
});

test("runs that go on writing keep no page waiting", async (t) => {
  const here = await applied(t);
  const options = here.options();
  const { store } = storeOf(options);
  let runs = 1;
  const busy: LedgerStore = {
    ...store,
    list: async (folder) => {
      runs += 1;
      here.write("preferences/stop.yaml", stop("2026-11-stop", `${contact.slice(0, -2)}${10 + runs}`));
      await here.apply();
      return store.list(folder);
    },
  };
  const made = await report({ ...options, store: busy });
  assert.deepEqual([made.verification.problems, made.runs.length, options.world.sleeps], [[], 1, []]);
});

test("the ledger is looked into once for a whole page", async (t) => {
  const here = await applied(t);
  const options = here.options();
  const { store } = storeOf(options);
  const looks: string[] = [];
  const counted = (file: string): ReturnType<LedgerStore["read"]> => {
    looks.push(file);
    return store.read(file);
  };
  await report({ ...options, store: { ...store, read: counted } });
  const audit = looks.filter((file) => file.startsWith("audit/"));
  assert.deepEqual(audit, [...new Set(audit)], "each file of the chain once");
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
