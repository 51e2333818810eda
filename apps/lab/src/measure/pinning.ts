// Which processor does what: the servers and their database on core 0, the load on core 1. Where the machine cannot do
// that, the bench says so and goes on, and its figures are then those of a shared machine.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export type Pinning = {
  /** Null where everything is pinned; else the reason why not. */
  readonly missing: string | null;
  /** A command that runs `command` where servers run. */
  serverCommand(command: readonly [string, ...string[]]): readonly [string, ...string[]];
  /** The same on both cores, while nothing else has anything to do: what this process starts else stays on its core. */
  unpinnedCommand(command: readonly [string, ...string[]]): readonly [string, ...string[]];
};

const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** Pins this process, with all its threads, to the core of the load. */
export function pinLoad(): Pinning {
  const missing = pinSelf();
  return {
    missing,
    serverCommand: (command) => (missing === null ? on(String(SERVER_CORE), command) : command),
    unpinnedCommand: (command) => (missing === null ? on(`${SERVER_CORE},${LOAD_CORE}`, command) : command),
  };
}

function on(cores: string, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return ['taskset', '-c', cores, ...command];
}

function pinSelf(): string | null {
  if (availableParallelism() < 2) return 'this machine has one core: servers and load share it';
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(process.pid)]);
  return status === 0 ? null : 'there is no taskset here: nothing is pinned, and servers and load share the cores';
}
