// What stands between two slashes of a URL's path. Knows no URL.

/** Whether it names nothing of its own: empty, it would turn one object's URL into its list's; dots would climb, encoded ones too (RFC 3986 §5.2.4). */
export function isNoSegment(text: string): boolean {
  return text === "" || /^(\.|%2e){1,2}$/i.test(text);
}
