import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  amend,
  CLOSE_CODES,
  COMMAND_NAMES,
  type ConversationState,
  ENTRY_BODIES,
  type Entry,
  emptyState,
  encodeEntry,
  encodeFrame,
  FrameError,
  fold,
  LIMITS,
  parseClientFrame,
  parseServerFrame,
  type ServerFrame,
  SIGNALS,
  type TimelineItem,
} from './index.js';

/** Text in parts, so that a long or an unspeakable one can be written down. */
type Part =
  | string
  | { readonly repeat: string; readonly times: number; readonly then?: string }
  | { readonly codeUnit: number };

function spell(part: Part): string {
  if (typeof part === 'string') return part;
  return 'codeUnit' in part ? String.fromCharCode(part.codeUnit) : part.repeat.repeat(part.times) + (part.then ?? '');
}

function load<Row>(name: string): readonly Row[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as Row[];
}

type Accepted = { readonly why: string; readonly text: readonly Part[]; readonly parsed: unknown };
type Refused = { readonly why: string; readonly text: readonly Part[]; readonly id: number; readonly code: string };
type Closed = { readonly why: string; readonly text: readonly Part[] };
type Server = { readonly why: string; readonly frame: ServerFrame; readonly text: string };
type Folded = {
  readonly why: string;
  readonly entries: readonly Entry[];
  readonly state: Omit<ConversationState, 'members'> & { readonly members: object };
};

const accepted = load<Accepted>('client-accepted.json');
const closed = load<Closed>('client-closed.json');
const server = load<Server>('server.json');

/** A vector's expectation with its long texts spelled out. */
function spelledOut(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null) return inner;
    if ('parts' in inner) return (inner.parts as readonly string[]).join('');
    return 'repeat' in inner ? spell(inner as Part) : inner;
  });
}

describe('frames of a client that are taken', () => {
  test.each(accepted)('[W3] $why', ({ text, parsed }) => {
    expect(parseClientFrame(text.map(spell).join(''))).toStrictEqual(spelledOut(parsed));
  });

  test('there is one for every command and every signal', () => {
    const said = accepted.map(({ text }) => parseClientFrame(text.map(spell).join('')));
    const commands = said.flatMap((frame) => (frame?.type === 'command' ? [frame.name] : []));
    const signals = said.flatMap((frame) => (frame?.type === 'signal' ? [frame.signal.name] : []));
    expect(new Set(commands)).toEqual(new Set(COMMAND_NAMES));
    expect(new Set(signals)).toEqual(new Set(Object.keys(SIGNALS)));
  });
});

describe('commands that are refused with a code', () => {
  test.each(load<Refused>('client-refused.json'))('[W6] $why: $code', ({ text, id, code }) => {
    const frame = parseClientFrame(text.map(spell).join(''));
    expect(frame).toMatchObject({ type: 'refused', id, error: { code } });
  });
});

describe('texts that are no frame', () => {
  test.each(closed)(`[W4] $why closes with ${CLOSE_CODES.bad_frame}`, ({ text }) => {
    expect(() => parseClientFrame(text.map(spell).join(''))).toThrow(FrameError);
  });

  test('[W4] the reason given never holds what was sent', () => {
    const secret = 'secret-of-ann';
    for (const text of [
      secret,
      `{"type":"hello","token":${secret}}`,
      `{"type":"signal","name":"typing","x":"${secret}"}`,
    ]) {
      expect(() => parseClientFrame(text)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining(secret) }),
      );
    }
  });
});

describe('frames of the server', () => {
  test.each(server)('[W3] $why', ({ frame, text }) => {
    expect(encodeFrame(frame)).toBe(text);
    expect(parseServerFrame(text)).toEqual(frame);
    if (frame.type === 'entry') {
      const { type: _, ...entry } = frame;
      expect(encodeEntry(entry)).toBe(text);
    }
  });

  test('there is one of every type', () => {
    const types: { readonly [type in ServerFrame['type']]: true } = {
      welcome: true,
      ack: true,
      error: true,
      entry: true,
      gap: true,
      conversation: true,
      synced: true,
      signal: true,
      pong: true,
      bye: true,
    };
    expect(new Set(server.map(({ frame }) => frame.type))).toEqual(new Set(Object.keys(types)));
  });

  test('[M17] welcome carries every limit', () => {
    const welcome = server.flatMap(({ frame }) => (frame.type === 'welcome' ? [frame.limits] : []));
    expect(welcome).toEqual([LIMITS]);
  });

  test('[U1] a setting as deep as a command may be can be read by a client wherever the server nests it', () => {
    const depth = LIMITS.depth - 2;
    const value: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    const text = JSON.stringify({ type: 'welcome', conversations: [{ last: { body: { name: 'a', value } } }] });
    expect(parseServerFrame(text)).toMatchObject({ type: 'welcome' });
  });

  test.each(['', 'null', '[]', '{}', '{"type":1}', '{'])('%j is no frame of a server', (text) => {
    expect(() => parseServerFrame(text)).toThrow(FrameError);
  });
});

describe('entries that make a state', () => {
  const vectors = load<Folded>('fold.json');

  test.each(vectors)('[B1] $why', ({ entries, state }) => {
    const folded = entries.reduce(fold, emptyState(1));
    expect({ ...folded, members: Object.fromEntries(folded.members) }).toEqual(state);
  });

  test('there is one for every kind of entry', () => {
    const kinds = new Set(vectors.flatMap(({ entries }) => entries.map(({ kind }) => kind)));
    for (const kind of Object.keys(ENTRY_BODIES)) expect(kinds).toContain(kind);
  });
});

type Amended = {
  readonly why: string;
  /** Whose view it is. */
  readonly reader: string;
  readonly item: TimelineItem;
  readonly entries: readonly Entry[];
  readonly after: TimelineItem;
};

describe('entries that change a message', () => {
  test.each(load<Amended>('amend.json'))('[D5] [R5] $why', ({ reader, item, entries, after }) => {
    const before = structuredClone(item);
    expect(entries.reduce<TimelineItem>((one, entry) => amend(one, entry, reader), item)).toEqual(after);
    expect(item).toEqual(before);
  });
});
