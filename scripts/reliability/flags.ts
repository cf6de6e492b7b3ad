// Numbers and words from a script's own command line, and the way in which it says that it cannot run here. Knows no script.

/** The value of `--name`, or the default. Throws when it is no whole number of at least 1. */
export function count(name: string, otherwise: number): number {
  const text = word(name);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number of at least 1, not ${text}`);
  return value;
}

/** The text after `--name`; undefined without it. */
export function word(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
}

/** Ends the script: it proves nothing on this machine, and says why. */
export function skip(reason: string): never {
  console.log(`skipped: ${reason}`);
  process.exit(0);
}
