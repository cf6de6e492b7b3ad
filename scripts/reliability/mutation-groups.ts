// The kernel's files and the tests that must notice a change of theirs: quick ones first, the rest only for what those let pass. Knows no runner.

export interface MutationGroup {
  readonly name: string;
  readonly mutate: readonly string[];
  /** All of one folder, so that what they read beside themselves is found. */
  readonly quick: readonly string[];
  /** Run when the quick ones pass. */
  readonly slow?: readonly string[];
}

export const mutationGroups: readonly MutationGroup[] = [
  {
    name: "base",
    mutate: ["src/base/canonical.ts", "src/base/digest.ts"],
    quick: ["test/base/canonical.test.ts", "test/base/digest.test.ts"],
  },
  {
    name: "chain",
    mutate: ["src/ledger/chain.ts"],
    quick: ["test/ledger/chain.test.ts", "test/ledger/chain-form.test.ts", "test/ledger/ledger.test.ts"],
    slow: ["test/ledger/verify.test.ts"],
  },
  {
    name: "derive",
    mutate: ["src/ledger/derive.ts", "src/ledger/tally.ts"],
    quick: ["test/ledger/derive.test.ts", "test/ledger/fold.test.ts", "test/ledger/ledger.test.ts"],
  },
  {
    name: "run",
    mutate: ["src/ledger/run.ts"],
    quick: ["test/ledger/writer.test.ts", "test/ledger/ledger.test.ts"],
  },
  {
    name: "verify",
    mutate: ["src/ledger/verify.ts"],
    quick: ["test/ledger/problems.test.ts", "test/ledger/ledger.test.ts"],
  },
  {
    name: "apply",
    mutate: ["src/apply/performer.ts", "src/apply/recover.ts"],
    quick: ["test/apply/performer.test.ts"],
  },
  {
    name: "step",
    mutate: ["src/apply/step.ts"],
    quick: ["test/apply/step.test.ts"],
  },
  {
    name: "perform",
    mutate: ["src/apply/perform.ts", "src/apply/hold.ts", "src/apply/open-opt-outs.ts"],
    quick: ["perform", "waves", "perform-records", "open-opt-outs", "hold"].map((name) => `test/apply/${name}.test.ts`),
  },
  {
    name: "records",
    mutate: ["src/apply/records.ts"],
    quick: ["test/apply/records.test.ts"],
  },
  {
    name: "versioned",
    mutate: ["src/plan/versioned.ts"],
    quick: ["test/plan/versioned-steps.test.ts", "test/plan/versioned.test.ts"],
    slow: ["adoption", "guard", "digest"].map((name) => `test/plan/${name}.test.ts`),
  },
  {
    name: "retirement",
    mutate: ["src/plan/retirement.ts"],
    quick: ["retirement", "versioned-steps", "versioned"].map((name) => `test/plan/${name}.test.ts`),
    slow: ["adoption", "guard", "renames", "mutable-steps"].map((name) => `test/plan/${name}.test.ts`),
  },
  {
    name: "guard",
    mutate: ["src/plan/guard.ts"],
    quick: ["test/plan/guard.test.ts"],
  },
  {
    name: "content",
    mutate: ["src/plan/content.ts"],
    quick: ["test/plan/content.test.ts"],
    slow: ["versioned", "adoption", "mutable", "digest"].map((name) => `test/plan/${name}.test.ts`),
  },
  {
    name: "cxone",
    mutate: ["src/cxone/retry.ts", "src/cxone/persist.ts", "src/cxone/pace.ts"],
    quick: ["test/cxone/persist.test.ts"],
    slow: ["test/cxone/pace.test.ts"],
  },
  {
    name: "verdict",
    mutate: ["src/cxone/verdict.ts"],
    quick: ["test/cxone/verdict.test.ts"],
    slow: ["test/cxone/call.test.ts"],
  },
  {
    name: "retry-after",
    mutate: ["src/base/retry-after.ts"],
    quick: ["test/cxone/pace.test.ts"],
  },
  {
    name: "signature",
    mutate: ["src/receive/signature.ts"],
    quick: ["test/receive/signature.test.ts"],
  },
  {
    name: "mutable",
    mutate: ["src/plan/mutable.ts", "src/plan/ownership.ts"],
    quick: ["mutable", "mutable-steps", "ownership"].map((name) => `test/plan/${name}.test.ts`),
    slow: ["versioned-steps", "versioned", "adoption", "sent", "chain"].map((name) => `test/plan/${name}.test.ts`),
  },
  {
    name: "paths",
    mutate: ["src/manifest/files.ts"],
    quick: ["test/manifest/files.test.ts"],
  },
  {
    name: "consent",
    mutate: ["src/kinds/preference-batch/record.ts", "src/kinds/preference-batch/eligibility.ts"],
    quick: ["test/rules/preference-record.test.ts", "test/rules/eligibility.test.ts"],
    slow: ["test/rules/preferences.test.ts"],
  },
];

export interface TestBundle {
  readonly file: string;
  readonly tests: readonly string[];
}

/** In the tests' own folder: they find their data beside themselves. */
export function bundlesOf(group: MutationGroup): readonly TestBundle[] {
  return [group.quick, group.slow ?? []]
    .filter((tests) => tests.length > 0)
    .map((tests, at) => ({
      file: `${(tests[0] as string).replace(/[^/]*$/, "")}${group.name}-${at}.bundle.mjs`,
      tests,
    }));
}
