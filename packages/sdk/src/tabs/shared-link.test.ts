import type { CommandName, ServerFrame } from '@kith/protocol';
import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.js';
import type { LinkEvents, LinkState } from '../wire/link.js';
import type { Role } from './election.js';
import { type OwnLink, SharedLink } from './shared-link.js';
import type { TabMessage } from './tab-channel.js';

type Asked = { readonly name: string; readonly params: unknown; readonly answer: (result: unknown) => void };

/** A connection as a leader opens it: a test lets it open, speak and answer. */
class FakeConnection implements OwnLink {
  state: LinkState = { kind: 'connecting' };
  isRunning = false;
  readonly asked: Asked[] = [];
  readonly events: LinkEvents;

  constructor(events: LinkEvents) {
    this.events = events;
  }

  start(): void {
    this.isRunning = true;
  }

  stop(): void {
    this.isRunning = false;
  }

  open(): void {
    this.state = { kind: 'open', transport: 'websocket' };
    this.events.onState(this.state);
  }

  say(seq: number): void {
    this.events.onFrame(entry(seq));
  }

  command(name: CommandName, params: unknown): Promise<never> {
    return new Promise((resolve) => {
      this.asked.push({ name, params, answer: resolve as (result: unknown) => void });
    });
  }

  signal(): void {}
}

function entry(seq: number): ServerFrame {
  const body = { text: `${seq}` };
  return { type: 'entry', conversation: 'c', epoch: 1, seq, n: seq, at: 0, kind: 'message.sent', body };
}

type Tab = {
  readonly name: string;
  readonly link: SharedLink;
  readonly seqs: number[];
  readonly states: LinkState[];
  readonly roles: Role[];
  readonly told: unknown[];
  own: FakeConnection | null;
};

/** Tabs of one browser with one store: the seqs that a leader has kept. */
class Browser {
  readonly clock = new FakeClock();
  readonly #random = new SeededRandom(3);
  readonly #listeners = new Map<string, (message: TabMessage) => void>();
  readonly stored = new Set<number>();
  readonly #unkept = new Set<number>();

