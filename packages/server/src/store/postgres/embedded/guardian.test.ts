import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { GuardedProcess } from './guardian.js';
import { startGuarded } from './guardian.js';
import { identify } from './process-identity.js';

function start(script: string, onOutput: (chunk: string) => void = () => undefined): Promise<GuardedProcess> {
  return startGuarded({ file: '/bin/sh', args: ['-c', script], directory: '/', runAs: null, onOutput });
}

/** Runs a Node program that stays, once its signal handlers are set. */
async function startListening(handlers: string): Promise<GuardedProcess> {
  let said: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    said = resolve;
  });
  const program = `${handlers}; setInterval(() => undefined, 1000); console.log("ready")`;
  const started = await startGuarded({
    file: process.execPath,
    args: ['-e', program],
    directory: '/',
    runAs: null,
    onOutput: () => said(),
  });
  await ready;
  return started;
}

describe('the guardian', () => {
  it('interrupts the program when it is let go, and ends with it', async () => {
    const program = await startListening('process.on("SIGINT", () => process.exit(3))');
    program.letGo();
    program.letGo();
    expect(await program.ended).toBe(3);
    expect(await identify(program.pid)).toBeNull();
  });

  it('interrupts again when the program did not hear it the first time', async () => {
    const program = await startListening(
      'let heard = 0; process.on("SIGINT", () => (heard += 1) === 2 && process.exit(4))',
    );
    program.letGo();
    expect(await program.ended).toBe(4);
  });

  it('tells how the program ended, by itself or by a signal', async () => {
    const output: string[] = [];
    const program = await start('echo said >&2; echo more; exit 7', (chunk) => void output.push(chunk));
    expect(await program.ended).toBe(7);
    expect(output.join('')).toBe('said\nmore\n');

    const killed = await start('kill -9 $$');
    expect(await killed.ended).toBe(137);
  });

  it('says 127 when there is no such program', async () => {
    const nothing = await startGuarded({
      file: '/nowhere',
      args: [],
      directory: '/',
      runAs: null,
      onOutput: () => undefined,
    });
    expect(await nothing.ended).toBe(127);
  });

  it('survives the signals of a service manager to its whole group', async () => {
    const program = await startListening(
      'process.on("SIGTERM", () => undefined); process.on("SIGINT", () => process.exit(5))',
    );
    process.kill(-groupOf(program.pid), 'SIGTERM');
    expect(await identify(program.pid)).not.toBeNull();
    program.letGo();
    expect(await program.ended).toBe(5);
  });
});

function groupOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }));
}
