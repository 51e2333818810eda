// [S23] The files of deploy/ as the real programs read them: people talk over WebSockets and event streams through nginx, HAProxy
// and Caddy, bytes go on as they come, plain http leads to https, and the server takes a client's address from none but them.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { until } from '@kith/testkit/faults/until';
import { freePort } from '@kith/testkit/free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../../scripts/prerequisites.mjs';
import { askHttps } from './fixtures/https-client.js';
import { freePorts, PROGRAMS, type RunningProxy, startProxy, urlAt } from './fixtures/proxy.js';
import { type RealServer, startRealServer } from './fixtures/real-server.js';
import { WsClient } from './fixtures/ws-client.js';

const SOON = { withinMs: 20_000 };

for (const program of PROGRAMS) {
  const path = findProgram(program.name);
  describe.skipIf(path === null)(`behind ${program.name}`, () => {
    const clients: WsClient[] = [];
    let server: RealServer;
    let proxy: RunningProxy;
    let url: string;
    let ca: string;

    beforeAll(async () => {
      const [ports, port] = [await freePorts(), await freePort()];
      const environment = { PORT: String(port), TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: urlAt(ports) };
      server = await startRealServer(environment);
      proxy = await startProxy({ ...program, path: path ?? '' }, { ports, servers: [`127.0.0.1:${port}`] });
      ({ url, ca } = proxy);
    });

    afterAll(async () => {
      for (const client of clients) client.end();
      await proxy?.stop();
      await server?.stop();
    });

    async function signUp(username: string): Promise<{ readonly id: string; readonly token: string }> {
      const body = { username, password: 'seven tall herons 41' };
      const answer = await askHttps(url, 'POST /v1/accounts', { ca, body });
      expect(answer.status, answer.text).toBe(201);
      return { id: (answer.body.user as { id: string }).id, token: String(answer.body.accessToken) };
    }

    test('[S23] two people talk over a socket, and one hears it over an event stream as it is said', async () => {
      const [ann, ben] = [await signUp('ann'), await signUp('ben')];
      const body = { kind: 'direct', members: [ben.id] };
      const { body: made } = await askHttps(url, 'POST /v1/conversations', { ca, token: ann.token, body });
      const speaker = new WsClient(`${url.replace('https:', 'wss:')}/v1/ws`, 'kith.v1', { ca });
      clients.push(speaker);
      await speaker.hello(ann.token);
      const { ticket } = (await askHttps(url, 'POST /v1/tickets', { ca, token: ben.token, body: {} })).body;
      const reading = request(`${url}/v1/events?ticket=${ticket}`, { ca, agent: false }).end();
      const [stream] = (await once(reading, 'response')) as [IncomingMessage];
      let heard = '';
      stream.setEncoding('utf8').on('data', (part: string) => {
        heard += part;
      });
      stream.on('error', () => {});
      await until('the stream is welcomed', () => heard.includes('"type":"welcome"'), SOON);
      for (const [index, text] of ['first', 'second', 'third'].entries()) {
        const key = `00000000-0000-4000-8000-00000000000${index}`;
        const params = { conversation: made.id, key, text };
        speaker.send({ type: 'command', id: index + 1, name: 'message.send', params });
        expect((await speaker.next('ack')).id).toBe(index + 1);
        // The stream stays open: what is said is through before anything follows it.
        await until(`“${text}” is heard`, () => heard.includes(`"text":"${text}"`), SOON);
      }
      reading.destroy();
    });

    test('plain http leads to https, and machines that come by the proxy see no numbers', async () => {
      const answer = await fetch(`${proxy.plainUrl}/v1/me`, { redirect: 'manual' });
      expect([301, 308]).toContain(answer.status);
      expect(answer.headers.get('location')).toMatch(/^https:/);
      expect((await askHttps(url, 'GET /metrics', { ca })).status).toBe(403);
      const page = await askHttps(url, 'GET /', { ca });
      expect(page.headers['strict-transport-security']).toBeDefined();
    });
  });
}
