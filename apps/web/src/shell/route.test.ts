import { describe, expect, it } from 'vitest';
import { routeOf } from './route.js';

const ID = '01234567-89ab-7def-8123-456789abcdef';

describe('an address', () => {
  it('leads to the list, a conversation or a message of it', () => {
    for (const hash of ['', '#', '#/']) expect(routeOf('/', hash)).toEqual({ conversation: null, seq: null });
    expect(routeOf('/', `#/c/${ID}`)).toEqual({ conversation: ID, seq: null });
    expect(routeOf('/', `#/c/${ID}/12`)).toEqual({ conversation: ID, seq: 12 });
  });

  it('of an invitation leads to the list, whatever its code', () => {
    expect(routeOf('/join', '#K7Q2-XM4P')).toEqual({ conversation: null, seq: null });
  });

  it('in a frame of another site’s leads to the same', () => {
    expect(routeOf('/embed', '')).toEqual({ conversation: null, seq: null });
    expect(routeOf('/embed', `#/c/${ID}/12`)).toEqual({ conversation: ID, seq: 12 });
  });

  it('that was never one of ours is known as such', () => {
    for (const [path, hash] of [
      ['/nowhere', ''],
      ['/nowhere', `#/c/${ID}`],
      ['/', '#/c/short'],
      ['/', `#/c/${ID}/not-a-number`],
    ] as const)
      expect(routeOf(path, hash)).toMatchObject({ conversation: null, isUnknown: true });
  });
});
