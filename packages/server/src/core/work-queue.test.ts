import { settle } from '@kith/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import { WorkQueue } from './work-queue.js';

/** Work that ends when told to. */
function newWork() {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const work = (index: number) => async () => {
    started.push(index);
    await new Promise<void>((resolve) => {
      ends[index] = resolve;
    });
    return index;
  };
  return { started, work, end: (index: number) => ends[index]?.() };
}

describe('a work queue', () => {
  it('runs no more at once than its width, and the rest in the order in which they came', async () => {
    const queue = new WorkQueue({ width: 2, waiting: 10, typicalMs: 50 });
    const { started, work, end } = newWork();
    const results = [0, 1, 2, 3].map((index) => queue.run(work(index)));
    await settle();
    expect(started).toEqual([0, 1]);
    end(1);
    await settle();
    expect(started).toEqual([0, 1, 2]);
    end(0);
    end(2);
    await settle();
    end(3);
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
    expect(queue.length).toBe(0);
  });

  it('refuses the one that finds too many waiting, and says when to come back', async () => {
    const queue = new WorkQueue({ width: 1, waiting: 40, typicalMs: 50 });
    const { work, end, started } = newWork();
    const results = Array.from({ length: 41 }, (_, index) => queue.run(work(index)));
    await expect(queue.run(work(41))).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 2_000 });
    for (let index = 0; index < 41; index += 1) {
      await settle();
      end(index);
    }
    await Promise.all(results);
    expect(started).not.toContain(41);
  });

  it('goes on after work that failed', async () => {
    const queue = new WorkQueue({ width: 1, waiting: 1, typicalMs: 50 });
    const failing = queue.run(() => Promise.reject(new Error('broken')));
    const next = queue.run(() => Promise.resolve('fine'));
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('fine');
    expect(await queue.run(() => Promise.resolve('again'))).toBe('again');
  });
});
