// The texts of a WhatsApp template with their pointers; knows no rule.

export interface TemplateText {
  readonly field: "header" | "body" | "footer";
  readonly pointer: string;
  readonly text: string;
}

/** Header (when it is a text), body and footer, in the order in which they are read. */
export function texts(spec: {
  readonly header?: unknown;
  readonly body?: unknown;
  readonly footer?: unknown;
}): readonly TemplateText[] {
  const found: TemplateText[] = [];
  for (const field of ["header", "body", "footer"] as const) {
    const text = spec[field];
    if (typeof text === "string") found.push({ field, pointer: `/spec/${field}`, text });
  }
  return found;
}

/** One text by its field. */
export function textOf(spec: Parameters<typeof texts>[0], field: TemplateText["field"]): TemplateText | undefined {
  return texts(spec).find((one) => one.field === field);
}
