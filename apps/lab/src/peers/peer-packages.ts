// Packages of the peers: not the product's, so they are no dependencies of it. They are installed beside the results of the
// bench, in exactly these versions, with the programs that use them.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = {
  '@socket.io/redis-adapter': '8.3.0',
  bun: '1.4.5',
  pg: '8.23.1',
  redis: '6.3.1',
  'socket.io': '4.8.4',
};
const PROGRAMS = fileURLToPath(new URL('../../../../bench/peers', import.meta.url));

export type PeerPrograms = { readonly socketIo: string; readonly bun: readonly [string, string] };

/** @returns where the programs are @throws Error where the packages cannot be had */
export function installPeers(directory: string): PeerPrograms {
  mkdirSync(directory, { recursive: true });
  const manifest = `${JSON.stringify({ private: true, type: 'module', dependencies: PACKAGES }, null, 2)}\n`;
  const path = join(directory, 'package.json');
  const isThere = existsSync(path) && readFileSync(path, 'utf8') === manifest;
  const bun = join(
    directory,
    'node_modules',
    '@oven',
    `bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`,
    'bin',
    'bun',
  );
  if (!isThere || !existsSync(bun)) {
    writeFileSync(path, manifest);
    // Bun's program is in a package of its own: no script of an installation has to run.
    const { status, stderr } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: directory,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the packages of the peers could not be installed:\n${stderr.slice(-2_000)}`);
  }
  cpSync(PROGRAMS, directory, { recursive: true });
  return { socketIo: join(directory, 'socket-io-server.mjs'), bun: [bun, join(directory, 'bun-server.mjs')] };
}
