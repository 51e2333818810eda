/**
 * A network of its own, with loopback and one address of a private network, in which a test runs a server and a browser: what
 * people in an office have who reach Kith at the address of a machine. Needs root on Linux.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const SET_UP = [
  'ip link set lo up',
  // Of the device that every network has; not every kernel has another to give.
  'ip address add "$0/24" dev lo',
  'echo ready',
  // Ends with whoever opened it.
  'exec cat',
].join(' && ');

export const hasNetworkSpaces = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

export class NetworkSpace {
  readonly address: string;
  readonly #holder: ChildProcess;

  private constructor(address: string, holder: ChildProcess) {
    this.address = address;
    this.#holder = holder;
  }

  /** @param address of IPv4, in it alone */
  static async open(address: string): Promise<NetworkSpace> {
    const holder = spawn('unshare', ['--net', 'sh', '-c', SET_UP, address], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [word] = (await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')])) as [unknown];
    if (String(word) !== 'ready\n') throw new Error(`there is no network at ${address}`);
    return new NetworkSpace(address, holder);
  }

  /** The beginning of a command that runs what follows it here. */
  get enter(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.#holder.pid}/ns/net`, '--'];
  }

  /** What runs in it goes on. */
  async close(): Promise<void> {
    const ended = once(this.#holder, 'close');
    this.#holder.stdin?.end();
    await ended;
  }
}
