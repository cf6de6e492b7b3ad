// The tenant's WhatsApp and digital templates, written from CXONE-API §3 and §4. It knows nothing of the engine.
import { type Arrived, between, type Effect, type Ground, iso, type Reply, refusal } from "./facts.ts";

export interface WhatsApp {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  status: string;
  updatedAt: number;
  wasApproved: boolean;
  reason: string | null;
}

export interface Digital {
  readonly templateId: string;
  readonly version: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly at: number;
  status: string;
}

interface Job {
  readonly id: string;
  status: string;
  errorMessage?: string;
}

export type Log = (effect: Omit<Effect, "at">) => void;
export type Page = (request: Arrived, items: readonly unknown[]) => Reply;

const inReview = new Set(["PENDING", "IN_REVIEW"]);

/** How long a decision takes and what it is; undefined: never. */
export function verdict(ground: Ground): { readonly delayMs: number; readonly isYes: boolean } | undefined {
  const { chance } = ground;
  const { reviews } = ground.options;
  if (chance.fraction() < (reviews.never ?? 0)) return undefined;
  const isLate = chance.fraction() < (reviews.late ?? 0);
  const delayMs = isLate
    ? between(ground, 60_000, 5 * 3_600_000)
    : chance.fraction() < 0.2
      ? 0
      : between(ground, 50, 20_000);
  return { delayMs, isYes: chance.fraction() >= (reviews.rejected ?? 0) };
}

export function openWhatsApp(ground: Ground, log: Log, page: Page) {
  const { timeline, chance } = ground;
  const templates = new Map<string, WhatsApp>();
  const show = (one: WhatsApp) => ({
    ...one.content,
    id: one.id,
    name: one.name,
    language: one.language,
    status: one.status,
    rejectionReason: one.reason,
    createdAt: iso(one.createdAt),
    updatedAt: iso(one.updatedAt),
  });

  const set = (one: WhatsApp, status: string, by: Effect["by"], request?: Arrived): void => {
    const before = one.status;
    one.status = status;
    one.updatedAt = timeline.now;
    if (status === "APPROVED") one.wasApproved = true;
    const what = by === "meta" ? "decided" : status === "DEPRECATED" ? "deprecated" : "reactivated";
    log({
      by,
      kind: "WhatsAppTemplate",
      what,
      id: one.id,
      before,
      status,
      ...(request === undefined ? {} : { request }),
    });
  };

  const decide = (one: WhatsApp, isYes: boolean): void => {
    if (!inReview.has(one.status)) return;
    const isRepeat = [...templates.values()].some(
      (other) =>
        other !== one &&
        other.language === one.language &&
        other.content["body"] === one.content["body"] &&
        (other.status === "APPROVED" || inReview.has(other.status)),
    );
    one.reason = isYes && !isRepeat ? null : isRepeat ? "DUPLICATE" : "INVALID_FORMAT";
    set(one, isYes && !isRepeat ? "APPROVED" : "REJECTED", "meta");
    if (one.status !== "APPROVED") return;
    const { reviews } = ground.options;
    if (chance.fraction() < (reviews.revoked ?? 0))
      timeline.after(between(ground, 1_000, 3_600_000), () => {
        if (one.status === "APPROVED" && !ground.isQuiet) set(one, "DISABLED", "meta");
      });
    if (chance.fraction() < (reviews.paused ?? 0))
      timeline.after(between(ground, 100, 600_000), () => {
        if (one.status !== "APPROVED" || ground.isQuiet) return;
        set(one, "PAUSED", "meta");
        timeline.after(between(ground, 1_000, 3_600_000), () => {
          if (one.status === "PAUSED") set(one, "APPROVED", "meta");
        });
      });
  };

  const create = (request: Arrived): Reply => {
    const { name, language, status: _status, ...content } = JSON.parse(request.body) as Record<string, string>;
    if (name === undefined || language === undefined) return refusal(400, "name and language are required");
    if ([...templates.values()].some((one) => one.name === name && one.language === language))
      return refusal(409, "the name is taken in this language");
    const now = timeline.now;
    const made: WhatsApp = {
      id: chance.uuid(),
      name,
      language,
      content,
      createdAt: now,
      updatedAt: now,
      status: "PENDING",
      wasApproved: false,
      reason: null,
    };
    templates.set(made.id, made);
    log({ by: "run", kind: "WhatsAppTemplate", what: "created", id: made.id, status: "PENDING", request });
    const decision = verdict(ground);
    if (decision?.delayMs === 0) decide(made, decision.isYes);
    else if (decision !== undefined) {
      timeline.after(decision.delayMs / 2, () => {
        if (made.status === "PENDING") made.status = "IN_REVIEW";
      });
      timeline.after(decision.delayMs, () => decide(made, decision.isYes));
    }
    return { status: 201, body: show(made) };
  };

  const change = (request: Arrived, id: string): Reply => {
    const one = templates.get(id);
    if (one === undefined) return refusal(404, "there is no such template");
    const { status } = JSON.parse(request.body) as { status: string };
    const from = status === "DEPRECATED" ? ["APPROVED", "PAUSED", "REJECTED"] : ["DEPRECATED"];
    if (!from.includes(one.status) || (status === "APPROVED" && (!one.wasApproved || !ground.options.reactivates)))
      return refusal(409, `it is ${one.status}`);
    if (status === "DEPRECATED" && !ground.options.deprecates) return refusal(403, "not through the API");
    set(one, status, "run", request);
    return { status: 200, body: show(one) };
  };

  return {
    templates,
    serve(request: Arrived, [id]: readonly string[]): Reply {
      const { method, url } = request;
      if (method === "POST") return create(request);
      if (method === "PUT") return change(request, id as string);
      if (id !== undefined) {
        const found = templates.get(id);
        return found === undefined ? refusal(404, "there is no such template") : { status: 200, body: show(found) };
      }
      if (!ground.options.lists) return refusal(403, "this tenant has no lists");
      const name = url.searchParams.get("name");
      const items = [...templates.values()].filter((one) => name === null || one.name === name);
      return page(request, items.map(show));
    },
    /** A person in CXone's own console. */
    deprecateOne(): void {
      const served = [...templates.values()].filter((one) => one.status === "APPROVED");
      const chosen = served[Math.floor(chance.fraction() * served.length)];
      if (chosen !== undefined) set(chosen, "DEPRECATED", "person");
    },
  };
}

