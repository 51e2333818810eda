// Cursors, marks of the change feed and page tokens as text. They come back from clients, so they are parsed here.
// A cursor says: the store, its line, and the oldest transaction that was still open when it was given. Whatever is
// written by that transaction or a later one may be new to its holder; all else was there to be read.
import { ChatError, type Cursor } from '@kith/protocol';

/** The identity of a store, and the count of times that its past was found changed. */
export type StoreLine = { readonly store: string; readonly line: number };

/** A transaction id of 64 bits, well below 2^53 in any life of a server. */
export type Position = StoreLine & { readonly xid: number };

/** Where a listing goes on. */
export type ListingPosition = {
  /** The cursor of its first page. */
  readonly cursor: Position;
  /** The xid that the listing began from, or null for one of everything. */
  readonly since: number | null;
  readonly reset: boolean;
  /** 0 while it walks from the newest on; 1 in what changed meanwhile. */
  readonly phase: 0 | 1;
  /** The last summary of the page before. */
  readonly at: number;
  readonly id: string;
};

const CURSOR = /^([\w-]{22})\.([0-9a-z]{1,8})\.([0-9a-z]{1,10})$/;
const BASE = 36;

export function encodeCursor({ store, line, xid }: Position): Cursor {
  const id = Buffer.from(store.replaceAll('-', ''), 'hex').toString('base64url');
  return `${id}.${line.toString(BASE)}.${xid.toString(BASE)}` as Cursor;
}

/** Null where the text is no cursor. */
export function parseCursor(text: string): Position | null {
  const [, id, line, xid] = CURSOR.exec(text) ?? [];
  if (id === undefined || line === undefined || xid === undefined) return null;
  const hex = Buffer.from(id, 'base64url').toString('hex');
  const store = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { store, line: Number.parseInt(line, BASE), xid: Number.parseInt(xid, BASE) };
}

export function encodePage(position: ListingPosition): string {
  const { cursor, since, reset, phase, at, id } = position;
  const fields = [encodeCursor(cursor), since ?? '', reset ? 1 : 0, phase, at, id];
  return Buffer.from(fields.join('/')).toString('base64url');
}

const PAGE = /^([\w.-]{1,50})\/(\d{0,16})\/([01])\/([01])\/(\d{1,16})\/([0-9a-f-]{36})$/;

/** @throws bad_request */
export function parsePage(text: string): ListingPosition {
  const match = PAGE.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const cursor = parseCursor(match?.[1] ?? '');
  if (!match || !cursor) throw new ChatError('bad_request', 'this is no cursor of a page');
  const [, , since, reset, phase, at, id = ''] = match;
  return {
    cursor,
    since: since === '' ? null : Number(since),
    reset: reset === '1',
    phase: phase === '1' ? 1 : 0,
    at: Number(at),
    id,
  };
}
