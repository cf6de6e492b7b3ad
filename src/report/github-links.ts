// Addresses on GitHub, built from a repository's address that the runner gives and from foreign names; each is safe between a link's parentheses.

/** What encodeURIComponent leaves and Markdown would read: parentheses end an address, the others are emphasis. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*~_]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A line of a file at a commit; `plain=1` shows the source of what GitHub would render. */
export function lineUrl(repositoryUrl: string, sha: string, file: string, line: number): string {
  const path = file.split("/").map(encoded).join("/");
  return `${rootOf(repositoryUrl)}/blob/${encoded(sha)}/${path}?plain=1#L${line}`;
}

export function commitUrl(repositoryUrl: string, sha: string): string {
  return `${rootOf(repositoryUrl)}/commit/${encoded(sha)}`;
}

/** A run, with its summary and artifacts. */
export function runUrl(repositoryUrl: string, id: string, attempt: number): string {
  return `${rootOf(repositoryUrl)}/actions/runs/${encoded(id)}/attempts/${attempt}`;
}

export function pullRequestUrl(repositoryUrl: string, number: number): string {
  return `${rootOf(repositoryUrl)}/pull/${number}`;
}

/** As a URL writes itself: nothing in it ends a link. An address that is none makes links of the comment's own host. */
function rootOf(repositoryUrl: string): string {
  if (!URL.canParse(repositoryUrl)) return "";
  const { protocol, origin, pathname } = new URL(repositoryUrl);
  if (protocol !== "https:" && protocol !== "http:") return "";
  const parts = pathname.split("/").filter((part) => part !== "");
  return `${origin}${parts.map((part) => `/${encoded(decoded(part))}`).join("")}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
