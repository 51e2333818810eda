/**
 * `npm run release:version`: makes of the files in `.changeset/`, which `npx changeset` writes, the next version and its
 * part of CHANGELOG.md. All packages have one version, so it is set in every package.json, in what they want of each other
 * and in the lockfile; `changeset version` would keep a changelog and a version for each. Then what the release promises
 * to later ones goes into `compat/` (keep.mjs).
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from '../setup/progress.mjs';

/** From the highest on; what each means before 1.0 and after it, and its heading. */
const KINDS = /** @type {const} */ ([
  ['major', 'Breaking'],
  ['minor', 'New'],
  ['patch', 'Mended'],
]);
const FOLDER = '.changeset';
const NOT_A_CHANGE = new Set(['README.md', 'config.json']);
const CHANGES_FORM = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/;
const NAMED_FILE = /kith(?:-\w+)?-\d+\.\d+\.\d+\.tgz/;
const DEPENDENCY_KINDS = ['dependencies', 'devDependencies', 'peerDependencies'];

/** @typedef {(typeof KINDS)[number][0]} Kind */
/** @typedef {{ readonly kind: Kind, readonly summary: string }} Change */

/**
 * @param {string} text of a file that `npx changeset` wrote
 * @returns {Change | null} null for one that names no package: nothing of it is released
 */
export function parseChange(text) {
  const [, packages = '', summary = ''] = CHANGES_FORM.exec(text.replaceAll('\r\n', '\n')) ?? [];
  const named = [...packages.matchAll(/:\s*["']?(\w+)["']?\s*$/gm)].map(([, kind]) => kind);
  const known = KINDS.find(([kind]) => named.includes(kind));
  if (named.some((kind) => !KINDS.some(([name]) => name === kind))) throw new Error(`a kind is none of ours: ${named}`);
  if (known === undefined) return null;
  if (summary.trim() === '') throw new Error('a change says nothing');
  return { kind: known[0], summary: summary.trim() };
}

/**
 * Before 1.0 the second number stands for what breaks, as semver has it for such versions.
 * @param {string} version
 * @param {readonly Change[]} changes
 */
export function nextVersion(version, changes) {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const has = (/** @type {Kind} */ wanted) => changes.some(({ kind }) => kind === wanted);
  if (has('major') && major > 0) return `${major + 1}.0.0`;
  if (has('major') || has('minor')) return `${major}.${minor + 1}.0`;
  return `${major}.${minor}.${patch + 1}`;
}

/**
 * @param {string} changelog as it is; its first `## ` is the last release
 * @param {{ readonly version: string, readonly day: string, readonly changes: readonly Change[] }} release
 */
export function changelogWith(changelog, { version, day, changes }) {
  const parts = KINDS.flatMap(([kind, heading]) => {
    const items = changes.filter((change) => change.kind === kind).map(({ summary }) => asItem(summary));
    return items.length === 0 ? [] : [`### ${heading}\n\n${items.join('\n')}\n`];
  });
  const at = changelog.search(/^## /m);
  const [before, after] =
    at === -1 ? [`${changelog.trimEnd()}\n\n`, ''] : [changelog.slice(0, at), changelog.slice(at)];
  return `${before}## ${version} (${day})\n\n${parts.join('\n')}${after === '' ? '' : `\n${after}`}`;
}

/**
 * @param {string} text of a package.json, or of the lockfile
 * @param {string} version
 */
export function withVersion(text, version) {
  const manifest = JSON.parse(text);
  const own = [
    manifest,
    ...Object.entries(manifest.packages ?? {}).flatMap(([path, each]) => (isOurs(path) ? each : [])),
  ];
  for (const each of own) {
    if (each.version !== undefined) each.version = version;
    for (const kind of DEPENDENCY_KINDS) {
      for (const name of Object.keys(each[kind] ?? {})) if (name.startsWith('@kith/')) each[kind][name] = version;
    }
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** @param {string} path in a lockfile */
function isOurs(path) {
  return !path.includes('node_modules/');
}

/** @param {string} summary */
function asItem(summary) {
  return `- ${summary.replaceAll('\n', '\n  ')}`;
}

/** @param {string} root */
function makeVersion(root) {
  const files = readdirSync(join(root, FOLDER)).filter((name) => name.endsWith('.md') && !NOT_A_CHANGE.has(name));
  const changes = files.flatMap((name) => parseChange(readFileSync(join(root, FOLDER, name), 'utf8')) ?? []);
  if (changes.length === 0)
    throw new Error(`there is nothing to release: npx changeset writes a change into ${FOLDER}`);
  const { version: before } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const version = nextVersion(before, changes);
  for (const path of filesWithVersion(root)) edit(join(root, path), (text) => withVersion(text, version));
  for (const path of pagesWithVersion(root)) edit(path, (text) => text.replaceAll(`-${before}.tgz`, `-${version}.tgz`));
  const day = new Date().toISOString().slice(0, 10);
  edit(join(root, 'CHANGELOG.md'), (text) => changelogWith(text, { version, day, changes }));
  for (const name of files) rmSync(join(root, FOLDER, name));
  return version;
}

/**
 * Every package.json that git knows, and the lockfile.
 * @param {string} root
 */
export function filesWithVersion(root) {
  const wanted = ['package.json', '*/package.json', 'package-lock.json'];
  const listed = execFileSync('git', ['ls-files', '-z', '--', ...wanted], { cwd: root, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '');
}

/**
 * Documents that name the file of a release.
 * @param {string} root
 */
export function pagesWithVersion(root) {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return pages.map((name) => join(root, 'docs', name)).filter((path) => NAMED_FILE.test(readFileSync(path, 'utf8')));
}

/**
 * @param {string} path
 * @param {(text: string) => string} change
 */
function edit(path, change) {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const version = makeVersion(root);
  say(`this is ${version}: look at CHANGELOG.md, commit, then npm run release:pack`);
}
