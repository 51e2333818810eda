import { expect, test } from 'vitest';
import { encodeCursor, encodePage, type ListingPosition, parseCursor, parsePage } from './cursors.js';

const POSITION = { store: '0192f1aa-9d3c-7e44-8f00-0123456789ab', line: 3, xid: 5_000_000_000 };

test('a cursor comes back as it was given, and is short', () => {
  expect(parseCursor(encodeCursor(POSITION))).toEqual(POSITION);
  expect(encodeCursor(POSITION).length).toBeLessThan(40);
});

test('what is no cursor is none', () => {
  const good = encodeCursor(POSITION);
  for (const bad of [
    '',
    '0',
    'nonsense',
    `${good}.1`,
    good.slice(1),
    good.toUpperCase(),
    `${good}\n`,
    '🦉'.repeat(22),
  ]) {
    expect(parseCursor(bad)).toBeNull();
  }
});

const LISTING: ListingPosition = { cursor: POSITION, since: null, reset: true, phase: 0, at: 17, id: POSITION.store };

test('a page comes back as it was given', () => {
  for (const page of [LISTING, { ...LISTING, since: 12, reset: false, phase: 1 } as const]) {
    expect(parsePage(encodePage(page))).toEqual(page);
  }
});

test('what is no page is bad_request', () => {
  const good = encodePage(LISTING);
  const forged = Buffer.from('a/b/c').toString('base64url');
  for (const bad of ['', 'nonsense', good.slice(4), `${good}AAAA`, forged]) {
    expect(() => parsePage(bad)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  }
});
