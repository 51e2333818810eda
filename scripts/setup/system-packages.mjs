/**
 * Installs, through apt, the system programs that some tests need; only as root, only on Debian and its
 * kin, only what is missing, and never with a PostgreSQL cluster or another daemon that starts by itself.
 * Where it can't, it says in one line what the tests will leave out: that is no failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findChromium, findPostgresBinaries, findProgram, findPython } from '../prerequisites.mjs';
import { say, step } from './progress.mjs';

/** Read by Debian's PostgreSQL packages before they would create and start a first cluster. */
const NO_CLUSTER_PATH = '/etc/postgresql-common/createcluster.d/kith-no-main-cluster.conf';

/** Before the server, in tests of the files in `deploy/`. */
const PROXIES = [
  { program: 'nginx', name: 'nginx-light' },
  { program: 'haproxy', name: 'haproxy' },
  { program: 'caddy', name: 'caddy' },
];

/** While it is there and says 101, no package starts its daemon. */
const NO_START_PATH = '/usr/sbin/policy-rc.d';

/** @returns {{ readonly name: string, readonly leavesOut: string }[]} what is missing, as apt calls it */
function missingPackages() {
  return [
    { name: 'chromium', leavesOut: 'the browser tests', isThere: findChromium() !== null },
    {
      name: 'postgresql',
      leavesOut: "the tests against the system's PostgreSQL",
      isThere: findPostgresBinaries() !== null,
    },
    ...PROXIES.map(({ program, name }) => ({
      name,
      leavesOut: `the tests behind ${program}`,
      isThere: findProgram(program) !== null,
    })),
    {
      name: 'groonga-bin',
      leavesOut: 'the tests of a search engine of its own',
      isThere: findProgram('groonga') !== null,
    },
    {
      name: 'redis-server',
      leavesOut: 'the tests of several nodes over Redis',
      isThere: findProgram('redis-server') !== null,
    },
    { name: 'python3-websockets', leavesOut: 'the tests of the client in Python', isThere: findPython() !== null },
  ].filter(({ isThere }) => !isThere);
}

export function installSystemPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (canUseApt()) installWithApt(missing.map(({ name }) => name));
  for (const { name, leavesOut } of missingPackages()) {
    say(
      `left out: ${leavesOut}, because ${name} is not installed. As root on Debian, set-up installs it; else install it yourself.`,
    );
  }
}

function canUseApt() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/**
 * One package at a time, so that one which the distribution does not have costs only itself.
 * @param {readonly string[]} names
 */
function installWithApt(names) {
  const hadNoClusterFile = existsSync(NO_CLUSTER_PATH);
  const hadPolicy = existsSync(NO_START_PATH);
  if (!hadPolicy) writeFileSync(NO_START_PATH, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  mkdirSync(dirname(NO_CLUSTER_PATH), { recursive: true });
  writeFileSync(NO_CLUSTER_PATH, 'create_main_cluster = false\n');
  try {
    step('reading the list of system packages (apt-get update)', () => apt(['update']));
    for (const name of names) {
      step(`installing ${name} (apt-get install)`, () => apt(['install', '--yes', '--no-install-recommends', name]));
    }
  } finally {
    if (!hadNoClusterFile) rmSync(NO_CLUSTER_PATH);
    if (!hadPolicy) rmSync(NO_START_PATH);
  }
}

/** @param {readonly string[]} args */
function apt(args) {
  const result = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    timeout: 600_000,
  });
  if (result.status !== 0) say(`apt-get ${args.join(' ')} failed: ${lastLine(result.stderr)}`);
}

/** @param {string | null} text */
function lastLine(text) {
  return text?.trim().split('\n').at(-1) ?? 'no output';
}
