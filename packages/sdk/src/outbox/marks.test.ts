import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingSignal } from '../wire/link.js';
import { Marks } from './marks.js';

const HERE = 'here';

describe('marks', () => {
  let clock: FakeClock;
  let signals: OutgoingSignal[];
  let own: unknown[];
  let marks: Marks;

  beforeEach(() => {
    clock = new FakeClock();
    signals = [];
    own = [];
    marks = new Marks({
      clock,
      link: { signal: (signal) => void signals.push(signal) },
      onOwn: (conversation, mark) => void own.push([conversation, mark.delivered, mark.read]),
    });
    marks.told(HERE, 1, { delivered: 2, read: 2 });
    marks.connected();
    own.length = 0;
  });
  const sent = () =>
    signals.splice(0).map(({ conversation, epoch, delivered, read }) => [conversation, epoch, delivered, read]);

  it('[S63] say delivered for what is held and read for what was looked at, which raises delivered', () => {
    marks.raise(HERE, 1, { delivered: 3 });
    expect(signals).toEqual([{ name: 'marks', conversation: HERE, epoch: 1, delivered: 3, read: 2 }]);
    clock.advance(2_000);
    marks.raise(HERE, 1, { read: 5 });
    expect(sent().slice(1)).toEqual([[HERE, 1, 5, 5]]);
    expect(own).toEqual([
      [HERE, 3, 2],
      [HERE, 5, 5],
    ]);
  });

  it('[G3] are sent at once the first time and then every two seconds, for 200 messages that are read in one', () => {
    for (let seq = 3; seq <= 202; seq += 1) {
      marks.raise(HERE, 1, { read: seq });
      clock.advance(5);
    }
    expect(sent()).toEqual([[HERE, 1, 3, 3]]);
    clock.advance(999);
    expect(sent()).toEqual([]);
    clock.advance(1);
    expect(sent()).toEqual([[HERE, 1, 202, 202]]);
    clock.advance(60_000);
    expect([sent(), clock.pending]).toEqual([[], 0]);
  });

  it('[G3] [S67] say what is read at once where only what was delivered was said before, and then every two seconds', () => {
    marks.raise(HERE, 1, { delivered: 9 });
    clock.advance(100);
    marks.raise(HERE, 1, { read: 5 });
    expect(sent()).toEqual([
      [HERE, 1, 9, 2],
      [HERE, 1, 9, 5],
    ]);
    clock.advance(1_900);
    marks.raise(HERE, 1, { read: 6 });
    expect(sent()).toEqual([]);
    clock.advance(100);
    expect(sent()).toEqual([[HERE, 1, 9, 6]]);
    marks.raise(HERE, 1, { delivered: 12 });
    expect(sent()).toEqual([]);
    clock.advance(2_000);
    expect(sent()).toEqual([[HERE, 1, 12, 6]]);
    clock.advance(60_000);
    expect([sent(), clock.pending]).toEqual([[], 0]);
  });

  it('are gathered for each conversation on its own', () => {
    marks.raise(HERE, 1, { read: 3 });
    marks.raise('there', 7, { read: 1 });
    expect(sent()).toEqual([
      [HERE, 1, 3, 3],
      ['there', 7, 1, 1],
    ]);
  });

  it('never go back, and are not sent where the server has them', () => {
    marks.raise(HERE, 1, { read: 5 });
    clock.advance(2_000);
    sent();
    marks.raise(HERE, 1, { delivered: 1, read: 4 });
    marks.told(HERE, 1, { delivered: 9, read: 9 });
    marks.told(HERE, 1, { delivered: 3, read: 3 });
    marks.raise(HERE, 1, { read: 9 });
    clock.advance(5_000);
    expect(sent()).toEqual([]);
    expect(own).toEqual([
      [HERE, 5, 5],
      [HERE, 9, 9],
    ]);
  });

  it('[C6] are sent again after each welcome until the server has them', () => {
    marks.raise(HERE, 1, { read: 3 });
    for (let turn = 0; turn < 3; turn += 1) {
      sent();
      clock.advance(2_000);
      marks.disconnected();
      marks.connected();
      expect(sent()).toEqual([[HERE, 1, 3, 3]]);
    }
    marks.told(HERE, 1, { delivered: 3, read: 3 });
    clock.advance(2_000);
    marks.connected();
    expect(sent()).toEqual([]);
  });

  it('wait for a connection', () => {
    marks.disconnected();
    marks.raise(HERE, 1, { read: 3 });
    clock.advance(10_000);
    expect(sent()).toEqual([]);
    marks.connected();
    expect(sent()).toEqual([[HERE, 1, 3, 3]]);
  });

  it('[M6] begin anew in another epoch, where what belongs to the old one is not said', () => {
    marks.raise(HERE, 1, { read: 8 });
    marks.told(HERE, 2, { delivered: 1, read: 1 });
    marks.raise(HERE, 1, { read: 9 });
    clock.advance(5_000);
    sent();
    expect(own.at(-1)).toEqual([HERE, 1, 1]);
    marks.raise(HERE, 2, { delivered: 4 });
    expect(sent()).toEqual([[HERE, 2, 4, 1]]);
  });

  it('of many conversations go 20 in a second, so that the server takes them all', () => {
    for (let index = 0; index < 45; index += 1) marks.raise(`c${index}`, 1, { read: 1 });
    const counts = [sent().length];
    for (let second = 0; second < 3; second += 1) {
      clock.advance(1_000);
      counts.push(sent().length);
    }
    expect(counts).toEqual([20, 20, 5, 0]);
  });

  it('leave no timer behind', () => {
    marks.raise(HERE, 1, { read: 3 });
    marks.close();
    expect(clock.pending).toBe(0);
  });

  it('reach the server in the end and never go back there, whatever gets lost', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('raise' as const),
        at: fc.nat({ max: 2 }),
        delivered: fc.nat({ max: 30 }),
        read: fc.nat({ max: 30 }),
      }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 3_000 }) }),
      fc.record({ do: fc.constant('connect' as const) }),
      fc.record({ do: fc.constant('cut' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer(), (steps, seed) => {
        const time = new FakeClock();
        const random = new SeededRandom(seed);
        const server = new Map<string, { delivered: number; read: number }>();
        const asked = new Map<string, { delivered: number; read: number }>();
        let isLossy = true;
        const said: Marks = new Marks({
          clock: time,
          onOwn: () => {},
          link: {
            signal: ({ conversation, delivered, read }) => {
              const before = server.get(String(conversation)) ?? { delivered: 0, read: 0 };
              const mark = { delivered: Number(delivered), read: Number(read) };
              if (mark.delivered < before.delivered || mark.read < before.read) throw new Error('it went back');
              if (isLossy && random.chance(0.3)) return;
              server.set(String(conversation), mark);
              if (!isLossy || random.chance(0.5)) said.told(String(conversation), 1, mark);
            },
          },
        });
        for (const taken of steps) {
          if (taken.do === 'wait') time.advance(taken.ms);
          if (taken.do === 'connect') said.connected();
          if (taken.do === 'cut') said.disconnected();
          if (taken.do !== 'raise') continue;
          const conversation = `c${taken.at}`;
          const { delivered, read } = asked.get(conversation) ?? { delivered: 0, read: 0 };
          asked.set(conversation, {
            delivered: Math.max(delivered, taken.delivered, taken.read),
            read: Math.max(read, taken.read),
          });
          said.raise(conversation, 1, taken);
        }
        isLossy = false;
        said.disconnected();
        said.connected();
        time.advance(10_000);
        const known = [...asked].filter(([, mark]) => mark.delivered > 0);
        expect(Object.fromEntries(server)).toEqual(Object.fromEntries(known));
        said.close();
        expect(time.pending).toBe(0);
      }),
    );
  });
});
