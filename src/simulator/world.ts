// What CXone holds, for tests to read, and what a person at its console or a recipient of messages does to it. It speaks no
// HTTP.
import { a2pStanding, forceA2p, showA2p } from "./a2p.ts";
import { iso } from "./answer.ts";
import { type DigitalContent, isVisible, showDigital, versionId } from "./digital.ts";
import { endGuest, showGuest } from "./engage.ts";
import type { Ground } from "./ground.ts";
import { forceWhatsApp, showWhatsApp, submitWhatsApp, type WhatsAppContent } from "./omnichannel.ts";
import { type PreferenceRecord, preferenceKey, settleRecord } from "./preferences.ts";
import type { A2pRow, CollectionName, PreferenceRow, Rows, SmsRow, WhatsAppRow } from "./rows.ts";
import type { JsonObject } from "./shape.ts";
import { changeSms, createSms, type SmsContent, showSms } from "./sms.ts";
import { showSubscription } from "./subscriptions.ts";

/** What tests look at; keys, events and counters are the simulator's own. */
export type ShownCollection = Exclude<CollectionName, "keys" | "events" | "counters" | "jobs">;

const SMS_STATUSES = ["DRAFT", "APPROVED", "REJECTED", "DEPRECATED"] as const;

export interface World {
  /** Everything of a collection as CXone shows it now, in the order of creation. */
  list(name: ShownCollection): readonly JsonObject[];
  /** One object as CXone shows it now. The id of a digital version is `<templateId> <version>`. */
  get(name: ShownCollection, id: string): JsonObject | undefined;
  preference(contactId: string, channel: string): PreferenceRow | undefined;
  /** Changes stored fields as a person at the console does. Throws when there is no such object. */
  edit<C extends ShownCollection>(name: C, id: string, patch: Partial<Rows[C]>): void;
  /** Deletes an object at the console. */
  remove(name: ShownCollection, id: string): void;
  /** Sets the status of a WhatsApp or SMS template or a registration, whatever the reviewer thought, and tells of it. */
  decide(id: string, status: string, reason?: string | null): void;
  /** Submits a WhatsApp template at the console; answers its id. */
  createTemplate(content: Pick<WhatsAppContent, "name" | "language" | "body"> & Partial<WhatsAppContent>): string;
  createSmsTemplate(content: SmsContent, status?: "DRAFT" | "APPROVED"): string;
  createDigitalVersion(content: DigitalContent): string;
  /** A recipient answers STOP: an opt-out from that time on, default now. */
  textStop(contactId: string, channel: string, at?: number): void;
  /** Stores a consent record by timestamp-wins, as another source does. */
  record(record: PreferenceRecord): void;
  endSession(sessionId: string): void;
}

export function createWorld(ground: Ground, tick: () => void): World {
  const { store } = ground;
  const now = (): number => ground.settings.now();
  const act = <T>(work: () => T): T => {
    const result = store.write(work);
    tick();
    return result;
  };
  const record = (sent: PreferenceRecord): void => {
    act(() => settleRecord(sent, now(), ground));
  };
  return {
    list: (name) =>
      store.read(() =>
        store.ids(name).flatMap((id) => {
          const shown = show(ground, name, id, now());
          return shown === undefined ? [] : [shown];
        }),
      ),
    get: (name, id) => store.read(() => show(ground, name, id, now())),
    preference: (contactId, channel) => store.read(() => store.get("preferences", preferenceKey(contactId, channel))),
    edit: (name, id, patch) => act(() => edit(ground, name, id, patch, now())),
    remove: (name, id) => act(() => store.remove(name, id)),
    decide: (id, status, reason = null) => act(() => decide(ground, id, status, reason, now())),
    createTemplate: (content) => act(() => submitWhatsApp({ ...BLANK_TEMPLATE, ...content }, now(), ground).id),
    createSmsTemplate: (content, status = "DRAFT") =>
      act(() => {
        const row = createSms(content, now(), ground);
        if (status === "APPROVED") changeSms(row, { status }, now(), ground);
        return row.id;
      }),
    createDigitalVersion: (content) =>
      act(() => {
        const id = versionId(content.templateId, content.version);
        store.put("digital", id, { ...content, status: "ACTIVE", visibleAt: now() });
        return id;
      }),
    record,
    textStop: (contactId, channel, at = now()) => record(stopRecord(ground, contactId, channel, at)),
    endSession: (sessionId) =>
      act(() => {
        const row = store.get("guests", sessionId);
        if (row === undefined) throw new Error("there is no such session");
        endGuest(row, now(), ground);
      }),
  };
}

const BLANK_TEMPLATE = { category: null, header: null, footer: null, buttons: [], examples: {} } as const;

const SHOW: { readonly [C in ShownCollection]: (row: Rows[C], at: number) => JsonObject | undefined } = {
  whatsapp: showWhatsApp,
  digital: (row, at) => (isVisible(row, at) ? showDigital(row) : undefined),
  sms: showSms,
  a2p: showA2p,
  subscriptions: showSubscription,
  audit: (row) => row.record,
  guests: showGuest,
  preferences: (row) => ({ ...row }),
};

function show<C extends ShownCollection>(ground: Ground, name: C, id: string, at: number): JsonObject | undefined {
  const row = ground.store.get(name, id);
  return row === undefined ? undefined : SHOW[name](row, at);
}

function edit<C extends ShownCollection>(
  ground: Ground,
  name: C,
  id: string,
  patch: Partial<Rows[C]>,
  at: number,
): void {
  const row = ground.store.get(name, id);
  if (row === undefined) throw new Error(`there is no ${name} ${id}`);
  if (name === "sms") changeSms(row as SmsRow, patch as Partial<SmsRow>, at, ground);
  else if (name === "whatsapp") {
    ground.store.put("whatsapp", id, { ...(row as WhatsAppRow), ...(patch as Partial<WhatsAppRow>), editedAt: at });
  } else ground.store.put(name, id, { ...row, ...patch });
}

function decide(ground: Ground, id: string, status: string, reason: string | null, at: number): void {
  const template = ground.store.get("whatsapp", id);
  if (template !== undefined) {
    forceWhatsApp(template, { status, reason, at, isTold: true }, ground);
    return;
  }
  const sms = ground.store.get("sms", id);
  if (sms !== undefined) {
    const known = SMS_STATUSES.find((candidate) => candidate === status);
    if (known === undefined) throw new Error(`${status} is no status of an SMS template`);
    changeSms(sms, { status: known, verdict: null, reason }, at, ground);
    return;
  }
  const registration: A2pRow | undefined = ground.store.get("a2p", id);
  if (registration === undefined) throw new Error("there is nothing of that id to decide");
  if (a2pStanding(registration, at).status !== status) forceA2p(registration, status, reason, at, ground);
}

function stopRecord(ground: Ground, contactId: string, channel: string, at: number): PreferenceRecord {
  const stored = ground.store.get("preferences", preferenceKey(contactId, channel));
  return {
    contactId,
    channel,
    optIn: false,
    consentTimestamp: stored?.consentTimestamp ?? null,
    withdrawalTimestamp: iso(at),
    regulatoryRegion: stored?.regulatoryRegion ?? "NONE",
    source: "STOP",
    idempotencyKey: ground.chance.uuid(`stop ${contactId} ${channel} ${at}`),
  };
}
