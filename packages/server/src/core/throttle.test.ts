import { FakeClock } from '@kith/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import { Throttle } from './throttle.js';

const SIZES = { quick: { burst: 3, perSecond: 2 }, slow: { burst: 1, perSecond: 0.1 } };

function newThrottle(most = 100) {
  const clock = new FakeClock();
  return { clock, throttle: new Throttle({ clock, sizes: SIZES, most }) };
}

function takeAll(throttle: Throttle<'quick' | 'slow'>, key: string): number {
  let taken = 0;
  while (throttle.take(key, 'quick').ok) taken += 1;
  return taken;
}

describe('a throttle', () => {
  it('gives a burst, then says when there is one more', () => {
    const { throttle } = newThrottle();
    expect(takeAll(throttle, 'ann')).toBe(3);
    expect(throttle.take('ann', 'quick')).toEqual({ ok: false, retryAfterMs: 500 });
    expect(throttle.take('ann', 'slow')).toEqual({ ok: true });
    expect(throttle.take('ann', 'slow')).toEqual({ ok: false, retryAfterMs: 10_000 });
  });

  it('keeps its word: after the wait that it named one is taken, a millisecond earlier none', () => {
    const { clock, throttle } = newThrottle();
    takeAll(throttle, 'ann');
    clock.advance(499);
    expect(throttle.take('ann', 'quick')).toEqual({ ok: false, retryAfterMs: 1 });
    clock.advance(1);
    expect(throttle.take('ann', 'quick').ok).toBe(true);
    expect(throttle.take('ann', 'quick').ok).toBe(false);
  });

  it('never holds more than the burst', () => {
    const { clock, throttle } = newThrottle();
    takeAll(throttle, 'ann');
    clock.advance(3_600_000);
    expect(takeAll(throttle, 'ann')).toBe(3);
  });

  it('keeps keys and classes apart', () => {
    const { throttle } = newThrottle();
    takeAll(throttle, 'ann');
    expect(takeAll(throttle, 'ben')).toBe(3);
    expect(throttle.take('ann', 'slow').ok).toBe(true);
  });

  it('takes back what did not count, up to the burst', () => {
    const { throttle } = newThrottle();
    takeAll(throttle, 'ann');
    throttle.giveBack('ann', 'quick');
    expect(takeAll(throttle, 'ann')).toBe(1);
    for (let count = 0; count < 10; count += 1) throttle.giveBack('ann', 'quick');
    expect(takeAll(throttle, 'ann')).toBe(3);
    throttle.giveBack('nobody', 'quick');
    expect(throttle.size).toBe(1);
  });

  it('does not mind a wall clock that jumps', () => {
    const { clock, throttle } = newThrottle();
    takeAll(throttle, 'ann');
    clock.jump(3_600_000);
    expect(throttle.take('ann', 'quick').ok).toBe(false);
    clock.jump(-7_200_000);
    clock.advance(500);
    expect(throttle.take('ann', 'quick').ok).toBe(true);
  });

  it('forgets full buckets as new ones come', () => {
    const { clock, throttle } = newThrottle();
    for (let index = 0; index < 50; index += 1) throttle.take(`old ${index}`, 'quick');
    clock.advance(60_000);
    for (let index = 0; index < 20; index += 1) throttle.take(`new ${index}`, 'quick');
    expect(throttle.size).toBe(20);
    expect(throttle.dropped).toBe(0);
  });

  it('never holds more buckets than its bound, and lets the one used longest ago go', () => {
    const { throttle } = newThrottle(10);
    takeAll(throttle, 'first');
    for (let index = 0; index < 9; index += 1) takeAll(throttle, `other ${index}`);
    expect(throttle.take('first', 'quick').ok).toBe(false);
    takeAll(throttle, 'one too many');
    expect(throttle.size).toBe(10);
    expect(throttle.dropped).toBe(1);
    expect(throttle.take('first', 'quick').ok).toBe(false);
    expect(throttle.take('other 0', 'quick').ok).toBe(true);
  });
});
