// H of docs/protocol/v1.md: the same over HTTP, without a socket. Sign-up and sessions have a file of their own.
import { randomUUID } from 'node:crypto';
import { REGISTRY, type RequestName, type Summary } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer } from './http-client.js';
import { REQUESTS, type Scene } from './routes.js';
import type { Person, World } from './world.js';

const NAMES = Object.keys(REGISTRY) as RequestName[];
const MOST_SEARCHES = 1_000;

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.text, String(status)).toContain(code);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status, code });
  expect(answer.body.message).toEqual(expect.any(String));
  expect(['never', 'new_key', 'same_key']).toContain(answer.body.retry);
}

async function scene(world: World): Promise<Scene> {
  const [ann, ben, cid] = world.people(3);
  if (!ann || !ben || !cid) throw new Error('three are wanted');
  const group = await world.group(ann, [ben]);
  const { connection } = (await world.connect(ann)).welcome;
  return { world, group, ann, ben, cid, connection };
}

export function httpRules(world: World): void {
  const messages = ({ id }: Summary) => `POST /v1/conversations/${id}/messages`;

  describe('H: HTTP', () => {
    test.each(NAMES)('[H1] %s has a route that answers with its status', async (name) => {
      const set = await scene(world);
      const { path = {}, query, body, as = set.ann } = await REQUESTS[name](set);
      const { method, path: pattern, status, permission } = REGISTRY[name];
      const filled = pattern.replace(/:(\w+)/g, (_, field: string) => encodeURIComponent(String(path[field])));
      const route = `${method} /v1${filled}${query === undefined ? '' : `?${query}`}`;
      const wanted = method === 'GET' || method === 'DELETE' ? {} : { body: body ?? {} };
      if (permission !== 'public') {
        expectProblem(await world.ask(null, route, wanted), 401, 'unauthenticated');
        expectProblem(await world.ask(null, route, { ...wanted, token: 'rubbish' }), 401, 'unauthenticated');
      }
      // It is ann's, and nobody else may name it (H7).
      const headers = { ...(as === set.ann ? { 'kith-connection': set.connection } : {}) };
      const answer = await world.ask(permission === 'public' ? null : as, route, { ...wanted, headers });
      expect(answer.status, answer.text).toBe(status);
      expect(answer.text === '').toBe(status === 204);
    });

    test('[H1] lists of a query are separated by commas, and unknown routes are not_found', async () => {
      const { ann, ben, cid } = await scene(world);
      const found = await world.do<{ users: { id: string }[] }>(ann, `GET /v1/users?ids=${ben.id},${cid.id}`);
      expect(found.users.map(({ id }) => id).toSorted()).toEqual([ben.id, cid.id].toSorted());
      expectProblem(await world.ask(ann, 'GET /v1/nothing'), 404, 'not_found');
      expectProblem(await world.ask(ann, 'GET /v1/users'), 400, 'bad_request');
    });

    test('[H2] errors are problems with their status, what HTTP itself refuses too', async () => {
      const { ann, group } = await scene(world);
      expectProblem(await world.ask(ann, messages(group), { body: { text: 'no key' } }), 400, 'bad_request');
      expectProblem(await world.ask(ann, messages(group), { body: '{"key":' }), 400, 'bad_request');
      expectProblem(await world.ask(ann, messages(group), { body: '[1]' }), 400, 'bad_request');
      expectProblem(await world.ask(ann, 'PUT /v1/me'), 405, 'bad_request');
      const plain = { body: 'text', headers: { 'content-type': 'text/plain' } };
      expectProblem(await world.ask(ann, messages(group), plain), 415, 'bad_request');
      const head = { headers: { 'x-much': 'x'.repeat(20_000) } };
      expectProblem(await world.ask(ann, 'GET /v1/me', head), 431, 'too_large');
      expectProblem(await world.ask(ann, 'GET /v1/users/%zz'), 400, 'bad_request');
    });

    test('[H2] too many requests are 429 with Retry-After, and after it they go again', async () => {
      const hasty = world.alone();
      let refused: Answer | null = null;
      for (let asked = 0; asked < MOST_SEARCHES && refused === null; asked += 20) {
        const burst = Array.from({ length: 20 }, () => world.askOnce(hasty, 'GET /v1/users?query=nobody'));
        refused = (await Promise.all(burst)).find(({ status }) => status === 429) ?? null;
      }
      if (refused === null) throw new Error('a thousand searches were not too many');
      expectProblem(refused, 429, 'rate_limited');
      const waitS = Number(refused.headers.get('retry-after'));
      expect(waitS).toBeGreaterThanOrEqual(1);
      expect(Number(refused.body.retryAfterMs)).toBeLessThanOrEqual(waitS * 1_000);
      await world.do(hasty, 'GET /v1/users?query=nobody');
      await world.do(world.pair()[0], 'GET /v1/users?query=nobody');
    });

    test('[H3] a key comes in the body or as Idempotency-Key, and a repeated write answers 200', async () => {
      const { ann, group } = await scene(world);
      const key = randomUUID();
      const headers = { 'idempotency-key': key };
      const first = await world.ask(ann, messages(group), { body: { text: 'x' }, headers });
      const second = await world.ask(ann, messages(group), { body: { text: 'x', key } });
      const third = await world.ask(ann, messages(group), { body: { text: 'x', key }, headers });
      expect([first.status, second.status, third.status]).toEqual([201, 200, 200]);
      expect(second.body).toEqual({ ...first.body, duplicate: true });
      const twoKeys = { body: { text: 'x', key: randomUUID() }, headers };
      expectProblem(await world.ask(ann, messages(group), twoKeys), 400, 'bad_request');
      const noUuid = { body: { text: 'x' }, headers: { 'idempotency-key': 'again' } };
      expectProblem(await world.ask(ann, messages(group), noUuid), 400, 'bad_request');
      const remove = `DELETE /v1/conversations/${group.id}/members/${ann.id}`;
      const once = { headers: { 'idempotency-key': randomUUID() } };
      const left = await world.ask(ann, remove, once);
      expect((await world.ask(ann, remove, once)).body).toEqual({ ...left.body, duplicate: true });
    });

    test('[H4] the frames of the socket are taken and answered, by themselves', async () => {
      const { ann, ben, group } = await scene(world);
      const listener = await world.connect(ben);
      const command = { type: 'command', id: 77, name: 'message.send', conversation: group.id, key: randomUUID() };
      const ack = await world.do(ann, 'POST /v1/commands', { ...command, text: 'x' });
      expect(ack).toMatchObject({ type: 'ack', id: 77, result: { seq: group.head + 1, duplicate: false } });
      const refused = await world.ask(ann, 'POST /v1/commands', { body: { ...command, text: 'y' } });
      expectProblem(refused, 409, 'key_reused');
      expectProblem(await world.ask(ann, 'POST /v1/commands', { body: { type: 'ping' } }), 400, 'bad_request');
      const dance = { body: { type: 'command', id: 1, name: 'message.dance' } };
      expectProblem(await world.ask(ann, 'POST /v1/commands', dance), 400, 'unknown_command');

      const signal = async (fields: object) =>
        (await world.ask(ann, 'POST /v1/signals', { body: { type: 'signal', ...fields } })).status;
      expect(await signal({ name: 'typing', conversation: group.id })).toBe(204);
      await listener.until((frame) => frame.type === 'signal' && frame.name === 'typing');
      expect(await signal({ name: 'unheard of' })).toBe(204);
      expect(await signal({ name: 'typing' })).toBe(400);
    });

    test('[H5] making a conversation answers with the summary itself, 201 or 200', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const body = { kind: 'direct', members: [ben.id] };
      const first = await world.ask<Summary>(ann, 'POST /v1/conversations', { body });
      const second = await world.ask<Summary>(ann, 'POST /v1/conversations', { body });
      expect([first.status, second.status]).toEqual([201, 200]);
      expect(first.body).toMatchObject({ kind: 'direct', role: 'member', members: 2, head: 1 });
      expect(second.body.id).toBe(first.body.id);
    });

    test('[H6] OpenAPI 3.1 is served with every operation in it, and a page to read it', async () => {
      const { body, status } = await world.ask<{
        openapi: string;
        paths: { [path: string]: { [method: string]: { operationId?: string } } };
      }>(null, 'GET /v1/openapi.json');
      expect(status).toBe(200);
      expect(body.openapi).toMatch(/^3\.1\./);
      for (const { method, path } of Object.values(REGISTRY)) {
        const below = path.replace(/:(\w+)/g, '{$1}');
        const operations = body.paths[`/v1${below}`] ?? body.paths[below];
        expect(operations?.[method.toLowerCase()], `${method} ${path}`).toBeDefined();
      }
      const page = await world.ask(null, 'GET /docs');
      expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    });

    test('[H7] Kith-Connection names an open connection of the same session', async () => {
      const { ann, ben, connection } = await scene(world);
      const put = (person: Person, id: string) =>
        world.ask(person, 'PUT /v1/presence', { body: { status: 'online' }, headers: { 'kith-connection': id } });
      expect((await put(ann, connection)).status).toBe(200);
      expectProblem(await put(ben, connection), 404, 'not_found');
      expectProblem(await put(await world.signIn(ann), connection), 404, 'not_found');
      expectProblem(await put(ann, randomUUID()), 404, 'not_found');
    });

    test('[H8] the workspace is the token’s, and before there is one that of Kith-Workspace', async () => {
      const [ann] = world.pair();
      const body = { username: ann.username, password: ann.password };
      const signIn = (name: string) =>
        world.ask(null, 'POST /v1/sessions', { body, headers: { 'kith-workspace': name } });
      expect((await signIn('default')).status).toBe(201);
      expectProblem(await signIn('elsewhere'), 404, 'not_found');
      const headers = { 'kith-workspace': 'elsewhere' };
      expect((await world.ask(ann, 'GET /v1/me', { headers })).status).toBe(200);
    });

    test('[H11] the probes are not below /v1', async () => {
      expect((await world.ask(null, 'GET /healthz')).status).toBe(200);
      expect((await world.ask(null, 'GET /readyz')).status).toBe(200);
      // Whoever comes from elsewhere needs the server's token for its numbers.
      expect([200, 401, 403]).toContain((await world.ask(null, 'GET /metrics')).status);
      expect((await world.ask(null, 'GET /v1/healthz')).status).toBe(404);
    });

    test('[H12] a body beyond limits.frame bytes is too_large, and M4 holds for bodies and queries', async () => {
      const { ann, group } = await scene(world);
      const client = await world.connect(ann);
      const { frame } = client.welcome.limits;
      const filler = (size: number) => `{"text":"x","x":"${'x'.repeat(size - 19)}"}`;
      const headers = { 'idempotency-key': randomUUID() };
      expect(filler(frame)).toHaveLength(frame);
      expect((await world.ask(ann, messages(group), { body: filler(frame), headers })).status).toBe(201);
      expectProblem(await world.ask(ann, messages(group), { body: filler(frame + 1), headers }), 413, 'too_large');
      expectProblem(
        await world.ask(ann, messages(group), { body: '{"text":"a\\u0000"}', headers }),
        400,
        'bad_request',
      );
      expectProblem(await world.ask(ann, 'GET /v1/users?query=a%00b'), 400, 'bad_request');
      expectProblem(await world.ask(ann, 'PUT /v1/settings/a%00b', { body: { value: 1 } }), 400, 'bad_request');
    });
  });
}
