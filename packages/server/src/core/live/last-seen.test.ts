import { toId, type UserId, type WorkspaceId } from '@kith/protocol';
import { FakeClock, settle } from '@kith/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import type { Seen } from '../directory.js';
import type { Telemetry } from '../telemetry.js';
import { LastSeen } from './last-seen.js';

const HERE = toId<WorkspaceId>('00000000-0000-7000-8000-000000000001');
const user = (number: number) => toId<UserId>(`00000000-0000-7000-8000-${String(number).padStart(12, '0')}`);

function newLastSeen() {
  const clock = new FakeClock();
  const known = new Map<UserId, number>();
  const written: number[] = [];
  const directory = {
    failure: null as Error | null,
    slow: null as Promise<void> | null,
    async seen(_: WorkspaceId, people: readonly Seen[]): Promise<void> {
      written.push(people.length);
      await directory.slow;
      if (directory.failure) throw directory.failure;
      for (const { user, at } of people) known.set(user, at);
    },
    async lastSeen(_: WorkspaceId, users: readonly UserId[]): Promise<readonly Seen[]> {
      return users.flatMap((one) => (known.has(one) ? [{ user: one, at: known.get(one) ?? 0 }] : []));
    },
  };
  const failures: string[] = [];
  const telemetry = { error: (message: string) => failures.push(message) } as unknown as Telemetry;
  return { clock, directory, known, written, failures, lastSeen: new LastSeen({ directory, clock, telemetry }) };
}

describe('when people were last there', () => {
  it('is written together for all who go within a second, a thousand at once at most', async () => {
    const { clock, written, known, lastSeen } = newLastSeen();
    for (let number = 0; number < 2_500; number += 1) lastSeen.went(HERE, { user: user(number), at: number });
    await clock.advanceAsync(999);
    expect(written).toEqual([]);
    await clock.advanceAsync(1);
    expect(written).toEqual([1_000, 1_000, 500]);
    expect(known.get(user(2_400))).toBe(2_400);
    await clock.advanceAsync(60_000);
    expect(written).toHaveLength(3);
  });

  it('is written once where the store takes its time, with those who go meanwhile after it', async () => {
    const { clock, directory, written, lastSeen } = newLastSeen();
    let answer = (): void => {};
    directory.slow = new Promise((resolve) => {
      answer = resolve;
    });
    for (let number = 0; number < 5; number += 1) {
      lastSeen.went(HERE, { user: user(number), at: number });
      await clock.advanceAsync(1_000);
    }
    expect(written).toEqual([1]);
    answer();
    await settle();
    expect(written).toEqual([1, 4]);
    await lastSeen.stop();
    expect(written).toEqual([1, 4]);
  });

  it('is told before it is written, and is the later one of two', async () => {
    const { clock, known, lastSeen } = newLastSeen();
    known.set(user(1), 5).set(user(2), 90);
    lastSeen.went(HERE, { user: user(1), at: 50 });
    lastSeen.went(HERE, { user: user(2), at: 50 });
    const wanted = new Map([
      [user(1), 50],
      [user(2), 90],
    ]);
    expect(await lastSeen.read(HERE, [user(1), user(2), user(3)])).toEqual(wanted);
    await clock.advanceAsync(1_000);
    expect((await lastSeen.read(HERE, [user(1)])).get(user(1))).toBe(50);
  });

  it('is written when everything ends', async () => {
    const { known, lastSeen } = newLastSeen();
    lastSeen.went(HERE, { user: user(1), at: 50 });
    await lastSeen.stop();
    expect(known.get(user(1))).toBe(50);
  });

  it('is let go of where it cannot be written, and said', async () => {
    const { clock, directory, failures, written, lastSeen } = newLastSeen();
    directory.failure = new Error('no disk');
    lastSeen.went(HERE, { user: user(1), at: 50 });
    await clock.advanceAsync(1_000);
    expect(failures).toEqual(['last seen was not written']);
    directory.failure = null;
    lastSeen.went(HERE, { user: user(2), at: 60 });
    await clock.advanceAsync(1_000);
    await settle();
    expect(written).toEqual([1, 1]);
  });
});
