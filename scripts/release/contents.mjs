/**
 * What a release holds: of each of our packages the compiled files that the `kith` command can come to, and what those
 * read (migrations, the page, the document site). Found by following imports from the command on, so that no test, no
 * tool of development and no file of an earlier build comes along. The packages of others that these import are inside,
 * too, as the lockfile has them: what runs is what was tested. Only programs for one platform are installed beside.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { lockedPackages } from './locked-packages.mjs';
import { INSTALLED_BESIDE } from './notice.mjs';

/** Where our packages are: the folder by the name. */
const PACKAGES = {
  '@kith/cli': 'apps/cli',
  '@kith/lab': 'apps/lab',
  '@kith/prover': 'apps/prover',
  '@kith/protocol': 'packages/protocol',
  '@kith/sdk': 'packages/sdk',
  '@kith/server': 'packages/server',
  '@kith/testkit': 'packages/testkit',
  '@kith/web': 'apps/web',
};
/** The command, and what is started by its path: threads and processes of their own. */
const ENTRIES = [
  'apps/cli/dist/main.js',
  'apps/lab/dist/main.js',
  'apps/prover/dist/worker.js',
  'apps/prover/check-history.mjs',
];
/** Not followed: what a clone alone can do, since it needs a browser and a bundler, or the sources. */
const OF_A_CLONE = [
  'apps/lab/dist/bench.js',
  'apps/lab/dist/peers/peers.js',
  'apps/lab/dist/peers/peers-options.js',
  'apps/lab/dist/sdk/open-process.js',
  'apps/lab/dist/web/web-bench.js',
];
/** Whole folders that are read at run time. */
const FOLDERS = ['packages/server/migrations', 'apps/web/dist'];
/** The document site, which is built for a release alone: `releaseContents` of a clone without it leaves it out. */
export const SITE = 'dist/docs';
/** Of these a few files are read, and the rest is large. */
const PARTS_OF_OTHERS = { 'emojibase-data': ['package.json', 'LICENSE', 'en/shortcodes/iamcal.json'] };
const SCRIPT = /\.(?:js|mjs)$/;
const SOURCE_MAP = /\.map(?:\.br)?$/;
/** Of a package of others: what runs, and its licence. */
const RUNS = /(?:\.(?:js|cjs|mjs|json)|(?:^|\/)(?:licen[cs]e|copying|notice)[^/]*)$/i;
const NEVER_RUNS =
  /(?:^|\/)(?:tests?|__tests__|docs?|examples?|bench(?:marks?)?|integration|\.[^/]*)\/|\.(?:test|spec|bench)\.|tsconfig/;

/** @typedef {{ readonly name: string, readonly version: string, readonly [field: string]: any }} Manifest */
/** @typedef {{ readonly to: string, readonly from: string }} TakenFile a path in the release, and one from the root */
/**
 * @typedef {object} Contents
 * @property {readonly TakenFile[]} files sorted by where they go to
 * @property {Readonly<Record<string, string>>} inside versions of the packages that are in it, by name
 * @property {Readonly<Record<string, string>>} dependencies what is installed beside, with exact versions
 * @property {Readonly<Record<string, string>>} optionalDependencies the same, one for each platform
 */

/**
 * @param {string} root of a clone that is built
 * @returns {Contents}
 */
export function releaseContents(root) {
  const { scripts, outside } = followImports(root);
  const manifests = Object.values(PACKAGES).map((folder) => manifestOf(root, folder));
  const wanted = new Map([...outside].sort().map((name) => [name, versionOf(name, manifests)]));
  const folders = [...FOLDERS, ...(existsSync(join(root, SITE)) ? [SITE] : [])]
    .flatMap((folder) => filesBelow(root, folder))
    .filter((path) => !SOURCE_MAP.test(path));
  const ours = [...scripts, ...folders].map((from) => ({ from, to: placeOf(from) }));
  const others = othersInside(root, [...wanted.keys()]).map((path) => ({ from: path, to: path }));
  return {
    files: [...ours, ...others].sort((one, other) => (one.to < other.to ? -1 : 1)),
    inside: Object.fromEntries([
      ...Object.entries(PACKAGES).map(([name, folder]) => [name, manifestOf(root, folder).version]),
      ...[...wanted].filter(([name]) => !INSTALLED_BESIDE.includes(name)),
      ...Object.keys(PARTS_OF_OTHERS).map((name) => [name, versionOf(name, manifests)]),
    ]),
    dependencies: Object.fromEntries([...wanted].filter(([name]) => INSTALLED_BESIDE.includes(name))),
    optionalDependencies: Object.assign({}, ...manifests.map((manifest) => manifest.optionalDependencies)),
  };
}

