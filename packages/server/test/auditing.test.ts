// The edge and the audit trail, and the access log: what comes by is recorded before it is answered, a message is not, and what can't
// be recorded is not confirmed. Rules AU2 to AU4.

import { ChatError } from '@kith/protocol';
import type { NewAuditRecord } from '@kith/server/core/audit/audit-store';
import { afterEach, expect, test } from 'vitest';
import { FakeAudit, newId, startTestEdge, type TestEdge, tokenOf } from './fixtures/edge-parts.js';
import { WsClient } from './fixtures/ws-client.js';

const opened: TestEdge[] = [];
afterEach(async () => {
  for (const { edge } of opened.splice(0)) await edge.close();
});

async function start(...given: Parameters<typeof startTestEdge>): Promise<TestEdge> {
  const started = await startTestEdge(...given);
  opened.push(started);
  return started;
}

class FullAudit extends FakeAudit {
  override async write(record: NewAuditRecord): Promise<void> {
    await super.write(record);
    throw new ChatError('unavailable', 'the database cannot be reached');
  }
}

const ask = (url: string, token: string, body?: unknown) =>
  fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const send = async (client: WsClient, params: { readonly [name: string]: string }) => {
  client.send({ type: 'command', id: 1, name: 'message.send', ...params });
  await client.next('ack');
};

test('[AU2] what was done and could not be recorded is not confirmed, and the log has the record', async () => {
  const audit = new FullAudit();
  const { api, chat, lines } = await start({}, { audit });
  const conversation = newId();
  const body = { user: newId(), key: newId() };
  chat.respond = async () => ({ conversation, seq: 2, duplicate: false });
  const path = `${api}/conversations/${conversation}/members/${body.user}`;
  const headers = { authorization: `Bearer ${tokenOf()}`, 'content-type': 'application/json' };
  const answer = await fetch(path, { method: 'PUT', headers, body: JSON.stringify({ key: body.key }) });
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'unavailable']);
  expect(audit.records).toMatchObject([{ act: 'member.add', outcome: 'done', target: body.user, conversation }]);
  const line = lines.find((one) => one.includes('not recorded in the audit trail'));
  expect(line).toContain(body.user);
});

test('[AU4] sending, editing, reacting and reading are not recorded', async () => {
  const audit = new FullAudit();
  const { api, ws } = await start({}, { audit });
  const conversation = newId();
  const token = tokenOf();
  const sent = await ask(`${api}/conversations/${conversation}/messages`, token, { text: 'hello', key: newId() });
  expect(sent.status).toBe(201);
  expect((await ask(`${api}/conversations/${conversation}`, token)).status).toBe(200);
  const client = new WsClient(ws);
  await client.hello(token);
  await send(client, { conversation, text: 'hello', key: newId() });
  expect(audit.records).toEqual([]);
});

test('an access log has a line for each request, over HTTP and over a socket, without query, text or token', async () => {
  const { api, ws, lines } = await start({ accessLog: 'on' });
  const user = newId();
  const token = tokenOf(user);
  const conversation = newId();
  await ask(`${api}/users?query=whisper`, token);
  await ask(`${api}/nothing/whisper`, token);
  await ask(`${api}/me`, 'bad');
  const client = new WsClient(ws);
  await client.hello(token);
  await send(client, { conversation, text: 'whisper', key: newId() });
  const access = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'access');
  const from = { address: '127.0.0.1', level: 'info', ms: expect.any(Number), trace: expect.any(String) };
  expect(access).toMatchObject([
    { ...from, user, session: expect.any(String), method: 'GET', route: '/v1/users', status: 200 },
    { ...from, user: null, route: 'none', status: 404 },
    { ...from, user: null, session: null, route: '/v1/me', status: 401 },
    { ...from, user, method: 'SOCKET', route: 'message.send', status: 'ok' },
  ]);
  expect(JSON.stringify(access)).not.toMatch(/whisper|user:/);
});

test('there is none by default', async () => {
  const { api, lines } = await start();
  await ask(`${api}/me`, tokenOf());
  expect(lines.filter((line) => line.includes('"msg":"access"'))).toEqual([]);
});
