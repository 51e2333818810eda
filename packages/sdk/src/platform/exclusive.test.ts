import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Locks, lockedExclusive, queuedExclusive } from './exclusive.js';

/** Web Locks of a browser: one holder at a time for each name, among all tabs. */
class FakeLocks implements Locks {
  readonly #queue = queuedExclusive();

  async request<T>(name: string, { signal }: { readonly signal: AbortSignal }, work: () => Promise<T>): Promise<T> {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
    aborted.catch(() => {});
    let isAborted = false;
    signal.addEventListener('abort', () => {
      isAborted = true;
    });
    const locked = this.#queue(name, async () => (isAborted ? (undefined as T) : await work()));
    return await Promise.race([locked, aborted]);
  }
}

describe.each([
  ['among tabs', () => lockedExclusive(new FakeLocks())],
  ['in one tab', () => queuedExclusive()],
])('work that is exclusive %s', (_, make) => {
  it('is done one after another under a name, and at once under another', async () => {
    const exclusive = make();
    const steps: string[] = [];
    let finish: () => void = () => {};
    const first = exclusive('a', async () => {
      steps.push('first begins');
      await new Promise<void>((resolve) => (finish = resolve));
      steps.push('first ends');
      return 1;
    });
    const second = exclusive('a', async () => {
      steps.push('second');
      return 2;
    });
    const other = exclusive('b', async () => {
      steps.push('other');
      return 3;
    });
    await expect(other).resolves.toBe(3);
    finish();
    await expect(Promise.all([first, second])).resolves.toEqual([1, 2]);
    expect(steps).toEqual(['first begins', 'other', 'first ends', 'second']);
  });

  it('goes on after work that failed', async () => {
    const exclusive = make();
    const failed = exclusive('a', () => Promise.reject(new Error('broken')));
    const next = exclusive('a', async () => 2);
    await expect(failed).rejects.toThrow('broken');
    await expect(next).resolves.toBe(2);
  });
});

describe('work that waits for a tab that was frozen', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('is done after 30 s all the same', async () => {
    const locks = new FakeLocks();
    void locks.request('a', { signal: new AbortController().signal }, () => new Promise(() => {}));
    const done = lockedExclusive(locks)('a', async () => 'done');
    await vi.advanceTimersByTimeAsync(30_000);
    await expect(done).resolves.toBe('done');
  });

  it('is not done twice where it is slow itself', async () => {
    let count = 0;
    const slow = lockedExclusive(new FakeLocks())('a', async () => {
      count += 1;
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      throw new Error('slow and broken');
    });
    slow.catch(() => {});
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(slow).rejects.toThrow('slow and broken');
    expect(count).toBe(1);
  });
});
