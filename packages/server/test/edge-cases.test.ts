// Bad input, row by row, against the real process: each is answered with a clear code, nothing is written (the database
// is compared before and after), and somebody else is served as if nothing had been.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { LIMITS } from '@kith/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TokenForm } from './fixtures/backstage.js';
import { codeOf, type EdgeScene, openEdgeScene, SERVED_WITHIN_MS } from './fixtures/edge-scene.js';

const opened: { parts?: EdgeScene } = {};

function parts(): EdgeScene {
  if (!opened.parts) throw new Error('the server is not there yet');
  return opened.parts;
}

beforeAll(async () => {
  opened.parts = await openEdgeScene();
});

afterEach(() => opened.parts?.world.leave());

afterAll(() => opened.parts?.close());

/** What a command is answered with: the code of its error, or `ok`. */
async function answerTo(name: string, params: object): Promise<string> {
  const client = await parts().world.connect(parts().ann);
  return codeOf(client.command(name, { ...params }));
}

const say = (fields: object) =>
  answerTo('message.send', { conversation: parts().group, key: randomUUID(), text: 'x', ...fields });

/** How a connection of `ann`'s ends that sends this text. */
async function endAfter(text: string): Promise<string> {
  const client = await parts().world.connect(parts().ann);
  client.socket.send(text);
  return `closed with ${(await client.ended).code}`;
}

/** The code of a request over HTTP, with its status. */
async function over(route: string, asked: { body?: unknown; token?: string; headers?: { [name: string]: string } }) {
  const { world, ann } = parts();
  const answer = await world.ask(ann, route, asked);
  return `${answer.status} ${answer.body.code}`;
}

const messages = () => `POST /v1/conversations/${parts().group}/messages`;

/** How a hello with this token ends. */
async function greeted(token: string): Promise<string> {
  const client = await parts().world.open();
  client.send({ type: 'hello', token });
  return `closed with ${(await client.ended).code}`;
}

/** The same token as a greeting and over HTTP. */
async function refusedToken(token: string): Promise<string> {
  return `${await greeted(token)}, ${await over(messages(), { token, body: { key: randomUUID(), text: 'x' } })}`;
}

const NO_TOKEN = 'closed with 4401, 401 unauthenticated';

function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
}

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const command = (fields: string) =>
  `{"type":"command","id":1,"name":"message.send","conversation":"${parts().group}","key":"${randomUUID()}",${fields}}`;

