// GitHub's expressions, evaluated by GitHub's own engine. It runs nothing.
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

export type Value = null | string | number | boolean | readonly Value[] | { readonly [key: string]: Value };
export type Contexts = Readonly<Record<string, Value>>;
/** What `success()` and its like answer; a job has it from its needs, a step from the steps before it. */
export type Status = "success" | "failure" | "cancelled";

function wrapped(value: Value): data.ExpressionData {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(wrapped));
  return new data.Dictionary(
    ...Object.entries(value as Readonly<Record<string, Value>>).map(([key, inner]) => ({ key, value: wrapped(inner) })),
  );
}

const statusFunctions = ["success", "failure", "always", "cancelled"] as const;

export function evaluate(source: string, contexts: Contexts, status: Status): data.ExpressionData {
  const functions = statusFunctions.map((name) => ({
    name,
    description: "",
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(name === "always" || name === status),
  }));
  const parser = new Parser(new Lexer(source).lex().tokens, Object.keys(contexts), functions);
  const byName = new Map(functions.map((one) => [one.name.toLowerCase(), one]));
  return new Evaluator(parser.parse(), wrapped(contexts) as data.Dictionary, byName).evaluate();
}

/** A text with its `${{ }}` filled in. */
export function filled(text: string, contexts: Contexts, status: Status): string {
  return text.replace(/\$\{\{([\s\S]*?)\}\}/g, (_all, source: string) =>
    evaluate(source.trim(), contexts, status).coerceString(),
  );
}

/** Whether a job or a step runs: without a status function of its own a condition holds only after success. */
export function holds(condition: string | boolean | undefined, contexts: Contexts, status: Status): boolean {
  const text = String(condition ?? "success()").trim();
  const source = /^\$\{\{([\s\S]*)\}\}$/.exec(text)?.[1]?.trim() ?? text;
  const hasStatus = /\b(?:success|failure|always|cancelled)\s*\(/.test(source);
  const result = evaluate(hasStatus ? source : `success() && (${source})`, contexts, status);
  if (result instanceof data.Null) return false;
  if (result instanceof data.BooleanData) return result.value;
  if (result instanceof data.StringData) return result.value !== "";
  if (result instanceof data.NumberData) return result.value !== 0;
  return true;
}
