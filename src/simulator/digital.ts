// Digital channel templates (CXONE-API §4): versions that never change, persisted by jobs that take their time.
import { type Answer, type Call, invalid, ok, refusal } from "./answer.ts";
import { digestOf } from "./chance.ts";
import type { Endpoint, Ground } from "./ground.ts";
import { answerPage } from "./paging.ts";
import type { DigitalRow, JobRow } from "./rows.ts";
import { type JsonObject, Shape } from "./shape.ts";

const PATH = "/api/v1/interactions/digital/templates";
const VERSION_PATH = `${PATH}/:templateId/versions/:version`;
const READ = ["interactions.digital.templates.read"];
const WRITE = ["interactions.digital.templates.write"];
/** Later than this in seconds (the year 5138) is a time in milliseconds. */
const LATEST_EPOCH_SECONDS = 1e11;

/** One version as it is submitted. */
export type DigitalContent = Omit<DigitalRow, "status" | "visibleAt">;

export const digitalEndpoints: readonly Endpoint[] = [
  { method: "POST", path: PATH, scopes: WRITE, answer: submit },
  { method: "GET", path: PATH, scopes: READ, isList: true, answer: list },
  { method: "GET", path: VERSION_PATH, scopes: READ, answer: read },
  { method: "PUT", path: VERSION_PATH, scopes: WRITE, answer: setStatus },
  { method: "GET", path: "/api/v1/jobs/:jobId", scopes: [...READ, ...WRITE], answer: readJob },
];

/** The key of a version among all versions of all templates. */
export function versionId(templateId: string, version: string): string {
  return `${templateId} ${version}`;
}

/** A version as CXone shows it. */
export function showDigital(row: DigitalRow): JsonObject {
  const { templateId, version, channels, locale, contentBlocks, variables, metadata, status } = row;
  return { templateId, version, channels, locale, contentBlocks, variables, metadata, status };
}

/** Who wrote a version and when is no part of its content. */
function contentDigest({ channels, locale, contentBlocks, variables }: DigitalContent): string {
  return digestOf(JSON.stringify([channels, locale, contentBlocks, variables]));
}

/** Whether a job has persisted the version by a time. */
export function isVisible(row: DigitalRow, at: number): boolean {
  return row.visibleAt !== null && row.visibleAt <= at;
}

function submit(call: Call, ground: Ground): Answer {
  const shape = new Shape(call.body);
  const content = readContent(shape);
  if (shape.errors.length > 0) return invalid(shape.errors);
  const id = versionId(content.templateId, content.version);
  const held = ground.store.get("digital", id);
  if (held !== undefined && contentDigest(held) !== contentDigest(content)) {
    const message = `${content.templateId} ${content.version} exists with other content`;
    return refusal(409, message, [{ field: "/version", message: "exists with other content" }]);
  }
  const job = startJob(content, id, call, ground);
  if (held === undefined && (job.failure === null || isPersisted(call))) {
    ground.store.put("digital", id, { ...content, status: "ACTIVE", visibleAt: job.endsAt });
  }
  ground.store.put("jobs", job.jobId, job);
  return ok(202, { jobId: job.jobId });
}

function startJob(content: DigitalContent, id: string, call: Call, ground: Ground): JobRow {
  const subject = {
    kind: "DigitalTemplate",
    name: content.templateId,
    language: content.locale,
    contentDigest: contentDigest(content),
  } as const;
  const rule = ground.reviewer.ruleFor(subject);
  const lastsMs = rule?.afterMs ?? ground.settings.jobMs;
  const isFaulty = call.fault?.kind === "jobFails";
  return {
    jobId: ground.newId(),
    versionId: id,
    runsAt: call.at + Math.floor(lastsMs / 3),
    endsAt: rule?.decision === "never" ? null : call.at + lastsMs,
    failure: isFaulty
      ? "the format could not be verified"
      : rule?.decision === "reject"
        ? (rule.reason ?? "the schema could not be compiled")
        : null,
  };
}

