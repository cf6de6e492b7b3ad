// Which addresses a hook may be sent to (RELIABILITY S1): public ones alone, unless the config itself names this machine. It resolves no name.
import { BlockList, isIP } from "node:net";

/** Spelt out in the config as this machine: the one way to a loopback address. Any other spelling (127.1, 0x7f000001, localhost.) is none. */
const literalLoopback = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:\/|$)/;

export function isLiteralLoopback(url: string): boolean {
  return literalLoopback.test(url);
}

/** IANA's special-purpose registry for IPv4, and multicast. */
const closed = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  closed.addSubnet(network, prefix, "ipv4");

/** Of IPv6 only global unicast is open, and of that not what tunnels or documents. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");
const closedUnicast = new BlockList();
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  closedUnicast.addSubnet(network, prefix, "ipv6");

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether an address lies on the public internet. What is no address is not. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !closed.check(address, "ipv4");
  // A v4-mapped or translated address (::ffff:7f00:1, 64:ff9b::7f00:1) is no global unicast, whatever it embeds.
  return family === 6 && globalUnicast.check(address, "ipv6") && !closedUnicast.check(address, "ipv6");
}

export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? "ipv4" : "ipv6");
}
