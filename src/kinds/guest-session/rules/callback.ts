// Rules on where a guest session reports to and which sending it is; opens no connection.
import type { Rule } from "../../../contract/diagnostic.ts";
import { urlProblem } from "../../_shared/public-url.ts";
import { session } from "../example.ts";
import type { GuestSpec } from "../spec.ts";

const httpsCallback: Rule<GuestSpec> = {
  code: "CX3509",
  title: "The callbackUrl of a session is no plain https url",
  severity: "error",
  reason:
    "CXone posts what happens in the session to it over the internet. Without TLS anyone on the way reads it, and a password in a url is a secret in git.",
  source: "the project's own documents; CXONE-API §6 (November 2026)",
  hint: "Use a url that begins with https:// and holds no user name or password.",
  examples: {
    wrong: session({ callbackUrl: "http://hooks.juniperandpine.example/guests" }),
    right: session(),
    at: { line: 10, column: 16 },
  },
  *check({ spec }) {
    const problem = urlProblem(spec.callbackUrl);
    if (problem?.sort !== "form") return;
    yield {
      message: `callbackUrl is no plain https url: ${problem.reason}`,
      hint: "Use a url that begins with https:// and holds no user name or password.",
      pointer: "/spec/callbackUrl",
    };
  },
};

const publicCallback: Rule<GuestSpec> = {
  code: "CX3510",
  title: "The host of a session's callbackUrl is private",
  severity: "error",
  reason:
    "CXone calls the url from its own network, where a private, loopback or link-local host is another machine or none.",
  source: "WHATWG URL; IANA special-purpose address registries (November 2026)",
  hint: "Use a host name that the internet can reach.",
  examples: {
    wrong: session({ callbackUrl: "https://10.20.0.4/guests" }),
    right: session(),
    at: { line: 10, column: 16 },
  },
  *check({ spec }) {
    const problem = urlProblem(spec.callbackUrl);
    if (problem?.sort !== "private") return;
    yield {
      message: `the host of callbackUrl cannot be called from CXone: ${problem.reason}`,
      hint: "Use a host name that the internet can reach, such as that of your gateway.",
      pointer: "/spec/callbackUrl",
    };
  },
};

const generation: Rule<GuestSpec> = {
  code: "CX3511",
  title: "The generation of a session counts from 1",
  severity: "error",
  reason: "A session is sent once per generation; the first is 1, and raising it by 1 opens a new session.",
  source: "CXONE-API §6, DESIGN §4 (November 2026)",
  hint: "Use a whole number from 1.",
  examples: { wrong: session({ generation: "0" }), right: session(), at: { line: 11, column: 15 } },
  *check({ spec }) {
    const value = spec.generation ?? 1;
    if (Number.isSafeInteger(value) && value >= 1) return;
    yield {
      message: `generation is ${value}; it counts from 1`,
      hint: "Use a whole number from 1; leave it out for the first sending.",
      pointer: "/spec/generation",
    };
  },
};

export const callbackRules: readonly Rule<GuestSpec>[] = [httpsCallback, publicCallback, generation];
