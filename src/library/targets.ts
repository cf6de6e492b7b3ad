// How each configured hook is reached: its variables read, its secret checked; CXone's own audit log through the client. No other target gets anything of CXone's credentials.
import {
  CallFailure,
  Conflict,
  Forbidden,
  Limited,
  Missing,
  Refused,
  Unauthorised,
  UnknownOutcome,
  Unreachable,
} from "../base/failure.ts";
import type { WriteApi } from "../contract/api.ts";
import { type Environment, type Hook, hookNames, type SecretRef } from "../contract/config.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Json } from "../contract/json.ts";
import type { Clock, World } from "../contract/world.ts";
import { isLiteralLoopback } from "../receive/address-check.ts";
import type { TargetName } from "../receive/announcements.ts";
import type { Deliver } from "../receive/drain.ts";
import { keyOf, smallestKeyBytes } from "../receive/signature.ts";
import { type Attempt, createSender, type Target } from "../receive/target.ts";
import { Invalid } from "./invalid.ts";

/** CXONE-API §9: the CRM has 5 s. */
const crmTimeoutMs = 5_000;
const hookTimeoutMs = 10_000;
/** Shorter than a hold on a delivery; the client's own patience is longer, and its key makes a second call harmless. */
const sinkTimeoutMs = 15_000;

/** The targets that an environment names. */
export function configuredTargets({ hooks }: Pick<Environment, "hooks">): ReadonlySet<TargetName> {
  const names: readonly TargetName[] = hookNames.filter((name) => hooks[name] !== undefined);
  return new Set(hooks.auditSink ? [...names, "auditSink"] : names);
}

/** The targets by name. `sink` is the messaging API, asked for only where the audit log is a target. Throws Invalid. */
export function targetsOf(
  environment: Environment,
  world: Pick<World, "clock" | "env">,
  sink: () => WriteApi,
): ReadonlyMap<TargetName, Deliver> {
  const send = createSender({ clock: world.clock });
  const problems: Diagnostic[] = [];
  const targets = new Map<TargetName, Deliver>();
  for (const name of hookNames) {
    const hook = environment.hooks[name];
    if (hook === undefined) continue;
    const target = targetOf(hook, world, problems);
    if (target !== undefined) targets.set(name, (message) => send(target, message));
  }
  if (problems.length > 0) throw new Invalid(problems);
  if (environment.hooks.auditSink) targets.set("auditSink", sinkOf(sink(), world.clock));
  return targets;
}

function targetOf(hook: Hook, world: Pick<World, "env">, problems: Diagnostic[]): Target | undefined {
  const problem = (code: string, message: string, hint: string, at: Pick<SecretRef, "place">): undefined => {
    problems.push({ code, severity: "error", message, hint, ...at.place });
    return undefined;
  };
  const read = (ref: SecretRef, what: string): string | undefined => {
    const value = world.env(ref.variable) ?? "";
    return value === ""
      ? problem("CX8015", `the environment variable ${ref.variable} is not set`, `Set ${ref.variable} to ${what}.`, ref)
      : value;
  };
  const url = typeof hook.url === "string" ? hook.url : read(hook.url, `the address of the hook ${hook.name}`);
  const secret = hook.secret === undefined ? undefined : read(hook.secret, `what signs the events of ${hook.name}`);
  if (url === undefined || (hook.secret !== undefined && secret === undefined)) return undefined;
  if (typeof hook.url !== "string" && !isAddress(url))
    return problem(
      "CX8012",
      `the address in ${hook.url.variable} is no https:// address`,
      "Set the variable to the whole address of the hook, without user name and password.",
      hook.url,
    );
  const key = secret === undefined ? undefined : keyOf(secret);
  if (hook.secret !== undefined && key === undefined)
    return problem(
      "CX8028",
      `the secret in ${hook.secret.variable} is shorter than ${smallestKeyBytes} bytes, or begins with whsec_ and is not base64`,
      "Set the variable to a longer secret, here and at the hook's own end.",
      hook.secret,
    );
  const timeoutMs = hook.name === "crm" ? crmTimeoutMs : hookTimeoutMs;
  return { name: hook.name, url, timeoutMs, ...(key === undefined ? {} : { key }) };
}

/** An address out of a variable may have a query: those of Slack and Teams are secrets as a whole. */
function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return username === "" && password === "" && (protocol === "https:" || isLiteralLoopback(text));
}

/** CXone's audit log (CXONE-API §5): the one target that is CXone itself, and is called by its own client. */
function sinkOf(api: WriteApi, clock: Clock): Deliver {
  return async ({ id, body }) => {
    const ended = new AbortController();
    const late = clock
      .sleep(sinkTimeoutMs, ended.signal)
      .then(
        (): Attempt => ({ kind: "failed", verdict: "later", reason: `no answer within ${sinkTimeoutMs / 1000} s` }),
      );
    try {
      return await Promise.race([write(api, id, body), late]);
    } finally {
      ended.abort();
    }
  };
}

async function write(api: WriteApi, id: string, body: string): Promise<Attempt> {
  try {
    const { status } = await api.send({
      method: "POST",
      path: "auditLogs",
      body: JSON.parse(body) as Json,
      idempotencyKey: id,
    });
    return { kind: "delivered", status };
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    return { kind: "failed", verdict: verdictOf(error), reason: reasonOf(error) };
  }
}

function verdictOf(error: CallFailure): "refused" | "later" {
  const isRefusal = [Refused, Forbidden, Missing, Conflict].some((one) => error instanceof one);
  return isRefusal ? "refused" : "later";
}

/** The failure's sort, and no word of CXone's that could repeat the body. */
function reasonOf(error: CallFailure): string {
  const { status } = error.call;
  if (status !== undefined) return `answered ${status} [${error.code}]`;
  if (error instanceof Unreachable) return `cannot be reached [${error.code}]`;
  if (error instanceof Unauthorised) return `refuses the credentials [${error.code}]`;
  if (error instanceof Limited) return `limits the calls [${error.code}]`;
  return error instanceof UnknownOutcome ? `gave no answer [${error.code}]` : `failed [${error.code}]`;
}
