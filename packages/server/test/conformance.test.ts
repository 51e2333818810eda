// The real process keeps the contract of the wire, as far as anyone can see who knows its URL alone.
import { conformance } from '@kith/testkit/conformance/conformance';
import { afterAll, beforeAll } from 'vitest';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

let server: RealServer | null = null;

beforeAll(async () => {
  // Half a hundred people sign up from one address, and heartbeats come soon enough to be waited for.
  server = await startRealServer({ RATE_FACTOR: '3', HEARTBEAT_MS: '5000' });
});
afterAll(() => server?.stop());

conformance({
  url: () => {
    if (server === null) throw new Error('the server is not there yet');
    return server.url;
  },
});
