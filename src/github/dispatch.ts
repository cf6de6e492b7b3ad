// Wakes the repository's workflows by an event. Knows nothing of what they do.
import type { JsonObject } from "../contract/json.ts";
import type { GitHub } from "./client.ts";

/** `event` is what a workflow names under `repository_dispatch: types`; GitHub takes ten fields of `payload` at the most. Throws GitHubFailure. */
export async function dispatch(github: GitHub, event: string, payload: JsonObject = {}): Promise<void> {
  await github.request("POST /repos/{owner}/{repo}/dispatches", {
    ...github.place,
    event_type: event,
    client_payload: payload,
  });
}
