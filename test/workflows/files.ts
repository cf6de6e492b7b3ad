// The workflow files of this repository, and those that a user is given. It knows no rule.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workflows } from "../../src/library/workflows.ts";

export const folder = ".github/workflows";

export const ownOptions = { action: "./", environments: ["production"], branch: "main", isOwn: true };
export const userAction = "cxform/cxform@v0.1.0";
export const userOptions = {
  action: userAction,
  environments: ["production", "eu.staging"],
  branch: "trunk",
  isOwn: false,
};

export interface WorkflowFile {
  readonly name: string;
  readonly text: string;
  readonly action: string;
}

export function workflowFiles(): readonly WorkflowFile[] {
  const own = readdirSync(folder).map((name) => ({
    name: join(folder, name),
    text: readFileSync(join(folder, name), "utf8"),
    action: "./",
  }));
  const given = [...workflows(userOptions)].map(([name, text]) => ({
    name: `a user's ${name}`,
    text,
    action: userAction,
  }));
  const below = [...workflows({ ...userOptions, folder: "messaging" })].map(([name, text]) => ({
    name: `a user's ${name} for a project in a folder`,
    text,
    action: userAction,
  }));
  return [...own, ...given, ...below];
}
