import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Election, type Role } from './election.js';
import type { TabMessage } from './tab-channel.js';

/** Tabs over one channel. A tab can die, sleep (its timers stand still and it hears nothing) and wake up. */
class Tabs {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(7);
  readonly roles = new Map<string, Role>();
  readonly followed = new Map<string, string | null>();
  readonly storeless = new Set<string>();
  readonly #open = new Map<string, Election>();
  readonly #asleep = new Set<string>();
  readonly #late = new Map<string, (() => void)[]>();

  open(tab: string): void {
    const election = new Election({
      tab,
      channel: { post: (message) => this.#post(tab, message) },
      clock: {
        now: () => this.clock.now(),
        monotonic: () => this.clock.monotonic(),
        after: (ms, task) => {
          let isCancelled = false;
          const cancel = this.clock.after(ms, () => this.#awake(tab, () => isCancelled || task()));
          return () => {
            isCancelled = true;
            cancel();
          };
        },
      },
      random: { fraction: () => this.random.below(1_000) / 1_000, bytes: (size) => this.random.bytes(size) },
      isStoreGone: () => this.storeless.has(tab),
      onRole: (role, leader) => {
        this.roles.set(tab, role);
        this.followed.set(tab, leader);
      },
    });
    this.#open.set(tab, election);
    election.start();
  }

  resign(tab: string): void {
    this.#open.get(tab)?.resign();
  }

  die(tab: string): void {
    this.#open.delete(tab);
    this.roles.delete(tab);
    this.followed.delete(tab);
  }

  close(tab: string): void {
    this.#open.get(tab)?.end();
    this.die(tab);
  }

  sleep(tab: string): void {
    this.#asleep.add(tab);
  }

  wake(tab: string): void {
    this.#asleep.delete(tab);
    const late = this.#late.get(tab) ?? [];
    this.#late.delete(tab);
    for (const task of late) task();
  }

  get leaders(): readonly string[] {
    return [...this.roles].filter(([, role]) => role === 'leader').map(([tab]) => tab);
  }

  get names(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Every tab that is awake agrees on one leader. */
  get isSettled(): boolean {
    const [leader] = this.leaders;
    return this.leaders.length === 1 && this.names.every((tab) => this.followed.get(tab) === leader);
  }

  #awake(tab: string, task: () => void): void {
    if (!this.#open.has(tab)) return;
    if (!this.#asleep.has(tab)) task();
    else this.#late.set(tab, [...(this.#late.get(tab) ?? []), task]);
  }

  #post(from: string, message: TabMessage): void {
    for (const [tab, election] of this.#open) {
      if (tab !== from) this.clock.after(1, () => this.#awake(tab, () => election.take(message)));
    }
  }
}

describe('the election of a tab', () => {
  it('one tab alone leads within half a second', () => {
    const tabs = new Tabs();
    tabs.open('a');
    tabs.clock.advance(500);
    expect(tabs.leaders).toEqual(['a']);
  });

  it('a tab that comes later follows the one that leads', () => {
    const tabs = new Tabs();
    tabs.open('b');
    tabs.clock.advance(500);
    tabs.open('a');
    tabs.clock.advance(500);
    expect([...tabs.roles]).toEqual([
      ['b', 'leader'],
      ['a', 'follower'],
    ]);
    expect(tabs.followed.get('a')).toBe('b');
  });

  it('a leader that dies is replaced within 2 s, and one that closes at once', () => {
    for (const [end, withinMs] of [
      ['die', 2_000],
      ['close', 300],
    ] as const) {
      const tabs = new Tabs();
      for (const tab of ['a', 'b', 'c']) tabs.open(tab);
      tabs.clock.advance(1_000);
      const [leader = ''] = tabs.leaders;
      tabs[end](leader);
      tabs.clock.advance(withinMs);
      expect(tabs.isSettled, end).toBe(true);
      expect(tabs.leaders).not.toEqual([leader]);
    }
  });

  it('a leader that resigns is followed by a tab that has a store, and leads again where there is none', () => {
    const tabs = new Tabs();
    for (const tab of ['a', 'b', 'c']) tabs.open(tab);
    tabs.clock.advance(1_000);
    const [leader = ''] = tabs.leaders;
    const last = tabs.names.filter((tab) => tab !== leader).at(-1) ?? '';
    for (const tab of tabs.names) if (tab !== last) tabs.storeless.add(tab);
    tabs.resign(leader);
    tabs.clock.advance(300);
    expect([tabs.isSettled, tabs.leaders]).toEqual([true, [last]]);

    for (const tab of tabs.names) if (tab !== last) tabs.close(tab);
    tabs.resign(last);
    tabs.clock.advance(2_000);
    expect(tabs.leaders).toEqual([last]);
  });

  it('a leader that slept follows the one that took its place', () => {
    const tabs = new Tabs();
    for (const tab of ['a', 'b']) tabs.open(tab);
    tabs.clock.advance(1_000);
    const [leader = ''] = tabs.leaders;
    tabs.sleep(leader);
    tabs.clock.advance(60_000);
    tabs.wake(leader);
    tabs.clock.advance(1_000);
    expect(tabs.isSettled).toBe(true);
    expect(tabs.leaders).not.toEqual([leader]);
  });

  it('whatever opens, dies and sleeps, two seconds after it ends all follow one leader', () => {
    const step = fc.record({
      what: fc.constantFrom('open', 'die', 'close', 'sleep', 'wake', 'resign'),
      tab: fc.constantFrom('a', 'b', 'c', 'd'),
      waitMs: fc.integer({ min: 0, max: 2_500 }),
    } as const);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const tabs = new Tabs();
        for (const { what, tab, waitMs } of steps) {
          const isOpen = tabs.names.includes(tab);
          if (what === 'open' ? !isOpen : isOpen) tabs[what](tab);
          tabs.clock.advance(waitMs);
        }
        for (const tab of tabs.names) tabs.wake(tab);
        if (tabs.names.length === 0) return;
        tabs.clock.advance(2_000);
        expect(tabs.isSettled).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
