// consent check: eligibility by what CXone holds, failing closed, without a contact id in any answer.
import assert from "node:assert/strict";
import test from "node:test";
import { commands } from "../../src/cli/commands.ts";
import { questionIn } from "../../src/cli/consent.ts";
import { type ConsentAnswer, checkConsent, checkConsents } from "../../src/library/consent.ts";
import { Invalid } from "../../src/library/invalid.ts";
import { plain } from "../../src/report/paint.ts";
import { place } from "./place.ts";

const ana = "aeb7b9c9-c520-4c90-bf00-30191c716404";
const bo = "b1b7b9c9-c520-4c90-bf00-30191c716405";
const nobody = "c2b7b9c9-c520-4c90-bf00-30191c716406";
const record = {
  contactId: ana,
  channel: "sms",
  optIn: true,
  consentTimestamp: "2026-01-15T12:00:00Z",
  withdrawalTimestamp: null,
  regulatoryRegion: "TCPA",
  source: "shop",
  idempotencyKey: "0d1f3c52-3c0e-4f4e-9d57-1f2c5a3e5c0e",
} as const;

test("the record in CXone decides, and the answer shows it without the contact", async (t) => {
  const at = await place(t);
  at.simulator.world.record(record);
  const ask = (over: object = {}): Promise<ConsentAnswer> =>
    checkConsent({ ...at.options(), contactId: ana, channel: "sms", ...over });
  const open = await ask();
  assert.deepEqual([open.eligible, open.reason, open.unchecked], [true, "compliant", ["quiet_hours"]]);
  assert.equal(open.evidence?.consentTimestamp?.slice(0, 10), "2026-01-15");
  assert.equal(open.evidence?.source, "shop");
  const night = await ask({ at: "2026-11-20T04:00:00-05:00", timezone: "America/New_York" });
  assert.deepEqual([night.eligible, night.reason], [false, "quiet_hours"]);
  const day = await ask({ at: "2026-11-20T10:00:00-05:00", timezone: "America/New_York" });
  assert.deepEqual([day.eligible, day.reason, day.unchecked], [true, "compliant", []]);
  at.simulator.world.textStop(ana, "sms");
  const stopped = await ask();
  assert.deepEqual([stopped.eligible, stopped.reason], [false, "explicit_opt_out"]);
  assert.doesNotMatch(JSON.stringify([open, night, day, stopped]), new RegExp(ana, "i"));
});

test("consent from before the GDPR counts only when that is asked for", async (t) => {
  const at = await place(t);
  at.simulator.world.record({ ...record, regulatoryRegion: "GDPR", consentTimestamp: "2017-01-01T00:00:00Z" });
  const asked = { contactId: ana, channel: "sms" };
  assert.equal((await checkConsent({ ...at.options(), ...asked })).reason, "gdpr_consent_insufficient");
  assert.equal((await checkConsent({ ...at.options(), ...asked, acceptPreGdpr: true })).reason, "compliant");
});

test("whatever cannot be read or judged is unknown, and unknown is not eligible", async (t) => {
  const at = await place(t);
  at.simulator.world.record({ ...record, regulatoryRegion: "NONE" });
  const ask = (over: object = {}): Promise<ConsentAnswer> =>
    checkConsent({ ...at.options(), contactId: ana, channel: "sms", ...over });
  assert.equal((await ask()).eligible, true);
  const unknowns = [
    await ask({ contactId: nobody }),
    await ask({ contactId: "kim@example.com" }),
    await ask({ channel: "fax" }),
    await ask({ at: "yesterday" }),
    await ask({ timezone: "Mars/Olympus" }),
  ];
  at.simulator.addFault({ kind: "status", status: 403, family: "preferences", method: "GET" });
  unknowns.push(await ask());
  at.simulator.clearFaults();
  at.simulator.addFault({ kind: "status", status: 500, family: "preferences", method: "GET" });
  unknowns.push(await ask());
  at.simulator.clearFaults();
  at.env["CXONE_SECRET"] = "wrong";
  unknowns.push(await ask());
  for (const answer of unknowns) {
    assert.deepEqual([answer.eligible, answer.reason], [false, "unknown"]);
    assert.ok((answer.problem ?? "").length > 10);
  }
  const said = JSON.stringify(unknowns);
  assert.doesNotMatch(said, new RegExp(`${ana}|${nobody}|kim@|wrong"`, "i"));
  assert.match(said, /CX5002 Forbidden/);
  assert.match(said, /CX5001 Unauthorised/);
  delete at.env["CXONE_SECRET"];
  await assert.rejects(ask(), Invalid);
});

