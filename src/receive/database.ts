// The receiver's database: one code path of SQL over an embedded file or PostgreSQL, with its tables and migrations. It
// knows no event and no target.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  type Migration,
  Migrator,
  PostgresDialect,
  type SelectQueryBuilder,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  sql,
  type Transaction,
} from "kysely";
import { Failure } from "../base/failure.ts";
import { Bug } from "../base/invariant.ts";

/** What came in. The row stays for good; `body` and `session` only for the retention time. Times are epoch milliseconds. */
export interface EventRow {
  readonly id: string;
  readonly route: string;
  readonly received_at: number;
  /** By the sender's clock, as the signature covers it. */
  readonly sent_at: number;
  readonly body: string | null;
  /** `done`: what the event starts in this process has been started. */
  readonly status: "new" | "done";
  readonly session: string | null;
  /** SHA-256 of the raw body, hex. */
  readonly digest: string;
  /** When it was recorded in the ledger. */
  readonly recorded_at: number | null;
}

/** What goes out. */
export interface DeliveryRow {
  /** Sent with every attempt, so that a target can tell a repetition. */
  readonly id: string;
  readonly target: string;
  /** Deliveries of one key go out in the order of `created_at`, each after the one before it has been settled. */
  readonly order_key: string | null;
  readonly created_at: number;
  /** From when its body is kept, for the retention time; a dead letter that is revived gets another `created_at` and keeps this one. */
  readonly written_at: number;
  readonly body: string | null;
  readonly state: "waiting" | "done" | "dead";
  readonly attempts: number;
  readonly next_at: number;
  readonly last_error: string | null;
  readonly held_by: string | null;
  readonly held_until: number | null;
  /** The resource that it tells of. */
  readonly address: string | null;
  readonly event_id: string | null;
  /** When it became `done` or `dead`. */
  readonly settled_at: number | null;
  readonly recorded_at: number | null;
}

export interface CursorRow {
  readonly name: string;
  readonly value: string;
}

export interface Tables {
  readonly events: EventRow;
  readonly deliveries: DeliveryRow;
  readonly cursors: CursorRow;
}

export type Sql = Kysely<Tables> | Transaction<Tables>;

export interface Database {
  readonly engine: "embedded" | "postgres";
  /** Where it is, without a password. */
  readonly label: string;
  /** Single statements, each by itself. Never within `transaction`, which holds the embedded engine's one connection. Throws StoreUnusable. */
  run<Result>(work: (sql: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Everything or nothing; synced to disk before it resolves. Throws StoreUnusable when the database cannot be reached. */
  transaction<Result>(work: (sql: Transaction<Tables>) => Promise<Result>): Promise<Result>;
  /** The same selection, whose rows are this transaction's alone until it ends; rows that another instance holds are passed over. */
  locked<Table extends keyof Tables, Row>(
    selection: SelectQueryBuilder<Tables, Table, Row>,
  ): SelectQueryBuilder<Tables, Table, Row>;
  close(): Promise<void>;
}

export type DatabasePlace = { readonly file: string } | { readonly url: string };

/** The database cannot be opened, read or written. */
export class StoreUnusable extends Failure {
  readonly code = "CX8026";
}

const waitMs = 5_000;
const connections = 8;
/** PostgreSQL's own number for BIGINT, which `pg` gives as text unless told otherwise. */
const bigintType = 20;

/** Opens it and brings its tables up to date. Throws StoreUnusable. */
export async function openDatabase(place: DatabasePlace): Promise<Database> {
  const isEmbedded = "file" in place;
  const label = isEmbedded ? place.file : nameOf(place.url);
  const guarded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw unusable(label, error);
    }
  };
  const { kysely: opened, close } = await guarded(() =>
    isEmbedded ? share(place.file) : connect(postgres(place.url)),
  );
  return {
    engine: isEmbedded ? "embedded" : "postgres",
    label,
    run: (work) => guarded(() => work(opened)),
    transaction: (work) => guarded(() => opened.transaction().execute(work)),
    locked: (selection) => (isEmbedded ? selection : selection.forUpdate().skipLocked()),
    close,
  };
}

interface Connected {
  readonly kysely: Kysely<Tables>;
  close(): Promise<void>;
}

async function connect(dialect: Promise<Dialect>): Promise<Connected> {
  const kysely = new Kysely<Tables>({ dialect: await dialect });
  try {
    await migrate(kysely);
  } catch (error) {
    await kysely.destroy().catch(() => undefined);
    throw error;
  }
  return { kysely, close: () => kysely.destroy() };
}

/** Files that are open in this thread, with the number of their users. */
const openFiles = new Map<string, { readonly connected: Promise<Connected>; users: number }>();

/**
 * One connection a file and thread. The engine waits for another writer without letting anything else of its thread run, so that two
 * connections of one thread would wait for each other; on one connection, transactions queue up. What another thread writes is waited
 * for likewise (`busy_timeout`), with the whole thread asleep: what holds the only right to write must be short, see `pieces.ts`.
 */
async function share(file: string): Promise<Connected> {
  const path = resolve(file);
  const shared = openFiles.get(path) ?? { connected: connect(embedded(path)), users: 0 };
  openFiles.set(path, shared);
  shared.users += 1;
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    shared.users -= 1;
    if (shared.users > 0) return;
    openFiles.delete(path);
    await (await shared.connected).close();
  };
  try {
    return { kysely: (await shared.connected).kysely, close };
  } catch (error) {
    openFiles.delete(path);
    throw error;
  }
}

