import { spawn } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { identify, isPostgresOn, isStillRunning } from './process-identity.js';

describe('the identity of a process', () => {
  it('is the same while the process lives', async () => {
    const self = await identify(process.pid);
    expect(self).toEqual(await identify(process.pid));
    expect(self === null ? false : await isStillRunning(self)).toBe(true);
  });

  it('is another when the start time is another', async () => {
    const self = await identify(process.pid);
    expect(await isStillRunning({ pid: process.pid, startedAt: (self?.startedAt ?? 0) + 1 })).toBe(false);
  });

  it('is none once the process has ended, and for numbers that are no pid', async () => {
    const child = spawn('true', { stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));
    for (const pid of [child.pid ?? 0, 0, -1, Number.NaN, 2_147_483_647]) expect(await identify(pid)).toBeNull();
  });

  it.runIf(process.platform === 'linux')('is none for a zombie', async () => {
    // The shell becomes a program that never waits for the child it already has.
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))));
    try {
      await expect.poll(() => identify(pid), { timeout: 5_000 }).toBeNull();
      expect(() => process.kill(pid, 0)).not.toThrow();
    } finally {
      await new Promise((resolve) => parent.once('exit', resolve).kill());
    }
  });

  it.runIf(process.platform === 'linux')(
    'is no PostgreSQL for another program, even one that works in the directory',
    async () => {
      const directory = await realpath(tmpdir());
      const stranger = spawn('sleep', ['600'], { stdio: 'ignore', cwd: directory });
      const lookalike = spawn('sh', ['-c', 'exec sleep 600'], { stdio: 'ignore', cwd: directory, argv0: 'postgres' });
      try {
        expect(await isPostgresOn(stranger.pid ?? 0, directory)).toBe(false);
        expect(await isPostgresOn(stranger.pid ?? 0, '/')).toBe(false);
        expect(await isPostgresOn(lookalike.pid ?? 0, '/somewhere/else')).toBe(false);
      } finally {
        for (const child of [stranger, lookalike]) await new Promise((resolve) => child.once('exit', resolve).kill());
      }
    },
  );
});
