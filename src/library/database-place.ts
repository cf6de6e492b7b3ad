// Where an environment's events and deliveries are: PostgreSQL by its address, or a file beside the project's other state.
import { join } from "node:path";
import type { Config } from "../contract/config.ts";
import type { World } from "../contract/world.ts";
import { type DatabasePlace, StoreUnusable } from "../receive/database.ts";

/** Holds an address with its password, which stays out of arguments that way. */
export const databaseVariable = "CXFORM_DATABASE_URL";

/** Throws StoreUnusable for an address of something else than PostgreSQL. */
export function databasePlace(
  config: Pick<Config, "root">,
  environment: string,
  world: Pick<World, "env">,
  given?: string,
): DatabasePlace {
  const url = given ?? (world.env(databaseVariable) || undefined);
  if (url === undefined) return { file: join(config.root, ".cxform", `receiver-${environment}.db`) };
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new StoreUnusable("the database's address is none of PostgreSQL", {
      hint: "Write postgres://user@host/name, with the password in the address that CXFORM_DATABASE_URL holds.",
    });
  }
  return { url };
}
