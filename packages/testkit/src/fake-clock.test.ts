import { delay } from '@kith/server/core/clock';
import { describe, expect, test } from 'vitest';
import { FakeClock } from './fake-clock.js';

describe('the fake clock', () => {
  test('runs tasks in the order of their due time, those of one moment in the order in which they were set', () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push(`c at ${clock.monotonic()}`));
    clock.after(10, () => ran.push(`a at ${clock.monotonic()}`));
    clock.after(10, () => ran.push(`b at ${clock.monotonic()}`));
    clock.after(31, () => ran.push('never'));
    clock.advance(30);
    expect(ran).toEqual(['a at 10', 'b at 10', 'c at 20']);
    expect(clock.monotonic()).toBe(30);
    expect(clock.pending).toBe(1);
  });

  test('runs tasks that a task sets, if they fall due in the same move', () => {
    const clock = new FakeClock();
    const ran: number[] = [];
    const tick = () => {
      ran.push(clock.monotonic());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
  });

  test('does not run a cancelled task, and forgets it', () => {
    const clock = new FakeClock();
    let count = 0;
    const cancel = clock.after(10, () => {
      count += 1;
    });
    clock.after(5, cancel);
    clock.advance(20);
    cancel();
    expect(count).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('a jump moves the wall clock and nothing else', () => {
    const clock = new FakeClock(1_000);
    let hasRun = false;
    clock.after(10, () => {
      hasRun = true;
    });
    clock.jump(-500);
    expect(clock.now()).toBe(500);
    expect(clock.monotonic()).toBe(0);
    expect(hasRun).toBe(false);
    clock.advance(10);
    expect(clock.now()).toBe(510);
    expect(hasRun).toBe(true);
  });

  test('advanceAsync lets promises settle before the next task and after the last', async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const walk = async (name: string) => {
      await delay(clock, 10);
      ran.push(`${name} ${clock.monotonic()}`);
      await delay(clock, 10);
      ran.push(`${name} ${clock.monotonic()}`);
    };
    const walks = Promise.all([walk('a'), walk('b')]);
    await clock.advanceAsync(20);
    expect(ran).toEqual(['a 10', 'b 10', 'a 20', 'b 20']);
    await walks;
  });

  test('goes on until a promise has settled, with what it settled to, and no longer than it may', async () => {
    const clock = new FakeClock();
    const after = (ms: number) => new Promise<number>((resolve) => clock.after(ms, () => resolve(clock.monotonic())));
    const startedMs = clock.monotonic();
    expect(await clock.until(after(30))).toBe(startedMs + 30);
    await expect(clock.until(Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    await expect(clock.until(after(30), { mostMs: 20 })).rejects.toThrow('has not settled within 20 ms');
  });
});
