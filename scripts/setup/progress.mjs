/**
 * How set-up speaks: a line per step with its time, and an error that says what to do.
 * A step that has nothing to do prints nothing.
 */
import { spawnSync } from 'node:child_process';

/** An expected failure: its message is all that a person needs, so it is printed without a stack. */
export class SetupError extends Error {}

/** @param {string} text */
export function say(text) {
  console.log(`kith: ${text}`);
}

/**
 * Runs one step, printing its name before and its time after.
 * @template T
 * @param {string} name
 * @param {() => T} work
 * @returns {T}
 */
export function step(name, work) {
  say(`${name} ...`);
  const startedMs = performance.now();
  const result = work();
  say(`${name}: done in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return result;
}

/**
 * Runs a program to its end with its output on the terminal.
 * @param {readonly [string, ...string[]]} command program and arguments
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, hint: string }} options `hint` says what to do when it fails
 * @throws {SetupError} when it cannot be started or ends with another code than 0
 */
export function run([program, ...args], { cwd, env, hint }) {
  const result = spawnSync(program, args, { cwd, env: env ?? process.env, stdio: 'inherit' });
  if (result.error) throw new SetupError(`${program} could not be started (${result.error.message}). ${hint}`);
  if (result.status !== 0) {
    throw new SetupError(
      `${[program, ...args].join(' ')} ended with ${result.signal ?? `code ${result.status}`}. ${hint}`,
    );
  }
}
