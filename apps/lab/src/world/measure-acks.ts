// Time to acknowledgement at a fixed rate, as an open loop: each message has a time at which it is to be sent, whatever
// became of those before it, and its time counts from then.
import { setTimeout as delay } from 'node:timers/promises';
import { type CpuSeconds, cpuBetween, readCpu } from '../measure/cpu.js';
import { Samples } from '../measure/samples.js';
import { AckLedger } from './ack-ledger.js';
import { type Violations, violationsSince } from './measure-load.js';
import { Senders } from './senders.js';
import type { World } from './world.js';

export type AckResult = {
  readonly samples: Samples;
  readonly violations: Violations;
  /** Copies that came while the messages went out, and the CPU seconds of that time. */
  readonly copies: number;
  readonly cpu: CpuSeconds;
};

/** Timers are late by up to a millisecond and more: the rest of the wait is spent looking at the clock. */
const SPIN_MS = 2;

export type AckLoad = {
  readonly perSecond: number;
  /** At most. */
  readonly seconds: number;
  /** Ends it before. */
  readonly isOver?: () => boolean;
};

export async function measureAcks(
  world: World,
  { perSecond, seconds, isOver = () => false }: AckLoad,
): Promise<AckResult> {
  const before = { ...world.counts };
  const cpu = readCpu(world.stack.cpu);
  const samples = new Samples();
  const ledger = new AckLedger();
  const senders = new Senders(ledger);
  const startMs = performance.now() + 50;
  for (let number = 0; number < perSecond * seconds && !isOver(); number += 1) {
    const intendedMs = startMs + (number * 1_000) / perSecond;
    await until(intendedMs);
    const room = world.rooms[number % world.rooms.length];
    const client = room?.clients[0];
    if (!room || !client) throw new Error('a world without people');
    senders.sendOne({ client, conversation: room.conversation }, () => samples.add(performance.now() - intendedMs));
  }
  await senders.stop();
  const spent = { cpu: cpuBetween(cpu, readCpu(world.stack.cpu)), copies: world.counts.copies - before.copies };
  return { samples, ...spent, violations: await violationsSince(before, world, ledger) };
}

async function until(timeMs: number): Promise<void> {
  const leftMs = timeMs - performance.now();
  if (leftMs > SPIN_MS) await delay(leftMs - SPIN_MS);
  while (performance.now() < timeMs) await new Promise(setImmediate);
}
