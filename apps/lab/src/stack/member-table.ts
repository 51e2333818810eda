// The people of stacks that keep them in the table `member` of the plain schema.
import { randomUUID } from 'node:crypto';
import type { BenchDatabase } from './database.js';
import type { Seats } from './stack.js';

/** Conversations of `size` people who are in no other; nothing is stored. */
export function newSeats(count: number, size: number): readonly Seats[] {
  return Array.from({ length: count }, () => ({
    conversation: randomUUID(),
    tokens: Array.from({ length: size }, () => randomUUID()),
  }));
}

/** The same, stored in the database at `url`. */
export async function seatMembers(
  { query }: Pick<BenchDatabase, 'query'>,
  url: string,
  { count, size }: { readonly count: number; readonly size: number },
): Promise<readonly Seats[]> {
  const seats = newSeats(count, size);
  await query(
    url,
    'INSERT INTO member (conversation, person) SELECT q.c, q.p FROM unnest($1::uuid[], $2::uuid[]) AS q (c, p)',
    [seats.flatMap(({ conversation, tokens }) => tokens.map(() => conversation)), seats.flatMap((seat) => seat.tokens)],
  );
  return seats;
}
