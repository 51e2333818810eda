/**
 * `npm run release:pack`: makes `dist/release/kith-x.y.z.tgz`, which `npx ./kith-x.y.z.tgz serve` runs, with nothing but
 * what a server needs, all of it inside but the programs of the platform. The same sources give the same bytes. Beside it
 * are its bill of materials (CycloneDX) and the SHA-256 of both. Nothing is published.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmCommand } from '../setup/dependencies.mjs';
import { say, step } from '../setup/progress.mjs';
import { ownPackages, releaseContents, SITE } from './contents.mjs';
import { lockedPackages, nameIn } from './locked-packages.mjs';
import { builtIn } from './notice.mjs';

const PAGES = ['README.md', 'LICENSE', 'NOTICE', 'CHANGELOG.md', 'SECURITY.md'];
const COMMAND = `#!/usr/bin/env node
// The \`kith\` command as npm installs it.
import '../node_modules/@kith/cli/dist/main.js';
`;

/** @typedef {import('./contents.mjs').Contents} Contents */

/**
 * @param {string} root of a clone that is built, its document site too
 * @param {{ readonly version?: string }} [asked] another version than the clone's: for tests of an upgrade
 * @returns {{ readonly tarball: string, readonly sbom: string }} paths
 */
export function packRelease(root, { version = readJson(join(root, 'package.json')).version } = {}) {
  const stage = join(root, '.tmp', `release-${version}`, 'kith');
  const target = join(root, 'dist', 'release');
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  if (!existsSync(join(root, SITE))) throw new Error(`${SITE} is not there: npm run docs:site makes it`);
  const contents = releaseContents(root);
  for (const { from, to } of contents.files) {
    mkdirSync(dirname(join(stage, to)), { recursive: true });
    cpSync(join(root, from), join(stage, to));
  }
  for (const manifest of ownPackages(root)) {
    writeJson(join(stage, 'node_modules', manifest.name, 'package.json'), { ...manifest, version });
  }
  for (const page of PAGES) cpSync(join(root, page), join(stage, page));
  mkdirSync(join(stage, 'bin'));
  writeFileSync(join(stage, 'bin', 'kith.mjs'), COMMAND, { mode: 0o755 });
  const lock = readJson(join(root, 'package-lock.json')).packages;
  writeFileSync(join(stage, 'THIRD-PARTY-LICENSES'), licenceTexts(root, Object.keys(builtIn(lock))));
  const manifest = { ...releaseManifest(root, contents), version };
  writeJson(join(stage, 'package.json'), manifest);

  const sbom = join(target, `kith-${version}.cdx.json`);
  writeFileSync(sbom, billOfMaterials(stage, releaseLock(manifest, lock)));
  cpSync(sbom, join(stage, 'sbom.cdx.json'));
  npm(stage, ['pack', '--ignore-scripts', '--pack-destination', target]);
  const tarball = join(target, `kith-${version}.tgz`);
  rmSync(stage, { recursive: true });
  const sums = [tarball, sbom].map((path) => `${sha256(path)}  ${path.slice(target.length + 1)}\n`);
  writeFileSync(join(target, `kith-${version}.sha256`), sums.join(''));
  return { tarball, sbom };
}

/**
 * @param {string} root
 * @param {Contents} contents
 */
export function releaseManifest(root, { inside, dependencies, optionalDependencies }) {
  const { version, description, license, type, engines, allowScripts } = readJson(join(root, 'package.json'));
  return {
    name: 'kith',
    ...{ version, description, license, type, engines },
    bin: { kith: 'bin/kith.mjs' },
    dependencies: { ...inside, ...dependencies },
    optionalDependencies,
    bundleDependencies: Object.keys(inside),
    allowScripts,
  };
}

/**
 * For the bill of materials alone: npm heeds a lockfile in a tarball only where it comes from a registry.
 * @param {ReturnType<typeof releaseManifest>} manifest
 * @param {import('./locked-packages.mjs').Lock} lock of the clone
 */
function releaseLock(manifest, lock) {
  const { name, version, license, dependencies, optionalDependencies } = manifest;
  const [ours, others] = [true, false].map((isOurs) =>
    Object.keys(dependencies).filter((each) => each.startsWith('@kith/') === isOurs),
  );
  const inside = (ours ?? []).map((each) => [`node_modules/${each}`, { version: dependencies[each], license }]);
  const packages = {
    '': { name, version, license, dependencies, optionalDependencies },
    ...Object.fromEntries(inside),
    ...lockedPackages(lock, { needed: others ?? [], optional: Object.keys(optionalDependencies) }),
  };
  return { name, version, lockfileVersion: 3, requires: true, packages };
}

/**
 * npm's own, without what differs from run to run.
 * @param {string} stage
 * @param {object} lock
 */
function billOfMaterials(stage, lock) {
  const path = join(stage, 'package-lock.json');
  writeJson(path, lock);
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const bill = JSON.parse(npm(stage, args));
  rmSync(path);
  delete bill.serialNumber;
  delete bill.metadata.timestamp;
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/**
 * @param {string} root
 * @param {readonly string[]} paths of a lockfile
 */
function licenceTexts(root, paths) {
  const texts = paths.map((path) => {
    const folder = join(root, path);
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^(?:licen[cs]e|copying)/i.test(name)) : [];
    const said = names.sort().map((name) => readFileSync(join(folder, name), 'utf8').trim());
    const { version, license, author } = readJson(join(folder, 'package.json'));
    const owner = typeof author === 'string' ? author : (author?.name ?? 'its authors');
    const text =
      said.length > 0 ? said.join('\n\n') : `${license}, by ${owner}. The package has no text of its licence.`;
    return `${nameIn(path)} ${version}\n\n${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/**
 * @param {string} cwd
 * @param {readonly string[]} args
 */
function npm(cwd, args) {
  const [program, ...before] = npmCommand();
  return execFileSync(program, [...before, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** @param {string} path */
function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * @param {string} path
 * @param {unknown} value
 */
function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { tarball } = step('packing the release', () => packRelease(root));
  say(`${tarball} is there: npx ${tarball} serve`);
}
