// Cuts the operations that the GitHub double serves out of GitHub's own OpenAPI description, without texts and examples. Arguments: the description, the file to write.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

type Node = { [key: string]: unknown };

/** By operationId; what is not here, the double does not serve. */
const wanted = [
  "actions/download-artifact",
  "actions/get-reviews-for-run",
  "actions/get-workflow-run",
  "actions/get-workflow-run-attempt",
  "actions/list-artifacts-for-repo",
  "actions/list-repo-workflows",
  "actions/list-workflow-runs",
  "git/create-commit",
  "git/create-ref",
  "git/create-tree",
  "git/get-blob",
  "git/get-tree",
  "issues/add-labels",
  "issues/create",
  "issues/create-comment",
  "issues/list-comments",
  "issues/list-for-repo",
  "issues/remove-label",
  "issues/update",
  "issues/update-comment",
  "pulls/get",
  "repos/compare-commits-with-basehead",
  "repos/create-commit-status",
  "repos/create-dispatch-event",
  "repos/create-repo-ruleset",
  "repos/get",
  "repos/get-branch",
  "repos/get-branch-rules",
  "repos/get-collaborator-permission-level",
  "repos/get-environment",
  "repos/list-activities",
  "repos/list-commits",
  "repos/list-deployment-branch-policies",
  "teams/get-membership-for-user-in-org",
];

const texts = ["description", "summary", "externalDocs", "tags", "example", "examples", "title"];

/** Texts go, save where the name is a property's; `nullable` gets the type that Ajv wants beside it. */
function bare(node: unknown, isNames = false): unknown {
  if (Array.isArray(node)) return node.map((item) => bare(item));
  if (typeof node !== "object" || node === null) return node;
  const kept: Node = {};
  for (const [key, value] of Object.entries(node)) {
    if (!isNames && (texts.includes(key) || key.startsWith("x-"))) continue;
    kept[key] = bare(value, !isNames && key === "properties");
  }
  if (!isNames && kept["nullable"] === true && kept["type"] === undefined) {
    const { nullable: _nullable, ...rest } = kept;
    return { anyOf: [rest, { type: "object", nullable: true, enum: [null] }] };
  }
  return kept;
}

/** Adds what `node` refers to, and what that refers to. */
function collect(node: unknown, all: Node, into: Node): void {
  if (typeof node !== "object" || node === null) return;
  const ref = (node as Node)["$ref"];
  if (typeof ref === "string") {
    const [, , sort = "", name = ""] = ref.split("/");
    into[sort] ??= {};
    const group = into[sort] as Node;
    if (group[name] === undefined) {
      group[name] = (all[sort] as Node)[name];
      collect(group[name], all, into);
    }
  }
  for (const value of Object.values(node)) collect(value, all, into);
}

function slice(whole: Node): Node {
  const components = whole["components"] as Node;
  const paths: Node = {};
  const found = new Set<string>();
  for (const [path, item] of Object.entries(whole["paths"] as Record<string, Node>)) {
    for (const method of ["get", "put", "post", "patch", "delete"]) {
      const operation = item[method] as Node | undefined;
      if (operation === undefined || !wanted.includes(operation["operationId"] as string)) continue;
      found.add(operation["operationId"] as string);
      paths[path] = { ...(paths[path] as Node | undefined), [method]: bare(operation) };
    }
  }
  const missing = wanted.filter((id) => !found.has(id));
  if (missing.length > 0) throw new Error(`the description has no ${missing.join(", ")}`);
  const bareComponents = Object.fromEntries(
    Object.entries(components)
      .filter(([sort]) => sort !== "examples")
      .map(([sort, group]) => [sort, bare(group, true)]),
  );
  const used: Node = {};
  collect(paths, bareComponents, used);
  return { openapi: whole["openapi"], info: { title: "GitHub", version: "" }, paths, components: used };
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined)
  throw new Error("usage: github-openapi-slice.ts <api.github.com.json> <to>");
const text = JSON.stringify(slice(JSON.parse(readFileSync(resolve(from), "utf8")) as Node));
writeFileSync(resolve(to), `${text}\n`);
console.log(`${wanted.length} operations, ${Math.round(text.length / 1000)} kB`);
