/**
 * PostgreSQL's own programs, from the npm package of this platform. Promises
 * programs that the given user can run: links that npm's script would have made
 * are made here, and where the package lies below a directory closed to that
 * user it is copied once to `<systemDirectory>/bin`, whole or not at all.
 */
import { mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { RunAs } from './command.js';
import { runCommand } from './command.js';
import { EmbeddedPostgresError, useDatabaseUrl } from './embedded-postgres-error.js';
import { copyReadable } from './readable-copy.js';
import { systemErrorCode } from './system-error.js';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Such as `18`; a cluster belongs to one major version. */
  readonly majorVersion: string;
}

export interface BinariesRequest {
  /** The platform package's directory; found through Node's resolution when null. */
  readonly packageDirectory: string | null;
  readonly systemDirectory: string;
  readonly runAs: RunAs;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly isMusl: boolean;
}

/** @throws platform_unsupported, binaries_missing, binaries_unusable */
export async function prepareBinaries(request: BinariesRequest): Promise<PostgresBinaries> {
  const source = request.packageDirectory ?? findPlatformPackage(platformPackage(currentPlatform()));
  await makeMissingLinks(source);
  const inPlace = await tryBinaries(source, request.runAs);
  if (inPlace.binaries !== null) return inPlace.binaries;
  if (request.runAs === null) throw unusable(source, inPlace.failure);
  return copiedBinaries(source, request);
}

/**
 * The npm package that holds PostgreSQL for a platform.
 * @throws platform_unsupported on Windows, with musl, and on other processors
 */
export function platformPackage(platform: Platform): string {
  const architectures: Readonly<Record<string, readonly string[]>> = {
    linux: ['x64', 'arm64', 'arm', 'ia32', 'ppc64'],
    darwin: ['x64', 'arm64'],
  };
  const isKnown = architectures[platform.os]?.includes(platform.architecture) ?? false;
  if (isKnown && !platform.isMusl) return `@embedded-postgres/${platform.os}-${platform.architecture}`;
  throw new EmbeddedPostgresError(
    'platform_unsupported',
    `There is no embedded PostgreSQL for ${platform.os} ${platform.architecture}${platform.isMusl ? ' with musl' : ''}. ` +
      'Run on Linux with glibc or on macOS, ' +
      `${useDatabaseUrl}.`,
  );
}

function currentPlatform(): Platform {
  return { os: process.platform, architecture: process.arch, isMusl: process.platform === 'linux' && !hasGlibc() };
}

function hasGlibc(): boolean {
  const report: object = process.report.getReport();
  const header: unknown = 'header' in report ? report.header : null;
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header;
}

function findPlatformPackage(name: string): string {
  try {
    // The package's only export is <package>/dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      'binaries_missing',
      `The package ${name} with PostgreSQL's programs isn't installed. Run npm install without --omit=optional, ${useDatabaseUrl}.`,
      { cause: error },
    );
  }
}

/** npm can't carry symbolic links; the package's install script makes them, unless scripts are off. */
async function makeMissingLinks(packageDirectory: string): Promise<void> {
  const list = await readFile(join(packageDirectory, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of parseLinks(JSON.parse(list))) {
    try {
      await symlink(basename(link.source), join(packageDirectory, link.target));
    } catch (error) {
      // Already there, or not ours to write: then trying the programs decides.
      if (!['EEXIST', 'EACCES', 'EROFS', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
    }
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function parseLinks(list: unknown): readonly Link[] {
  if (!Array.isArray(list)) return [];
  return list.filter((entry: unknown): entry is Link => {
    if (typeof entry !== 'object' || entry === null || !('source' in entry) || !('target' in entry)) return false;
    const { source, target } = entry;
    return typeof source === 'string' && typeof target === 'string' && dirname(source) === dirname(target);
  });
}

type Trial = { readonly binaries: PostgresBinaries } | { readonly binaries: null; readonly failure: string };

async function tryBinaries(packageDirectory: string, runAs: RunAs): Promise<Trial> {
  const bin = join(packageDirectory, 'native', 'bin');
  const share = join(packageDirectory, 'native', 'share', 'postgresql', 'postgres.bki');
  const [postgres, initdb] = [join(bin, 'postgres'), join(bin, 'initdb')];
  const check = 'test -r "$3" && "$2" --version >/dev/null && exec "$1" --version';
  const result = await runCommand('/bin/sh', ['-c', check, 'sh', postgres, initdb, share], runAs);
  const version = /\(PostgreSQL\) (\d+)/.exec(result.stdout)?.[1];
  if (result.exitCode === 0 && version !== undefined) return { binaries: { postgres, initdb, majorVersion: version } };
  return { binaries: null, failure: result.stderr.trim() };
}

async function copiedBinaries(source: string, request: BinariesRequest): Promise<PostgresBinaries> {
  const store = join(request.systemDirectory, 'bin');
  const copy = join(store, await packageLabel(source));
  const existing = await tryBinaries(copy, request.runAs);
  if (existing.binaries !== null) return existing.binaries;

  await mkdir(store, { recursive: true, mode: 0o755 });
  const unfinished = `${copy}.${process.pid}.unfinished`;
  await copyReadable(source, unfinished);
  // What is there now doesn't run (a crash may have left empty files): it makes way.
  await rm(copy, { recursive: true, force: true });
  await rename(unfinished, copy).catch((error: unknown) => {
    // Another server was quicker; its copy is as good as ours.
    if (!['EEXIST', 'ENOTEMPTY'].includes(systemErrorCode(error) ?? '')) throw error;
    return rm(unfinished, { recursive: true, force: true });
  });
  const copied = await tryBinaries(copy, request.runAs);
  if (copied.binaries === null) throw unusable(copy, copied.failure);
  return copied.binaries;
}

async function packageLabel(packageDirectory: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
  if (typeof version === 'string' && /^[\w.-]+$/.test(version)) return `${version}-${process.platform}-${process.arch}`;
  throw new EmbeddedPostgresError(
    'binaries_missing',
    `${packageDirectory} isn't a package with PostgreSQL's programs. Run npm install again, ${useDatabaseUrl}.`,
  );
}

function unusable(packageDirectory: string, failure: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'binaries_unusable',
    `PostgreSQL's programs in ${packageDirectory} don't run: ${failure} ` +
      `Install again with npm install (install scripts allowed), ${useDatabaseUrl}.`,
  );
}
