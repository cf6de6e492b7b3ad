// Figures as a table and in the Prometheus text format. It computes nothing.
import { harmless } from "./harmless.ts";
import { columns } from "./table.ts";

/** Families of figures by name; a figure is a number, a boolean, null for "nothing to count", or a list that JSON alone shows. */
export interface MetricsView {
  readonly environment: string;
  readonly omnichannel: object;
  readonly digital: object;
  readonly messaging: object;
  readonly engage: object;
  readonly preferences: object;
}

export interface Figure {
  readonly family: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | boolean | null;
}

const families = ["omnichannel", "digital", "messaging", "engage", "preferences"] as const;

/** Figures that name what they count; the name becomes the label. */
const labelled = ["address", "template", "registration", "operation"] as const;

/** A figure a row, in the order of the families. */
export function figuresIn(view: MetricsView): readonly Figure[] {
  return families.flatMap((family) => flat(family, "", {}, view[family]));
}

function flat(family: string, name: string, labels: Figure["labels"], value: unknown): readonly Figure[] {
  if (typeof value === "number" || typeof value === "boolean" || value === null)
    return [{ family, name, labels, value }];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, at) =>
      typeof item === "object" && item !== null
        ? flat(family, name, { ...labels, ...labelsOf(item) }, item)
        : flat(family, name, { ...labels, position: String(at + 1) }, item),
    );
  }
  if (typeof value !== "object") return [];
  if (name === "rejectionReasons")
    return Object.entries(value).flatMap(([reason, item]) => flat(family, name, { ...labels, reason }, item));
  const own = { ...labels, ...labelsOf(value as object) };
  return Object.entries(value).flatMap(([key, item]) =>
    (labelled as readonly string[]).includes(key) ? [] : flat(family, name === "" ? key : `${name}_${key}`, own, item),
  );
}

function labelsOf(item: object): Figure["labels"] {
  return Object.fromEntries(
    Object.entries(item).flatMap(([key, value]) =>
      (labelled as readonly string[]).includes(key) && typeof value === "string" ? [[key, value]] : [],
    ),
  );
}

export function metricsText(view: MetricsView): string {
  return columns(
    ["FAMILY", "FIGURE", "OF", "VALUE"],
    figuresIn(view).map(({ family, name, labels, value }) => [
      family,
      name,
      harmless(Object.values(labels).join(" ")),
      value === null ? "-" : String(value),
    ]),
  );
}

/** Gauges, since all are computed anew from the ledger; what has nothing to count is left out. */
export function metricsPrometheus(view: MetricsView): string {
  const byName = new Map<string, string[]>();
  for (const { family, name, labels, value } of figuresIn(view)) {
    if (value === null) continue;
    const metric = `cxform_${family}_${snake(name)}`;
    const lines = byName.get(metric) ?? [`# TYPE ${metric} gauge\n`];
    byName.set(metric, lines);
    const all = Object.entries({ environment: view.environment, ...labels });
    lines.push(`${metric}{${all.map(([label, text]) => `${label}="${escaped(text)}"`).join(",")}} ${Number(value)}\n`);
  }
  return [...byName.values()].flat().join("");
}

const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();

const escaped = (text: string): string => harmless(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"');
