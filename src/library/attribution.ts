// Who runs, as the environment says it: for the ledger. It asks nobody else.
import type { World } from "../contract/world.ts";
import type { Attribution } from "./apply.ts";

/** GITHUB_ACTOR or USER acts; CXONE_OPERATOR_ID is the operator where there is no pull request (INTERFACE §6). */
export function attributionOf(world: Pick<World, "env">, commit?: string): Attribution {
  const given = (name: string): string | undefined => world.env(name) || undefined;
  const operator = given("CXONE_OPERATOR_ID");
  return {
    actor: given("GITHUB_ACTOR") ?? given("USER") ?? given("LOGNAME") ?? "unknown",
    ...(operator === undefined ? {} : { operator }),
    ...(commit === undefined ? {} : { commit }),
  };
}
