// One large place, all connected: a channel of 5,000 with twenty members, who write, and readers; and a group of 500, in which
// all write, say that they type, and say once a second how far they have read. How long a message takes, from when it was to be
// sent, until the last of them has it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { cpuBetween, readCpu } from '../measure/cpu.js';
import { Samples } from '../measure/samples.js';
import type { KithStack } from '../stack/kith-stack.js';
import { LabClient } from '../wire/lab-client.js';
import { noOrderCounts, type OrderCounts } from '../wire/order-check.js';
import { inParallel } from '../world/in-parallel.js';
import { textOf } from '../world/texts.js';
import { profiled } from './profiled.js';

type Place = {
  readonly id: 'room' | 'group-500';
  readonly people: number;
  /** So many of them write, in turn. */
  readonly writers: number;
  /** Who writes says before that they type, and everybody how far they have read. */
  readonly isLively: boolean;
};

const PLACES: readonly Place[] = [
  { id: 'room', people: 5_000, writers: 20, isLively: false },
  { id: 'group-500', people: 500, writers: 500, isLively: true },
];
const PER_SECOND = 20;
const SECONDS_AT_LEAST = 10;
/** Of messages that are not counted: until then the server's code is being compiled, as it is once after each start. */
const WARM_SECONDS = 5;
const MARKS_EVERY_MS = 1_000;
const PARALLEL = 50;
/** The last messages have so long to come to everybody. */
const LAST_MS = 30_000;
const MICRO = 1e6;

export async function runRoom(lab: Lab): Promise<void> {
  for (const place of PLACES) await runPlace(lab, place);
}

/** Of each message, by its number: how many have it, and since when the last of them. */
class Arrivals {
  readonly #of = new Map<number, { count: number; lastMs: number }>();

  readonly taken = (seq: number): void => {
    const of = this.#of.get(seq) ?? { count: 0, lastMs: 0 };
    of.count += 1;
    of.lastMs = performance.now();
    this.#of.set(seq, of);
  };

  /** Null where not all have it. */
  lastMs(seq: number, people: number): number | null {
    const of = this.#of.get(seq);
    return of?.count === people ? of.lastMs : null;
  }
}

async function runPlace(lab: Lab, place: Place): Promise<void> {
  const { kith, progress, options, results } = lab;
  const { id, people, writers } = place;
  const counts = noOrderCounts();
  const arrivals = new Arrivals();
  const clients: LabClient[] = [];
  try {
    const conversation = await progress.step(`${id}: ${people} people come in`, () =>
      place.id === 'room'
        ? openChannel(kith, place, { clients, counts, arrivals })
        : openGroup(kith, place, { clients, counts, arrivals }),
    );
    const say = async (total: number) => {
      const sent = await write({ conversation, clients, total, place });
      const untilMs = performance.now() + LAST_MS;
      const isOver = () => [...sent.keys()].every((seq) => arrivals.lastMs(seq, people) !== null);
      while (!isOver() && performance.now() < untilMs) await delay(10);
      return sent;
    };
    await progress.step(`${id}: a server that is warm`, () => say(PER_SECOND * WARM_SECONDS));
    counts.copies = 0;
    const total = PER_SECOND * Math.max(SECONDS_AT_LEAST, options.seconds);
    const before = readCpu(kith.cpu);
    const intended = await progress.step(`${id}: ${PER_SECOND} messages a second`, () =>
      profiled(lab, id, () => say(total)),
    );
    const { gateway } = cpuBetween(before, readCpu(kith.cpu));
    const samples = new Samples();
    for (const [seq, intendedMs] of intended) {
      const lastMs = arrivals.lastMs(seq, people);
      if (lastMs !== null) samples.add(lastMs - intendedMs);
    }
    const [p50, p99] = [samples.percentile(50), samples.percentile(99)];
    const cost = (gateway * MICRO) / counts.copies;
    progress.line(
      `${id}: to the last of ${people} in ${p50.toFixed(0)} ms (p50), ${p99.toFixed(0)} ms (p99), ${cost.toFixed(1)} µs of CPU for a copy`,
    );
    results.figure(id, [p99]);
    const { outOfOrder, holes, gaps } = counts;
    results.violated({ outOfOrder, holes, undelivered: total - samples.count, lost: 0 });
    results.details[id] = { people, writers, perSecond: PER_SECOND, p50, p99, cost, gaps };
  } finally {
    for (const client of clients) client.close();
  }
}

type Coming = { readonly clients: LabClient[]; readonly counts: OrderCounts; readonly arrivals: Arrivals };

async function comeIn(port: number, tokens: readonly string[], { clients, counts, arrivals }: Coming): Promise<void> {
  await inParallel(PARALLEL, tokens, async (token) => {
    clients.push(await LabClient.open({ port, token, numbering: 'next', counts, taken: arrivals.taken }));
  });
}

async function openGroup({ port, seat }: KithStack, { people }: Place, coming: Coming): Promise<string> {
  const [seats] = await seat(1, people);
  if (!seats) throw new Error('there is no group');
  await comeIn(port, seats.tokens, coming);
  return seats.conversation;
}

/** The first makes the channel, and the next come in as members; then all others, as readers. @returns its id */
async function openChannel({ port, store }: KithStack, place: Place, coming: Coming): Promise<string> {
  const people = await store.people(place.people);
  await comeIn(
    port,
    people.map(({ token }) => token),
    coming,
  );
  const [owner, ...others] = coming.clients;
  if (!owner) throw new Error('nobody is there');
  const params = { kind: 'channel', name: 'room', members: [], visibility: 'public', joining: 'member' };
  const made = await owner.request('conversation.create', { params: { ...params, key: crypto.randomUUID() } });
  const { id } = made.summary as { readonly id: string };
  const join = (some: readonly LabClient[]) =>
    inParallel(PARALLEL, some, (client) =>
      client.request('channel.join', { conversation: id, key: crypto.randomUUID() }),
    );
  await join(others.slice(0, place.writers - 1));
  const settings = { conversation: id, key: crypto.randomUUID(), joining: 'reader' };
  await owner.request('conversation.update', { params: settings });
  await join(others.slice(place.writers - 1));
  return id;
}

type Writing = {
  readonly conversation: string;
  readonly clients: readonly LabClient[];
  readonly total: number;
  readonly place: Place;
};

/** @returns when each message was to be sent, by its number */
async function write({ conversation, clients, total, place }: Writing): Promise<ReadonlyMap<number, number>> {
  const intended = new Map<number, number>();
  const marking = place.isLively ? setInterval(() => markAll(conversation, clients), MARKS_EVERY_MS) : null;
  const startMs = performance.now();
  const answers: Promise<void>[] = [];
  for (let number = 0; number < total; number += 1) {
    const intendedMs = startMs + (number * 1_000) / PER_SECOND;
    await delay(intendedMs - performance.now());
    const client = clients[number % place.writers];
    if (!client) throw new Error('nobody is there to write');
    if (place.isLively) client.signal('typing', `"conversation":"${conversation}"`);
    const sent = client.request('message.send', { conversation, key: crypto.randomUUID(), text: textOf(number) });
    answers.push(sent.then(({ seq }) => void intended.set(Number(seq), intendedMs)));
  }
  await Promise.all(answers);
  if (marking !== null) clearInterval(marking);
  return intended;
}

function markAll(conversation: string, clients: readonly LabClient[]): void {
  for (const client of clients) client.mark(conversation);
}
