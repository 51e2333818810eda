// Disk per message: what the tables grow by while messages are appended as clients append them, with random keys.
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { AckLedger } from '../world/ack-ledger.js';
import { Senders } from '../world/senders.js';
import { openWorld } from '../world/world.js';

const CONVERSATIONS = 200;
const WINDOW = 16;
const MESSAGES = 100_000;
const MOST_SECONDS = 120;

type Sizes = { readonly entry: number; readonly feed: number; readonly entries: number };

export async function runDisk(lab: Lab): Promise<void> {
  const { progress, kith, plain, results } = lab;
  const found = await progress.step(
    `disk: ${MESSAGES} messages through the server`,
    async () => {
      const world = await openWorld(kith, await kith.seat(CONVERSATIONS, 2));
      try {
        const before = await sizesOf(lab);
        const ledger = new AckLedger();
        const senders = new Senders(ledger);
        const seats = world.rooms.flatMap(({ conversation, clients }) =>
          clients.map((client) => ({ client, conversation })),
        );
        senders.start(seats, WINDOW);
        const deadline = performance.now() + MOST_SECONDS * 1_000;
        while (ledger.count < MESSAGES && performance.now() < deadline) await delay(20);
        await senders.stop();
        return perMessage(before, await sizesOf(lab), ledger.count);
      } finally {
        world.close();
      }
    },
    ({ entry, feed }) => `${entry.toFixed(0)} B in entries and their indexes, ${feed.toFixed(0)} B in the change feed`,
  );
  results.figure('disk', [found.entry]);
  results.details.disk = { ...found, plain: await plain.bytesPerMessage() };
}

function perMessage(before: Sizes, after: Sizes, messages: number) {
  const written = after.entries - before.entries;
  if (written < messages) throw new Error(`${messages} messages were acknowledged and ${written} written`);
  return { messages, entry: (after.entry - before.entry) / written, feed: (after.feed - before.feed) / written };
}

async function sizesOf({ database, kith }: Lab): Promise<Sizes> {
  const [row = {}] = await database.query(
    kith.databaseUrl,
    `SELECT pg_total_relation_size('entry')::float8 AS entry, pg_total_relation_size('feed')::float8 AS feed,
      (SELECT count(*) FROM entry)::float8 AS entries`,
  );
  return { entry: Number(row.entry), feed: Number(row.feed), entries: Number(row.entries) };
}
