// Answers with one member that no contract has: of another type, out of range, half a character. It knows no request and no meaning of a member.
import type { Ground } from "./facts.ts";
import { one } from "./facts.ts";

/** As JSON writes them. */
const ofAnotherType = ["null", "true", "7.5", "[]", "{}", "[null]"] as const;
const ofNoId = [...ofAnotherType, '""', '".."', '"%2e"'] as const;
const ofNoWord = [...ofAnotherType, '""', '"__proto__"', '"constructor"', '"x\\ud800"'] as const;
const ofNoTime = [...ofAnotherType, '""', '"yesterday"', '"2026-13-45T00:00:00Z"', "1e300", "-1e999"] as const;
const ofNoNumber = ["null", '"1"', "-1", "1e999", "0.5", "[]"] as const;

/**
 * What each of these members may read instead. Each can be told from an answer that is right: nothing shows that the id of somebody else
 * or another text is a lie.
 */
const oddities: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(["id", "templateId", "sessionId", "jobId", "template_id"].map((name) => [name, ofNoId])),
  ...Object.fromEntries(["contactId", "channel"].map((name) => [name, ofNoWord])),
  status: ['""', '"__proto__"', '"constructor"', '"x\\ud800"'],
  ...Object.fromEntries(["createdAt", "updatedAt", "timestamp"].map((name) => [name, ofNoTime])),
  ...Object.fromEntries(["total", "page", "pageSize"].map((name) => [name, ofNoNumber])),
  items: ["null", '"none"', "{}", "[null]", "[7]"],
  optIn: ["null", '"true"', "1", "[]"],
  unknown: ["1e999", '"\\ud83d"', '{"\\udc00":1}', '{"__proto__":{"status":"APPROVED"}}'],
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** A body's object and those that it lists. What is within these is content, of which nobody can tell that it is a lie. */
function objectsIn(body: unknown): readonly Record<string, unknown>[] {
  if (!isObject(body)) return [];
  if (Array.isArray(body)) return body.filter(isObject);
  return [body, ...objectsIn(body["items"])];
}

/** The text of a body with one of its members, or one more, made odd. */
export function oddText(ground: Ground, body: unknown): string {
  const copy = structuredClone(body);
  const objects = objectsIn(copy);
  if (objects.length === 0) return JSON.stringify(copy);
  const object = one(ground, objects);
  const member = one(ground, [...Object.keys(object).filter((name) => Object.hasOwn(oddities, name)), "unknown"]);
  const oddity = one(ground, oddities[member] as readonly string[]);
  object[member] = "the oddity";
  ground.trace(`  fault odd: ${member} reads ${oddity}`);
  return JSON.stringify(copy).replace('"the oddity"', () => oddity);
}
