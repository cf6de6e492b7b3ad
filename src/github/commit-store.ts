// The ledger as a branch that is written through GitHub's API: commits signed by GitHub, moved only from the head that was read. Knows no kind.
import { createHash } from "node:crypto";
import { LedgerUnusable } from "../base/failure.ts";
import type { LedgerStore } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import { type BranchChange, branchStore, type Snapshot, type Tree, type TreeFile } from "../ledger/branch-store.ts";
import type { GitHub } from "./client.ts";
import {
  GitHubFailure,
  GitHubMissing,
  GitHubRefused,
  GitHubUnreachable,
  StaleBranch,
  UnsignedCommit,
} from "./failure.ts";

export interface GitHubStoreOptions {
  readonly github: GitHub;
  readonly branch: string;
  readonly clock: Pick<World["clock"], "sleep">;
  readonly chance: Pick<World["chance"], "fraction">;
}

/** GitHub refuses a body of about 50 MB; below this there is room for the rest of the query. */
const mostBase64 = 40_000_000;
const mostBlobs = 50;
const mostBlobBytes = 2_000_000;
/** From here on GitHub may cut the text of a blob in GraphQL. */
const cutBytes = 400_000;
const mostLost = 3;

/** A store on a branch of the repository, which is made by the first append. What GitHub refuses is LedgerUnusable, save UnsignedCommit. */
export function githubStore(options: GitHubStoreOptions): LedgerStore {
  const { github, branch, clock, chance } = options;
  return branchStore({
    label: `branch ${branch} of ${github.repository}`,
    branch,
    pause: (tried) => clock.sleep((0.5 + chance.fraction()) * 500 * 2 ** (tried - 1)),
    async open() {
      const commit = committer(github, branch);
      return {
        head: () => told(branch, "read", readHead(github, branch)),
        tree: (id) => told(branch, "read", readTree(github, id)),
        blobs: (files) => told(branch, "read", readBlobs(github, files)),
        commit: (change) => told(branch, "written", commit(change)),
      };
    },
  });
}

