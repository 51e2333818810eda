import { describe, expect, it } from 'vitest';
import { connect, hello, isHello, readConnect, readPlace, readToFrame, readToHost, type Settings } from './contract.js';

const ID = '01234567-89ab-7def-8123-456789abcdef';
const SETTINGS: Settings = {
  language: 'de',
  theme: 'dark',
  place: { kind: 'person', username: 'ada' },
  isPanel: true,
  isShown: false,
};
/** What a page of somebody else's may send, and no message of the contract. */
const HOSTILE = [
  ...[
    null,
    undefined,
    0,
    'close',
    [],
    {},
    () => {},
    new Map([['type', 'close']]),
    { type: 'close ' },
    { type: ['close'] },
  ],
  ...[{ type: '__proto__' }, { type: 'constructor' }, Object.create({}), { kith: 'hello' }, { kith: 'connect' }],
];

describe('the greeting', () => {
  it('is understood as it was said, and by its own side alone', () => {
    expect([isHello(hello()), readConnect(connect(SETTINGS))]).toEqual([true, SETTINGS]);
    expect([isHello(connect(SETTINGS)), readConnect(hello())]).toEqual([false, null]);
    for (const said of HOSTILE) expect([isHello(said), readConnect(said)]).toEqual([false, null]);
  });

  it('of another version is none', () => {
    expect(isHello({ ...hello(), contract: 2 })).toBe(false);
    expect(readConnect({ ...connect(SETTINGS), contract: '1' })).toBeNull();
  });

  it('takes settings of another form for none', () => {
    const settings = { language: 'x'.repeat(36), theme: 'url(//evil)', place: 'ada', isPanel: 1, isShown: 'yes' };
    expect(readConnect({ ...connect(SETTINGS), settings })).toEqual({
      language: null,
      theme: 'system',
      place: null,
      isPanel: false,
      isShown: false,
    });
    expect(readConnect({ ...connect(SETTINGS), settings: null })).toBeNull();
  });
});

describe('a place', () => {
  it('is a conversation by its id, or a person by their username', () => {
    expect(readPlace({ kind: 'conversation', id: ID.toUpperCase() })).toEqual({ kind: 'conversation', id: ID });
    expect(readPlace({ kind: 'person', username: 'Ada.B-1' })).toEqual({ kind: 'person', username: 'Ada.B-1' });
  });

  it('is nothing else', () => {
    for (const id of ['', `${ID}/1`, ` ${ID}`, `${ID}\n`, '../join', 7])
      expect(readPlace({ kind: 'conversation', id })).toBeNull();
    for (const username of ['', '.ada', 'a b', 'a'.repeat(33), '<b>', null])
      expect(readPlace({ kind: 'person', username })).toBeNull();
    expect(readPlace({ kind: 'page', id: ID, username: 'ada' })).toBeNull();
  });
});

describe('a message', () => {
  it('to the frame is read as it was written', () => {
    for (const said of [
      { type: 'token', id: 1, token: 'a.b.c' },
      { type: 'token', id: 2, token: null },
      { type: 'shown', isShown: true },
      { type: 'place', place: { kind: 'conversation', id: ID } },
      { type: 'close' },
    ])
      expect(readToFrame(said)).toEqual(said);
  });

  it('to the page is read as it was written', () => {
    for (const said of [
      { type: 'ask', id: 1 },
      { type: 'state', unread: 3, words: 'Chat, 3 unread messages', title: 'Chat' },
      { type: 'leave' },
      { type: 'closed' },
    ])
      expect(readToHost(said)).toEqual(said);
  });

  it('of the other side, or of another form, is none', () => {
    for (const said of [...HOSTILE, { type: 'ask', id: 1 }, { type: 'leave' }]) expect(readToFrame(said)).toBeNull();
    for (const said of [...HOSTILE, { type: 'close' }, { type: 'token', id: 1, token: 'a' }])
      expect(readToHost(said)).toBeNull();
    for (const id of [-1, 0.5, Number.NaN, '1', 2 ** 60]) {
      expect(readToFrame({ type: 'token', id, token: 'a' })).toBeNull();
      expect(readToHost({ type: 'ask', id })).toBeNull();
    }
    const state = { type: 'state', unread: 1, words: 'w', title: 't' };
    for (const wrong of [{ unread: -1 }, { words: 'w'.repeat(301) }, { title: { toString: () => 't' } }])
      expect(readToHost({ ...state, ...wrong })).toBeNull();
  });

  it('has no more of a token than one may have', () => {
    expect(readToFrame({ type: 'token', id: 1, token: 'a'.repeat(4_096) })).toMatchObject({ token: 'a'.repeat(4_096) });
    for (const token of ['a'.repeat(4_097), '', 5, {}])
      expect(readToFrame({ type: 'token', id: 1, token })).toEqual({ type: 'token', id: 1, token: null });
  });

  it('is read without what else was in it', () => {
    expect(readToHost({ type: 'leave', to: 'https://evil.example' })).toEqual({ type: 'leave' });
    expect(readToFrame({ type: 'place', place: { kind: 'person', username: 'ada', id: ID }, more: 1 })).toEqual({
      type: 'place',
      place: { kind: 'person', username: 'ada' },
    });
  });
});
