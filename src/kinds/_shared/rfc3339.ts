// Times as RFC 3339 writes them, to epoch milliseconds and back; knows no clock and no record.

const form = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Epoch milliseconds of an RFC 3339 §5.6 time with any offset; undefined for anything else. A part of a millisecond is cut off. */
export function parseTime(text: string): number | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  // Second 60 is a leap second (RFC 3339 §5.7); epoch time has none, so it is the second that follows.
  if (hour > 23 || minute > 59 || second > 60 || part(10) > 23 || part(11) > 59) return undefined;
  const ms = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const offsetMinutes = (match[9] === "-" ? -1 : 1) * (part(10) * 60 + part(11));
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; setUTCFullYear does not.
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  return midnight + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000 + ms;
}

/** Why a text that parseTime refuses is refused, for the author. */
export function whyNoTime(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return "the time of day is missing";
  if (/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text)) return "the offset is missing";
  if (form.test(text)) return "there is no such day or hour";
  return "it has another form";
}

/** The time in UTC, always with milliseconds: 2026-09-14T08:21:07.000Z. */
export function formatTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
