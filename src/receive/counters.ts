// What the receiver counts, in the text form of Prometheus: numbers alone, of no event and no contact.
export type Refusal = "unsigned" | "time" | "wrong" | "tenant" | "json" | "size" | "encoding" | "store";

export interface Counters {
  event(route: string, acceptance: "accepted" | "repeated", tookMs: number): void;
  refused(route: string, refusal: Refusal): void;
  woken(outcome: "ok" | "failed"): void;
  /** `gauges` are told by whoever can read the database. */
  text(gauges: readonly Gauge[]): string;
}

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Upper ends in milliseconds. */
const buckets = [1, 2.5, 5, 10, 25, 50, 100, 250, 1000, 3000];

export function createCounters(): Counters {
  const events = new Map<string, number>();
  const refusals = new Map<string, number>();
  const wakes = new Map<string, number>();
  const took = { counts: buckets.map(() => 0), count: 0, sumMs: 0 };
  const add = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  return {
    event(route, acceptance, tookMs) {
      add(events, labels({ route, acceptance }));
      for (const [at, end] of buckets.entries()) if (tookMs <= end) took.counts[at] = (took.counts[at] ?? 0) + 1;
      took.count += 1;
      took.sumMs += tookMs;
    },
    refused: (route, reason) => add(refusals, labels({ route, reason })),
    woken: (outcome) => add(wakes, labels({ outcome })),
    text: (gauges) =>
      [
        ...family("cxform_receiver_events_total", "counter", "Events that were acknowledged.", events),
        ...family(
          "cxform_receiver_refused_total",
          "counter",
          "Requests that were refused and left no trace.",
          refusals,
        ),
        ...family("cxform_receiver_wakes_total", "counter", "Settles and dispatches that events started.", wakes),
        ...histogram(took),
        ...gauges.flatMap(({ name, help, values }) =>
          family(name, "gauge", help, new Map(values.map((each) => [labels(each.labels), each.value]))),
        ),
        "",
      ].join("\n"),
  };
}

function labels(given: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(given).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, "_")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function family(name: string, type: string, help: string, values: ReadonlyMap<string, number>): readonly string[] {
  const lines = [...values].sort().map(([label, value]) => `${name}${label} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

function histogram(took: { readonly counts: readonly number[]; readonly count: number; readonly sumMs: number }) {
  const name = "cxform_receiver_acknowledgement_seconds";
  return [
    `# HELP ${name} From the end of a request to its acknowledgement.`,
    `# TYPE ${name} histogram`,
    ...buckets.map((end, at) => `${name}_bucket{le="${end / 1000}"} ${took.counts[at]}`),
    `${name}_bucket{le="+Inf"} ${took.count}`,
    `${name}_sum ${took.sumMs / 1000}`,
    `${name}_count ${took.count}`,
  ];
}
