// What each release has put on the wire is read today: its golden frames, from both sides, and what its entries come to. A client
// of then goes on with a server of now, and the other way round (law 8). `compat/` is written when a release is made.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Entry, emptyState, fold, parseClientFrame, parseServerFrame } from './index.js';

const RELEASES = new URL('../../../compat/', import.meta.url);

type Part = string | { readonly repeat: string; readonly times: number; readonly then?: string };

function load<Row>(version: string, name: string): readonly Row[] {
  return JSON.parse(readFileSync(new URL(`${version}/frames/${name}.json`, RELEASES), 'utf8')) as Row[];
}

function spell(part: Part): string {
  return typeof part === 'string' ? part : part.repeat.repeat(part.times) + (part.then ?? '');
}

function spelledOut(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null) return inner;
    if ('parts' in inner) return (inner.parts as readonly string[]).join('');
    return 'repeat' in inner ? spell(inner as Part) : inner;
  });
}

describe.each(readdirSync(RELEASES))('of %s', (version) => {
  it('every frame of a client is taken, and means what it meant', () => {
    const frames = load<{ text: readonly Part[]; parsed: object }>(version, 'client-accepted');
    expect(frames.length).toBeGreaterThan(50);
    for (const { text, parsed } of frames) {
      expect(parseClientFrame(text.map(spell).join(''))).toMatchObject(spelledOut(parsed) as object);
    }
  });

  it('every frame of a server is read', () => {
    const frames = load<{ frame: object; text: string }>(version, 'server');
    expect(frames.length).toBeGreaterThan(10);
    for (const { frame, text } of frames) expect(parseServerFrame(text)).toMatchObject(frame);
  });

  it('entries come to what they came to', () => {
    const rows = load<{ entries: readonly Entry[]; state: { readonly members: object } }>(version, 'fold');
    expect(rows.length).toBeGreaterThan(10);
    for (const { entries, state } of rows) {
      const now = entries.reduce(fold, emptyState(entries[0]?.epoch ?? 1));
      expect({ ...now, members: Object.fromEntries(now.members) }).toMatchObject(state);
    }
  });
});
