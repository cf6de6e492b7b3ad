// Near misses for a pattern: what it likes, repeated, with an end that it does not like; and how long it takes them. It knows no source.

const common: readonly string[] = [
  "a",
  "A",
  "1",
  "0",
  " ",
  "\t",
  "\n",
  "\r\n",
  " \n",
  "-",
  ".",
  "_",
  ",",
  ":",
  "::",
  "/",
  "\\",
  "'",
  '"',
  '"\\',
  '"a":',
  "{",
  "}",
  "{{",
  "}}",
  "{{a",
  "{{1}}",
  "{{a}} ",
  "$",
  "${",
  "#",
  "##[",
  "[",
  "]",
  "(",
  "%",
  "=",
  "*",
  "~",
  "!",
  "&",
  "|",
  "<",
  ">",
  "+1",
  "a.",
  "a.ab",
  "a-",
  "a@",
  "a@a.",
  "1 ",
  "1-",
  "ab ",
  "www.",
  "http://",
  "STOP ",
  "é",
  "ж",
  "😀",
  "\ud83d",
  "\u200b",
];

/** The strings that are repeated for a pattern: the common ones, and the pattern's own words. */
export function pumpsOf(source: string): readonly string[] {
  const words = [...new Set([...source.matchAll(/[A-Za-z]{2,}/g)].map(([word]) => word))].slice(0, 5);
  return [...common, ...words, ...words.map((word) => `${word} `)];
}

const ends: readonly string[] = ["!", "\n\0"];

/**
 * CPU time, so that other work of the machine does not count; when it seems long, the least of three, by the pace that the machine has at
 * that moment: a busy one takes several times as long for the same instructions.
 */
function cpuMs(run: () => void, suspiciousMs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3; tries++) {
    const taken = processorMs(run);
    least = Math.min(least, taken < suspiciousMs ? taken : taken / slowness());
    if (least < suspiciousMs) break;
  }
  return least;
}

function processorMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What `measure` takes on a core of 2026 with nothing else to do. */
const measureMs = 4;

/** Plain work on a string, as a pattern's is. */
function measure(): number {
  const text = "a1 ".repeat(200_000);
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum = (sum * 31 + text.charCodeAt(at)) | 0;
  return sum;
}

/** How many times as long this machine takes at the moment; never less than 1. */
function slowness(): number {
  const least = Math.min(...Array.from({ length: 3 }, () => processorMs(measure)));
  return Math.max(1, least / measureMs);
}

export interface Slow {
  readonly pump: string;
  readonly sizeBytes: number;
  readonly ms: number;
}

/** The longest that one call takes over all near misses, of up to 50 kB; those that take too long when shorter are not grown. */
export function slowest(call: (text: string) => void, pumps: readonly string[]): Slow {
  let worst: Slow = { pump: "", sizeBytes: 0, ms: 0 };
  for (const pump of pumps) {
    for (const end of ends) {
      for (const [sizeBytes, mostMs] of [
        [2_000, 50],
        [10_000, 60],
        [50_000, 200],
      ] as const) {
        const text = pump.repeat(Math.ceil(sizeBytes / pump.length)).slice(0, sizeBytes) + end;
        const ms = cpuMs(() => call(text), mostMs);
        if (ms > worst.ms) worst = { pump: pump + end, sizeBytes, ms };
        // Even if it were quadratic, 50 kB would take less than the limit.
        if (sizeBytes === 10_000 && ms < 2) break;
        // Even if it is linear, 50 kB take longer than the limit.
        if (sizeBytes < 50_000 && ms > mostMs) return { pump: pump + end, sizeBytes, ms: ms * (50_000 / sizeBytes) };
      }
    }
  }
  return worst;
}
