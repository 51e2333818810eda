import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { beforeEach, describe, expect, it } from 'vitest';
import { Value } from '../observable.js';
import { unavailable } from '../refusal.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import { WorkspaceLook } from './look.js';

describe('the look of the workspace', () => {
  let clock: FakeClock;
  let look: WorkspaceLook;
  const listeners = new Set<(event: ReplicaEvent) => void>();
  /** What was asked, with what answers it. */
  const asked: { answer: (accent: string) => Promise<void>; refuse: () => Promise<void> }[] = [];
  const connection = new Value({ kind: 'waiting' });

  const say = (event: ReplicaEvent) => {
    for (const listener of listeners) listener(event);
  };
  const signal = (accent: string) => say({ type: 'signal', signal: { type: 'signal', name: 'look', accent } });
  const accent = () => look.accent.getSnapshot();

  beforeEach(() => {
    clock = new FakeClock();
    asked.length = 0;
    listeners.clear();
    const request = () =>
      new Promise<unknown>((resolve, reject) => {
        const settled = (settle: () => void) => clock.until(Promise.resolve().then(settle));
        asked.push({
          answer: (read) => settled(() => resolve({ accent: read })),
          refuse: () => settled(() => reject(unavailable())),
        });
      });
    const subscribe = (listener: (event: ReplicaEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    const client = { replica: { subscribe }, connection, platform: { clock, random: new SeededRandom(1) } };
    look = new WorkspaceLook({ request }, { client });
  });

  it('[LK3] is read after a welcome, at once after the first and within 5 s after others', async () => {
    expect([asked.length, accent()]).toEqual([0, null]);
    say({ type: 'connected' });
    clock.advance(0);
    await asked[0]?.answer('teal');
    expect([asked.length, accent()]).toEqual([1, 'teal']);
    say({ type: 'connected' });
    say({ type: 'connected' });
    clock.advance(0);
    expect(asked.length).toBe(1);
    clock.advance(5_000);
    await asked[1]?.answer('red');
    expect([asked.length, accent()]).toEqual([2, 'red']);
  });

  it('[LK3] what is signalled while it is read is newer than the answer, and one that fails leaves it as it was', async () => {
    say({ type: 'connected' });
    clock.advance(0);
    signal('blue');
    await asked[0]?.answer('green');
    expect(accent()).toBe('blue');
    say({ type: 'connected' });
    clock.advance(5_000);
    await asked[1]?.refuse();
    expect([asked.length, accent()]).toEqual([2, 'blue']);
  });

  it('hears and asks nothing any more once it is closed', () => {
    say({ type: 'connected' });
    look.close();
    clock.advance(5_000);
    expect([asked.length, listeners.size]).toEqual([0, 0]);
  });
});
