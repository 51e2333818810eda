// What a release holds, judged on this clone without packing it: what a server needs, and nothing of how it is made.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkNotice } from '../checks/notice.mjs';
import { releaseContents } from './contents.mjs';
import { lockedPackages, nameIn } from './locked-packages.mjs';
import { noticeText } from './notice.mjs';
import { releaseManifest } from './pack.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const lock = readJson('package-lock.json');
/** @type {import('./contents.mjs').Contents} */
let contents;
/** @type {readonly string[]} */
let paths;

beforeAll(() => {
  contents = releaseContents(root);
  paths = contents.files.map(({ to }) => to);
});

it('holds what a server reads: the command, the migrations, the page with its compressed files', () => {
  const migrations = readdirSync(join(root, 'packages/server/migrations'));
  expect(paths).toEqual(
    expect.arrayContaining([
      'node_modules/@kith/cli/dist/main.js',
      'node_modules/@kith/cli/dist/commands/serve.js',
      'node_modules/@kith/server/dist/main.js',
      'node_modules/@kith/prover/dist/worker.js',
      'node_modules/@kith/web/dist/index.html',
      'node_modules/@kith/web/dist/index.html.br',
      'node_modules/emojibase-data/en/shortcodes/iamcal.json',
      ...migrations.map((name) => `node_modules/@kith/server/migrations/${name}`),
    ]),
  );
});

it('holds no test, no source, no map of one, and nothing that lies beside what is built', () => {
  const wrong =
    /\.test\.|\.spec\.|(?:^|\/)(?:test|tests|__tests__|src\/.*\.ts|coverage)\/|\.tsx?$|\.map(?:\.br)?$|tsbuildinfo|(?:^|\/)\.git/;
  expect(paths.filter((path) => wrong.test(path))).toEqual([]);
  expect(new Set(paths).size).toBe(paths.length);
});

it('holds no package that is there for development, and each that something in it asks for', () => {
  const names = new Set(
    paths.flatMap((path) => [...path.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].at(-1)?.[1] ?? []),
  );
  const others = [...names].filter((name) => !name.startsWith('@kith/'));
  const development = others.filter((name) =>
    Object.entries(lock.packages).every(([path, entry]) => nameIn(path) !== name || entry.dev === true),
  );
  expect(development).toEqual([]);
  for (const tool of ['vitest', 'typescript', 'playwright-core', 'rolldown', 'vite', 'react']) {
    expect(others).not.toContain(tool);
  }
  const { dependencies } = releaseManifest(root, contents);
  // Of the last one only a file of data comes along.
  const beside = [...Object.keys(contents.dependencies), 'emojibase-data'];
  const needed = Object.keys(dependencies).filter((name) => !name.startsWith('@kith/') && !beside.includes(name));
  expect(
    Object.keys(lockedPackages(lock.packages, { needed }))
      .map(nameIn)
      .filter((name) => !names.has(name)),
  ).toEqual([]);
});

it('has one version everywhere: in each package, in what they want of each other, and in the lockfile', () => {
  const { version, workspaces } = readJson('package.json');
  const folders = workspaces.flatMap((/** @type {string} */ pattern) =>
    pattern.endsWith('/*')
      ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -1)}${name}`)
      : [pattern],
  );
  const manifests = folders
    .map((/** @type {string} */ folder) => `${folder}/package.json`)
    .filter((/** @type {string} */ path) => existsSync(join(root, path)));
  expect(manifests.length).toBeGreaterThan(10);
  for (const path of manifests) {
    const { version: own, ...manifest } = readJson(path);
    const wanted = ['dependencies', 'devDependencies', 'peerDependencies']
      .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([name]) => name.startsWith('@kith/'));
    expect([path, own]).toEqual([path, version]);
    expect([path, wanted.filter(([, each]) => each !== version)]).toEqual([path, []]);
    expect(lock.packages[path.replace('/package.json', '')].version).toBe(version);
  }
  expect(lock.version).toBe(version);
  const { dependencies } = releaseManifest(root, contents);
  expect(Object.entries(dependencies).filter(([name, each]) => name.startsWith('@kith/') && each !== version)).toEqual(
    [],
  );
});

describe('NOTICE', () => {
  it('names each package of others in a release, with its version', () => {
    const text = noticeText(lock.packages);
    const folders = [...new Set(paths.map((path) => path.replace(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/.*$/, '$1')))];
    const others = folders.filter((folder) => !folder.includes('@kith/'));
    expect(others.length).toBeGreaterThan(30);
    for (const folder of others) {
      expect(text).toContain(`  ${nameIn(folder)} ${lock.packages[folder].version}: `);
    }
  });

  it('is seen to be behind the lockfile', () => {
    const lockfile = { path: 'package-lock.json', text: JSON.stringify(lock) };
    const said = (/** @type {string} */ text) => checkNotice([lockfile, { path: 'NOTICE', text }]);
    expect(said(noticeText(lock.packages))).toEqual([]);
    expect(said(noticeText(lock.packages).replace('  fastify 5', '  fastify 4'))).toHaveLength(1);
    expect(said(`${noticeText(lock.packages)}more\n`)).toHaveLength(1);
    expect(checkNotice([lockfile])).toHaveLength(1);
  });
});

describe('what is followed through a lockfile', () => {
  const packages = {
    'node_modules/a': {
      version: '1.0.0',
      dependencies: { b: '^1.0.0' },
      optionalDependencies: { c: '1.0.0' },
      dev: true,
    },
    'node_modules/a/node_modules/b': { version: '1.5.0', dependencies: { d: '*' } },
    'node_modules/b': { version: '2.0.0' },
    'node_modules/c': { version: '1.0.0' },
    'node_modules/d': {
      version: '1.0.0',
      peerDependencies: { b: '2', e: '1' },
      peerDependenciesMeta: { e: { optional: true } },
    },
    'node_modules/e': { version: '1.0.0' },
  };

  it('is found as Node looks for it, and says nothing of the clone', () => {
    const found = lockedPackages(packages, { needed: ['a'] });
    expect(Object.keys(found)).toEqual([
      ...['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/b', 'node_modules/c', 'node_modules/d'],
    ]);
    expect(found['node_modules/a']).not.toHaveProperty('dev');
    expect(found['node_modules/c']).toMatchObject({ optional: true });
    expect(found['node_modules/b']).not.toHaveProperty('optional');
  });

  it('is missed aloud', () => {
    expect(() => lockedPackages(packages, { needed: ['f'] })).toThrow('f, which a package of ours needs, is not in');
  });
});

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