  open(name: string): Tab {
    const { clock } = this;
    const tab: Tab = { name, link: undefined as never, seqs: [], states: [], roles: [], told: [], own: null };
    const link = new SharedLink({
      tab: name,
      channel: {
        post: (message) => this.#post(name, message),
        onMessage: (listener) => this.#listeners.set(name, listener),
        close: () => this.#listeners.delete(name),
      },
      clock: {
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        after: (ms, task) => clock.after(ms, () => this.#listeners.has(name) && task()),
      },
      random: { fraction: () => this.#random.below(100) / 100, bytes: (size) => this.#random.bytes(size) },
      connect: (events) => {
        tab.own = new FakeConnection(events);
        return tab.own;
      },
      events: {
        onFrame: (frame) => {
          if (frame.type !== 'entry') return;
          tab.seqs.push(frame.seq);
          if (tab.link.role === 'leader') this.#unkept.add(frame.seq);
        },
        onState: (state) => tab.states.push(state),
      },
      isStoreGone: () => false,
      onRole: async (role) => {
        tab.roles.push(role);
        tab.seqs.splice(0, tab.seqs.length, ...this.stored);
      },
      settled: async () => {
        for (const seq of this.#unkept) this.stored.add(seq);
        this.#unkept.clear();
        return true;
      },
      onTold: (told, value, from) => tab.told.push([told, value, from]),
      answer: (command) => (command === 'presence.watch' ? Promise.resolve({ presence: [] }) : null),
    });
    Object.assign(tab, { link });
    link.start();
    return tab;
  }

  /** What it is told meanwhile is lost. */
  deafen({ name }: Tab, ms: number): Promise<void> {
    const listener = this.#listeners.get(name);
    this.#listeners.set(name, () => {});
    return this.clock.advanceAsync(ms).then(() => {
      if (listener) this.#listeners.set(name, listener);
    });
  }

  /** It is gone without a word. */
  die({ name }: Tab): void {
    this.#listeners.delete(name);
  }

  #post(from: string, message: TabMessage): void {
    for (const name of this.#listeners.keys()) {
      if (name === from) continue;
      const copy = JSON.parse(JSON.stringify(message)) as TabMessage;
      this.clock.after(1, () => this.#listeners.get(name)?.(copy));
    }
  }
}

async function pair() {
  const browser = new Browser();
  const leader = browser.open('a');
  await browser.clock.advanceAsync(1_000);
  leader.own?.open();
  const follower = browser.open('b');
  await browser.clock.advanceAsync(1_000);
  return { browser, leader, follower };
}

describe('the link of several tabs', () => {
  it('one tab holds the connection, and both are open', async () => {
    const { leader, follower } = await pair();
    expect(leader.own?.isRunning).toBe(true);
    expect(follower.own).toBeNull();
    expect(leader.link.state).toEqual({ kind: 'open', transport: 'websocket' });
    expect(follower.link.state).toEqual({ kind: 'open', transport: 'tab' });
  });

  it('a tab that joins has what was taken before from the store, and what comes after by itself', async () => {
    const browser = new Browser();
    const leader = browser.open('a');
    await browser.clock.advanceAsync(1_000);
    leader.own?.open();
    for (const seq of [1, 2, 3]) leader.own?.say(seq);
    const follower = browser.open('b');
    for (const seq of [4, 5]) {
      await browser.clock.advanceAsync(1);
      leader.own?.say(seq);
    }
    await browser.clock.advanceAsync(1_000);
    leader.own?.say(6);
    await browser.clock.advanceAsync(10);
    expect([...new Set(follower.seqs)]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(leader.seqs).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('a command of a follower is answered through the leader, and a refusal comes as it was', async () => {
    const { browser, leader, follower } = await pair();
    const answered = follower.link.command('users.search', { query: 'x' });
    const refused = follower.link.command('users.search', { query: 'y' });
    await browser.clock.advanceAsync(5);
    leader.own?.asked[0]?.answer({ users: [] });
    const refusal = new Refusal({ code: 'rate_limited', message: 'slow', retry: 'same_key', retryAfterMs: 7 });
    leader.own?.asked[1]?.answer(Promise.reject(refusal));
    const waited = Promise.allSettled([answered, refused]);
    await browser.clock.advanceAsync(5);
    expect(await waited).toEqual([
      { status: 'fulfilled', value: { users: [] } },
      { status: 'rejected', reason: expect.objectContaining({ code: 'rate_limited', retryAfterMs: 7 }) },
    ]);
  });

  it('the same read of two tabs is one question to the server, and a write never is', async () => {
    const { browser, leader, follower } = await pair();
    const third = browser.open('c');
    await browser.clock.advanceAsync(1_000);
    const read = { conversation: 'c', after: 0 };
    const reads = [follower, third].map(({ link }) => link.command('entries.read', read));
    const write = { conversation: 'c', key: 'k', text: 't' };
    const writes = [follower, third].map(({ link }) => link.command('message.send', write));
    await browser.clock.advanceAsync(5);
    expect(leader.own?.asked.map(({ name }) => name).sort()).toEqual(['entries.read', 'message.send', 'message.send']);
    for (const { answer } of leader.own?.asked ?? []) answer({ done: true });
    await browser.clock.advanceAsync(5);
    expect(await Promise.all([...reads, ...writes])).toEqual(Array.from({ length: 4 }, () => ({ done: true })));
  });

  it('when the leader dies its place is taken within 2 s, what waited is refused, and nothing kept is missing', async () => {
    const { browser, leader, follower } = await pair();
    leader.own?.say(1);
    await browser.clock.advanceAsync(5);
    const waiting = follower.link.command('users.search', { query: 'x' }).catch((error: unknown) => error);
    browser.die(leader);
    await browser.clock.advanceAsync(2_000);
    expect(await waiting).toMatchObject({ code: 'unavailable', retry: 'same_key' });
    expect(follower.own?.isRunning).toBe(true);
    expect(follower.roles).toEqual(['follower', 'leader']);
    follower.own?.open();
    expect(follower.link.state).toEqual({ kind: 'open', transport: 'websocket' });
  });

  it('a follower learns that the connection went and came back', async () => {
    const { browser, leader, follower } = await pair();
    leader.own?.events.onState({ kind: 'waiting', inMs: 500, attempt: 1 });
    await browser.clock.advanceAsync(5);
    expect(follower.link.state).toEqual({ kind: 'waiting', inMs: 500, attempt: 1 });
    await expect(follower.link.command('users.search', { query: 'x' })).rejects.toMatchObject({ code: 'unavailable' });
    leader.own?.open();
    await browser.clock.advanceAsync(5);
    expect(follower.link.state).toEqual({ kind: 'open', transport: 'tab' });
  });

  it('a follower that missed a word of the leader joins anew: it stays neither behind nor connecting', async () => {
    const { browser, leader, follower } = await pair();
    leader.own?.events.onState({ kind: 'connecting' });
    leader.own?.say(1);
    await browser.clock.advanceAsync(5);
    expect(follower.link.state).toEqual({ kind: 'connecting' });
    leader.own?.open();
    leader.own?.say(2);
    await browser.deafen(follower, 10);
    const waiting = follower.link.command('users.search', { query: 'x' }).catch((error: unknown) => error);
    leader.own?.say(3);
    await browser.clock.advanceAsync(1_000);
    expect(await waiting).toMatchObject({ code: 'unavailable' });
    expect(follower.link.state).toEqual({ kind: 'open', transport: 'tab' });
    expect([...new Set(follower.seqs)]).toEqual([1, 2, 3]);
    expect(follower.roles).toEqual(['follower', 'follower']);
  });

  it('a follower to whom the last word of a quiet leader was lost hears so from its beat', async () => {
    const { browser, leader, follower } = await pair();
    leader.own?.say(1);
    await browser.deafen(follower, 10);
    expect(follower.seqs).toEqual([]);
    await browser.clock.advanceAsync(1_000);
    expect(follower.seqs).toEqual([1]);
  });

  it('tabs tell each other beside the wire, and the leader answers for itself what it keeps for all', async () => {
    const { browser, leader, follower } = await pair();
    follower.link.tell('outbox', 'k1');
    leader.link.tell('outbox', ['k1']);
    const watched = follower.link.command('presence.watch', { users: [] });
    await browser.clock.advanceAsync(5);
    expect(leader.told).toEqual([['outbox', 'k1', 'b']]);
    expect(follower.told).toEqual([['outbox', ['k1'], 'a']]);
    expect(await watched).toEqual({ presence: [] });
    expect(leader.own?.asked).toEqual([]);
  });

  it('a tab that is closed hands over at once and leaves no timer', async () => {
    const { browser, leader, follower } = await pair();
    leader.link.stop();
    expect(leader.own?.isRunning).toBe(false);
    await browser.clock.advanceAsync(300);
    expect(follower.own?.isRunning).toBe(true);
    follower.link.stop();
    expect(browser.clock.pending).toBe(0);
  });
});
