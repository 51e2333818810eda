// A server's process that kills itself at a named point of the k-th write: the shipped node, with something between the
// core and its log. Never shipped. Without an order to die it is the server as it is.
import { writeSync } from 'node:fs';
import { loadConfig } from '@kith/server/config/load';
import { ChatCore } from '@kith/server/core/chat-core';
import type { ConversationLog, Write } from '@kith/server/core/log';
import { ServerTelemetry } from '@kith/server/edge/telemetry';
import { startNode } from '@kith/server/node';
import { type KillOrder, type KillPoint, lastWords, readKillOrder } from './kill-points.js';

/** From the answer of the log to the death of the process at `before-publish`: by then the ack is with the system. */
const ACK_LEAVES_MS = 25;

/** Counts the passings of the ordered point, and ends the process at the right one. */
class Executioner {
  readonly #order: KillOrder | null;
  #passings = 0;
  /** The ack of the last write leaves, and nothing else happens any more. */
  #isDying = false;

  constructor(order: KillOrder | null) {
    this.#order = order;
  }

  meddle(log: ConversationLog): ConversationLog {
    return new Proxy(log, {
      get: (target, name) => {
        if (name === 'append') return (write: Write) => this.#append(target, write);
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  /** Between the parser and the core. */
  meddleWithCore(): void {
    const execute = ChatCore.prototype.execute;
    const pass = (key: string) => this.#pass('received', key);
    ChatCore.prototype.execute = function meddled(caller, name, params) {
      if (name === 'message.send' && 'key' in params && params.key !== undefined) pass(params.key);
      return execute.call(this, caller, name, params) as never;
    };
  }

  async #append(log: ConversationLog, write: Write) {
    this.#pass('before-append', write.key);
    const appended = await log.append(write);
    if (this.#isDying) return new Promise<never>(() => {});
    this.#pass('after-commit', write.key);
    if (!this.#isDue('before-publish')) return appended;
    this.#isDying = true;
    setTimeout(() => die(write.key), ACK_LEAVES_MS);
    // Without entries there is nothing to publish; the answer is whole.
    return { ...appended, entries: [] };
  }

  #pass(point: KillPoint, key: string): void {
    if (this.#isDue(point)) die(key);
  }

  #isDue(point: KillPoint): boolean {
    if (this.#order?.point !== point) return false;
    this.#passings += 1;
    return this.#passings === this.#order.passing;
  }
}

function die(key: string): never {
  writeSync(2, lastWords(key));
  process.kill(process.pid, 'SIGKILL');
  throw new Error('still alive');
}

async function run(): Promise<void> {
  const executioner = new Executioner(readKillOrder(process.env));
  executioner.meddleWithCore();
  const config = loadConfig({ environment: process.env, readFile: () => null });
  const telemetry = new ServerTelemetry({ level: config.logLevel, node: `meddled-${process.pid}` });
  const node = await startNode(config, telemetry, { meddling: { log: (log) => executioner.meddle(log) } });
  process.stdout.write(`Kith is at ${node.edge.url}\n`);
}

run().catch((error: unknown) => {
  process.stderr.write(`the meddled server could not start: ${String(error)}\n`);
  process.exit(1);
});
