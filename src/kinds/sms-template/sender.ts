// The sorts of senders that an SMS can have, told apart by form; knows no rule.

export type Sender = "short code" | "toll-free number" | "10DLC number" | "name";

/** NANPA's toll-free area codes in service (November 2026). */
const tollFree = new Set(["800", "833", "844", "855", "866", "877", "888"]);

/** What sort of sender an address is; undefined when it is none. */
export function senderOf(address: string): Sender | undefined {
  if (/^\d{5,6}$/.test(address)) return "short code";
  if (/^\+1\d{10}$/.test(address)) return tollFree.has(address.slice(2, 5)) ? "toll-free number" : "10DLC number";
  return /^[A-Za-z0-9 ]{1,11}$/.test(address) && /[A-Za-z]/.test(address) ? "name" : undefined;
}
