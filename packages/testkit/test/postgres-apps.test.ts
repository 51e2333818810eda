// The contracts of bots and webhooks on PostgreSQL: Debian's oldest supported one and the embedded one; and every statement is served by
// an index.
import type { SessionId } from '@kith/protocol';
import { SILENT } from '@kith/server/core/telemetry';
import { PostgresBots } from '@kith/server/store/postgres/bots';
import { BOT_SQL } from '@kith/server/store/postgres/bots-sql';
import { PostgresDirectory } from '@kith/server/store/postgres/directory';
import { PostgresIncomingHooks } from '@kith/server/store/postgres/incoming-hooks';
import { INCOMING_HOOK_SQL } from '@kith/server/store/postgres/incoming-hooks-sql';
import { migrate } from '@kith/server/store/postgres/migrate';
import { PostgresOutgoingHooks } from '@kith/server/store/postgres/outgoing-hooks';
import { OUTGOING_HOOK_SQL } from '@kith/server/store/postgres/outgoing-hooks-sql';
import { type Database, PooledDatabase } from '@kith/server/store/postgres/pool';
import { PostgresSlash } from '@kith/server/store/postgres/slash';
import { SLASH_SQL } from '@kith/server/store/postgres/slash-sql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { botsContract } from '../src/contracts/bots.js';
import { incomingHooksContract } from '../src/contracts/incoming-hooks.js';
import { outgoingHooksContract } from '../src/contracts/outgoing-hooks.js';
import { slashContract } from '../src/contracts/slash-commands.js';
import { type ServerKind, serversToTest, startPostgres, type TestServer } from '../src/postgres-server.js';
import { planOf, wideReads } from '../src/statement-plan.js';

/** They read all bots, or hooks, of a workspace, which are few, or its deliveries in their order, as far as a page goes. */
const OF_A_WORKSPACE: { readonly [name: string]: string } = {
  createBot: 'account_bot',
  bots: 'account_bot',
  addIncomingHook: 'incoming_hook_pkey',
  incomingHooks: 'incoming_hook_pkey',
  addOutgoingHook: 'outgoing_hook_pkey',
  outgoingHooks: 'outgoing_hook_pkey',
  liveHooks: 'outgoing_hook_pkey',
  jobs: 'hook_delivery_listed',
  setCommand: 'slash_command_pkey',
  commands: 'slash_command_pkey',
  stuck: 'invocation_stuck',
};
/** They read an index from its beginning, and no more of it than one row. */
const FIRST_OF: { readonly [name: string]: string } = { anyOutgoingHook: 'outgoing_hook_pkey' };

const servers = new Map<ServerKind, TestServer>();
beforeAll(async () => {
  for (const kind of serversToTest()) servers.set(kind, await startPostgres(kind));
});
afterAll(async () => {
  for (const server of servers.values()) await server.stop();
});

async function openTwo(kind: ServerKind | undefined): Promise<readonly [Database, Database]> {
  const server = kind === undefined ? undefined : servers.get(kind);
  if (server === undefined) throw new Error('there is no server of this kind');
  const address = { url: await server.createDatabase() };
  const open = () => new PooledDatabase({ address, telemetry: SILENT });
  const opened = [open(), open()] as const;
  await migrate(opened[0]);
  return opened;
}

for (const kind of serversToTest()) {
  const make = async () => {
    const [database, another] = await openTwo(kind);
    return {
      directory: new PostgresDirectory(database),
      other: new PostgresDirectory(another),
      bots: new PostgresBots(database),
      otherBots: new PostgresBots(another),
      incomingHooks: new PostgresIncomingHooks(database),
      otherIncomingHooks: new PostgresIncomingHooks(another),
      outgoingHooks: new PostgresOutgoingHooks(database),
      otherOutgoingHooks: new PostgresOutgoingHooks(another),
      slash: new PostgresSlash(database),
      otherSlash: new PostgresSlash(another),
      revoked: async () => {
        const text = 'SELECT id FROM session WHERE revoked_xid IS NOT NULL';
        return (await database.query<{ id: SessionId }>({ text })).map(({ id }) => id);
      },
      close: async () => {
        await Promise.all([database.close(), another.close()]);
      },
    };
  };
  botsContract(`the ${kind} PostgreSQL`, make);
  incomingHooksContract(`the ${kind} PostgreSQL`, make);
  outgoingHooksContract(`the ${kind} PostgreSQL`, make);
  slashContract(`the ${kind} PostgreSQL`, make);
}

describe.runIf(serversToTest().length > 0)('the statements of bots and webhooks', () => {
  const opened: { database?: Database; another?: Database } = {};
  beforeAll(async () => {
    [opened.database, opened.another] = await openTwo(serversToTest()[0]);
  });
  afterAll(async () => {
    await Promise.all([opened.database?.close(), opened.another?.close()]);
  });

  test.each(Object.entries({ ...BOT_SQL, ...INCOMING_HOOK_SQL, ...OUTGOING_HOOK_SQL, ...SLASH_SQL }))(
    '%s reads no more than it needs',
    async (name, text) => {
      const connection = await opened.database?.connect();
      if (connection === undefined) throw new Error('the database is not open');
      try {
        const parameters = Math.max(...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
        const values = Array.from({ length: parameters }, () => null);
        const plan = await planOf(connection, { text, values, mode: 'force_generic_plan' });
        expect(JSON.stringify(plan)).toMatch(/Index (?:Only )?Scan/);
        const [wide, first] = [OF_A_WORKSPACE[name], FIRST_OF[name]];
        const expected = first === undefined ? [] : [`all of ${first}`];
        expect(wideReads(plan)).toEqual(wide === undefined ? expected : [`all of a workspace in ${wide}`]);
        if (first !== undefined) expect(text).toMatch(/LIMIT 1$/);
      } finally {
        await connection.close();
      }
    },
  );
});
