// What is judged of an upgrade before it is made.
import { expect, it } from 'vitest';
import { judgeSchema, roomFor, tablesIn } from './look.js';

it('a build that is older than the schema is told apart from one that is newer', () => {
  expect(judgeSchema({ schema: 33, build: 33, missing: 0 })).toMatchObject({ health: 'ok' });
  expect(judgeSchema({ schema: 31, build: 33, missing: 2 })).toMatchObject({
    health: 'warn',
    advice: expect.stringContaining('backup'),
  });
  expect(judgeSchema({ schema: 35, build: 33, missing: 0 }).found).toContain('this build is older');
});

it('the room that is wanted is that of the tables which migrations write to', () => {
  const sql = `-- UPDATE nothing\nALTER TABLE member ADD COLUMN a int;\nCREATE INDEX x ON entry (at);\nCREATE TABLE pin (no int);
    INSERT INTO follower SELECT 1; UPDATE conversation SET a = 1;`;
  expect(tablesIn(sql)).toEqual(['member', 'entry', 'follower', 'conversation']);
  expect(roomFor({ neededBytes: 0, freeBytes: 1 })).toMatchObject({ health: 'ok' });
  expect(roomFor({ neededBytes: 2_000_000, freeBytes: 1_000_000 })).toMatchObject({ health: 'fail' });
  expect(roomFor({ neededBytes: 1_000_000, freeBytes: 2_000_000 })).toMatchObject({ health: 'ok' });
  expect(roomFor({ neededBytes: 1_000_000, freeBytes: null })).toMatchObject({ health: 'ok' });
});
