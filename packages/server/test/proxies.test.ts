// [S23] The files of deploy/ as the real programs read them: people talk over WebSockets and event streams through nginx, HAProxy
// and Caddy, bytes go on as they come, plain http leads to https, and the server takes a client's address from none but them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@kith/testkit/faults/until';
import { freePort } from '@kith/testkit/free-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../../scripts/prerequisites.mjs';
import { type CertificatePair, selfSigned } from './fixtures/certificate.js';
import { askHttps } from './fixtures/https-client.js';
import { type RealServer, startRealServer } from './fixtures/real-server.js';
import { WsClient } from './fixtures/ws-client.js';

const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const SOON = { withinMs: 20_000 };

type Setting = { readonly directory: string; readonly http: number; readonly https: number; readonly server: string };

type Program = {
  readonly name: string;
  readonly file: string;
  /** What in the file is of the place where it runs. */
  readonly put: (text: string, setting: Setting) => string;
  readonly options: (path: string, directory: string) => readonly string[];
};

const CERTIFICATE = '/etc/ssl/kith/';

const PROGRAMS: readonly Program[] = [
  {
    name: 'nginx',
    file: 'nginx.conf',
    put: (text, { directory, http, https, server }) =>
      `daemon off;\npid ${directory}/nginx.pid;\n${text}`
        .replaceAll('chat.example.org', 'localhost')
        .replaceAll(CERTIFICATE, `${directory}/`)
        .replace('/var/log/nginx/kith.log', `${directory}/access.log`)
        .replace('127.0.0.1:8080', server)
        .replace('listen 80;', `listen 127.0.0.1:${http};`)
        .replace('listen 443 ', `listen 127.0.0.1:${https} `),
    options: (path, directory) => ['-c', path, '-p', directory, '-e', join(directory, 'error.log')],
  },
  {
    name: 'haproxy',
    file: 'haproxy.cfg',
    put: (text, { directory, http, https, server }) =>
      text
        .replaceAll(CERTIFICATE, `${directory}/`)
        .replace('maxconn 40000', 'maxconn 1000')
        .replace('127.0.0.1:8080', server)
        .replace('bind :80', `bind 127.0.0.1:${http}`)
        .replace('bind :443', `bind 127.0.0.1:${https}`),
    options: (path) => ['-db', '-f', path],
  },
  {
    name: 'caddy',
    file: 'Caddyfile',
    // It takes the test's certificate in the place of one that it would get, and keeps to its own ports.
    put: (text, { directory, http, https, server }) =>
      `{\n\tadmin off\n\tgrace_period 1s\n\thttp_port ${http}\n\thttps_port ${https}\n\tstorage file_system ${directory}\n}\n${text}`
        .replace(
          'chat.example.org {',
          `localhost {\n\tbind 127.0.0.1\n\ttls ${directory}/cert.pem ${directory}/key.pem`,
        )
        .replace('127.0.0.1:8080', server),
    options: (path) => ['run', '--adapter', 'caddyfile', '--config', path],
  },
];

for (const program of PROGRAMS) {
  const path = findProgram(program.name);
  describe.skipIf(path === null)(`behind ${program.name}`, () => {
    const pair: CertificatePair = selfSigned();
    const { cert: ca } = pair;
    const directory = mkdtempSync(join(tmpdir(), `kith-${program.name}-`));
    const clients: WsClient[] = [];
    let server: RealServer;
    let proxy: ChildProcess;
    let said = '';
    let url: string;
    let plainUrl: string;

    beforeAll(async () => {
      const [http, https, port] = [await freePort(), await freePort(), await freePort()];
      url = `https://localhost:${https}`;
      plainUrl = `http://127.0.0.1:${http}`;
      server = await startRealServer({ PORT: String(port), TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: url });
      writeFileSync(join(directory, 'cert.pem'), pair.cert);
      writeFileSync(join(directory, 'key.pem'), pair.key);
      writeFileSync(join(directory, 'both.pem'), pair.cert + pair.key);
      const config = join(directory, program.file);
      const setting = { directory, http, https, server: `127.0.0.1:${port}` };
      writeFileSync(config, program.put(readFileSync(join(DEPLOY, program.file), 'utf8'), setting));
      proxy = spawn(path ?? '', [...program.options(config, directory)], { stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [proxy.stdout, proxy.stderr]) {
        stream?.on('data', (part: Buffer) => {
          said = (said + part.toString()).slice(-4_000);
        });
      }
      let last: unknown = null;
      const isThere = async () => {
        const answer = await askHttps(url, 'GET /healthz', { ca }).catch((error: unknown) => {
          last = error;
          return null;
        });
        last = answer?.status ?? last;
        return answer?.status === 200;
      };
      await until('it leads to the server', isThere, SOON).catch((error: unknown) => {
        throw new Error(`${String(error)}; there was ${String(last)}, and it said: ${said || 'nothing'}`);
      });
    });

    afterAll(async () => {
      for (const client of clients) client.end();
      if (proxy?.exitCode === null && proxy.signalCode === null) {
        const ended = once(proxy, 'close');
        proxy.kill('SIGTERM');
        await ended;
      }
      await server?.stop();
      rmSync(directory, { recursive: true });
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
      const answer = await fetch(`${plainUrl}/v1/me`, { redirect: 'manual' });
      expect([301, 308]).toContain(answer.status);
      expect(answer.headers.get('location')).toMatch(/^https:/);
      expect((await askHttps(url, 'GET /metrics', { ca })).status).toBe(403);
      const page = await askHttps(url, 'GET /', { ca });
      expect(page.headers['strict-transport-security']).toBeDefined();
    });
  });
}
