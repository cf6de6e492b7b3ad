// Bugs planted into the engine's own source, each a line or two of it changed, with the defences that may hide them switched off one by one.
import type { Planted } from "./planted.ts";

export const plantedInSource: readonly Planted[] = [
  {
    name: "a version is retired without reading its successor",
    breaks: ["I4"],
    world: { kinds: ["WhatsAppTemplate"], revisions: [0, 1], runsEach: 3 },
    changes: [
      {
        file: "apply/step.ts",
        from: 'if (successor === undefined || kind.lifecycle === "once" || kind.lifecycle === "records") return undefined;',
        to: "return undefined;",
      },
    ],
    overlap: {
      defence: "the successor is read again afterwards",
      changes: [
        {
          file: "apply/step.ts",
          from: "const alarm = step.followUp ? await guardSuccessor(context, step, assignment, accepted.observed) : undefined;",
          to: "const alarm = undefined;",
        },
      ],
      alone: "found",
    },
  },
  {
    name: "nobody looks at the successor after a retirement",
    breaks: ["I4"],
    world: { kinds: ["DigitalTemplate"], revisions: [0, 1], runsEach: 3 },
    changes: [
      {
        file: "apply/step.ts",
        from: "const alarm = step.followUp ? await guardSuccessor(context, step, assignment, accepted.observed) : undefined;",
        to: "const alarm = undefined;",
      },
    ],
  },
  {
    name: "a version is retired as soon as its successor is active",
    breaks: ["I4"],
    world: { kinds: ["WhatsAppTemplate"], revisions: [0, 1], runsEach: 3, retireAfterMs: 3_600_000 },
    changes: [{ file: "plan/retirement.ts", from: "if (dueAt > input.now) {", to: "if (false) {" }],
  },
  {
    name: "opt-ins do not wait for the opt-outs' answers",
    breaks: ["I1"],
    world: { kinds: ["PreferenceBatch"], revisions: [0], faults: { refusedBatch: 0.5, error500Before: 0.3 } },
    changes: [
      {
        file: "apply/perform.ts",
        from: "lanes.get(step)?.isComplete === true &&",
        to: "",
      },
    ],
  },
  {
    name: "an opt-in passes an open opt-out of its contact in another batch",
    breaks: ["I1"],
    world: {
      kinds: ["PreferenceBatch"],
      revisions: [5],
      runsEach: 2,
      faults: { refusedBatch: 0.5, error500Before: 0.3 },
    },
    changes: [{ file: "apply/records.ts", from: "sending.isHeld(kind.recordKey(record))", to: "false" }],
  },
  {
    name: "a rejected opt-out counts as answered",
    breaks: ["I1"],
    world: { kinds: ["PreferenceBatch"], revisions: [0], runsEach: 2, faults: { refusedBatch: 0.6 } },
    changes: [
      {
        file: "apply/records.ts",
        from: "const unanswered = open.length + (chunk.optOut ? rejected : 0);",
        to: "const unanswered = open.length;",
      },
    ],
  },
  {
    name: "a record without an answer counts as answered",
    breaks: ["I1"],
    world: { kinds: ["PreferenceBatch"], revisions: [0], isBulky: true, halfBatches: 0.3 },
    changes: [
      {
        file: "kinds/preference-batch/index.ts",
        from: 'const unknown: RecordAnswer = { status: "unknown",',
        to: 'const unknown: RecordAnswer = { status: "unchanged",',
      },
    ],
  },
  {
    name: "skipped is taken for rejected",
    breaks: ["I9"],
    world: { kinds: ["PreferenceBatch"], revisions: [0], people: { stop: 3 }, faults: { slow: 0.3 } },
    changes: [
      {
        file: "kinds/preference-batch/index.ts",
        from: 'status: status as RecordAnswer["status"],',
        to: 'status: (status === "skipped" ? "rejected" : status) as RecordAnswer["status"],',
      },
    ],
    overlap: {
      defence: "what CXone is known to hold newer is not sent",
      changes: [{ file: "observe/batch.ts", from: "older.add(kind.recordKey(record))", to: "undefined" }],
      alone: "hidden",
    },
  },
  {
    name: "a failed job is taken for done",
    breaks: ["I6"],
    world: { kinds: ["DigitalTemplate"], revisions: [0, 1], faults: { failedJob: 0.5 } },
    changes: [
      {
        file: "kinds/digital-template/index.ts",
        from: 'if (status === "COMPLETED") return',
        to: 'if (status === "COMPLETED" || status === "FAILED") return',
      },
    ],
    overlap: {
      defence: "the version itself is read before it is called active",
      changes: [
        {
          file: "kinds/digital-template/index.ts",
          from: "if (observed !== undefined) return { ...accepted, observed };",
          to: 'return { ...accepted, observed: observed ?? { ...accepted.observed, status: "active" } };',
        },
      ],
      alone: "hidden",
    },
  },
  {
    name: "a recovered claim leaves its intents unanswered",
    breaks: ["I7"],
    world: { kinds: ["WhatsAppTemplate", "SmsTemplate"], revisions: [0, 1], crashes: 0.9 },
    changes: [{ file: "apply/recover.ts", from: "await run.append(results);", to: "void results;" }],
  },
  {
    name: "the generation never rises",
    breaks: ["I9"],
    world: { kinds: ["PreferenceBatch"], revisions: [0], faults: { refusedBatch: 0.7 } },
    changes: [
      {
        file: "ledger/tally.ts",
        from: "return definite.get(generationKey(operation, address, of)) ?? 0;",
        to: "return 0;",
      },
    ],
    overlap: { defence: "the server forgets what it refused", world: { cachesRefusals: true }, alone: "hidden" },
  },
  {
    name: "an unknown outcome gets another key",
    breaks: ["I3"],
    world: { kinds: ["GuestSession"], revisions: [0], runsEach: 3, crashes: 0.9, faults: { zombie: 0.3, slow: 0.5 } },
    changes: [
      {
        file: "ledger/tally.ts",
        from: 'const hasAnswered = entry.outcome === "unknown" && entry.responseDigest !== undefined;',
        to: 'const hasAnswered = entry.outcome === "unknown";',
      },
    ],
    overlap: {
      defence: "a session is looked for by the key that was announced",
      changes: [
        {
          file: "observe/observe.ts",
          from: "const found = sent?.begun === undefined ? undefined : await kind.find(api, sent.begun.idempotencyKey);",
          to: "const found: Observed | undefined = undefined;",
        },
      ],
      alone: "hidden",
    },
  },
  {
    name: "the key has the time in it",
    breaks: ["I3"],
    world: { kinds: ["GuestSession"], revisions: [0], runsEach: 3, crashes: 0.9, faults: { zombie: 0.3, slow: 0.5 } },
    changes: [
      {
        file: "apply/performer.ts",
        from: "const key = idempotencyKey(call.operation, address, version, call.keyBody, generation);",
        to: "const key = idempotencyKey(call.operation, address, version, [call.keyBody, options.world.clock.now()], generation);",
      },
    ],
    overlap: {
      defence: "a session is looked for by the key that was announced",
      changes: [
        {
          file: "observe/observe.ts",
          from: "const found = sent?.begun === undefined ? undefined : await kind.find(api, sent.begun.idempotencyKey);",
          to: "const found: Observed | undefined = undefined;",
        },
      ],
      alone: "hidden",
    },
  },
  {
    name: "a copy that was turned away makes an unknown outcome a failure",
    breaks: ["I6"],
    world: {
      kinds: ["WhatsAppTemplate", "SmsTemplate", "WebhookSubscription"],
      revisions: [0, 1],
      faults: { zombie: 0.3, limited: 0.4, refused: 0.3 },
    },
    changes: [{ file: "apply/performer.ts", from: "if (isDoubtful && isTurnedAway(error))", to: "if (false)" }],
  },
  {
    name: "what a list lacks is gone",
    breaks: ["I2", "I9", "I4"],
    world: {
      kinds: ["WhatsAppTemplate"],
      revisions: [0, 2, 2],
      runsEach: 3,
      pageSize: 1,
      faults: { shiftedPages: 0.4 },
    },
    changes: [
      {
        file: "observe/observe.ts",
        from: "const observed = await kind.read(api, one);",
        to: "const observed = undefined;",
      },
    ],
    overlap: {
      defence: "a list whose totals and ids disagree is read again",
      changes: [
        {
          file: "cxone/pages.ts",
          from: "if (ids.size === items.length && pages.every((page) => page.total === items.length)) return items;",
          to: "if (ids.size > 0 || items.length === 0) return items;",
        },
      ],
      alone: "hidden",
    },
  },
  {
    name: "the number of a rejected version is given again",
    breaks: ["I9", "I8"],
    world: { kinds: ["WhatsAppTemplate"], revisions: [0, 1, 0, 1], runsEach: 2, reviews: { rejected: 0.7 } },
    changes: [
      {
        file: "plan/versioned.ts",
        from: "const all = [...versions.map((version) => version.version), ...counted];",
        to: 'const all = [...versions.filter((version) => version.status !== "rejected").map((version) => version.version), ...counted];',
      },
    ],
  },
  {
    name: "after a failed append the run goes on",
    breaks: ["I6", "I7", "bug"],
    world: { kinds: ["WhatsAppTemplate", "SmsTemplate"], revisions: [0], faults: { diskError: 0.3 } },
    changes: [
      { file: "ledger/run.ts", from: "stopped ??= { error };", to: "" },
      {
        file: "ledger/run.ts",
        from: "for (const waiting of group) waiting.reject(error);",
        to: "for (const waiting of group) waiting.resolve([]);",
      },
    ],
  },
  {
    name: "Retry-After does not shut the gate",
    breaks: ["I14"],
    world: { revisions: [0, 1], faults: { limitedSeconds: 0.15, unavailable: 0.1 } },
    changes: [
      {
        file: "cxone/persist.ts",
        from: "if (retryAfterMs !== undefined) patience.pace.shutUntil(clock.elapsed() + retryAfterMs);",
        to: "",
      },
    ],
  },
  {
    name: "a former address removes what its successor took over",
    breaks: ["I4"],
    world: { kinds: ["WebhookSubscription"], revisions: [0, 3, 3], runsEach: 2 },
    changes: [
      {
        file: "plan/decide.ts",
        from: "before === undefined || before.isForgotten ? []",
        to: "before === undefined ? []",
      },
    ],
    overlap: {
      defence: "what an address owns is no predecessor's to retire",
      changes: [
        {
          file: "plan/decide.ts",
          from: "const left = predecessors.filter((one) => !isTaken(one));",
          to: "const left = predecessors;",
        },
      ],
      alone: "hidden",
    },
  },
  {
    name: "a rename is known by its line alone",
    breaks: ["I4"],
    world: { kinds: ["WhatsAppTemplate"], revisions: [0], isRenamedTwice: true, runsEach: 2 },
    changes: [
      {
        file: "plan/rename.ts",
        from: "let formers: Formers = new Map(recorded);",
        to: "let formers: Formers = new Map();",
      },
    ],
  },
  {
    name: "a holder on another machine is taken for dead",
    breaks: ["I10"],
    world: { revisions: [0], runsEach: 2, machines: 2, people: { second: 1 } },
    changes: [
      {
        file: "ledger/ledger.ts",
        from: 'return isHere ? "alive" : "unknown";',
        to: 'return isHere ? "alive" : "dead";',
      },
    ],
  },
  {
    name: "a plan's digest leaves the preconditions out",
    breaks: ["I11"],
    world: { kinds: ["SmsTemplate"], revisions: [0, 1, 0, 1], planFiles: 1, people: { console: 1 } },
    changes: [
      {
        file: "plan/assemble.ts",
        from: "labelledDigest({ action, address, version, patch, precondition, ...counted }",
        to: "labelledDigest({ action, address, version, patch, ...counted }",
      },
    ],
  },
  {
    name: "the life of a lost request is not waited out",
    breaks: ["I3"],
    world: { kinds: ["GuestSession"], revisions: [0], faults: { zombie: 0.4 } },
    overlap: { defence: "the server knows its keys", world: { keys: "none" }, alone: "hidden" },
    changes: [
      {
        file: "apply/performer.ts",
        from: "await options.world.clock.sleep(options.api.capabilities.requestLifeMs, options.signal);",
        to: "",
      },
    ],
  },
  {
    name: "a date of Retry-After is read by a clock that people set",
    breaks: ["I14"],
    world: { revisions: [0, 1], faults: { limitedDate: 0.15 }, people: { clockJumps: 0.8 } },
    changes: [{ file: "base/retry-after.ts", from: "return Number.isNaN(made) ? now : made;", to: "return now;" }],
  },
  {
    name: "a plan that has moved is applied as a whole",
    breaks: ["I11"],
    world: {
      kinds: ["SmsTemplate", "WhatsAppTemplate"],
      revisions: [0, 1, 0],
      planFiles: 1,
      people: { console: 1, consoleDeprecates: 1 },
    },
    changes: [
      {
        file: "library/choose.ts",
        from: "steps = plan.steps.filter((step) => same.has(step.digest) || step.followUp);",
        to: "steps = plan.steps;",
      },
    ],
  },
  {
    name: "a plan file that has moved is not refused",
    breaks: ["I11"],
    world: {
      kinds: ["SmsTemplate", "WhatsAppTemplate"],
      revisions: [0, 1, 0],
      planFiles: 1,
      people: { console: 1, consoleDeprecates: 1 },
    },
    changes: [
      {
        file: "library/choose.ts",
        from: "if (reviewed !== undefined && plan.digest !== reviewed.digest) {",
        to: "if (false) {",
      },
    ],
  },
  {
    name: "a status named like a member of every object is taken for a word",
    breaks: ["bug", "I7"],
    world: { kinds: ["WhatsAppTemplate", "SmsTemplate"], revisions: [0, 1], odd: 0.3 },
    overlap: {
      defence: "the ledger's writer refuses what no reader of it takes",
      changes: [{ file: "ledger/run.ts", from: "invariant(problem === undefined, `an entry", to: "void (`an entry" }],
      alone: "found",
    },
    changes: [
      {
        file: "kinds/_shared/answer.ts",
        from: 'return Object.hasOwn(words, text) ? (words[text] as VersionStatus) : "unknown";',
        to: 'return words[text] ?? "unknown";',
      },
    ],
  },
  {
    name: "half a character and a number beyond a double get past the reader of answers",
    breaks: ["bug"],
    world: { revisions: [0, 1], odd: 0.3 },
    changes: [{ file: "cxone/body.ts", from: "mayBeUnwritable(text) ? writable(value) : value", to: "value" }],
  },
  {
    name: "an id that no path can hold is taken for one",
    breaks: ["bug"],
    world: { kinds: ["WhatsAppTemplate", "SmsTemplate"], revisions: [0, 1], odd: 0.3 },
    changes: [{ file: "kinds/_shared/answer.ts", from: "if (isNoSegment(id))", to: "if (false)" }],
  },
  {
    name: "half of a recovered ledger is gone on with",
    breaks: ["I3"],
    world: {
      kinds: ["SmsTemplate", "GuestSession"],
      revisions: [0, 0, 0, 0],
      runsEach: 3,
      losses: 1,
      keys: "none",
      faults: { diskError: 0.1 },
    },
    changes: [
      {
        file: "apply/recover.ts",
        from: "if (ledger.openClaim?.entry.action === recoveredAction) {",
        to: "if (false) {",
      },
    ],
  },
];
