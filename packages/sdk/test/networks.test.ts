// The same session of two people in every network that people are in, over everything that can carry it: what they write
// arrives once and in order, with its ticks, whether the line is slow, goes away in the middle, or they were away themselves.

import { NETWORKS } from '@kith/testkit/networks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { peopleOf } from '../src/members/members.js';
import { choosePlatform, type PlatformOverrides } from '../src/platform/platform.js';
import type { Http } from '../src/ports.js';
import { typed, typingOf } from '../src/typing/typing.js';
import { until } from './fixtures/facts.js';
import { LinedDevice } from './fixtures/lined-device.js';

const BURST = 3;
const MISSED = 6;
/** Timers may be a millisecond early. */
const EARLY_MS = 2;

const refuse = () => {
  throw new Error('the platform has none');
};
const withoutStreams: Http = async (request) => (request.isStream ? refuse() : await choosePlatform().http(request));

/** What carries the stream, with what the platform lacks for it to be so. */
const WAYS: readonly { readonly way: string; readonly platform: PlatformOverrides }[] = [
  { way: 'websocket', platform: { WebSocket } },
  { way: 'events', platform: { openSocket: refuse } },
  { way: 'poll', platform: { openSocket: refuse, http: withoutStreams } },
];
const PLACES = NETWORKS.flatMap((network) => WAYS.map((each) => ({ where: network.name, network, ...each })));

type Said = { readonly of: LinedDevice; readonly seq: number };

const numbered = (word: string, count: number) => Array.from({ length: count }, (_, index) => `${word} ${index + 1}`);

describe('two people', { concurrent: true }, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20' });
  });
  afterAll(() => server?.stop());

  it.for(PLACES)(
    '[S197] talk $where over $way, and lose, double and reorder nothing',
    async ({ network, way, platform }, { onTestFinished }) => {
      const somebody = async () => {
        const device = await LinedDevice.open({ url: server.url, network, platform });
        onTestFinished(() => device.close());
        await device.signUp();
        expect(await device.transport()).toBe(way);
        return device;
      };
      const [ann, ben] = await Promise.all([somebody(), somebody()]);
      const id = await ann.person.create({ kind: 'direct', members: [ben.person.id] });
      const write = async ({ person }: LinedDevice, texts: readonly string[]) => {
        for (const text of texts) await person.send(id, text);
      };
      const hears = ({ person }: LinedDevice, name: 'delivered' | 'read', { of, seq }: Said) =>
        until(peopleOf(person, id), ({ marks }) => marks.get(of.person.id)?.[name] === seq);

      const startedMs = performance.now();
      await ann.person.command('presence.set', { status: 'online' });
      expect(performance.now() - startedMs).toBeGreaterThan(network.roundTripMs - EARLY_MS);
      await write(ann, ['Hello']);
      const seq = (await until(ben.person.conversation(id), (view) => view?.unread === 1))?.head ?? 0;
      await hears(ann, 'delivered', { of: ben, seq });
      ben.person.read(id, seq);
      await hears(ann, 'read', { of: ben, seq });
      const typists = typingOf(ann.person, id);
      typed(ben.person, id);
      await until(typists, ([typist]) => typist === ben.person.id);

      if (network.goesAway) {
        ann.line.cut();
        await until(ann.person.connection, ({ kind }) => kind !== 'open');
      }
      await Promise.all([write(ann, numbered('Left', BURST)), write(ben, numbered('Right', BURST))]);
      if (network.goesAway) {
        await until(ben.person.unsent(id), (unsent) => unsent.length === 0);
        expect(ann.person.unsent(id).getSnapshot()).toHaveLength(BURST);
        ann.line.mend();
      }
      const last = seq + 2 * BURST;
      await until(ben.person.conversation(id), (view) => view?.head === last);
      const texts = await ben.texts(id);
      for (const word of ['Left', 'Right']) {
        expect(texts.filter((text) => text.startsWith(word))).toEqual(numbered(word, BURST));
      }
      await ann.sees(id, texts);
      ann.person.read(id, last);
      await hears(ben, 'read', { of: ann, seq: last });

      await ann.leave();
      await write(ben, numbered('Missed', MISSED));
      await until(ben.person.unsent(id), (unsent) => unsent.length === 0);
      await ann.comeBack();
      await until(ann.person.conversation(id), (view) => view?.unread === MISSED);
      for (const device of [ann, ben]) await device.sees(id, [...texts, ...numbered('Missed', MISSED)]);
      expect([ann.person.mismatches.getSnapshot(), ben.person.mismatches.getSnapshot()]).toEqual([0, 0]);
    },
  );
});
