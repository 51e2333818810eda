import { readFileSync } from 'node:fs';
import { CLIENT_LIMITS } from '@kith/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { welcome } from '../../test/fixtures/wire.js';
import { NonsenseError, parseServerFrame, toServerFrame } from './server-frame.js';

type Json = { readonly [field: string]: unknown } | readonly unknown[];
type Vector = { readonly why: string; readonly frame: { readonly type: string }; readonly text: string };

const vectors = JSON.parse(
  readFileSync(new URL('../../../protocol/vectors/server.json', import.meta.url), 'utf8'),
) as readonly Vector[];

/** What the SDK hands on without looking into it. */
const UNHEEDED = [
  /^ack\.result\./,
  /\.body\./,
  /\.erased$/,
  /^error\.(retry|retryAfterMs)$/,
  /^bye\.reconnect$/,
  /\.scopes/,
];

type Place = { readonly path: string; readonly keys: readonly string[]; readonly value: unknown };

function placesOf(value: unknown, at: Omit<Place, 'value'>): readonly Place[] {
  const here = at.keys.length === 0 ? [] : [{ ...at, value }];
  if (typeof value !== 'object' || value === null) return here;
  const inner = Object.entries(value as Json).flatMap(([key, one]) =>
    placesOf(one, { path: `${at.path}.${key}`, keys: [...at.keys, key] }),
  );
  return [...here, ...inner];
}

function replaced(frame: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(frame) ? [...frame] : { ...(frame as object) }) as { [field: string]: unknown };
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}

/** A value that is never right in the place of the given one. */
function wrongFor(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? 'wrong' : { wrong: true };
}

describe('a frame of the server', () => {
  it.each(vectors)('is taken as it is: $why', ({ frame, text }) => {
    expect(parseServerFrame(text)).toEqual(frame);
  });

  it('is nonsense where anything that the SDK relies on is of another kind', () => {
    const broken = vectors.flatMap(({ frame }) =>
      placesOf(frame, { path: frame.type, keys: [] })
        .filter(({ path, keys }) => keys[0] !== 'type' && !UNHEEDED.some((pattern) => pattern.test(path)))
        .filter(({ path }) => !(frame.type === 'signal' && path === 'signal.name'))
        .map(({ path, keys, value }) => ({ path, frame: replaced(frame, keys, wrongFor(value)) })),
    );
    expect(broken.length).toBeGreaterThan(150);
    for (const { path, frame } of broken) expect(() => toServerFrame(frame), path).toThrow(NonsenseError);
  });

  it('is nonsense where a number is no count', () => {
    const [gap] = vectors.filter(({ frame }) => frame.type === 'gap');
    for (const wrong of [-1, 1.5, 2 ** 53, '1', null]) {
      expect(() => toServerFrame({ ...gap?.frame, head: wrong }), String(wrong)).toThrow(NonsenseError);
    }
  });

  it('[W6] is nothing to heed where its type, or the name of a signal, is not known', () => {
    expect(toServerFrame({ type: 'reaction', anything: [] })).toBeNull();
    expect(toServerFrame({ type: 'signal', name: 'applause' })).toBeNull();
    expect(toServerFrame({ type: 'constructor' })).toBeNull();
  });

  it('[M18] may have fields that this version does not know', () => {
    expect(toServerFrame({ type: 'synced', since: 'c', mood: 1 })).toEqual({ type: 'synced', since: 'c', mood: 1 });
  });

  it('keeps to the limits that it goes by itself where a server names fewer', () => {
    expect(toServerFrame({ ...welcome(), limits: { pending: 3 } })).toMatchObject({
      limits: { ...CLIENT_LIMITS, pending: 3 },
    });
  });

  it('is a frame, nothing or nonsense, whatever comes', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ type: fc.constantFrom(...vectors.map(({ frame }) => frame.type)) })
        .map((frame) => JSON.stringify(frame)),
      fc.tuple(fc.constantFrom(...vectors), fc.jsonValue(), fc.nat()).map(([{ frame }, value, at]) => {
        const places = placesOf(frame, { path: '', keys: [] });
        return JSON.stringify(replaced(frame, places[at % places.length]?.keys ?? [], value));
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const frame = parseServerFrame(text);
          expect(frame === null || typeof frame.type === 'string').toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(NonsenseError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