/**
 * Files of other people's packages that come along.
 * @param {string} root
 * @param {readonly string[]} wanted
 */
function othersInside(root, wanted) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const inside = Object.keys(
    lockedPackages(packages, { needed: wanted.filter((name) => !INSTALLED_BESIDE.includes(name)) }),
  );
  const parts = Object.entries(PARTS_OF_OTHERS).flatMap(([name, paths]) =>
    paths.map((path) => `node_modules/${name}/${path}`),
  );
  const whole = inside.flatMap((folder) =>
    filesBelow(root, folder).filter((path) => {
      const within = path.slice(folder.length + 1);
      return !within.startsWith('node_modules/') && RUNS.test(within) && !NEVER_RUNS.test(within);
    }),
  );
  return [...whole, ...parts];
}

/**
 * What our packages say of themselves in a release: no dependencies, which are those of the release as a whole.
 * @param {string} root
 * @returns {readonly Manifest[]}
 */
export function ownPackages(root) {
  return Object.entries(PACKAGES).map(([name, folder]) => {
    const { version, license, type, exports } = manifestOf(root, folder);
    return { name, version, license, type, ...(exports === undefined ? {} : { exports }) };
  });
}

/**
 * @param {string} root
 * @returns {{ scripts: readonly string[], outside: ReadonlySet<string> }} paths from the root; names of packages of others
 */
function followImports(root) {
  const queue = [...ENTRIES];
  /** @type {Set<string>} */
  const scripts = new Set();
  /** @type {Set<string>} */
  const outside = new Set();
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (scripts.has(path) || OF_A_CLONE.includes(path)) continue;
    scripts.add(path);
    for (const wanted of importsOf(root, path)) {
      if (wanted.startsWith('node:')) continue;
      if (wanted.startsWith('.')) queue.push(join(dirname(path), wanted).split(sep).join('/'));
      else if (wanted.startsWith('@kith/')) queue.push(exportedFile(root, wanted));
      else outside.add(packageOf(wanted));
    }
  }
  return { scripts: [...scripts], outside };
}

/**
 * @param {string} root
 * @param {string} path
 */
function importsOf(root, path) {
  if (!existsSync(join(root, path))) throw new Error(`${path} is not there: npm run build makes it`);
  if (!SCRIPT.test(path)) return [];
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, path), 'utf8'), true, true);
  return importedFiles.map(({ fileName }) => fileName);
}

/**
 * The file that a name such as `@kith/server/main` leads to, by the `exports` of its package.
 * @param {string} root
 * @param {string} wanted
 */
function exportedFile(root, wanted) {
  const name = packageOf(wanted);
  const folder = /** @type {Readonly<Record<string, string>>} */ (PACKAGES)[name];
  if (folder === undefined) throw new Error(`${wanted} is imported, and ${name} is in no release`);
  const asked = `.${wanted.slice(name.length)}`;
  for (const [pattern, target] of Object.entries(manifestOf(root, folder).exports ?? {})) {
    const [before = '', after] = pattern.split('*');
    if (after === undefined ? asked !== pattern : !asked.startsWith(before)) continue;
    return join(folder, target.default.replace('*', asked.slice(before.length)))
      .split(sep)
      .join('/');
  }
  throw new Error(`${name} gives out no ${asked}`);
}

/** @param {string} wanted */
function packageOf(wanted) {
  return wanted.split('/', wanted.startsWith('@') ? 2 : 1).join('/');
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {Manifest}
 */
function manifestOf(root, folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/**
 * Only what a package lists for running: what is there for development is in no release.
 * @param {string} name
 * @param {readonly Manifest[]} manifests
 */
function versionOf(name, manifests) {
  const version = manifests.map(({ dependencies }) => dependencies?.[name]).find((each) => each !== undefined);
  if (version === undefined) throw new Error(`${name} is imported, and no package lists it under dependencies`);
  return version;
}

/**
 * Where a file of the clone is in a release: `packages/server/dist/main.js` is `node_modules/@kith/server/dist/main.js`.
 * @param {string} path
 */
function placeOf(path) {
  if (path.startsWith(`${SITE}/`)) return `node_modules/@kith/web/docs/${path.slice(SITE.length + 1)}`;
  for (const [name, folder] of Object.entries(PACKAGES)) {
    if (path.startsWith(`${folder}/`)) return `node_modules/${name}/${path.slice(folder.length + 1)}`;
  }
  throw new Error(`${path} belongs to no package`);
}

/**
 * @param {string} root
 * @param {string} folder
 */
function filesBelow(root, folder) {
  if (!existsSync(join(root, folder))) throw new Error(`${folder} is not there: build it first`);
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
