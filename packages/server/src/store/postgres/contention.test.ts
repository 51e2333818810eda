import type { ConversationId } from '@kith/protocol';
import { freshId } from '@kith/testkit/contracts/log-world';
import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, test } from 'vitest';
import { Contention } from './contention.js';

const place = freshId<ConversationId>();
let clock: FakeClock;
let contention: Contention;

beforeEach(() => {
  clock = new FakeClock();
  contention = new Contention(clock);
});

/** A number was refused, and the head was another one. */
function refuse(head: number): void {
  contention.expect(place, head - 1);
  contention.noteHead(place, head);
}

const state = () => [contention.isShared(place), contention.isContended(place)];

describe('conversations that another node writes too', () => {
  test('are not those of which a head was read, or whose head was as expected', () => {
    contention.noteHead(place, 5);
    contention.expect(place, 5);
    contention.noteHead(place, 5);
    expect(state()).toEqual([false, false]);
  });

  test('are known by a refused number, until nobody else has been seen to write for ten seconds', () => {
    refuse(5);
    expect(state()).toEqual([true, false]);
    clock.advance(6_000);
    contention.noteHead(place, 6);
    clock.advance(6_000);
    expect(state()).toEqual([true, false]);
    contention.wrote(place, 7);
    contention.noteHead(place, 7);
    clock.advance(4_000);
    expect(state()).toEqual([false, false]);
  });

  test('are written under their lock after three refusals, each within ten seconds of the one before', () => {
    refuse(5);
    clock.advance(9_000);
    refuse(6);
    expect(state()).toEqual([true, false]);
    clock.advance(9_000);
    refuse(7);
    expect(state()).toEqual([true, true]);
    clock.advance(9_000);
    contention.noteHead(place, 8);
    clock.advance(1_000);
    expect(state()).toEqual([true, false]);
  });

  test('of which a number is refused now and then are not', () => {
    for (let head = 1; head < 20; head += 2) {
      refuse(head);
      clock.advance(8_000);
      contention.noteHead(place, head + 1);
      clock.advance(8_000);
      expect(contention.isContended(place)).toBe(false);
    }
    expect(contention.isShared(place)).toBe(true);
  });
});
