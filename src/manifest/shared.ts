// What two environments must not share: one tenant's client (a warning), one ledger (an error); knows no file.
import { families } from "../contract/api.ts";
import type { Environment } from "../contract/config.ts";
import { below } from "./pointer.ts";
import type { Problem } from "./problem.ts";

/** INTERFACE §2: one base URL and one client id, and each sees the other's objects as unmanaged. */
export function sharedPlaces(environments: Readonly<Record<string, Environment>>): readonly Problem[] {
  const problems: Problem[] = [];
  const all = Object.values(environments);
  for (const [at, later] of all.entries()) {
    const pointer = below("/environments", later.name);
    for (const earlier of all.slice(0, at)) {
      const family = families.find((each) => hasOneClient(earlier, later, each));
      if (family !== undefined) {
        problems.push({
          code: "CX8014",
          severity: "warning",
          pointer,
          atKey: true,
          message: `${earlier.name} and ${later.name} have one base URL and one client id for ${family}: each sees the other's objects as unmanaged`,
          hint: "Give each environment a tenant or a client of its own.",
        });
      }
      const shared = sharedLedger(earlier, later);
      if (shared !== undefined) {
        problems.push({
          code: "CX8020",
          severity: "error",
          pointer,
          atKey: true,
          message: `${earlier.name} and ${later.name} have one ledger ${shared === "dir" ? "folder" : "branch"}`,
          hint: `Give each environment a ledger.${shared} of its own.`,
        });
      }
    }
  }
  return problems;
}

function sharedLedger(earlier: Environment, later: Environment): "dir" | "branch" | undefined {
  const [before, after] = [earlier.ledgerBranch, later.ledgerBranch];
  if (before !== undefined || after !== undefined) {
    const isOne = before === after && (earlier.ledgerRemote ?? "origin") === (later.ledgerRemote ?? "origin");
    return isOne ? "branch" : undefined;
  }
  return earlier.ledgerDir === later.ledgerDir ? "dir" : undefined;
}

function hasOneClient(earlier: Environment, later: Environment, family: (typeof families)[number]): boolean {
  if (earlier.simulator !== undefined || later.simulator !== undefined) return false;
  const [before, after] = [earlier.families[family], later.families[family]];
  if (!before.enabled || !after.enabled || before.baseUrl === "" || before.baseUrl !== after.baseUrl) return false;
  const client = (before.credentials ?? earlier.credentials)?.clientId.variable;
  return client !== undefined && client === (after.credentials ?? later.credentials)?.clientId.variable;
}
