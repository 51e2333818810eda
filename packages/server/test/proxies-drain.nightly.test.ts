// [S31] [S36] Two nodes on one database behind the balancers of deploy/, run by the real programs: a node that drains gets nobody
// new, its people come back on the other, and of what they say nothing is lost or doubled; a node that is added takes its share.
import { until } from '@kith/testkit/faults/until';
import { freePort } from '@kith/testkit/free-port';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../../scripts/prerequisites.mjs';
import { askHttps } from './fixtures/https-client.js';
import { freePorts, PROGRAMS, startProxy, urlAt } from './fixtures/proxy.js';
import { type RealServer, startRealServer } from './fixtures/real-server.js';
import { Talker } from './fixtures/talker.js';

const SOON = { withinMs: 30_000 };
/** Within which an added node has taken people. */
const TAKEN = { withinMs: 60_000 };
/** As a balancer chooses by addresses, of eight all go to one node now and then. */
const TALKERS = 16;

for (const program of PROGRAMS) {
  const path = findProgram(program.name);
  describe.skipIf(path === null || process.platform !== 'linux')(`behind ${program.name}`, () => {
    test('[S31] a node that drains gets nobody new and its people move without loss; [S36] one that is added takes its share', async () => {
      const [ports, first, second] = [await freePorts(), await freePort(), await freePort()];
      const environment = {
        ...{ TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: urlAt(ports), RATE_FACTOR: '1000' },
        ...{ DRAIN_SPREAD_MS: '300', DRAIN_MS: '5000' },
      };
      const one = await startRealServer({ ...environment, PORT: String(first) });
      const other = () => startRealServer({ ...environment, PORT: String(second), DATABASE_URL: one.databaseUrl });
      const open: { two: RealServer | null } = { two: await other() };
      const servers = [first, second].map((port) => `127.0.0.1:${port}`);
      const proxy = await startProxy({ ...program, path: path ?? '' }, { ports, servers });
      const { url, ca } = proxy;
      const talkers: Talker[] = [];
      try {
        const signUp = { username: 'ann', password: 'seven tall herons 41' };
        const { body: account } = await askHttps(url, 'POST /v1/accounts', { ca, body: signUp });
        const token = String(account.accessToken);
        const group = { kind: 'group', members: [] };
        const made = await askHttps(url, 'POST /v1/conversations', { ca, token, body: group });
        const conversation = String(made.body.id);
        // Of addresses of their own, so that the balancer spreads them.
        for (let index = 0; index < TALKERS; index += 1) {
          talkers.push(new Talker({ url, ca, token, conversation, from: `127.0.0.${2 + index * 7}` }));
        }
        for (const talker of talkers) talker.start();
        const streamsAt = async (port: number): Promise<number> => {
          const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
          return Number(/^kith_connections (\d+)$/m.exec(text)?.[1]);
        };
        const saysMore = (more: number) => {
          const from = talkers.map(({ acked }) => acked.length);
          return until(
            'everyone says more',
            () => talkers.every(({ acked }, at) => acked.length >= (from[at] ?? 0) + more),
            SOON,
          );
        };
        await saysMore(3);
        const moving = await streamsAt(second);
        expect(moving).toBeGreaterThan(0);
        expect(moving).toBeLessThan(TALKERS);

        await open.two?.stop();
        open.two = null;
        await saysMore(5);
        expect(await streamsAt(first)).toBe(TALKERS);
        // Those of the node that ended heard it from itself, and nobody else was moved.
        const closed = talkers.flatMap(({ closes }) => closes);
        expect([closed.length, new Set(closed)]).toEqual([moving, new Set([4000])]);

        open.two = await other();
        const welcomed = talkers.map(({ welcomes }) => welcomes);
        // Those who come now; those who are there stay.
        const late = Array.from({ length: TALKERS }, (_, index) => {
          return new Talker({ url, ca, token, conversation, from: `127.0.1.${3 + index * 11}` });
        });
        talkers.push(...late);
        // The balancer has to see the node first.
        const isSeen = async (): Promise<boolean> => {
          const from = `127.0.2.${1 + Math.floor(Math.random() * 250)}`;
          // As an app does, which renews its session or loads the page: to nginx a node that was away is there again once a
          // request to it has ended, and a socket doesn't end.
          await askHttps(url, 'GET /healthz', { ca, from });
          const probe = new Talker({ url, ca, token, conversation, from });
          talkers.push(probe);
          probe.start();
          await until('it says something', () => probe.acked.length > 0, SOON);
          return (await streamsAt(second)) > 0;
        };
        await until('the added node takes people', isSeen, TAKEN);
        for (const talker of late) talker.start();
        await saysMore(2);
        expect(await streamsAt(second)).toBeGreaterThan(1);
        expect(talkers.slice(0, TALKERS).map(({ welcomes }) => welcomes)).toEqual(welcomed);

        await Promise.all(talkers.map((talker) => talker.stop()));
        const log = await one.query(`SELECT e.body FROM entry e ORDER BY e.seq`);
        const said = log.flatMap(({ body }) => (JSON.parse(String(body)) as { text?: string }).text ?? []);
        const acked = talkers.flatMap((talker) => talker.acked);
        expect(said.toSorted()).toEqual(acked.toSorted());
        expect(new Set(said).size).toBe(said.length);
      } finally {
        await Promise.all(talkers.map((talker) => talker.stop().catch(() => {})));
        await proxy.stop();
        await open.two?.stop();
        await one.stop();
      }
    }, 180_000);
  });
}
