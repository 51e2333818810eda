// The dump of a schema makes that schema again, is the same on every server, and refuses what it would leave out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MigratedDatabase, makeMigratedDatabase } from '../src/migrated-database.js';
import { dumpSchema, structureOf } from '../src/schema-dump.js';

let database: MigratedDatabase;

beforeAll(async () => {
  database = await makeMigratedDatabase();
});
afterAll(() => database?.drop());

const dump = () => dumpSchema(database.query);

describe('a dump of the schema', () => {
  it('makes the same schema again', async () => {
    const before = await dump();
    expect(before).toContain('CREATE TABLE entry (');
    await database.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await database.query(before);
    expect(await dump()).toBe(before);
  });

  it('tells a column, a default, an index, a constraint, a comment, a trigger and what it runs apart', async () => {
    const seen = [structureOf(await dump())];
    for (const sql of [
      'ALTER TABLE account ADD COLUMN shoe_size int',
      'ALTER TABLE account ALTER COLUMN shoe_size SET DEFAULT 43',
      'CREATE INDEX account_by_shoe ON account (shoe_size)',
      'ALTER TABLE account ADD CONSTRAINT shod CHECK (shoe_size > 0) NOT VALID',
      "COMMENT ON TABLE account IS 'who there is'",
      'DROP TRIGGER audit_head_goes_on ON audit_head',
      "CREATE OR REPLACE FUNCTION audit_head_goes_on() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ]) {
      await database.query(sql);
      seen.push(structureOf(await dump()));
    }
    expect(new Set(seen).size).toBe(8);
  });

  it.each([
    ['a view', 'CREATE VIEW odd AS SELECT 1 AS one', 'DROP VIEW odd'],
    ['a function', "CREATE FUNCTION odd() RETURNS int LANGUAGE sql AS 'SELECT 1'", 'DROP FUNCTION odd'],
    ['a sequence', 'CREATE SEQUENCE odd', 'DROP SEQUENCE odd'],
    [
      'a setting of a column',
      'CREATE TABLE odd (t text); ALTER TABLE odd ALTER t SET STATISTICS 500',
      'DROP TABLE odd',
    ],
  ])('refuses %s, which it does not know', async (_name, make, drop) => {
    await database.query(make);
    await expect(dump()).rejects.toThrow('knows nothing of odd');
    await database.query(drop);
  });
});
