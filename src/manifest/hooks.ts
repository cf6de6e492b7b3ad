// What an environment says of events: hooks that take them, and the receiver. Opens no connection; secrets stay names of variables.
import { parseDuration } from "../base/duration.ts";
import { invariant } from "../base/invariant.ts";
import { type Hook, type Hooks, hookNames, type ReceiverSettings, type SecretRef } from "../contract/config.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { SourceDocument } from "./document.ts";
import { humanPath, isObject } from "./pointer.ts";
import type { Problem } from "./problem.ts";
import { urlFault } from "./url.ts";

const defaultRetention = "30d";

/** The hooks of an environment; an address that may not be called is added to `problems`. */
export function hooksOf(
  given: Json | undefined,
  pointer: string,
  document: SourceDocument,
  problems: Problem[],
): Hooks {
  if (!isObject(given)) return { auditSink: false };
  const hooks = hookNames.flatMap((name) => {
    const settings = given[name];
    if (settings === undefined) return [];
    const at = `${pointer}/${name}`;
    return [[name, hookOf(name, isObject(settings) ? settings : { url: settings }, at, document, problems)] as const];
  });
  return { ...Object.fromEntries(hooks), auditSink: given["auditSink"] === true };
}

function hookOf(
  name: Hook["name"],
  settings: JsonObject,
  pointer: string,
  document: SourceDocument,
  problems: Problem[],
): Hook {
  const { url } = settings;
  // A hook may be written as its address alone.
  const at = document.written(`${pointer}/url`) === undefined ? pointer : `${pointer}/url`;
  const fault = typeof url === "string" ? urlFault(url) : undefined;
  if (fault !== undefined) {
    problems.push({
      code: fault.includes("password") ? "CX8007" : "CX8012",
      severity: "error",
      pointer: at,
      message: `\`${humanPath(at)}\` ${fault}`,
      hint: "Write an https:// address, or url: { fromEnv: VARIABLE } where the address itself is a secret.",
    });
  }
  return {
    name,
    url: typeof url === "string" ? url : secretOf(url as JsonObject, `${pointer}/url`, document),
    ...(isObject(settings["secret"]) ? { secret: secretOf(settings["secret"], `${pointer}/secret`, document) } : {}),
    format: (settings["format"] ?? "json") as Hook["format"],
    place: document.keyPlace(pointer),
  };
}

/** The receiver of an environment; without a secret it cannot be started, which `serve` tells. */
export function receiverOf(
  given: Json | undefined,
  pointer: string,
  document: SourceDocument,
  place: ReceiverSettings["place"],
): ReceiverSettings {
  const settings = isObject(given) ? given : {};
  const retentionMs = parseDuration(String(settings["retention"] ?? defaultRetention));
  invariant(retentionMs !== undefined, "the schema let a duration through that is none");
  const { secret, previousSecret, dispatch } = settings;
  return {
    ...(isObject(secret) ? { secret: secretOf(secret, `${pointer}/secret`, document) } : {}),
    ...(isObject(previousSecret)
      ? { previousSecret: secretOf(previousSecret, `${pointer}/previousSecret`, document) }
      : {}),
    retentionMs,
    unsigned: (settings["unsigned"] ?? []) as ReceiverSettings["unsigned"],
    ...(isObject(dispatch)
      ? {
          dispatch: {
            repository: String(dispatch["repository"]),
            token: secretOf(dispatch["token"] as JsonObject, `${pointer}/dispatch/token`, document),
          },
        }
      : {}),
    place,
  };
}

function secretOf(given: JsonObject, pointer: string, document: SourceDocument): SecretRef {
  return { variable: given["fromEnv"] as string, place: document.place(`${pointer}/fromEnv`) };
}
