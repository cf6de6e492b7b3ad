// From ajv's errors to problems, at most one for one mistake; knows no kind.
import type { ErrorObject } from "ajv/dist/2020.js";
import type { Json, JsonObject } from "../contract/json.ts";
import { below, humanPath, isObject } from "./pointer.ts";
import type { Problem } from "./problem.ts";
import { notAllowed, problemOf, unknownField, type ViolationScope, wrongTypeWords } from "./wording.ts";

/** All violations of a value, at most one for one mistake. */
export function schemaProblems(value: Json, scope: ViolationScope): readonly Problem[] {
  return problemsOf(scope.schemas.validate(scope.slug, value), "", scope);
}

/** Problems of a list of errors whose instance paths begin at `base`. */
function problemsOf(errors: readonly ErrorObject[], base: string, scope: ViolationScope): readonly Problem[] {
  const told = withoutBranchErrors(errors, scope);
  const mistyped = new Set(told.filter(({ keyword }) => keyword === "type").map(({ instancePath }) => instancePath));
  // What else is wrong with a value of the wrong type follows from that.
  const own = told.filter(({ keyword, instancePath }) => keyword === "type" || !mistyped.has(instancePath));
  const problems: Problem[] = [];
  const misspelt = new Set<string>();
  for (const error of own.filter((each) => each.keyword === "additionalProperties")) {
    const { problem, meant } = unknownField(error, base, scope, own);
    problems.push(problem);
    if (meant !== undefined) misspelt.add(below(base + error.instancePath, meant));
  }
  for (const error of own) {
    if (error.keyword === "additionalProperties" || error.keyword === "if") continue;
    const pointer = base + error.instancePath;
    if (error.keyword === "required" && misspelt.has(below(pointer, String(error.params["missingProperty"])))) continue;
    if (error.keyword === "oneOf" || error.keyword === "anyOf") {
      problems.push(...compositeProblem(error, pointer, scope));
    } else problems.push(problemOf(error, pointer, scope));
  }
  return problems;
}

type Branch = JsonObject | boolean;

function branchesOf(error: ErrorObject): readonly Branch[] {
  return Array.isArray(error.schema) ? (error.schema as readonly Branch[]) : [];
}

function signature(error: ErrorObject, base: string): string {
  return `${base}${error.instancePath} ${error.keyword} ${JSON.stringify(error.params)}`;
}

/** The errors without those that only tell why a branch, or a name's schema, did not match. */
function withoutBranchErrors(errors: readonly ErrorObject[], scope: ViolationScope): readonly ErrorObject[] {
  const dropped = new Set<string>();
  for (const error of errors) {
    if (error.keyword !== "oneOf" && error.keyword !== "anyOf") continue;
    for (const branch of branchesOf(error)) {
      for (const inner of scope.schemas.validateBranch(scope.slug, branch, error.data as Json)) {
        dropped.add(signature(inner, error.instancePath));
      }
    }
  }
  return errors.filter((error) => error.propertyName === undefined && !dropped.has(signature(error, "")));
}

/** The problems of the branch that was meant, or one that names the choice. */
function compositeProblem(error: ErrorObject, pointer: string, scope: ViolationScope): readonly Problem[] {
  const data = error.data as Json;
  const branches = branchesOf(error);
  const presence = presenceProblem(branches, pointer, data);
  if (presence !== undefined) return [presence];
  const tried = branches.map((branch) => scope.schemas.validateBranch(scope.slug, branch, data));
  if (tried.some((errors) => errors.length === 0)) {
    const message = `\`${humanPath(pointer)}\` fits more than one of the forms that exclude each other`;
    return [{ code: "CX2005", severity: "error", pointer, message, hint: "Keep the fields of one form only." }];
  }
  const rightType = tried.filter(
    (errors) => !errors.some((inner) => inner.instancePath === "" && inner.keyword === "type"),
  );
  if (rightType.length === 0) {
    const types = tried.flatMap((errors) =>
      errors.filter((inner) => inner.instancePath === "" && inner.keyword === "type"),
    );
    const names = [...new Set(types.flatMap((inner) => inner.params["type"] as string | string[]))];
    return [{ code: "CX2003", severity: "error", pointer, ...wrongTypeWords(names, pointer, data, scope) }];
  }
  const choice = discriminatorProblem(rightType, pointer, scope);
  if (choice !== undefined) return [choice];
  const told = rightType.filter((errors) => !errors.some(isDiscriminator));
  const best = (told.length > 0 ? told : rightType).reduce((left, right) =>
    right.length < left.length ? right : left,
  );
  return problemsOf(best, pointer, scope);
}

/** `oneOf: [{required: [a]}, {required: [b]}]`: which fields exclude each other. */
function presenceProblem(branches: readonly Branch[], pointer: string, data: Json): Problem | undefined {
  const fields: string[] = [];
  for (const branch of branches) {
    if (!isObject(branch) || !Array.isArray(branch["required"])) return undefined;
    if (
      !Object.keys(branch).every(
        (key) => key === "required" || key === "description" || key === "not" || namesOnly(branch, key),
      )
    )
      return undefined;
    fields.push(...(branch["required"] as readonly string[]));
  }
  if (fields.length === 0 || !isObject(data)) return undefined;
  const given = fields.filter((field) => Object.hasOwn(data, field));
  const names = fields.map((field) => `\`${field}\``).join(" or ");
  const path = pointer === "" ? "the document" : `\`${humanPath(pointer)}\``;
  if (given.length === 0) {
    return {
      code: "CX2001",
      severity: "error",
      pointer,
      message: `${path} needs ${names}`,
      hint: `Add ${names}.`,
      atKey: true,
    };
  }
  const message = `${path} has ${given.map((field) => `\`${field}\``).join(" and ")}, which exclude each other`;
  return {
    code: "CX2005",
    severity: "error",
    pointer: `${pointer}/${given.at(-1)}`,
    atKey: true,
    message,
    hint: "Keep one of them.",
  };
}

/** `properties: {a: true}` says no more of a field than its name, which strict ajv wants beside `required`. */
function namesOnly(branch: JsonObject, key: string): boolean {
  const properties = branch["properties"];
  return key === "properties" && isObject(properties) && Object.values(properties).every((each) => each === true);
}

function isDiscriminator(error: ErrorObject): boolean {
  return (error.keyword === "const" || error.keyword === "enum") && error.instancePath.split("/").length === 2;
}

/** All branches refuse the same field's value: the allowed ones are those of all branches together. */
function discriminatorProblem(
  tried: readonly (readonly ErrorObject[])[],
  pointer: string,
  scope: ViolationScope,
): Problem | undefined {
  const refused = tried.map((errors) => errors.find(isDiscriminator));
  const first = refused[0];
  if (first === undefined || !refused.every((error) => error?.instancePath === first.instancePath)) return undefined;
  const allowed = refused.flatMap((error) =>
    error?.keyword === "const"
      ? [error.params["allowedValue"] as Json]
      : ((error?.params["allowedValues"] ?? []) as Json[]),
  );
  return notAllowed([...new Set(allowed)], pointer + first.instancePath, first.data as Json, scope);
}