/** GitHub's failures as the ledger's; what is typed for a caller of the store passes. */
export async function told<T>(branch: string, what: "read" | "written", work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof GitHubFailure)) throw error;
    throw new LedgerUnusable(`the ledger's branch ${branch} cannot be ${what}: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

const headQuery = `query($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) { ref(qualifiedName: $ref) { target { oid } } }
}`;

/** The commit at a branch's head; undefined when there is no such branch. Throws GitHubFailure. */
export async function readHead(github: GitHub, branch: string): Promise<string | undefined> {
  const { owner, repo } = github.place;
  const variables = { owner, name: repo, ref: `refs/heads/${branch}` };
  const answer = await github.graphql<{
    readonly repository: { readonly ref: { readonly target: { readonly oid: string } } | null };
  }>(headQuery, variables, "contents: read");
  return answer.repository.ref?.target.oid;
}

async function readTree(github: GitHub, commit: string): Promise<Tree> {
  const { data } = await github.request("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", {
    ...github.place,
    tree_sha: commit,
    recursive: "1",
  });
  if (data.truncated) {
    throw new LedgerUnusable("the ledger's branch has more files than GitHub lists at once", {
      hint: "Set ledger.via: git for this environment: git has no such limit.",
    });
  }
  const files = data.tree.filter(({ type }) => type !== "tree");
  return new Map(
    files.map(({ path = "", mode = "", sha = "", size = 0 }) => [path, { mode, id: sha, sizeBytes: size }]),
  );
}

/** Small texts many at a time by GraphQL, the others one by one; each is held against its id, which names its bytes. Throws GitHubFailure, LedgerUnusable. */
export async function readBlobs(github: GitHub, files: readonly TreeFile[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const isSmall = (file: TreeFile): boolean => (file.sizeBytes ?? cutBytes) < cutBytes;
  for (const group of groupsOf(files.filter(isSmall))) {
    for (const [id, text] of await readTexts(github, group)) {
      const bytes = Buffer.from(text);
      if (blobId(bytes) === id) found.set(id, bytes);
    }
  }
  // Too large, cut, or no UTF-8: as bytes.
  for (const { id } of files) {
    if (!found.has(id)) found.set(id, await readBytes(github, id));
  }
  return found;
}

function groupsOf(files: readonly TreeFile[]): readonly (readonly TreeFile[])[] {
  const groups: TreeFile[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of files) {
    const size = file.sizeBytes ?? 0;
    if (bytes + size > mostBlobBytes || (groups.at(-1)?.length ?? mostBlobs) >= mostBlobs) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(file);
    bytes += size;
  }
  return groups;
}

async function readTexts(github: GitHub, files: readonly TreeFile[]): Promise<ReadonlyMap<string, string>> {
  const { owner, repo } = github.place;
  const ids = files.map((_, at) => `$id${at}: GitObjectID!`).join(", ");
  const fields = files.map((_, at) => `b${at}: object(oid: $id${at}) { ... on Blob { oid text } }`).join("\n");
  const query = `query($owner: String!, $name: String!, ${ids}) { repository(owner: $owner, name: $name) { ${fields} } }`;
  const variables = Object.fromEntries(files.map(({ id }, at) => [`id${at}`, id]));
  const { repository } = await github.graphql<{
    readonly repository: Readonly<Record<string, { readonly oid?: string; readonly text?: string | null } | null>>;
  }>(query, { owner, name: repo, ...variables }, "contents: read");
  const texts = Object.values(repository).flatMap((blob) =>
    typeof blob?.oid === "string" && typeof blob.text === "string" ? [[blob.oid, blob.text] as const] : [],
  );
  return new Map(texts);
}

async function readBytes(github: GitHub, id: string): Promise<Uint8Array> {
  const { data } = await github.request("GET /repos/{owner}/{repo}/git/blobs/{file_sha}", {
    ...github.place,
    file_sha: id,
  });
  const bytes = Buffer.from(data.content, "base64");
  if (data.encoding === "base64" && blobId(bytes) === id) return bytes;
  throw new LedgerUnusable(`GitHub answered other bytes than those of object ${id}`, {
    hint: "Run the command again; if it stays so, read the branch with git and run `cxform audit verify`.",
  });
}

/** As git names a blob. */
function blobId(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

const mutation = `mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid signature { isValid wasSignedByGitHub } } }
}`;

interface Committed {
  readonly oid: string;
  readonly signature: { readonly isValid: boolean; readonly wasSignedByGitHub: boolean } | null;
}

/** Undefined where the store must look what the branch holds: it was moved, or the answer is lost. */
function committer(github: GitHub, branch: string): (change: BranchChange) => Promise<Snapshot | undefined> {
  let lost = 0;
  return async (change) => {
    guardSize(change);
    try {
      const { base } = change;
      const id =
        base.commit === undefined
          ? await createBranch(github, branch, change)
          : await commitOn(github, branch, base.commit, change);
      lost = 0;
      return id === undefined ? undefined : { commit: id, tree: treeAfter(change) };
    } catch (error) {
      if (error instanceof StaleBranch) return undefined;
      lost += 1;
      if (!(error instanceof GitHubUnreachable) || lost >= mostLost) throw error;
      return undefined;
    }
  };
}

function guardSize({ texts }: BranchChange): void {
  let size = 0;
  for (const text of texts.values()) size += Math.ceil(Buffer.byteLength(text) / 3) * 4;
  if (size <= mostBase64) return;
  throw new LedgerUnusable(`an entry of ${Math.round(size / 1_000_000)} MB is more than GitHub takes in a commit`, {
    hint: "Apply fewer resources in one run (--only), or set ledger.via: git for this environment.",
  });
}

function treeAfter({ base, texts }: BranchChange): Tree {
  const tree = new Map(base.tree);
  for (const [path, text] of texts) {
    const bytes = Buffer.from(text);
    tree.set(path, { mode: "100644", id: blobId(bytes), sizeBytes: bytes.length });
  }
  return tree;
}

async function commitOn(github: GitHub, branch: string, head: string, change: BranchChange): Promise<string> {
  const [headline = "", ...rest] = change.message.trimEnd().split("\n");
  const body = rest.join("\n").trim();
  const input = {
    branch: { repositoryNameWithOwner: github.repository, branchName: branch },
    expectedHeadOid: head,
    message: body === "" ? { headline } : { headline, body },
    fileChanges: {
      additions: [...change.texts].map(([path, text]) => ({ path, contents: Buffer.from(text).toString("base64") })),
    },
  };
  const answer = await github.graphql<{ readonly createCommitOnBranch: { readonly commit: Committed } }>(
    mutation,
    { input },
    "contents: write",
  );
  const { oid, signature } = answer.createCommitOnBranch.commit;
  if (signature?.isValid !== true || !signature.wasSignedByGitHub) throw unsigned(oid, branch, "is on");
  return oid;
}

/** The first append makes the branch: the mutation needs one, and the ledger has no commit in common with others. Undefined: it is there. */
async function createBranch(github: GitHub, branch: string, change: BranchChange): Promise<string | undefined> {
  const { place } = github;
  const tree = [...change.texts].map(([path, content]) => ({
    path,
    mode: "100644" as const,
    type: "blob" as const,
    content,
  }));
  const made = await github.request("POST /repos/{owner}/{repo}/git/trees", { ...place, tree });
  // Without author and committer, so that GitHub signs what a workflow's token commits.
  const commit = await github.request("POST /repos/{owner}/{repo}/git/commits", {
    ...place,
    tree: made.data.sha,
    message: change.message,
    parents: [],
  });
  const { sha, verification } = commit.data;
  if (!verification.verified) throw unsigned(sha, branch, "was not put on");
  try {
    await github.request("POST /repos/{owner}/{repo}/git/refs", { ...place, ref: `refs/heads/${branch}`, sha });
    return sha;
  } catch (error) {
    if (error instanceof GitHubRefused && (await isThere(github, branch))) return undefined;
    throw error;
  }
}

async function isThere(github: GitHub, branch: string): Promise<boolean> {
  try {
    return (await readHead(github, branch)) !== undefined;
  } catch (error) {
    if (error instanceof GitHubMissing) return false;
    throw error;
  }
}

function unsigned(commit: string, branch: string, where: "is on" | "was not put on"): UnsignedCommit {
  return new UnsignedCommit(
    `commit ${commit.slice(0, 12)}, which ${where} branch ${branch}, is not signed by GitHub`,
    commit,
    where === "is on"
      ? "Switch on the signing of web commits on the GitHub server, or set ledger.via: git to do without signatures."
      : "Let the first apply run in a workflow with GITHUB_TOKEN, whose commits GitHub signs, or make it with ledger.via: git.",
  );
}
