// [S133] A server that searches in an engine of its own keeps the same rules of the wire as one that searches in its database: who
// finds what, who does not, and when. A new engine is filled from the log by itself.

import { searchRules } from '@kith/testkit/conformance/searching';
import { World } from '@kith/testkit/conformance/world';
import { GroongaServer } from '@kith/testkit/groonga-server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../../scripts/prerequisites.mjs';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

const PROGRAM = findProgram('groonga');
const PEOPLE = 40;

type Parts = { engine?: GroongaServer; server?: RealServer };

describe.skipIf(PROGRAM === null)('with an engine of its own', () => {
  const parts: Parts = {};
  const world = new World(() => parts.server?.url ?? '');

  beforeAll(async () => {
    parts.engine = await GroongaServer.start(PROGRAM ?? '');
    parts.server = await startRealServer({ RATE_FACTOR: '1000', SEARCH_URL: parts.engine.url });
    await world.fill(PEOPLE);
  });
  afterEach(() => world.leave());
  afterAll(async () => {
    await parts.server?.stop();
    await parts.engine?.stop();
  });

  searchRules(world);

  test('nothing of it is in the database, and messages are sent while the engine is away', async () => {
    const [ann, ben] = world.pair();
    const group = await world.group(ann, [ben]);
    await parts.engine?.halt();
    const { seq } = await world.send(ann, group.id, 'said while nobody could search');
    const find = `GET /v1/messages/search?query=nobody&conversation=${group.id}`;
    expect(await world.ask(ben, find)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await parts.engine?.start();
    const found = async () => (await world.ask<{ items?: { message: { seq: number } }[] }>(ben, find)).body.items ?? [];
    await expect
      .poll(async () => (await found()).map(({ message }) => message.seq), { timeout: 30_000, interval: 200 })
      .toEqual([seq]);
    expect(await parts.server?.query(`SELECT count(*)::int AS rows FROM search_document WHERE text <> ''`)).toEqual([
      { rows: 0 },
    ]);
  });

  test('another engine in its place is filled with all that is in the log', async () => {
    const other = await GroongaServer.start(PROGRAM ?? '');
    const [ann, ben] = world.pair();
    const group = await world.group(ann, [ben]);
    const { seq } = await world.send(ann, group.id, 'from before the other engine');
    const databaseUrl = parts.server?.databaseUrl ?? '';
    const second = await startRealServer({ RATE_FACTOR: '1000', SEARCH_URL: other.url, DATABASE_URL: databaseUrl });
    try {
      const find = `${second.url}/v1/messages/search?query=other%20engine&conversation=${group.id}`;
      const found = async () => {
        const answer = await fetch(find, { headers: { authorization: `Bearer ${ben.token}` } });
        const { items } = (await answer.json()) as { items: { message: { seq: number } }[] };
        return items.map(({ message }) => message.seq);
      };
      await expect.poll(found, { timeout: 30_000, interval: 200 }).toEqual([seq]);
      // By one name, whatever the engine's own is.
      expect(await (await fetch(`${second.url}/metrics`)).text()).toMatch(/^kith_search_conversations_behind \d+$/m);
    } finally {
      await second.stop();
      await other.stop();
    }
  });
});
