// Reading a JSON body field by field while collecting every error with its JSON pointer. It knows no resource.

export interface FieldError {
  /** A JSON pointer into the body, or the name of a query parameter. */
  readonly field: string;
  readonly message: string;
}

export interface TextLimits {
  readonly min?: number;
  readonly max?: number;
  readonly form?: RegExp;
  /** What `form` asks for, in words. */
  readonly formInWords?: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object (no array, no null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Length in code points, as Meta counts. */
export function lengthOf(text: string): number {
  return [...text].length;
}

/** Reads the fields of one object; `errors` holds what was wrong with them. A wrong field reads as an empty value. */
export class Shape {
  readonly errors: FieldError[] = [];
  readonly #value: JsonObject;
  readonly #pointer: string;

  constructor(value: unknown, pointer = "") {
    this.#pointer = pointer;
    this.#value = isObject(value) ? value : {};
    if (!isObject(value)) this.errors.push({ field: pointer === "" ? "/" : pointer, message: "must be an object" });
  }

  fail(field: string, message: string): void {
    this.errors.push({ field: `${this.#pointer}/${field}`, message });
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#value, field) && this.#value[field] !== undefined;
  }

  value(field: string): unknown {
    return Object.hasOwn(this.#value, field) ? this.#value[field] : undefined;
  }

  text(field: string, limits: TextLimits = {}): string {
    const value = this.value(field);
    if (typeof value !== "string") {
      this.fail(field, value === undefined ? "is required" : "must be a string");
      return "";
    }
    const { min = 1, max = Number.POSITIVE_INFINITY } = limits;
    const length = lengthOf(value);
    if (length < min)
      this.fail(field, length === 0 ? "must not be empty" : `has ${length} characters; at least ${min}`);
    else if (length > max) this.fail(field, `has ${length} characters; at most ${max}`);
    else if (limits.form !== undefined && !limits.form.test(value)) {
      this.fail(field, `must be ${limits.formInWords ?? "of the documented form"}`);
    }
    return value;
  }

  /** A text that may be null or absent. */
  textOrNull(field: string, limits: TextLimits = {}): string | null {
    const value = this.value(field);
    return value === undefined || value === null ? null : this.text(field, limits);
  }

  choice<const T extends string>(field: string, choices: readonly T[]): T {
    const value = this.value(field);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) {
      this.fail(field, value === undefined ? "is required" : `must be one of ${choices.join(", ")}`);
    }
    return found ?? (choices[0] as T);
  }

  boolean(field: string): boolean {
    const value = this.value(field);
    if (typeof value !== "boolean") this.fail(field, value === undefined ? "is required" : "must be true or false");
    return value === true;
  }

  number(field: string, least: number): number {
    const value = this.value(field);
    if (typeof value === "number" && Number.isFinite(value) && value >= least) return value;
    this.fail(field, value === undefined ? "is required" : `must be a number of at least ${least}`);
    return least;
  }

  object(field: string): JsonObject {
    const value = this.value(field);
    if (isObject(value)) return value;
    this.fail(field, value === undefined ? "is required" : "must be an object");
    return {};
  }

  list(field: string, limits: { readonly min?: number; readonly max?: number } = {}): readonly unknown[] {
    const value = this.value(field);
    if (!Array.isArray(value)) {
      this.fail(field, value === undefined ? "is required" : "must be an array");
      return [];
    }
    const { min = 0, max = Number.POSITIVE_INFINITY } = limits;
    if (value.length < min) this.fail(field, `has ${value.length} items; at least ${min}`);
    if (value.length > max) this.fail(field, `has ${value.length} items; at most ${max}`);
    return value;
  }

  /** A list of distinct, non-empty strings. */
  texts(field: string, limits: { readonly min?: number; readonly max?: number } = {}): readonly string[] {
    const list = this.list(field, limits);
    list.forEach((item, index) => {
      if (typeof item !== "string" || item === "") this.fail(`${field}/${index}`, "must be a string that is not empty");
      else if (list.indexOf(item) < index) this.fail(`${field}/${index}`, "is repeated");
    });
    return list.filter((item) => typeof item === "string");
  }
}
