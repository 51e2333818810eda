// One room of 5,000, all connected: a channel with twenty members, who write 20 messages a second, and readers. How long each
// takes, from when it was to be sent, until the last of them has it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { cpuBetween, readCpu } from '../measure/cpu.js';
import { Samples } from '../measure/samples.js';
import { LabClient } from '../wire/lab-client.js';
import { noOrderCounts } from '../wire/order-check.js';
import { inParallel } from '../world/in-parallel.js';
import { textOf } from '../world/texts.js';

const PEOPLE = 5_000;
const PER_SECOND = 20;
const SECONDS_AT_LEAST = 10;
const MEMBERS = 20;
const PARALLEL = 50;
/** The last messages have so long to come to everybody. */
const LAST_MS = 30_000;
const MICRO = 1e6;

type Arrivals = { count: number; lastMs: number };

export async function runRoom(lab: Lab): Promise<void> {
  const { kith, progress, options, results } = lab;
  const counts = noOrderCounts();
  const arrivals = new Map<number, Arrivals>();
  const taken = (seq: number) => {
    const of = arrivals.get(seq) ?? { count: 0, lastMs: 0 };
    of.count += 1;
    of.lastMs = performance.now();
    arrivals.set(seq, of);
  };
  const clients: LabClient[] = [];
  try {
    const conversation = await progress.step(`room: ${PEOPLE} people in one channel`, async () => {
      const people = await kith.store.people(PEOPLE);
      await inParallel(PARALLEL, people, async ({ token }) => {
        clients.push(await LabClient.open({ port: kith.port, token, numbering: 'next', counts, taken }));
      });
      return open(clients);
    });
    arrivals.clear();
    counts.copies = 0;
    const total = PER_SECOND * Math.max(SECONDS_AT_LEAST, options.seconds);
    const before = readCpu(kith.cpu);
    const intended = await progress.step(`room: ${PER_SECOND} messages a second`, async () => {
      const sent = await write({ conversation, clients: clients.slice(0, MEMBERS), total });
      const untilMs = performance.now() + LAST_MS;
      const isOver = () => [...sent.keys()].every((seq) => arrivals.get(seq)?.count === PEOPLE);
      while (!isOver() && performance.now() < untilMs) await delay(10);
      return sent;
    });
    const { gateway } = cpuBetween(before, readCpu(kith.cpu));
    const samples = new Samples();
    let undelivered = total - intended.size;
    for (const [seq, intendedMs] of intended) {
      const { count, lastMs } = arrivals.get(seq) ?? { count: 0, lastMs: 0 };
      if (count < PEOPLE) undelivered += 1;
      samples.add(lastMs - intendedMs);
    }
    const [p50, p99] = [samples.percentile(50), samples.percentile(99)];
    const cost = (gateway * MICRO) / counts.copies;
    progress.line(
      `room: to the last of ${PEOPLE} in ${p50.toFixed(0)} ms (p50), ${p99.toFixed(0)} ms (p99), ${cost.toFixed(1)} µs of CPU for a copy`,
    );
    results.figure('room', [p99]);
    results.violated({ outOfOrder: counts.outOfOrder, holes: counts.holes, undelivered, lost: 0 });
    results.details.room = { people: PEOPLE, perSecond: PER_SECOND, p50, p99, cost, gaps: counts.gaps };
  } finally {
    for (const client of clients) client.close();
  }
}

/** The first makes the channel, and the next come in as members; then all others, as readers. @returns its id */
async function open(clients: readonly LabClient[]): Promise<string> {
  const [owner, ...others] = clients;
  if (!owner) throw new Error('nobody is there');
  const params = { kind: 'channel', name: 'room', members: [], visibility: 'public', joining: 'member' };
  const made = await owner.request('conversation.create', { params: { ...params, key: crypto.randomUUID() } });
  const { id } = made.summary as { readonly id: string };
  const join = (some: readonly LabClient[]) =>
    inParallel(PARALLEL, some, (client) =>
      client.request('channel.join', { conversation: id, key: crypto.randomUUID() }),
    );
  await join(others.slice(0, MEMBERS - 1));
  const settings = { conversation: id, key: crypto.randomUUID(), joining: 'reader' };
  await owner.request('conversation.update', { params: settings });
  await join(others.slice(MEMBERS - 1));
  return id;
}

/** @returns when each message was to be sent, by its number */
async function write({
  conversation,
  clients,
  total,
}: {
  readonly conversation: string;
  readonly clients: readonly LabClient[];
  readonly total: number;
}): Promise<ReadonlyMap<number, number>> {
  const intended = new Map<number, number>();
  const startMs = performance.now();
  const answers: Promise<void>[] = [];
  for (let number = 0; number < total; number += 1) {
    const intendedMs = startMs + (number * 1_000) / PER_SECOND;
    await delay(intendedMs - performance.now());
    const client = clients[number % clients.length];
    if (!client) throw new Error('nobody is there to write');
    const sent = client.request('message.send', { conversation, key: crypto.randomUUID(), text: textOf(number) });
    answers.push(sent.then(({ seq }) => void intended.set(Number(seq), intendedMs)));
  }
  await Promise.all(answers);
  return intended;
}