/** Each row of bad input: what is tried, and what it is answered with. */
const ROWS: readonly (readonly [what: string, tried: () => Promise<string>, answer: string])[] = [
  ['a frame over the limit', () => endAfter('x'.repeat(LIMITS.frame + 1)), 'closed with 4413'],
  ['a body over the limit', () => over(messages(), { body: `"${'x'.repeat(LIMITS.frame)}"` }), '413 too_large'],
  ['a text too long', () => say({ text: 'x'.repeat(LIMITS.text + 1) }), 'too_large'],
  ['an empty text', () => say({ text: '' }), 'bad_request'],
  ['no text', () => say({ text: undefined }), 'bad_request'],
  ['a text that is no text', () => say({ text: { toString: 'x' } }), 'bad_request'],
  ['a text with NUL', () => say({ text: 'a\0b' }), 'bad_request'],
  ['a text with half a surrogate pair', () => say({ text: 'a\ud800b' }), 'bad_request'],
  ['the other half', () => over(messages(), { body: '{"key":"x","text":"\\udfff"}' }), '400 bad_request'],
  ['deep JSON', () => endAfter(command(`"text":"x","x":${deep(LIMITS.depth)}`)), 'closed with 4400'],
  ['very deep JSON', () => endAfter(deep(60_000)), 'closed with 4400'],
  ['deep JSON over HTTP', () => over(messages(), { body: deep(60_000) }), '400 bad_request'],
  ['huge JSON: a list of numbers', () => say({ replyTo: Array(40_000).fill(1) }), 'bad_request'],
  ['huge JSON: a setting', () => answerTo('setting.set', { name: 'x', value: Array(20_000).fill(1) }), 'too_large'],
  ['huge JSON: more people than may be named', () => say({ mentions: { users: Array(2_000).fill('x') } }), 'too_large'],
  ['a number beyond what JSON can say', () => endAfter('{"type":"command","id":1e400}'), 'closed with 4400'],
  ['prototype keys', () => refusedRaw(command('"text":"x","mentions":{"__proto__":{"all":true}}')), 'bad_request'],
  ['prototype keys, escaped', () => refusedRaw(command('"text":"x","c\\u006fnstructor":1')), 'bad_request'],
  ['prototype keys in a query', () => over('GET /v1/users?__proto__=x', {}), '400 bad_request'],
  ['an unknown command', () => answerTo('message.dance', {}), 'unknown_command'],
  ['a command that every object has', () => answerTo('hasOwnProperty', {}), 'unknown_command'],
  ['a command before hello', () => before(command('"text":"x"')), 'closed with 4400'],
  ['a hello that is lean to a degree', () => before('{"type":"hello","token":"x","lean":1}'), 'closed with 4400'],
  ['no hello in time', () => before('{"type":"ping"}'), 'closed with 4408'],
  ['a wrong token', () => refusedToken('wrong'), NO_TOKEN],
  ['an expired token', async () => refusedToken(await token({ expiresInMs: -10_000 })), NO_TOKEN],
  ['a token for another audience', async () => refusedToken(await token({ audience: 'other' })), NO_TOKEN],
  ['a token of another issuer', async () => refusedToken(await token({ issuer: 'other' })), NO_TOKEN],
  ['a token signed with another key', async () => refusedToken(await token({ secret: Buffer.alloc(32) })), NO_TOKEN],
  ['a token of a session that is not', async () => refusedToken(await token({ session: randomUUID() })), NO_TOKEN],
  ['a token that is not signed', () => refusedToken(unsigned({ sub: parts().ann.id, aud: 'kith' })), NO_TOKEN],
  ['a refresh token in place of an access token', () => refusedToken(parts().ann.refreshToken), NO_TOKEN],
  ['another Origin', () => opening({ headers: { origin: 'https://evil.example' } }), '403 forbidden'],
  ['the Origin null', () => opening({ headers: { origin: 'null' } }), '403 forbidden'],
  [
    'another Origin over HTTP',
    () => over(messages(), { body: { key: randomUUID(), text: 'x' }, headers: { origin: 'https://evil.example' } }),
    '403 forbidden',
  ],
  ['a conversation that is not yours', () => say({ conversation: parts().foreign }), 'not_found'],
  ['a conversation that is not', () => say({ conversation: randomUUID() }), 'not_found'],
  ['a conversation that is no id', () => say({ conversation: "' OR 1=1 --" }), 'bad_request'],
  ['somebody of another workspace', () => adding(parts().elsewhere.id), 'not_found'],
  ['the same key with other content', () => say({ ...parts().said, text: 'other' }), 'key_reused'],
  ['the same key with a reply', () => say({ ...parts().said, replyTo: 1 }), 'key_reused'],
  [
    'another epoch',
    () => answerTo('entries.read', { conversation: parts().group, epoch: 99, after: 1 }),
    'epoch_changed',
  ],
  [
    'a seq without its epoch',
    () => answerTo('messages.read', { conversation: parts().group, before: 2 }),
    'bad_request',
  ],
  ['a key that is no UUID', () => say({ key: '1' }), 'bad_request'],
  ['no key', () => say({ key: undefined }), 'bad_request'],
  [
    'a cursor that is none',
    () => answerTo('members.read', { conversation: parts().group, cursor: '-1' }),
    'bad_request',
  ],
  ['a page too large', () => answerTo('entries.read', { conversation: parts().group, limit: 201 }), 'bad_request'],
  ['a direct conversation with oneself', () => creating({ kind: 'direct', members: [parts().ann.id] }), 'bad_request'],
  ['a group with nobody that is', () => creating({ kind: 'group', members: [randomUUID()] }), 'not_found'],
  [
    'a group too large',
    () => creating({ kind: 'group', members: Array.from({ length: 1_001 }, randomUUID) }),
    'too_large',
  ],
  ['a username that is taken', () => signingUp({ username: parts().ann.username }), '409 conflict'],
  ['a password that is common', () => signingUp({ password: 'password123' }), '400 bad_request'],
  [
    'a password with half a surrogate pair',
    () => signingUp({ password: `${'x'.repeat(12)}\ud800` }),
    '400 bad_request',
  ],
];

const token = (form: TokenForm) => parts().backstage.token(parts().ann, form);
const creating = (params: object) => answerTo('conversation.create', params);
const adding = (user: string) => answerTo('member.add', { conversation: parts().group, user });
const opening = (options: object) => codeOf(parts().world.open(options));
const signingUp = (fields: object) =>
  over('POST /v1/accounts', {
    body: { username: `u${randomUUID().slice(0, 8)}`, password: 'nine blue doors 52', ...fields },
  });

