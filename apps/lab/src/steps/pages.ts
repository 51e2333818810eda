// Last pages: the newest 50 messages of a random conversation of the fixture, at the level of the store and end to end.
import { randomInt } from 'node:crypto';
import type { ConversationId } from '@kith/protocol';
import type { Lab } from '../lab.js';
import { Samples } from '../measure/samples.js';
import { openWorld } from '../world/world.js';

const PAGE = 50;
const READS = 4_000;
const WARM_READS = 200;

export async function runPages(lab: Lab): Promise<void> {
  const { kith, progress, fixture, results } = lab;
  const { ids, everywhere, messages, sizes, seconds } = await fixture.filled();
  const store = await progress.step('pages: read at the store', () => timed(ids, (id) => readAtStore(lab, id)), say);
  // A server that has not seen these conversations: what it knows of them it reads, too.
  const server = await kith.startInspected();
  const world = await openWorld({ ...kith, port: server.port }, [{ conversation: ids[0] ?? '', tokens: [everywhere] }]);
  try {
    const [client] = world.rooms[0]?.clients ?? [];
    const read = async (conversation: string) => {
      const page = await client?.request('messages.read', { conversation, limit: PAGE });
      requireWhole((page?.items as readonly unknown[] | undefined)?.length);
    };
    const whole = await progress.step('pages: read end to end', () => timed(ids, read), say);
    results.figure('page-p99', [whole.percentile(99)]);
    results.details.pages = { messages, sizes, fillSeconds: seconds, store: detail(store), endToEnd: detail(whole) };
  } finally {
    world.close();
    await server.stop();
  }
}

async function readAtStore({ kith }: Lab, id: string): Promise<void> {
  const page = await kith.store.log.read({ conversation: id as ConversationId, after: 0, limit: PAGE, from: 'upper' });
  requireWhole(page?.entries.length);
}

function requireWhole(count: number | undefined): void {
  if (count !== PAGE) throw new Error(`a page of ${count ?? 'no'} messages instead of ${PAGE}`);
}

async function timed(ids: readonly string[], read: (id: string) => Promise<void>): Promise<Samples> {
  const samples = new Samples();
  for (let count = 0; count < WARM_READS + READS; count += 1) {
    const id = ids[randomInt(ids.length)] ?? '';
    const startedMs = performance.now();
    await read(id);
    if (count >= WARM_READS) samples.add(performance.now() - startedMs);
  }
  return samples;
}

function detail(samples: Samples) {
  const { count } = samples;
  return { count, p50: samples.percentile(50), p99: samples.percentile(99), max: samples.max() };
}

function say(samples: Samples): string {
  const { p50, p99, max } = detail(samples);
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, max ${max.toFixed(1)} ms`;
}