/** A job may fail after its work was done: FAILED is no proof that nothing happened (RELIABILITY S7). */
function isPersisted(call: Call): boolean {
  return call.fault?.kind === "jobFails" && call.fault.persisted === true;
}

function readContent(shape: Shape): DigitalContent {
  const content: DigitalContent = {
    templateId: shape.text("templateId", { max: 255 }),
    version: shape.text("version", {
      form: /^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$/,
      formInWords: "v<major>.<minor>, such as v2.3",
    }),
    channels: shape.texts("channels", { min: 1 }),
    locale: shape.text("locale", { max: 100 }),
    contentBlocks: shape.list("contentBlocks", { min: 1 }),
    variables: shape.texts("variables"),
    metadata: shape.object("metadata"),
  };
  if (content.locale !== "" && !isLocale(content.locale)) shape.fail("locale", "is no well-formed language tag");
  checkBlocks(shape, content.contentBlocks);
  const metadata = new Shape(content.metadata, "/metadata");
  metadata.text("createdBy");
  const timestamp = metadata.number("timestamp", 0);
  if (timestamp > LATEST_EPOCH_SECONDS) metadata.fail("timestamp", "must be in epoch seconds, not milliseconds");
  if (shape.has("metadata")) shape.errors.push(...metadata.errors);
  return content;
}

function checkBlocks(shape: Shape, blocks: readonly unknown[]): void {
  const seen = new Set<string>();
  blocks.forEach((block, index) => {
    const inner = new Shape(block, `/contentBlocks/${index}`);
    const id = inner.text("id");
    if (seen.has(id)) inner.fail("id", "is repeated");
    seen.add(id);
    inner.choice("type", ["text"]);
    inner.text("content");
    shape.errors.push(...inner.errors);
  });
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function list(call: Call, ground: Ground): Answer {
  const rowOf = (id: string): DigitalRow => ground.store.get("digital", id) as DigitalRow;
  const ids = ground.store.ids("digital").filter((id) => isVisible(rowOf(id), call.at));
  return answerPage(call, ids, (id) => showDigital(rowOf(id)));
}

function find(call: Call, ground: Ground): DigitalRow | undefined {
  const { templateId = "", version = "" } = call.parameters;
  const row = ground.store.get("digital", versionId(templateId, version));
  return row !== undefined && isVisible(row, call.at) ? row : undefined;
}

function read(call: Call, ground: Ground): Answer {
  const row = find(call, ground);
  return row === undefined ? refusal(404, "there is no such version") : ok(200, showDigital(row));
}

function setStatus(call: Call, ground: Ground): Answer {
  const row = find(call, ground);
  if (row === undefined) return refusal(404, "there is no such version");
  const shape = new Shape(call.body);
  const status = shape.choice("status", ["DEPRECATED", "ACTIVE"]);
  if (shape.errors.length > 0) return invalid(shape.errors);
  const { capabilities } = ground.settings;
  const can = status === "DEPRECATED" ? capabilities.deprecate : capabilities.reactivate;
  if (!can) return refusal(405, `this tenant cannot set the status ${status}`);
  const changed = { ...row, status };
  ground.store.put("digital", versionId(row.templateId, row.version), changed);
  return ok(200, showDigital(changed));
}

function readJob(call: Call, ground: Ground): Answer {
  const job = ground.store.get("jobs", call.parameters["jobId"] ?? "");
  if (job === undefined) return refusal(404, "there is no such job");
  const { jobId, failure } = job;
  if (call.at < job.runsAt) return ok(200, { jobId, status: "QUEUED" });
  if (job.endsAt === null || call.at < job.endsAt) return ok(200, { jobId, status: "RUNNING" });
  if (failure === null) return ok(200, { jobId, status: "COMPLETED" });
  const errors = [{ field: "/contentBlocks", message: failure }];
  return ok(200, { jobId, status: "FAILED", errorMessage: failure, errors });
}
