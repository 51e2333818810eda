// [S133] The contract of the index of messages on a real engine of its own, and what an installation with it goes through: away
// and back, and another one in its place. Left out with a line where there is no Groonga.
import { SILENT } from '@kith/server/core/telemetry';
import { SystemRandom, systemClock } from '@kith/server/edge/system-clock';
import { GroongaSearch } from '@kith/server/store/groonga/search';
import { PostgresConsumers } from '@kith/server/store/postgres/consumers';
import { openPostgresLog } from '@kith/server/store/postgres/log';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../../scripts/prerequisites.mjs';
import { freshId } from '../src/contracts/log-world.js';
import { searchContract } from '../src/contracts/search.js';
import { documentOf } from '../src/contracts/search-world.js';
import { GroongaServer } from '../src/groonga-server.js';
import { makeMigratedDatabase } from '../src/migrated-database.js';

const PROGRAM = findProgram('groonga');

describe.skipIf(PROGRAM === null)('on Groonga', () => {
  const opened: { server?: GroongaServer } = {};
  const server = () => {
    if (!opened.server) throw new Error('Groonga is not there yet');
    return opened.server;
  };
  beforeAll(async () => {
    opened.server = await GroongaServer.start(PROGRAM ?? '');
  });
  afterAll(() => opened.server?.stop());

  searchContract('GroongaSearch', async () => {
    const given = await makeMigratedDatabase();
    const databases = [0, 1].map(() => new PooledDatabase({ address: { url: given.url }, telemetry: SILENT }));
    const [database, another] = databases;
    if (!database || !another) throw new Error('there are two nodes');
    const clock = systemClock(SILENT);
    const nodeOn = async (on: PooledDatabase) => ({
      index: await GroongaSearch.open(server().url),
      consumers: new PostgresConsumers(on),
    });
    const log = await openPostgresLog({ database, clock, random: new SystemRandom(), telemetry: SILENT });
    return {
      log,
      ...(await nodeOn(database)),
      other: await nodeOn(another),
      close: async () => {
        await log.close();
        await Promise.all(databases.map((one) => one.close()));
        await given.drop();
      },
    };
  });

  test('is unavailable while its engine is away, and has what it had when that is back', async () => {
    const index = await GroongaSearch.open(server().url);
    const place = freshId<Parameters<typeof documentOf>[0]>();
    const query = { terms: ['quince'], conversations: [place], order: 'newest', limit: 9 } as const;
    await index.index([documentOf(place, 1, 'a quince')]);
    await server().halt();
    await expect(index.query(query)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(index.index([documentOf(place, 2, 'a quince')])).rejects.toMatchObject({ code: 'unavailable' });
    await server().start();
    expect((await index.query(query)).map(({ seq }) => seq)).toEqual([1]);
    expect((await GroongaSearch.open(server().url)).identity).toBe(index.identity);
  });

  test('of another engine is another index', async () => {
    const other = await GroongaServer.start(PROGRAM ?? '');
    try {
      const [here, there] = [await GroongaSearch.open(server().url), await GroongaSearch.open(other.url)];
      expect(there.identity).not.toBe(here.identity);
    } finally {
      await other.stop();
    }
  });

  test('is refused where no Groonga answers', async () => {
    await expect(GroongaSearch.open('http://127.0.0.1:9')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
