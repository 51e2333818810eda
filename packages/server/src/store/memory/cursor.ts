// Cursors, marks and page tokens of the memory store as text: the store's identity and the number of a change. They come
// back from clients, so they are parsed here, and what is not ours is null.
import { ChatError, type Cursor } from '@kith/protocol';
import type { MemoryStore } from './store.js';

/** Where a listing stands. Numbers are changes of the store. */
export type PagePosition = {
  readonly asOf: number;
  /** What the listing was asked to begin from, or null for everything. */
  readonly since: number | null;
  readonly reset: boolean;
  /** The last summary of the page before. */
  readonly after: { readonly updatedAt: number; readonly id: string };
};

const CURSOR = /^([0-9a-f-]{36})\.(\d{1,15})$/;

export function cursorAt(store: MemoryStore, change: number): Cursor {
  return `${store.id}.${change}` as Cursor;
}

/** The change that a cursor stands for; null where it is no cursor or one of another store. */
export function parseCursor(store: MemoryStore, text: string): number | null {
  const [, id, digits] = CURSOR.exec(text) ?? [];
  const change = Number(digits);
  return id === store.id && change <= store.change ? change : null;
}

export function encodePage(store: MemoryStore, position: PagePosition): string {
  const { asOf, since, reset, after } = position;
  const fields = [store.id, asOf, since ?? '', reset ? 1 : 0, after.updatedAt, after.id];
  return fields.join('/');
}

const PAGE = /^([0-9a-f-]{36})\/(\d{1,15})\/(\d{0,15})\/([01])\/(\d{1,16})\/([0-9a-f-]{36})$/;

/**
 * @returns null for a page of another store
 * @throws bad_request
 */
export function parsePage(store: MemoryStore, text: string): PagePosition | null {
  const match = PAGE.exec(text);
  if (!match) throw new ChatError('bad_request', 'this is no cursor of a page');
  const [, owner, asOf, since, reset, updatedAt, id = ''] = match;
  if (owner !== store.id) return null;
  return {
    asOf: Number(asOf),
    since: since === '' ? null : Number(since),
    reset: reset === '1',
    after: { updatedAt: Number(updatedAt), id },
  };
}
