// The contract of the audit trail on PostgreSQL: Debian's oldest supported one and the embedded one; that the database itself refuses
// what would change it, that who gets round that is seen, and that every statement is served by an index.
import type { WorkspaceId } from '@kith/protocol';
import { SILENT } from '@kith/server/core/telemetry';
import { verifyChain } from '@kith/server/store/audit-chain';
import { PostgresAudit } from '@kith/server/store/postgres/audit';
import { AUDIT_SQL } from '@kith/server/store/postgres/audit-sql';
import { PostgresDirectory } from '@kith/server/store/postgres/directory';
import { PostgresLooks } from '@kith/server/store/postgres/looks';
import { migrate } from '@kith/server/store/postgres/migrate';
import { type Database, PooledDatabase } from '@kith/server/store/postgres/pool';
import { PostgresRetention } from '@kith/server/store/postgres/retention';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditContract, newId, recordIn } from '../src/contracts/audit.js';
import { type ServerKind, serversToTest, startPostgres, type TestServer } from '../src/postgres-server.js';
import { planOf, wideReads } from '../src/statement-plan.js';

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
  const opened = [0, 1].map(() => new PooledDatabase({ address, telemetry: SILENT }));
  const [one, two] = opened;
  if (one === undefined || two === undefined) throw new Error('two are wanted');
  await migrate(one);
  return [one, two];
}

for (const kind of serversToTest()) {
  auditContract(`the ${kind} PostgreSQL`, async () => {
    const [database, another] = await openTwo(kind);
    return {
      directory: new PostgresDirectory(database),
      audit: new PostgresAudit(database),
      other: new PostgresAudit(another),
      close: async () => {
        await Promise.all([database.close(), another.close()]);
      },
    };
  });
}

/** They go through the trail of one workspace, from where they are asked to and as far as a page goes. */
const OF_A_WORKSPACE = [
  ...['audit_record_pkey', 'audit_record_at', 'audit_head_pkey'].map((one) => `all of a workspace in ${one}`),
  // One row for each workspace.
  'all of audit_head_pkey',
];

describe.runIf(serversToTest().length > 0)('the audit trail in the database', () => {
  const opened: { database?: Database; another?: Database } = {};
  const database = (): Database => {
    if (opened.database === undefined) throw new Error('the database is not open');
    return opened.database;
  };
  beforeAll(async () => {
    [opened.database, opened.another] = await openTwo(serversToTest().at(-1));
  });
  afterAll(async () => {
    await Promise.all([opened.database?.close(), opened.another?.close()]);
  });
  const made = async () => {
    const audit = new PostgresAudit(database());
    const workspace = newId<WorkspaceId>();
    for (let count = 0; count < 4; count += 1) await audit.append(recordIn(workspace));
    return { audit, workspace };
  };

  test('it refuses to change, remove or empty what was recorded, and to move the head back', async () => {
    const { audit, workspace } = await made();
    for (const text of [
      `UPDATE audit_record SET act = 'nothing' WHERE workspace = '${workspace}'`,
      `UPDATE audit_record SET detail = detail WHERE workspace = '${workspace}' AND number = 1`,
      `DELETE FROM audit_record WHERE workspace = '${workspace}' AND number = 4`,
      `DELETE FROM audit_record WHERE workspace = '${workspace}'`,
      `UPDATE audit_head SET number = 3 WHERE workspace = '${workspace}'`,
      `UPDATE audit_head SET base = 2 WHERE workspace = '${workspace}'`,
      `DELETE FROM audit_head WHERE workspace = '${workspace}'`,
      'TRUNCATE audit_record',
      'TRUNCATE audit_head',
    ]) {
      await expect(database().query({ text }), text).rejects.toThrow(/the audit trail/);
    }
    expect(await verifyChain(audit, workspace)).toMatchObject({ holds: true, last: 4 });
  });

  test.each([
    ['changed', `UPDATE audit_record SET detail = '{"role":"member"}' WHERE number = 2`, 2],
    ['moved in time', 'UPDATE audit_record SET at = at + 1 WHERE number = 3', 3],
    ['removed from the middle', 'DELETE FROM audit_record WHERE number = 2', 2],
    ['removed from the end', 'DELETE FROM audit_record WHERE number = 4', 4],
    ['removed from the beginning', 'DELETE FROM audit_record WHERE number = 1', 1],
  ])('a record that was %s by who got round the refusal is found', async (_, text, at) => {
    const { audit, workspace } = await made();
    const connection = await database().connect();
    try {
      // As a superuser may: no trigger of the table runs then.
      await connection.query({ text: 'SET session_replication_role = replica' });
      await connection.query({ text: `${text} AND workspace = '${workspace}'` });
    } finally {
      await connection.close();
    }
    expect(await verifyChain(audit, workspace)).toMatchObject({ holds: false, at });
  });

  test('[AUD6] the record of a policy is in the transaction of the policy', async () => {
    const workspace = newId<WorkspaceId>();
    const retention = new PostgresRetention(database());
    const policy = { days: 30, longer: true, kept: [] };
    const bad = recordIn(workspace, { actor: 'no id' });
    await expect(retention.setPolicy(workspace, policy, bad)).rejects.toThrow(/uuid/);
    expect(await retention.policy(workspace)).toBeNull();
    await retention.setPolicy(workspace, policy, recordIn(workspace));
    expect(await retention.policy(workspace)).toEqual(policy);
    expect(await new PostgresAudit(database()).head(workspace)).toMatchObject({ number: 1 });
  });

  test('[AUD6] and that of a look in the transaction of the look', async () => {
    const workspace = newId<WorkspaceId>();
    const looks = new PostgresLooks(database());
    const bad = recordIn(workspace, { actor: 'no id' });
    await expect(looks.setLook(workspace, { accent: 'teal' }, bad)).rejects.toThrow(/uuid/);
    expect(await looks.looks([workspace])).toEqual(new Map());
    await looks.setLook(workspace, { accent: 'teal' }, recordIn(workspace));
    expect(await looks.looks([workspace])).toEqual(new Map([[workspace, { accent: 'teal' }]]));
    expect(await new PostgresAudit(database()).head(workspace)).toMatchObject({ number: 1 });
  });

  test.each(Object.entries(AUDIT_SQL))('%s reads no more than it needs', async (name, text) => {
    const connection = await database().connect();
    try {
      const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
      const values = Array.from({ length: parameters }, () => null);
      const plan = await planOf(connection, { text, values, mode: 'force_generic_plan' });
      const led = /^pageOf(\w+)$/.exec(name)?.[1]?.toLowerCase();
      if (led !== undefined) expect(JSON.stringify(plan)).toContain(`audit_record_${led}`);
      expect(wideReads(plan).filter((one) => !OF_A_WORKSPACE.includes(one))).toEqual([]);
    } finally {
      await connection.close();
    }
  });
});
