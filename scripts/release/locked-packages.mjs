/**
 * The packages of others that something needs to run, as the lockfile has them: found by following what each asks for, as
 * Node looks for it. A release carries them as its own lockfile, so that what is installed is what was tested here.
 */

/**
 * @typedef {object} LockedPackage
 * @property {string} version
 * @property {string} [license]
 * @property {string} [integrity]
 * @property {Readonly<Record<string, string>>} [dependencies]
 * @property {Readonly<Record<string, string>>} [optionalDependencies]
 * @property {Readonly<Record<string, string>>} [peerDependencies]
 * @property {Readonly<Record<string, { readonly optional?: boolean }>>} [peerDependenciesMeta]
 */
/** @typedef {Readonly<Record<string, LockedPackage & { readonly [field: string]: any }>>} Lock `packages` of a lockfile */

/** Said of how a package is needed in the clone, and not of itself. */
const OF_THE_CLONE = new Set(['dev', 'devOptional', 'optional', 'peer', 'resolved', 'extraneous']);

/**
 * @param {Lock} lock
 * @param {{ readonly needed: readonly string[], readonly optional?: readonly string[] }} names of direct dependencies
 * @returns {Lock} by the same paths (`node_modules/…`), sorted; `optional` where nothing needs it but optionally
 */
export function lockedPackages(lock, { needed, optional = [] }) {
  /** @type {Map<string, boolean>} whether it is optional, by the path */
  const found = new Map();
  const follow = (/** @type {string} */ path, /** @type {boolean} */ isOptional) => {
    if (found.get(path) === false || found.get(path) === isOptional) return;
    found.set(path, isOptional);
    const { dependencies = {}, optionalDependencies = {}, ...entry } = lock[path] ?? missing(path);
    for (const name of [...Object.keys(dependencies), ...wantedPeers(entry)]) {
      if (!(name in optionalDependencies)) follow(pathOf(lock, name, path), isOptional);
    }
    for (const name of Object.keys(optionalDependencies)) follow(pathOf(lock, name, path), true);
  };
  for (const name of needed) follow(pathOf(lock, name, ''), false);
  for (const name of optional) follow(pathOf(lock, name, ''), true);
  return Object.fromEntries(
    [...found]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, isOptional]) => [path, { ...ofItself(lock[path]), ...(isOptional ? { optional: true } : {}) }]),
  );
}

/**
 * The name that stands in a path of a lockfile: `node_modules/a/node_modules/@b/c` is `@b/c`.
 * @param {string} path
 */
export function nameIn(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** @param {LockedPackage | Omit<LockedPackage, 'dependencies'>} entry */
function wantedPeers({ peerDependencies = {}, peerDependenciesMeta = {} }) {
  return Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
}

/**
 * Where Node finds a package from: beside, then further out.
 * @param {Lock} lock
 * @param {string} name
 * @param {string} from
 */
function pathOf(lock, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (lock[path] !== undefined) return path;
    if (folder === '') return missing(`${name}, which ${from || 'a package of ours'} needs,`);
  }
}

/**
 * @param {string} what
 * @returns {never}
 */
function missing(what) {
  throw new Error(`${what} is not in the lockfile`);
}

/** @param {LockedPackage | undefined} entry */
function ofItself(entry) {
  return /** @type {LockedPackage} */ (
    Object.fromEntries(Object.entries(entry ?? {}).filter(([field]) => !OF_THE_CLONE.has(field)))
  );
}
