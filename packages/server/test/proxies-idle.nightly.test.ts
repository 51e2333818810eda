// [S23] A socket over which nothing goes for two minutes stays open behind every proxy of deploy/, and what is said then comes
// through at once. The server's own pings are put off meanwhile: it is the proxies that are tried.
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@kith/testkit/faults/until';
import { freePort } from '@kith/testkit/free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../../scripts/prerequisites.mjs';
import { askHttps } from './fixtures/https-client.js';
import { freePorts, PROGRAMS, type RunningProxy, startProxy, urlAt } from './fixtures/proxy.js';
import { type RealServer, startRealServer } from './fixtures/real-server.js';
import { WsClient } from './fixtures/ws-client.js';

const IDLE_MS = 125_000;
const HEARD_MS = 2_000;

describe('an idle socket of two minutes', () => {
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  });

  type Behind = { readonly name: string; readonly proxy: RunningProxy; readonly server: RealServer };
  const behind: Behind[] = [];

  beforeAll(async () => {
    for (const program of PROGRAMS) {
      const path = findProgram(program.name);
      if (path === null) continue;
      const [ports, port] = [await freePorts(), await freePort()];
      const environment = { PORT: String(port), TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: urlAt(ports) };
      const server = await startRealServer({ ...environment, HEARTBEAT_MS: '600000' });
      closing.push(() => server.stop());
      const proxy = await startProxy({ ...program, path }, { ports, servers: [`127.0.0.1:${port}`] });
      closing.push(() => proxy.stop());
      behind.push({ name: program.name, proxy, server });
    }
  });

  test('[S23] stays open behind every proxy, and hears at once what is said then', async ({ skip }) => {
    if (behind.length === 0) skip('none of the proxies is installed');
    await Promise.all(
      behind.map(async ({ name, proxy: { url, ca } }) => {
        const body = { username: 'ann', password: 'seven tall herons 41' };
        const { body: account } = await askHttps(url, 'POST /v1/accounts', { ca, body });
        const token = String(account.accessToken);
        const group = { kind: 'group', members: [] };
        const { body: made } = await askHttps(url, 'POST /v1/conversations', { ca, token, body: group });
        const client = new WsClient(`${url.replace('https:', 'wss:')}/v1/ws`, 'kith.v1', { ca });
        closing.push(async () => client.end());
        await client.hello(token);
        const isClosed = await Promise.race([client.closed.then(() => true), delay(IDLE_MS, false)]);
        expect([name, isClosed]).toEqual([name, false]);
        const key = '00000000-0000-4000-8000-000000000001';
        await askHttps(url, `POST /v1/conversations/${made.id}/messages`, { ca, token, body: { key, text: 'awake' } });
        const isHeard = () => client.frames.some((frame) => JSON.stringify(frame).includes('"awake"'));
        await until('it is heard', isHeard, { withinMs: HEARD_MS });
      }),
    );
  });
});