export function openDigital(ground: Ground, log: Log, page: Page) {
  const { timeline, chance } = ground;
  const templates = new Map<string, Digital>();
  const jobs = new Map<string, Job>();
  const keyOf = (id: string, version: string): string => `${id}@${version}`;
  const show = (one: Digital) => ({
    ...one.content,
    templateId: one.templateId,
    version: one.version,
    metadata: { createdBy: "cxform", timestamp: Math.floor(one.at / 1000) },
    status: one.status,
  });

  const create = (request: Arrived): Reply => {
    const { templateId, version, metadata: _metadata, ...content } = JSON.parse(request.body) as Record<string, string>;
    if (templateId === undefined || version === undefined) return refusal(400, "templateId and version are required");
    const key = keyOf(templateId, version);
    const known = templates.get(key);
    if (known !== undefined && JSON.stringify(known.content) !== JSON.stringify(content))
      return refusal(409, "that version exists with other content");
    const job: Job = { id: chance.uuid(), status: "QUEUED" };
    jobs.set(job.id, job);
    const share = (fault: "failedJob" | "failedJobStored"): boolean =>
      !ground.isQuiet && chance.fraction() < (ground.options.faults[fault] ?? 0);
    const fails = share("failedJob");
    const stores = !fails || share("failedJobStored");
    timeline.after(between(ground, 10, 2_000), () => {
      job.status = "RUNNING";
    });
    const isRare = (often: number): boolean => often > 0 && !ground.isQuiet && chance.fraction() < often;
    const lastsMs = between(ground, 2_000, 20_000) * (chance.fraction() < 0.7 ? 0.05 : 1);
    const endsAfterMs = isRare(ground.options.longJobs) ? lastsMs * 1_000 : lastsMs;
    if (isRare(ground.options.lostJobs)) timeline.after(endsAfterMs, () => void jobs.delete(job.id));
    timeline.after(endsAfterMs, () => {
      job.status = fails ? "FAILED" : "COMPLETED";
      if (fails) job.errorMessage = "the job failed";
      const other = templates.get(key);
      if (!stores || other !== undefined) {
        if (other !== undefined && JSON.stringify(other.content) !== JSON.stringify(content)) job.status = "FAILED";
        return;
      }
      templates.set(key, { templateId, version, content, at: timeline.now, status: "ACTIVE" });
      log({ by: "run", kind: "DigitalTemplate", what: "created", id: key, status: "ACTIVE", request });
    });
    return { status: 202, body: { jobId: job.id } };
  };

  return {
    templates,
    serve(request: Arrived, [id, , version]: readonly string[]): Reply {
      if (request.method === "POST") return create(request);
      if (id === undefined)
        return ground.options.lists ? page(request, [...templates.values()].map(show)) : refusal(403, "no lists");
      const found = templates.get(keyOf(id, version ?? ""));
      if (found === undefined) return refusal(404, "there is no such version");
      if (request.method === "PUT") {
        const { status } = JSON.parse(request.body) as { status: string };
        if (status === "DEPRECATED" && !ground.options.deprecates) return refusal(403, "not through the API");
        if (status === "ACTIVE" && !ground.options.reactivates) return refusal(409, "cannot be reactivated");
        const before = found.status;
        found.status = status;
        if (before !== status) {
          const what = status === "DEPRECATED" ? "deprecated" : "reactivated";
          log({ by: "run", kind: "DigitalTemplate", what, id: keyOf(id, version ?? ""), before, status, request });
        }
      }
      return { status: 200, body: show(found) };
    },
    job(id: string): Reply {
      const job = jobs.get(id);
      if (job === undefined) return refusal(404, "there is no such job");
      const { errorMessage } = job;
      return {
        status: 200,
        body: { jobId: id, status: job.status, ...(errorMessage === undefined ? {} : { errorMessage }) },
      };
    },
  };
}
