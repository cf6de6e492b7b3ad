// The policy of a pull request's base: what decides where a plan reads, with which credentials and under which rules comes from there. Values only.
import { canonical } from "../base/canonical.ts";
import { families } from "../contract/api.ts";
import type { Config, Environment } from "../contract/config.ts";
import type { Json } from "../contract/json.ts";

/** A part of the policy that the pull request would change; it counts from its merge on. */
export interface PolicyChange {
  /** Whose; absent for what counts everywhere. */
  readonly environment?: string;
  /** As in cxform.yaml below it: `apis.digital.baseUrl`, `rules.CX3011`; empty for an environment as a whole. */
  readonly field: string;
  readonly change: "added" | "removed" | "changed";
}

export interface EffectiveConfig {
  readonly config: Config;
  readonly changes: readonly PolicyChange[];
  /** Environments that the base does not know: nothing of them is trusted, so they are planned offline. */
  readonly untrusted: readonly string[];
}

/** The fields of an environment that are policy: where it is, who may do what, and what stops a change. */
const policy = [
  "simulator",
  "readOnly",
  "isProtected",
  "credentials",
  "planCredentials",
  "families",
  "rateLimit",
  "guards",
  "ledgerDir",
  "ledgerBranch",
  "ledgerRemote",
  "ledgerVia",
  "ledgerAuthor",
  "hooks",
  "receiver",
] as const satisfies readonly (keyof Environment)[];

const names: Partial<Record<(typeof policy)[number], string>> = {
  isProtected: "protected",
  planCredentials: "credentials.plan",
  families: "apis",
  ledgerDir: "ledger.dir",
  ledgerBranch: "ledger.branch",
  ledgerRemote: "ledger.remote",
  ledgerVia: "ledger.via",
  ledgerAuthor: "ledger.author",
};

/** The head's config under the base's policy; `base` undefined: the base has no cxform.yaml. */
export function withPolicyOf(base: Config | undefined, head: Config): EffectiveConfig {
  const changes: PolicyChange[] = [];
  const untrusted: string[] = [];
  const environments: Record<string, Environment> = {};
  for (const [name, environment] of Object.entries(head.environments)) {
    const known = environmentOf(base, name);
    if (known === undefined) {
      untrusted.push(name);
      changes.push({ environment: name, field: "", change: "added" });
      environments[name] = withoutCredentials(environment);
      continue;
    }
    changes.push(...changesBetween(known, environment));
    environments[name] = withPolicy(known, environment);
  }
  for (const name of Object.keys(base?.environments ?? {}))
    if (environmentOf(head, name) === undefined) changes.push({ environment: name, field: "", change: "removed" });
  const rules = base?.ruleSeverities ?? {};
  changes.push(...differences(rules, head.ruleSeverities, "rules"));
  return { config: { ...head, environments, ruleSeverities: rules }, changes, untrusted };
}

function environmentOf(config: Config | undefined, name: string): Environment | undefined {
  return config !== undefined && Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
}

function withPolicy(known: Environment, environment: Environment): Environment {
  const { ...mixed }: Record<string, unknown> = { ...environment };
  for (const field of policy) {
    if (known[field] === undefined) delete mixed[field];
    else mixed[field] = known[field];
  }
  return mixed as unknown as Environment;
}

function withoutCredentials(environment: Environment): Environment {
  const { credentials: _own, planCredentials: _plan, ...rest } = environment;
  const bare = families.map((family) => {
    const { credentials: _family, ...settings } = environment.families[family];
    return [family, settings];
  });
  return { ...rest, families: Object.fromEntries(bare) as Environment["families"] };
}

function changesBetween(before: Environment, after: Environment): readonly PolicyChange[] {
  const { name: environment } = after;
  return policy
    .flatMap((field) => differences(before[field], after[field], names[field] ?? field))
    .map((change) => ({ environment, ...change }));
}

type Tree = { readonly [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** The leaves that differ. Where something stands in its file is no difference. */
function differences(before: unknown, after: unknown, field: string): readonly PolicyChange[] {
  if (isTree(before) && isTree(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => key !== "place");
    return keys.flatMap((key) => differences(before[key], after[key], `${field}.${key}`));
  }
  if (isSame(before, after)) return [];
  return [{ field, change: before === undefined ? "added" : after === undefined ? "removed" : "changed" }];
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === undefined || after === undefined) return before === after;
  return canonical(before as Json) === canonical(after as Json);
}
