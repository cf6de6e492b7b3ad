// What the system says of a file or stream that cannot be used, in words. Knows neither.

/** The system's word for what is wrong with a file: ENOENT, EACCES. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file or folder",
    EACCES: "permission denied",
    EISDIR: "it is a folder",
    ENOSPC: "no space is left",
  };
  return code === undefined ? "it failed" : (words[code] ?? code);
}
