// Collections of rows in insertion order, written in all-or-nothing turns. It knows no resource; where rows are kept durable
// is the journal's matter.
import type { CollectionName, Rows } from "./rows.ts";

/** One row set, or removed (null). */
export type RowChange = readonly [collection: CollectionName, id: string, row: unknown];

/** Durable memory under a store; see journal.ts. */
export interface Journal {
  /** Calls back with each change that this process has not seen yet; `restart` first when it must forget what it had. */
  follow(apply: (change: RowChange) => void, restart: () => void): void;
  /** Runs `work` while no other process writes. */
  exclusively<T>(work: () => T): T;
  /** Keeps the changes for good before it returns. `everything` is read when the journal decides to begin a new snapshot. */
  append(changes: readonly RowChange[], everything: () => Iterable<RowChange>): void;
}

/** The prefix keeps ids such as `__proto__` and integers ordinary: rows stand in a Map. */
class Collection {
  readonly rows = new Map<string, unknown>();
  #ids: string[] | undefined = [];

  get ids(): readonly string[] {
    this.#ids ??= [...this.rows.keys()];
    return this.#ids;
  }

  set(id: string, row: unknown): void {
    if (row === null) {
      if (this.rows.delete(id)) this.#ids = undefined;
      return;
    }
    if (!this.rows.has(id)) this.#ids?.push(id);
    this.rows.set(id, row);
  }
}

export class Store {
  readonly #journal: Journal | undefined;
  #collections = new Map<CollectionName, Collection>();
  /** Changes of the turn in hand with what they replaced; undefined outside a turn. */
  #turn: { readonly change: RowChange; readonly before: unknown }[] | undefined;

  constructor(journal?: Journal) {
    this.#journal = journal;
    this.#follow();
  }

  get<C extends CollectionName>(name: C, id: string): Rows[C] | undefined {
    return this.#collection(name).rows.get(id) as Rows[C] | undefined;
  }

  /** Ids in the order of their first insertion. */
  ids(name: CollectionName): readonly string[] {
    return this.#collection(name).ids;
  }

  all<C extends CollectionName>(name: C): Iterable<Rows[C]> {
    return this.#collection(name).rows.values() as Iterable<Rows[C]>;
  }

  /** Inside `write` only. */
  put<C extends CollectionName>(name: C, id: string, row: Rows[C]): void {
    this.#change([name, id, row]);
  }

  /** Inside `write` only. */
  remove(name: CollectionName, id: string): void {
    this.#change([name, id, null]);
  }

  /** Runs `work` on what is stored now, also by another process. */
  read<T>(work: () => T): T {
    this.#follow();
    return work();
  }

  /** Runs `work` as one turn: all its changes are durable when this returns, none when it throws. */
  write<T>(work: () => T): T {
    if (this.#turn !== undefined) return work();
    return this.#journal === undefined ? this.#run(work) : this.#journal.exclusively(() => this.#run(work));
  }

  #run<T>(work: () => T): T {
    this.#follow();
    const turn: { readonly change: RowChange; readonly before: unknown }[] = [];
    this.#turn = turn;
    try {
      const result = work();
      if (turn.length > 0) {
        this.#journal?.append(
          turn.map((entry) => entry.change),
          () => this.#everything(),
        );
      }
      return result;
    } catch (error) {
      for (const { change, before } of turn.reverse()) this.#collection(change[0]).set(change[1], before ?? null);
      throw error;
    } finally {
      this.#turn = undefined;
    }
  }

  #change(change: RowChange): void {
    if (this.#turn === undefined) throw new Error("a row was changed outside a turn");
    const collection = this.#collection(change[0]);
    this.#turn.push({ change, before: collection.rows.get(change[1]) });
    collection.set(change[1], change[2]);
  }

  #follow(): void {
    this.#journal?.follow(
      ([name, id, row]) => this.#collection(name).set(id, row),
      () => this.#collections.clear(),
    );
  }

  *#everything(): Iterable<RowChange> {
    for (const [name, collection] of this.#collections) {
      for (const [id, row] of collection.rows) yield [name, id, row];
    }
  }

  #collection(name: CollectionName): Collection {
    let collection = this.#collections.get(name);
    if (collection === undefined) {
      collection = new Collection();
      this.#collections.set(name, collection);
    }
    return collection;
  }
}
