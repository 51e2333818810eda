import type { Presence as PresenceState } from '@kith/protocol';
import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { Value } from '../observable.js';
import { Companions, HERE_EVERY_MS } from './companions.js';

describe('companions of a leading tab', () => {
  let clock: FakeClock;
  let watched: Set<string>[];
  let said: string[];
  let told: PresenceState[];
  let states: Map<string, Value<PresenceState>>;
  let companions: Companions;

  const of = (user: string) => {
    const state = states.get(user) ?? new Value<PresenceState>({ user, status: 'unknown' });
    states.set(user, state);
    return state;
  };

  beforeEach(() => {
    clock = new FakeClock();
    watched = [];
    said = [];
    told = [];
    states = new Map();
    companions = new Companions({
      clock,
      onPresence: (changed) => told.push(...changed),
      presence: {
        of,
        say: (status) => said.push(status),
        watch: (users) => {
          const watch = new Set(users);
          watched.push(watch);
          return {
            set: (wanted) => {
              watch.clear();
              for (const user of wanted) watch.add(user);
            },
            end: () => watch.clear(),
          };
        },
      },
    });
  });

  it('whom a tab watches is watched for it, and what changes is told', () => {
    expect(companions.watch('b', ['ann'])).toEqual([{ user: 'ann', status: 'unknown' }]);
    of('ann').set({ user: 'ann', status: 'online' });
    expect(told).toEqual([{ user: 'ann', status: 'online' }]);
    companions.watch('b', ['ben']);
    of('ann').set({ user: 'ann', status: 'away' });
    expect(told).toHaveLength(1);
    expect(watched).toEqual([new Set(['ben'])]);
  });

  it('the person is away only when they are at no tab', () => {
    companions.say('b', 'online');
    companions.sayOwn('away');
    expect(said.at(-1)).toBe('online');
    companions.say('b', 'away');
    expect(said.at(-1)).toBe('away');
  });

  it('the person is at a tab that is there and has not said otherwise', () => {
    companions.sayOwn('away');
    companions.here('b');
    expect(said).toEqual(['away', 'online']);
    companions.say('b', 'away');
    expect(said.at(-1)).toBe('away');
  });

  it('a tab that is silent is gone, with what it wanted, and leaves no timer', () => {
    companions.sayOwn('away');
    companions.say('b', 'online');
    companions.watch('b', ['ann']);
    companions.watch('c', ['ben']);
    companions.say('c', 'away');
    for (let beat = 0; beat < 5; beat += 1) {
      clock.advance(HERE_EVERY_MS);
      companions.here('c');
    }
    expect(said.at(-1)).toBe('away');
    expect(watched).toEqual([new Set(), new Set(['ben'])]);
    companions.close();
    expect(clock.pending).toBe(0);
    of('ben').set({ user: 'ben', status: 'online' });
    expect(told).toEqual([]);
  });
});