test("a record of another contact proves nothing for this one", async (t) => {
  const at = await place(t);
  at.simulator.world.record({ ...record, contactId: bo, regulatoryRegion: "NONE" });
  const world = at.world();
  // A tenant that ignores the query answers with whatever it holds first.
  const fetch: typeof globalThis.fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.includes(ana)) return world.fetch(input, init);
    const headers = input instanceof Request ? input.headers : init?.headers;
    return world.fetch(url.replaceAll(ana, bo), headers === undefined ? {} : { headers });
  };
  const asked = { config: at.config, world: { ...world, fetch }, contactId: ana, channel: "sms" };
  const answer = await checkConsent(asked);
  assert.deepEqual([answer.eligible, answer.reason, answer.evidence], [false, "unknown", undefined]);
  assert.match(answer.problem ?? "", /no record of this contact on this channel/);
});

test("many questions are answered in their order, the damaged ones too", async (t) => {
  const at = await place(t);
  at.simulator.world.record({ ...record, regulatoryRegion: "NONE" });
  at.simulator.world.record({ ...record, contactId: bo, optIn: false, withdrawalTimestamp: "2026-02-01T00:00:00Z" });
  const flags = { isMany: true, acceptPreGdpr: false, channel: "sms" };
  const lines = Array.from({ length: 30 }, (_, index) =>
    index % 3 === 0 ? `{"contactId":"${ana}"}` : index % 3 === 1 ? `{"contactId":"${bo}"}` : "no JSON",
  );
  const reasons: string[] = [];
  for await (const answer of checkConsents(
    at.options(),
    lines.map((line) => questionIn(line, flags)),
  ))
    reasons.push(answer.reason);
  assert.deepEqual(
    reasons,
    lines.map((_, index) => ["compliant", "explicit_opt_out", "unknown"][index % 3]),
  );
});

test("the command prints an answer a line, ends with 0 or 2, and says no id on either stream", async (t) => {
  const at = await place(t);
  at.simulator.world.record({ ...record, regulatoryRegion: "NONE" });
  const command = commands.find((one) => one.name === "consent check");
  assert.ok(command !== undefined);
  const run = async (flags: Readonly<Record<string, unknown>>, lines: readonly string[], format = "text") => {
    const said: string[] = [];
    const say = (text: string): void => {
      said.push(text);
    };
    const exit = await command.run(command.options({ args: [], flags }), {
      common: { format, color: false, quiet: false, verbose: true },
      completables: () => [],
      terminal: {
        world: at.world(),
        cwd: at.dir,
        paintOut: plain,
        paintErr: plain,
        isInteractive: false,
        isOnScreen: false,
        hasLiveLine: false,
        width: 80,
        out: say,
        outRaw: say,
        err: (text) => say(`! ${text}`),
        live: () => undefined,
        ask: async () => undefined,
        lines: async function* () {
          yield* lines;
        },
        stopGently: () => new AbortController().signal,
      },
    });
    const text = said.join("");
    assert.doesNotMatch(text, new RegExp(ana, "i"));
    return { exit, out: said.filter((line) => !line.startsWith("! ")).join("") };
  };
  const one = await run({ contact: "-", channel: "sms" }, [`${ana} `]);
  assert.equal(one.exit, 0);
  assert.match(one.out, /^eligible: compliant\n {2}optIn: true\n/);
  const json = await run({ contact: ana, channel: "email" }, [], "json");
  assert.equal(json.exit, 2);
  assert.equal((JSON.parse(json.out) as ConsentAnswer).reason, "unknown");
  const many = await run({ stdin: true, channel: "sms" }, [`{"contactId":"${ana}"}`, ""]);
  assert.equal(many.exit, 2);
  assert.deepEqual(
    many.out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as ConsentAnswer).eligible),
    [true, false],
  );
  await assert.rejects(run({ contact: "kim", channel: "sms" }, []), /--contact is not a UUID/);
  await assert.rejects(run({ contact: ana, channel: "sms", timezone: "Mars" }, []), /timezone/);
  assert.throws(() => command.options({ args: [], flags: { contact: ana } }), /--channel/);
});