async function refusedRaw(text: string): Promise<string> {
  const client = await parts().world.connect(parts().ann);
  client.socket.send(text);
  return codeOf(client.answer(1));
}

async function before(text: string): Promise<string> {
  const client = await parts().world.open();
  client.socket.send(text);
  return `closed with ${(await client.ended).code}`;
}

describe('bad input', () => {
  test.each(ROWS)('%s is answered with its code, and nothing is written', async (_, tried, answer) => {
    const { backstage } = parts();
    const written = await backstage.written();
    expect(await tried()).toBe(answer);
    expect(await backstage.written()).toEqual(written);
    expect(await parts().servesOthers()).toBeLessThan(SERVED_WITHIN_MS);
  });

  test('a good token of the same making is taken', async () => {
    const { world } = parts();
    expect((await world.ask(null, 'GET /v1/me', { token: await token({}) })).status).toBe(200);
  });

  test('too many sends: those that were acknowledged are in the log, once, and no others', async () => {
    const { world } = parts();
    const hasty = world.alone();
    const { id, head } = await world.group(hasty, []);
    const client = await world.connect(hasty);
    const answers: PromiseSettledResult<unknown>[] = [];
    for (let batch = 0; batch < 5; batch += 1) {
      const sends = Array.from({ length: 50 }, (_, index) => ({
        name: 'message.send',
        params: { conversation: id, key: randomUUID(), text: `${batch} ${index}` },
      }));
      answers.push(...(await Promise.allSettled(client.commands(sends))));
    }
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(50);
    for (const answer of refused) {
      expect(answer).toMatchObject({ reason: { frame: { code: 'rate_limited', retry: 'same_key' } } });
      expect(answer).toHaveProperty('reason.frame.retryAfterMs', expect.any(Number));
    }
    expect(await world.log(hasty, id)).toHaveLength(head + answers.length - refused.length);
    expect(await parts().servesOthers()).toBeLessThan(SERVED_WITHIN_MS);
  });

  test('a slow reader gets a gap and slows nobody', async () => {
    const { world } = parts();
    const [writer, slow, quick] = [world.alone(), world.alone(), world.alone()];
    const { id, head } = await world.group(writer, [slow, quick]);
    const [reader, other] = [await world.connect(slow), await world.connect(quick)];
    reader.socket.pause();
    // It takes nothing, but says that it is there.
    const speech = setInterval(() => reader.send({ type: 'ping' }), 300);
    const text = '€'.repeat(LIMITS.text);
    for (let seq = head + 1; seq <= head + 100; seq += 1) {
      await world.send(writer, id, text);
      await other.entry(id, seq);
    }
    reader.socket.resume();
    await reader.until(({ type }) => type === 'gap');
    await world.send(writer, id, 'the last');
    await reader.entry(id, head + 101);
    clearInterval(speech);
    await other.entry(id, head + 101);
    expect(other.entries(id)).toHaveLength(101);
  });

  test('a slow handshake ends in time, and holds nobody up', async () => {
    const { server } = parts();
    const startedMs = performance.now();
    const { hostname, port } = new URL(server.url);
    const sockets = Array.from({ length: 50 }, () => connect({ host: hostname, port: Number(port) }));
    const ends = sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on('error', () => {}).on('data', () => {});
          socket.once('close', () => resolve());
        }),
    );
    for (const socket of sockets) socket.write('GET /v1/ws HTTP/1.1\r\nHost: x\r\n');
    const drops = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('X-Slow: 1\r\n');
    }, 100);
    expect(await parts().servesOthers()).toBeLessThan(SERVED_WITHIN_MS);
    await Promise.all(ends);
    clearInterval(drops);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test('half-open sockets are ended, and counted no more', async () => {
    const { world, ann } = parts();
    const count = async () => {
      const { text } = await world.ask(null, 'GET /metrics');
      return Number(/^kith_connections(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]);
    };
    await expect.poll(count, { timeout: 5_000 }).toBe(0);
    const clients = await Promise.all(Array.from({ length: 10 }, () => world.connect(ann)));
    expect(await count()).toBe(10);
    for (const { socket } of clients) {
      socket.answersPings = false;
      socket.pause();
    }
    await expect.poll(count, { timeout: 10_000 }).toBe(0);
  });
});
