// A compact memory of keys: 16 bytes a slot, so that a million records can be told apart without standing in memory.
import { hash } from "node:crypto";

const slotWords = 4;

/** Open addressing over the first 96 bits of SHA-1; two of a million keys fall together with a chance of about 10^-17. */
export class SeenKeys {
  #words = new Uint32Array(1024 * slotWords);
  #count = 0;

  has(key: string): boolean {
    return this.#words[this.#slotOf(key).at + 3] !== 0;
  }

  /** Stores a number from 1 to 2^32 - 1 for a key unless it has one; answers what was stored before, 0 for nothing. */
  add(key: string, value: number): number {
    if (this.#count * 2 >= this.#words.length / slotWords) this.#grow();
    const { at, words } = this.#slotOf(key);
    const before = this.#words[at + 3] as number;
    if (before === 0) {
      this.#words.set([...words, value], at);
      this.#count++;
    }
    return before;
  }

  #slotOf(key: string): { readonly at: number; readonly words: readonly [number, number, number] } {
    const bytes = hash("sha1", key, "buffer");
    const words = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)] as const;
    return { at: findSlot(this.#words, ...words), words };
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += slotWords) {
      if (old[at + 3] === 0) continue;
      const [first, second, third] = [old[at] as number, old[at + 1] as number, old[at + 2] as number];
      this.#words.set(old.subarray(at, at + slotWords), findSlot(this.#words, first, second, third));
    }
  }
}

/** The word at which the key's slot begins: its own, or the free one that it may take. */
function findSlot(words: Uint32Array, first: number, second: number, third: number): number {
  const slots = words.length / slotWords;
  for (let slot = first & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
    const at = slot * slotWords;
    if (words[at + 3] === 0) return at;
    if (words[at] === first && words[at + 1] === second && words[at + 2] === third) return at;
  }
}
