/**
 * NOTICE: whose work a release is made with, by version and licence, read from the lockfile alone so that a check can hold
 * the two together for next to nothing. `node scripts/release/notice.mjs` writes the file anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockedPackages, nameIn } from './locked-packages.mjs';

/** These bring programs of each platform, so npm installs them beside a release, in exactly that version. */
export const INSTALLED_BESIDE = ['@node-rs/argon2'];
/** Packages of ours whose dependencies run on a server. */
const OF_THE_SERVER = ['apps/cli', 'packages/protocol', 'packages/server'];
/** What the document site has in it. */
const OF_THE_SITE = ['minisearch'];
/** And those whose dependencies are built into the page. */
const OF_THE_PAGE = ['apps/web', 'packages/react', 'packages/sdk', 'packages/protocol'];

const OPENING = `Kith
Copyright the authors of Kith

Licensed under the Apache License, Version 2.0: see LICENSE.

A release of Kith is made with the work of others. This list is made from the lockfile (node scripts/release/notice.mjs
writes it, and npm run check compares). The texts of the licences of what is built into the page come with a release, as
THIRD-PARTY-LICENSES; the other packages have theirs in their folders.
`;

/** @typedef {import('./locked-packages.mjs').Lock} Lock */

/**
 * @param {Lock} lock `packages` of the lockfile; what it says of workspaces are their manifests
 * @returns {string}
 */
export function noticeText(lock) {
  const names = namesIn(lock, OF_THE_SERVER, 'dependencies');
  const optional = namesIn(lock, OF_THE_SERVER, 'optionalDependencies');
  const needed = names.filter((name) => !INSTALLED_BESIDE.includes(name));
  return [
    OPENING,
    'Installed beside a release, as far as the platform needs it:\n',
    ...linesOf(lockedPackages(lock, { needed: INSTALLED_BESIDE, optional })),
    '\nIn a release:\n',
    ...linesOf(lockedPackages(lock, { needed })),
    '\nBuilt into its page and its document site:\n',
    ...linesOf(builtIn(lock)),
    '',
  ].join('\n');
}

/**
 * What is built into the page, so that no text of a licence is left beside it.
 * @param {Lock} lock
 */
export function builtIn(lock) {
  return lockedPackages(lock, { needed: [...namesIn(lock, OF_THE_PAGE, 'dependencies'), ...OF_THE_SITE] });
}

/**
 * @param {Lock} lock what it says of workspaces are their manifests
 * @param {readonly string[]} folders
 * @param {'dependencies' | 'optionalDependencies'} kind
 */
function namesIn(lock, folders, kind) {
  const names = folders.flatMap((folder) => Object.keys(lock[folder]?.[kind] ?? {}));
  return [...new Set(names)].filter((name) => !name.startsWith('@kith/'));
}

/** @param {Lock} packages */
function linesOf(packages) {
  const lines = Object.entries(packages).map(([path, { version, license }]) => {
    return `  ${nameIn(path)} ${version}: ${license ?? 'see its package'}`;
  });
  return [...new Set(lines)].sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  writeFileSync(join(root, 'NOTICE'), noticeText(packages));
}
