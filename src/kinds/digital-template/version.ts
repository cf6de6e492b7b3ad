// How digital versions are counted: v<major>.<minor>, major when a sender with the old variables would break. Source: DESIGN §4.
import type { Json, JsonObject } from "../../contract/json.ts";
import type { Version, VersionBump } from "../../contract/kind.ts";

function parts(version: Version): readonly [number, number] {
  const match = /^v(\d{1,9})\.(\d{1,9})$/.exec(String(version));
  return match === null ? [0, 0] : [Number(match[1]), Number(match[2])];
}

/** Numerically: v2.10 is after v2.9. */
export function compareVersions(left: Version, right: Version): number {
  const [leftMajor, leftMinor] = parts(left);
  const [rightMajor, rightMinor] = parts(right);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}

/** Major when a variable, a channel or a block is removed or renamed (a rename is a removal), otherwise minor. */
export function bump(highest: Version, before: JsonObject | undefined, after: JsonObject): VersionBump {
  const [major, minor] = parts(highest);
  const lost =
    before === undefined
      ? []
      : [
          ...removed("variable", before["variables"], after["variables"]),
          ...removed("channel", before["channels"], after["channels"]),
          ...removed("block", ids(before), ids(after)),
        ];
  if (lost.length > 0) return { version: `v${major + 1}.0`, reason: `major: ${lost.join(", ")} removed` };
  return { version: `v${major}.${minor + 1}`, reason: "minor: nothing that senders use was removed" };
}

function ids(state: JsonObject): Json {
  return (state["contentBlocks"] as readonly JsonObject[]).map((block) => block["id"] as Json);
}

function removed(what: string, before: Json | undefined, after: Json | undefined): readonly string[] {
  const kept = new Set(after as readonly string[]);
  return (before as readonly string[]).filter((name) => !kept.has(name)).map((name) => `${what} ${name}`);
}
