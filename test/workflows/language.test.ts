// GitHub's own language service reads every workflow and action.yml, with the inputs of the actions that they use.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { validate } from "@actions/languageservice/validate";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "yaml";
import { workflowFiles } from "./files.ts";

const own = parse(readFileSync("action.yml", "utf8"));
const inputs = (...names: readonly string[]) => ({
  inputs: Object.fromEntries(names.map((name) => [name, { description: name }])),
});
/** The inputs of other people's actions that the workflows use, as their action.yml has them. */
const others: Readonly<Record<string, unknown>> = {
  "actions/checkout": inputs("persist-credentials", "fetch-depth"),
  "actions/setup-node": inputs("node-version", "registry-url"),
  "actions/upload-artifact": inputs("name", "path", "retention-days", "if-no-files-found"),
  "actions/download-artifact": inputs("name", "pattern", "path"),
};

let asked = 0;

/** Each text under an address of its own: the service keeps what it has parsed, by address. */
async function problems(text: string, name?: string): Promise<readonly string[]> {
  const uri = `file:///repo/${name ?? `.github/workflows/${++asked}.yml`}`;
  const found = await validate(TextDocument.create(uri, "yaml", 1, text), {
    actionsMetadataProvider: {
      // biome-ignore lint/suspicious/noExplicitAny: the service's own type of metadata is not exported
      fetchActionMetadata: async ({ owner, name }): Promise<any> =>
        `${owner}/${name}` === "cxform/cxform" ? own : others[`${owner}/${name}`],
    },
    fileProvider: {
      getFileContent: async (file) => {
        throw new Error(`no workflow calls another: ${JSON.stringify(file)}`);
      },
    },
  });
  return found.map(({ range, message }) => `${range.start.line + 1}: ${message}`);
}

test("every workflow is one for GitHub's language service", async () => {
  for (const { name, text } of workflowFiles()) assert.deepEqual(await problems(text), [], name);
});

test("action.yml is one, and names exactly the inputs and outputs that are promised", async () => {
  assert.deepEqual(await problems(readFileSync("action.yml", "utf8"), "action.yml"), []);
  const promised = {
    inputs: [
      "command",
      "environment",
      "working-directory",
      "github-token",
      "client-id",
      "client-secret",
      "wait",
      "opt-outs-only",
    ],
    outputs: ["digest", "has-changes", "summary", "plan-file", "pending"],
  };
  for (const name of promised.inputs) assert.ok(name in own.inputs, name);
  for (const name of promised.outputs) assert.ok(name in own.outputs, name);
  assert.equal(own.runs.using, "node24");
  assert.equal(own.runs.main, "dist/action/index.js");
});

test("the language service sees what is wrong: an input that the action has not, and a job that is not there", async () => {
  const apply = workflowFiles().find(({ name }) => name.startsWith("a user") && name.endsWith("apply.yml"))?.text ?? "";
  for (const [from, to] of [
    ["expect-digest:", "expected-digest:"],
    ["needs: opt-outs-production", "needs: opt-outs"],
    ["queue: max", "queue: most"],
    ["actions: read", "action: read"],
    ["steps.apply.outputs.audit-file", "step.apply.outputs.audit-file"],
  ] as const) {
    const found = await problems(apply.replace(from, to));
    assert.ok(apply.includes(from) && found.length > 0, `${to}: ${found.join()}`);
  }
});
