// The real process keeps the contract of the wire, as far as anyone can see who knows its URL alone.
import { conformance } from '@kith/testkit/conformance/conformance';
import { afterAll, beforeAll } from 'vitest';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

/** Longer than most of the rules take, so that they begin and end within one. */
const HOLD_S = 0.5;

let server: RealServer | null = null;
let isOver = false;
let held = Promise.resolve();

/**
 * One transaction after the other, as anybody on the same PostgreSQL may have, in whatever database: a cursor may then
 * name too many conversations (C4), and no rule may take it for exact that does not wait until it is.
 */
async function holdTransactions({ query }: RealServer): Promise<void> {
  while (!isOver) await query(`SELECT pg_current_xact_id(), pg_sleep(${HOLD_S})`);
}

beforeAll(async () => {
  // Half a hundred people sign up from one address, and heartbeats come soon enough to be waited for.
  server = await startRealServer({ RATE_FACTOR: '3', HEARTBEAT_MS: '5000' });
  held = holdTransactions(server);
});
afterAll(async () => {
  isOver = true;
  await held;
  await server?.stop();
});

conformance({
  url: () => {
    if (server === null) throw new Error('the server is not there yet');
    return server.url;
  },
});
