// Every item of a paged list, or a failure; never a part of a list. Knows neither requests nor families.
import type { Json, JsonObject } from "../contract/json.ts";
import { isObject } from "./foreign.ts";

/** The most that CXone gives at once (CXONE-API §3). */
export const pageSize = 100;
const mostPages = 10_000;
const mostPasses = 3;
const pagesAtOnce = 4;

export interface PageSource {
  /** The body of one page, from 1. */
  read(page: number): Promise<Json | undefined>;
  idOf(item: JsonObject): string;
  /** The failure for an answer of another shape; `what` completes "the list …". */
  unexpected(what: string): Error;
}

interface Page {
  readonly items: readonly JsonObject[];
  readonly pageSize: number;
  readonly total: number;
}

/** Reads page by page; the whole list again only when totals and unique ids disagree, since then pages shifted meanwhile (RELIABILITY §2.3 S2). */
export async function readPages(source: PageSource): Promise<readonly JsonObject[]> {
  for (let pass = 1; pass <= mostPasses; pass += 1) {
    const pages = await readOnce(source);
    const items = pages.flatMap((page) => page.items);
    const ids = new Set(items.map((item, index) => idOf(item, index, source)));
    if (ids.size === items.length && pages.every((page) => page.total === items.length)) return items;
  }
  throw source.unexpected(`kept changing: its totals and items disagreed in ${mostPasses} passes`);
}

async function readOnce(source: PageSource): Promise<readonly Page[]> {
  const first = check(await source.read(1), 1, undefined, source);
  const count = Math.max(1, Math.ceil(first.total / first.pageSize));
  if (count > mostPages) throw source.unexpected(`has a /total of ${first.total}; at most ${mostPages} pages are read`);
  const pages: Page[] = [first];
  let next = 2;
  let hasFailed = false;
  const reader = async (): Promise<void> => {
    while (next <= count && !hasFailed) {
      const number = next++;
      try {
        pages[number - 1] = check(await source.read(number), number, first.pageSize, source);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(pagesAtOnce, count - 1) }, reader));
  return pages;
}

function check(body: Json | undefined, number: number, sizeSoFar: number | undefined, source: PageSource): Page {
  if (!isObject(body)) throw source.unexpected("is not an object");
  const { items, page, pageSize: size, total } = body;
  if (!Array.isArray(items)) throw source.unexpected("has no array /items");
  if (page !== number) throw source.unexpected(`has no /page of ${number}, the page that was asked for`);
  if (!isCount(size) || size < 1 || size > pageSize) throw source.unexpected(`has no /pageSize from 1 to ${pageSize}`);
  if (sizeSoFar !== undefined && size !== sizeSoFar) throw source.unexpected("changes its /pageSize between pages");
  if (!isCount(total)) throw source.unexpected("has no whole number /total");
  if (items.length > size) throw source.unexpected(`has ${items.length} /items on a page of ${size}`);
  const objects = items.map((item: Json, index): JsonObject => {
    if (!isObject(item)) throw source.unexpected(`has no object at /items/${index}`);
    return item;
  });
  return { items: objects, pageSize: size, total };
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function idOf(item: JsonObject, index: number, source: PageSource): string {
  const id: unknown = source.idOf(item);
  if (typeof id !== "string" || id === "") throw source.unexpected(`has an item without an id at /items/${index}`);
  return id;
}