/** An address without user, password and query. */
function nameOf(url: string): string {
  if (!URL.canParse(url)) return "the database";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Whatever the engine throws; a typed failure and a mistake of ours stay what they are. */
function unusable(label: string, error: unknown): unknown {
  if (error instanceof Failure || error instanceof Bug || error instanceof TypeError) return error;
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return new StoreUnusable(`the database ${label} cannot be used${typeof code === "string" ? ` (${code})` : ""}`, {
    hint: "Check that it can be reached and written, and the user and password of its address.",
    cause: error,
  });
}

/** Transactions that write at once, and DDL within them: two processes may open one file. */
class EmbeddedDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }
  override createDriver(): SqliteDriver {
    return new EmbeddedDriver(this.#config);
  }
  override createAdapter(): SqliteAdapter {
    return new EmbeddedAdapter();
  }
}

class EmbeddedDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // A deferred transaction that reads first and finds another writer at its first write fails instead of waiting.
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

class EmbeddedAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

async function embedded(file: string): Promise<Dialect> {
  // Lazy: only who opens a file pays for loading the engine.
  const { default: Libsql } = await import("libsql");
  mkdirSync(dirname(file), { recursive: true });
  createPrivate(file);
  const database = new Libsql(file);
  database.pragma(`busy_timeout = ${waitMs}`);
  database.pragma("journal_mode = WAL");
  // Every commit is synced: what was acknowledged survives a power cut.
  database.pragma("synchronous = FULL");
  return new EmbeddedDialect({ database: database as unknown as NonNullable<SqliteDialectConfig["database"]> });
}

/**
 * Makes the file, for its owner alone; the log and the shared memory beside it get its mode. One that is there is not touched: closing
 * any descriptor of a file ends all locks that this process has on it, also the engine's in another thread (POSIX,
 * https://sqlite.org/howtocorrupt.html §2.2, read 2026-11), and another process would take itself for the last one and remove the log.
 */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, "ax", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

async function postgres(url: string): Promise<Dialect> {
  const { Pool, types } = await import("pg").then((module) => module.default);
  const pool = new Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: waitMs,
    query_timeout: 2 * waitMs,
    keepAlive: true,
    application_name: "cxform",
    types: {
      getTypeParser: (type: number, format?: unknown) =>
        type === bigintType ? Number : types.getTypeParser(type, format as "text"),
    },
  });
  // An idle connection that breaks is replaced at the next use; unheard, the error would end the process.
  pool.on("error", () => undefined);
  return new PostgresDialect({
    pool,
    async onCreateConnection(connection) {
      // A server that acknowledges before it syncs would lose what we have acknowledged.
      const durable =
        "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";
      await connection.executeQuery(CompiledQuery.raw(durable));
    },
  });
}

/** By name, in order; one that was released is never changed. TEXT and BIGINT only, which both engines have. */
const migrations: Readonly<Record<string, Migration>> = {
  "0001-events-and-deliveries": {
    async up(schema) {
      await schema.schema
        .createTable("events")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("route", "text", (column) => column.notNull())
        .addColumn("received_at", "bigint", (column) => column.notNull())
        .addColumn("sent_at", "bigint", (column) => column.notNull())
        .addColumn("body", "text")
        .addColumn("status", "text", (column) => column.notNull())
        .addColumn("session", "text")
        .addColumn("digest", "text", (column) => column.notNull())
        .addColumn("recorded_at", "bigint")
        .execute();
      await schema.schema
        .createTable("deliveries")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("target", "text", (column) => column.notNull())
        .addColumn("order_key", "text")
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("body", "text")
        .addColumn("state", "text", (column) => column.notNull())
        .addColumn("attempts", "bigint", (column) => column.notNull())
        .addColumn("next_at", "bigint", (column) => column.notNull())
        .addColumn("last_error", "text")
        .addColumn("held_by", "text")
        .addColumn("held_until", "bigint")
        .addColumn("address", "text")
        .addColumn("event_id", "text")
        .addColumn("settled_at", "bigint")
        .addColumn("recorded_at", "bigint")
        .execute();
      await schema.schema
        .createTable("cursors")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("value", "text", (column) => column.notNull())
        .execute();
      // Not partial by a status: the embedded engine does not use such an index for a status that is a parameter.
      for (const statement of [
        sql`create index events_status on events (status, received_at)`,
        sql`create index events_unrecorded on events (received_at) where recorded_at is null`,
        sql`create index events_received on events (received_at)`,
        sql`create index deliveries_state on deliveries (state, target, created_at, id)`,
        sql`create index deliveries_order on deliveries (order_key, state, created_at)`,
        sql`create index deliveries_unrecorded on deliveries (settled_at) where recorded_at is null`,
        sql`create index deliveries_settled on deliveries (settled_at)`,
      ]) {
        await statement.execute(schema);
      }
    },
  },
  "0002-kept-since": {
    async up(schema) {
      await schema.schema
        .alterTable("deliveries")
        .addColumn("written_at", "bigint", (column) => column.notNull().defaultTo(0))
        .execute();
      for (const statement of [
        sql`update deliveries set written_at = created_at`,
        // Of what may still name a person: rows stay for good, and a sweep must not look at all of them.
        sql`create index events_kept on events (received_at) where (body is not null or session is not null)`,
        sql`create index deliveries_kept on deliveries (written_at) where (body is not null or order_key is not null)`,
        sql`drop index deliveries_settled`,
      ]) {
        await statement.execute(schema);
      }
    },
  },
};

async function migrate(kysely: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
