// Which text template an A2P registration is about, by the content that the ledger holds of it.
import type { JsonObject } from "../contract/json.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** The SmsTemplate's address by the registration's. Throws BrokenChain. */
export async function templatesOfRegistrations(
  ledger: Pick<Ledger, "state" | "content">,
): Promise<ReadonlyMap<string, string>> {
  const templates = new Map<string, string>();
  for (const [address, { versions }] of Object.entries(ledger.state.resources)) {
    if (!address.startsWith("A2pRegistration/")) continue;
    const content = await ledger.content(
      (versions.findLast((one) => one.status === "active") ?? versions.at(-1))?.digest ?? "",
    );
    const template = typeof content === "object" && content !== null ? (content as JsonObject)["template"] : undefined;
    if (typeof template === "string") templates.set(address, template);
  }
  return templates;
}
