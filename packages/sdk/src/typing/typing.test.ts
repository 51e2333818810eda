import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeLink } from '../../test/fixtures/fake-link.js';
import { Typing } from './typing.js';

describe('typing', () => {
  let clock: FakeClock;
  let link: FakeLink;
  let typing: Typing;

  beforeEach(() => {
    clock = new FakeClock();
    link = new FakeLink();
    typing = new Typing({ clock, link });
  });
  const typists = () => typing.of('here').getSnapshot();

  it('[G2] is told at once and at most every three seconds in each conversation', () => {
    for (let ms = 0; ms < 7_000; ms += 100) {
      typing.typed('here');
      clock.advance(100);
    }
    typing.typed('there');
    expect(link.signals.map(({ name, conversation }) => [name, conversation])).toEqual([
      ['typing', 'here'],
      ['typing', 'here'],
      ['typing', 'here'],
      ['typing', 'there'],
    ]);
  });

  it('is told at once for what is begun after a message', () => {
    typing.typed('here');
    typing.ended('here');
    typing.typed('here');
    expect(link.signals).toHaveLength(2);
    clock.advance(2_999);
    typing.typed('here');
    expect(link.signals).toHaveLength(2);
  });

  it('[S75] is shown until the time is up, their message has come, or they go on', () => {
    typing.take('here', ['a', 'b'], 5_000);
    clock.advance(3_000);
    typing.take('here', ['a'], 5_000);
    expect(typists()).toEqual(['a', 'b']);
    clock.advance(2_000);
    expect(typists()).toEqual(['a']);
    typing.wrote('here', 'a');
    expect(typists()).toEqual([]);
    clock.advance(1_500);
    expect(clock.pending).toBe(0);
  });

  it('is shown for five seconds at most, whatever a server says', () => {
    typing.take('here', ['a'], 1e9);
    clock.advance(4_999);
    expect(typists()).toEqual(['a']);
    clock.advance(1);
    expect(typists()).toEqual([]);
  });

  it('is not heard where it is told later than the message it ended in', () => {
    typing.wrote('here', 'a');
    clock.advance(1_000);
    typing.take('here', ['a', 'b'], 5_000);
    expect(typists()).toEqual(['b']);
    clock.advance(500);
    typing.take('here', ['a'], 5_000);
    expect(typists()).toEqual(['b', 'a']);
  });

  it('tells of changes in its own conversation alone', () => {
    let calls = 0;
    typing.of('here').subscribe(() => {
      calls += 1;
    });
    typing.take('there', ['a'], 5_000);
    typing.take('here', ['a'], 5_000);
    const shown = typists();
    typing.take('here', ['a'], 5_000);
    typing.wrote('here', 'b');
    expect([typists() === shown, calls]).toEqual([true, 1]);
    clock.advance(5_000);
    expect(calls).toBe(2);
  });

  it('is remembered of 1,000 people at a time', () => {
    for (let index = 0; index < 1_200; index += 1) typing.take(`c${index}`, ['a'], 5_000);
    expect(clock.pending).toBe(1_000);
    typing.take('c0', ['a'], 5_000);
    clock.advance(5_000);
    expect(clock.pending).toBe(0);
    typing.take('here', ['a'], 5_000);
    expect(typists()).toEqual(['a']);
  });

  it('leaves no timer and nobody behind', () => {
    typing.typed('here');
    typing.take('here', ['a'], 5_000);
    typing.close();
    expect([clock.pending, typists()]).toEqual([0, []]);
  });
});
