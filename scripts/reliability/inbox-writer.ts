// Stores events in an inbox without end and says each id once it is acknowledged: a receiver whose power is cut. `unsynced` is the control.
import { writeSync } from "node:fs";
import { sql as raw } from "kysely";
import { sha256 } from "../../src/base/digest.ts";
import { realWorld } from "../../src/cli/world.ts";
import { openDatabase } from "../../src/receive/database.ts";
import { readEvent } from "../../src/receive/event.ts";
import { openInbox } from "../../src/receive/inbox.ts";

const [file = "", mode] = process.argv.slice(2);
const database = await openDatabase({ file });
if (mode === "unsynced") await database.run((sql) => raw`pragma synchronous = off`.execute(sql));
const { clock } = realWorld();
const inbox = openInbox({ database, clock, hasCrm: true, wakes: new Set() });
for (let round = 0; ; round += 1) {
  await Promise.all(
    Array.from({ length: 3 }, async (_, at) => {
      const id = `msg_${round}_${at}`;
      const event = { sessionId: `s${at}`, type: "session.created", channelState: "ACTIVE", metadata: {} };
      const body = JSON.stringify(event);
      const reading = readEvent("cxone-guest", event);
      await inbox.accept({ id, route: "cxone-guest", sentAt: clock.now(), body, digest: sha256(body), reading });
      writeSync(1, `${id}\n`);
    }),
  );
}
