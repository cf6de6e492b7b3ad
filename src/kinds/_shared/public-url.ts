// Whether CXone could call a url, judged by its text alone; resolves no name and opens no connection.

export interface UrlProblem {
  readonly sort: "form" | "private";
  /** Completes "… is not …": why, without repeating the url. */
  readonly reason: string;
}

/** Endings that no public name server answers for (RFC 6761, RFC 6762, RFC 8375, and what routers and companies use); .test and .example are left alone. */
const privateEndings: readonly string[] = [
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "private",
  "home.arpa",
];

/** IANA special-purpose IPv4 blocks that cannot be called from the internet: first address, prefix length, what they are. */
const privateBlocks: readonly (readonly [number, number, string])[] = [
  [0x00000000, 8, "an unspecified address"],
  [0x0a000000, 8, "a private address"],
  [0x64400000, 10, "a carrier's private address"],
  [0x7f000000, 8, "a loopback address"],
  [0xa9fe0000, 16, "a link-local address"],
  [0xac100000, 12, "a private address"],
  [0xc0000000, 24, "a private address"],
  [0xc0a80000, 16, "a private address"],
  [0xc6120000, 15, "a private address"],
  [0xe0000000, 4, "a multicast address"],
  [0xf0000000, 4, "a reserved address"],
];

/**
 * What keeps CXone from calling `text`, or undefined. The host is read as browsers read it (WHATWG URL), so that 127.1,
 * 0x7f000001, 2130706433 and ①②⑦.0.0.1 are seen as the loopback that they are.
 */
export function urlProblem(text: string): UrlProblem | undefined {
  // The WHATWG parser drops blanks and mends slashes; what is sent to CXone is the text as written.
  if (/[\s\u0000-\u001f\\]/.test(text))
    return { sort: "form", reason: "it holds a blank, a line break or a backslash" };
  const url = parsed(text);
  if (url === undefined) return { sort: "form", reason: "it cannot be read as a url" };
  if (url.protocol !== "https:") return { sort: "form", reason: `it begins with ${url.protocol}` };
  if (!/^https:\/\/[^/]/i.test(text)) return { sort: "form", reason: "two slashes must follow https:" };
  if (url.username !== "" || url.password !== "") return { sort: "form", reason: "it holds a user name or password" };
  const reason = privateHost(url.hostname);
  return reason === undefined ? undefined : { sort: "private", reason };
}

/** The url as two spellings of it are compared: lower-case host, default port and empty path resolved. */
export function comparableUrl(text: string): string {
  const url = parsed(text);
  if (url === undefined) return text;
  url.hash = "";
  return url.href;
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function privateHost(hostname: string): string | undefined {
  if (hostname.startsWith("[")) return privateV6(hostname.slice(1, -1));
  const host = hostname.replace(/\.$/, "");
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return privateV4(v4Number(host));
  const ending = privateEndings.find((name) => host === name || host.endsWith(`.${name}`));
  if (ending !== undefined)
    return ending === "localhost" ? "localhost is a loopback name" : `.${ending} is a private name`;
  return host.includes(".") ? undefined : "a name without a dot is private";
}

function v4Number(host: string): number {
  return host.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function privateV4(address: number): string | undefined {
  const block = privateBlocks.find(([first, bits]) => {
    const size = 2 ** (32 - bits);
    return address >= first && address < first + size;
  });
  return block === undefined ? undefined : `it is ${block[2]}`;
}

function privateV6(text: string): string | undefined {
  const groups = v6Groups(text);
  const first = groups[0] ?? 0;
  const leadingZeros = groups.findIndex((group) => group !== 0);
  if (leadingZeros === -1) return "it is an unspecified address";
  if (leadingZeros === 7 && groups[7] === 1) return "it is a loopback address";
  if ((first & 0xfe00) === 0xfc00) return "it is a private address";
  if ((first & 0xffc0) === 0xfe80) return "it is a link-local address";
  if ((first & 0xffc0) === 0xfec0) return "it is a private address";
  if ((first & 0xff00) === 0xff00) return "it is a multicast address";
  if (first === 0x64 && groups[1] === 0xff9b && groups[2] === 1) return "it is a private address";
  const embedded = embeddedV4(groups, leadingZeros);
  return embedded === undefined ? undefined : privateV4(embedded);
}

/** An IPv4 address inside an IPv6 one: mapped (RFC 4291 §2.5.5), translated (RFC 6052), 6to4 (RFC 3056). */
function embeddedV4(groups: readonly number[], leadingZeros: number): number | undefined {
  const last = (groups[6] ?? 0) * 0x10000 + (groups[7] ?? 0);
  if (leadingZeros >= 6) return last;
  if (leadingZeros === 5 && groups[5] === 0xffff) return last;
  if (leadingZeros === 4 && groups[4] === 0xffff && groups[5] === 0) return last;
  if (groups[0] === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((group) => group === 0)) return last;
  if (groups[0] === 0x2002) return (groups[1] ?? 0) * 0x10000 + (groups[2] ?? 0);
  return undefined;
}

/** The eight groups of an address as WHATWG writes it: hexadecimal groups and at most one "::". */
function v6Groups(text: string): readonly number[] {
  const [head = "", tail] = text.split("::");
  const before = hexGroups(head);
  const after = tail === undefined ? [] : hexGroups(tail);
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: gap }, () => 0), ...after];
}

function hexGroups(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}
