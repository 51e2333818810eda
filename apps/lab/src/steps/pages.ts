// Last pages: the newest 50 messages of a random conversation while the table holds a million, at the level of the store
// and end to end. The rows are put in by SQL, in the order in which time would have put them: one message of every
// conversation, then the next of every one, so that the rows of a page lie on as many pages of the table.
import { randomInt } from 'node:crypto';
import type { ConversationId } from '@kith/protocol';
import type { Lab } from '../lab.js';
import { Samples } from '../measure/samples.js';
import { openWorld } from '../world/world.js';

const CONVERSATIONS = 1_000;
const PAGE = 50;
const READS = 4_000;
const WARM_READS = 200;

/** Messages as `message.sent` by either member; the conversations are those that have one entry so far. */
const FILL = `INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, body)
  SELECT c.no, s.seq, c.created_at + s.seq * 1000, s.seq - 1, 1 + s.seq % 2, 6, 0, gen_random_uuid(),
    '{"text":"' || rpad(md5(s.seq::text || c.id::text), 200, md5(c.id::text)) || '"}'
  FROM generate_series(2, $2::int + 1) AS s (seq) CROSS JOIN conversation c
  WHERE c.id = ANY($1::uuid[]) ORDER BY s.seq, c.no`;

export async function runPages(lab: Lab): Promise<void> {
  const { kith, progress, options, database, results } = lab;
  const each = Math.ceil(options.messages / CONVERSATIONS);
  const { seats, reader } = await progress.step(`pages: ${CONVERSATIONS} conversations of one person`, async () => {
    const [person, ...others] = await kith.store.people(CONVERSATIONS + 1);
    if (!person) throw new Error('people were wanted');
    return { seats: await kith.seatPeople(others.map((other) => [person, other])), reader: person };
  });
  const ids = seats.map(({ conversation }) => conversation);
  await progress.step(`pages: ${each * CONVERSATIONS} messages into the table`, async () => {
    await database.query(kith.databaseUrl, FILL, [ids, each]);
    await database.query(kith.databaseUrl, 'VACUUM ANALYZE entry');
    await database.query(kith.databaseUrl, 'CHECKPOINT');
  });
  const store = await progress.step('pages: read at the store', () => timed(ids, (id) => readAtStore(lab, id)), say);
  // A server that has not seen these conversations: what it knows of them it reads, too.
  const server = await kith.startInspected();
  const world = await openWorld({ ...kith, port: server.port }, [
    { conversation: ids[0] ?? '', tokens: [reader.token] },
  ]);
  try {
    const [client] = world.rooms[0]?.clients ?? [];
    const read = async (conversation: string) => {
      const page = await client?.request('messages.read', { conversation, limit: PAGE });
      requireWhole((page?.items as readonly unknown[] | undefined)?.length);
    };
    const whole = await progress.step('pages: read end to end', () => timed(ids, read), say);
    results.figure('page-p99', [whole.percentile(99)]);
    results.details.pages = { messages: each * CONVERSATIONS, store: detail(store), endToEnd: detail(whole) };
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
