// What each commit of a ledger's branch changes, from the folders that GitHub lists by their ids. It judges nothing.
import type { CommitChange, FileChange } from "../ledger/branch-history.ts";
import type { TreeFile } from "../ledger/branch-store.ts";
import type { GitHub } from "./client.ts";
import { GitHubUnexpected } from "./failure.ts";

export interface CommitTree {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
}

interface TreeEntry {
  readonly id: string;
  readonly isFolder: boolean;
  readonly mode: string;
  readonly sizeBytes: number;
}

/** The entries of folders by the folder's id: most commits share most of them. */
type Folders = Map<string, ReadonlyMap<string, TreeEntry>>;

/** Where the ledger's files are, from the branch's root; nothing else is judged, so that nothing else is read. */
const isOfLedger = (path: string, isFolder: boolean): boolean =>
  isFolder
    ? /^(?:content|audit(?:\/[^/]+){0,2})$/.test(path)
    : path === "HEAD.json" || /^(?:content|audit)\//.test(path);

/** In the order of the commits; `sizes` gets what reading each changed file takes. Throws GitHubFailure. */
export async function changesOf(
  github: GitHub,
  commits: readonly CommitTree[],
  sizes: Map<string, TreeFile>,
): Promise<readonly CommitChange[]> {
  const folders = await foldersOf(
    github,
    commits.map(({ tree }) => tree),
  );
  const trees = new Map(commits.map(({ id, tree }) => [id, tree]));
  return commits.map(({ id, tree, parents }) => {
    const against = parents.length === 0 ? [undefined] : parents.map((parent) => trees.get(parent));
    const files = against.flatMap((before) => differences(folders, before, tree, "", sizes));
    return { commit: id, parents: parents.length, files };
  });
}

/** Level by level, each folder once. */
async function foldersOf(github: GitHub, roots: readonly string[]): Promise<Folders> {
  const folders: Folders = new Map();
  let level = new Map(roots.map((id) => [id, ""]));
  while (level.size > 0) {
    const wanted = [...level.keys()].filter((id) => !folders.has(id));
    for (let at = 0; at < wanted.length; at += mostFolders)
      for (const [id, entries] of await readFolders(github, wanted.slice(at, at + mostFolders)))
        folders.set(id, entries);
    const below = new Map<string, string>();
    for (const [id, path] of level)
      for (const [name, entry] of folders.get(id) ?? [])
        if (entry.isFolder && isOfLedger(joined(path, name), true)) below.set(entry.id, joined(path, name));
    level = below;
  }
  return folders;
}

const mostFolders = 50;
const joined = (path: string, name: string): string => (path === "" ? name : `${path}/${name}`);

async function readFolders(github: GitHub, ids: readonly string[]): Promise<Folders> {
  const { owner, repo } = github.place;
  const variables = ids.map((_, at) => `$id${at}: GitObjectID!`).join(", ");
  const fields = ids
    .map((_, at) => `t${at}: object(oid: $id${at}) { ... on Tree { oid entries { name oid type mode size } } }`)
    .join("\n");
  const query = `query($owner: String!, $name: String!, ${variables}) { repository(owner: $owner, name: $name) { ${fields} } }`;
  const { repository } = await github.graphql<{
    readonly repository: Readonly<
      Record<
        string,
        {
          readonly oid?: string;
          readonly entries?: readonly {
            readonly name: string;
            readonly oid: string;
            readonly type: string;
            readonly mode: number;
            readonly size: number;
          }[];
        } | null
      >
    >;
  }>(query, { owner, name: repo, ...Object.fromEntries(ids.map((id, at) => [`id${at}`, id])) }, "contents: read");
  const found: Folders = new Map();
  for (const tree of Object.values(repository)) {
    if (tree?.oid === undefined) continue;
    const entries = (tree.entries ?? []).map(({ name, oid, type, mode, size }): [string, TreeEntry] => [
      name,
      { id: oid, isFolder: type === "tree", mode: mode.toString(8).padStart(6, "0"), sizeBytes: size },
    ]);
    found.set(tree.oid, new Map(entries));
  }
  for (const id of ids) if (!found.has(id)) throw incomplete(id);
  return found;
}

/** What differs between two folders, down to files; a folder with the same id on both sides is the same. */
function differences(
  folders: Folders,
  before: string | undefined,
  after: string | undefined,
  path: string,
  sizes: Map<string, TreeFile>,
): readonly FileChange[] {
  if (before === after) return [];
  const sides = [before, after].map((id) => (id === undefined ? undefined : folders.get(id)) ?? new Map());
  const [old, now] = sides as [ReadonlyMap<string, TreeEntry>, ReadonlyMap<string, TreeEntry>];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const at = joined(path, name);
    const [left, right] = [old.get(name), now.get(name)];
    if (left?.id === right?.id && left?.isFolder === right?.isFolder) return [];
    const [leftFolder, rightFolder] = [left, right].map((entry) => (entry?.isFolder === true ? entry.id : undefined));
    const below = isOfLedger(at, true) ? differences(folders, leftFolder, rightFolder, at, sizes) : [];
    const [leftFile, rightFile] = [left, right].map((entry) => (entry?.isFolder === false ? entry : undefined));
    if (!isOfLedger(at, false) || (leftFile === undefined && rightFile === undefined)) return below;
    for (const entry of [leftFile, rightFile])
      if (entry !== undefined) sizes.set(entry.id, { mode: entry.mode, id: entry.id, sizeBytes: entry.sizeBytes });
    return [...below, { file: at, before: leftFile?.id, after: rightFile?.id }];
  });
}

/** GitHub does not answer what it has named. */
export function incomplete(id: string): GitHubUnexpected {
  return new GitHubUnexpected(
    `GitHub names the commit ${id} and does not list it`,
    { method: "GET", path: "/commits" },
    "Run the command again; if it stays so, verify with git in a clone (ledger.via: git).",
  );
}
