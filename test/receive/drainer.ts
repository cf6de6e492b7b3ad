// A process that drains a database file to one CRM until it is killed. Arguments: the file, the CRM's url.
import { realWorld } from "../../src/cli/world.ts";
import { openDatabase } from "../../src/receive/database.ts";
import { drain } from "../../src/receive/drain.ts";
import { createSender } from "../../src/receive/target.ts";

const [file = "", url = ""] = process.argv.slice(2);
const world = realWorld();
const send = createSender({ clock: world.clock });
await drain({
  database: await openDatabase({ file }),
  environment: "test",
  targets: new Map([["crm", (message) => send({ name: "crm", url, timeoutMs: 5_000 }, message)]]),
  world,
  signal: new AbortController().signal,
});
