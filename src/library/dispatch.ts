// Starts a repository's workflows by `repository_dispatch`, through octokit. It knows no event.
import { Octokit } from "octokit";
import { Failure } from "../base/failure.ts";
import { version } from "../base/version.ts";
import type { JsonObject } from "../contract/json.ts";
import type { World } from "../contract/world.ts";

/** `eventType` is what a workflow names under `on: repository_dispatch: types`. */
export type Dispatch = (eventType: string, payload: JsonObject) => Promise<void>;

/** GitHub did not take the dispatch. */
export class DispatchFailed extends Failure {
  readonly code = "CX7090";
}

const timeoutMs = 10_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export function dispatchTo(repository: string, token: string, world: World): Dispatch {
  const [owner = "", repo = ""] = repository.split("/");
  const octokit = new Octokit({
    auth: token,
    userAgent: `cxform/${version}`,
    ...(world.env("GITHUB_API_URL") ? { baseUrl: world.env("GITHUB_API_URL") as string } : {}),
    request: { fetch: world.fetch },
    log: silent,
    // Whoever waits for the events tries again; octokit's own waits would hide it.
    retry: { enabled: false },
    throttle: { enabled: false },
  });
  return async (eventType, payload) => {
    const late = new AbortController();
    const ended = new AbortController();
    void world.clock.sleep(timeoutMs, ended.signal).then(() => late.abort());
    try {
      await octokit.rest.repos.createDispatchEvent({
        owner,
        repo,
        event_type: eventType,
        client_payload: payload as Record<string, never>,
        request: { signal: late.signal },
      });
    } catch (error) {
      const status = (error as { readonly status?: unknown } | undefined)?.status;
      // Of GitHub's answer only the status: its text may repeat what was sent.
      throw new DispatchFailed(
        `repository_dispatch to ${repository} failed${typeof status === "number" ? ` (${status})` : ""}`,
        { hint: "Check receiver.dispatch: the token needs `contents: write` on that repository." },
      );
    } finally {
      ended.abort();
    }
  };
}
