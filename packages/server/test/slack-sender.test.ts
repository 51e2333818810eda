// A real sender of Slack's, as it comes from npm, posts to a real server: what it sends arrives, what is refused reaches its
// author as the sender tells it, and what it repeats by itself is posted once where it gives a key.
import { randomUUID } from 'node:crypto';
import { type MadeHook, makeHook } from '@kith/testkit/conformance/incoming-hooks';
import { World } from '@kith/testkit/conformance/world';
import { IncomingWebhook } from '@slack/webhook';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

const opened: { server?: RealServer; world?: World } = {};

beforeAll(async () => {
  const server = await startRealServer({ RATE_FACTOR: '1' });
  opened.server = server;
  opened.world = new World(() => server.url);
  await opened.world.fill(8);
});
afterAll(() => opened.server?.stop());

function world(): World {
  if (opened.world === undefined) throw new Error('the server is not there yet');
  return opened.world;
}

async function textsOf({ hook, ann }: MadeHook): Promise<readonly unknown[]> {
  const log = await world().log(ann, hook.conversation);
  return log.filter(({ kind }) => kind === 'message.sent').map(({ body }) => body.text);
}

test('text, blocks and attachments of the sender are there', async () => {
  const set = await makeHook(world());
  const sender = new IncomingWebhook(set.hook.url);
  expect(await sender.send('hello *there*')).toEqual({ text: 'ok' });
  await sender.send({
    text: 'in a notice',
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '<https://ci.example|Build> passed' } }],
    attachments: [{ fallback: 'x', color: 'good', fields: [{ title: 'Time', value: '12 s', short: true }] }],
  });
  expect(await textsOf(set)).toEqual(['hello **there**', 'Build (https://ci.example/) passed\n\n> 🟢 **Time**: 12 s']);
});

test('a refusal reaches whoever sends, with its word, and is not repeated', async () => {
  const set = await makeHook(world());
  let requests = 0;
  const counted: typeof fetch = (...asked) => {
    requests += 1;
    return fetch(...asked);
  };
  const options = { fetch: counted, retryConfig: { retries: 3, minTimeout: 1 } };
  const sender = new IncomingWebhook(set.hook.url, options);
  await expect(sender.send({ text: '' })).rejects.toMatchObject({ statusCode: 400, body: 'no_text' });
  const wrong = new IncomingWebhook(set.hook.url.replace(set.hook.id, randomUUID()), options);
  await expect(wrong.send('x')).rejects.toMatchObject({ statusCode: 404, body: 'no_service' });
  expect(requests).toBe(2);
});

test('[A11] what is repeated since its answer was lost is posted once, with a key of the sender’s', async () => {
  const set = await makeHook(world());
  const key = randomUUID();
  let lost = 2;
  const faulty: typeof fetch = async (url, init) => {
    const answer = await fetch(url, { ...init, headers: { ...init?.headers, 'idempotency-key': key } });
    lost -= 1;
    if (lost >= 0) throw new Error('the answer was lost');
    return answer;
  };
  const sender = new IncomingWebhook(set.hook.url, { fetch: faulty, retryConfig: { retries: 5, minTimeout: 1 } });
  expect(await sender.send('once')).toEqual({ text: 'ok' });
  expect(await textsOf(set)).toEqual(['once']);
});

test('[A11] a bot that posts too much is told to wait', async () => {
  const set = await makeHook(world());
  const route = `POST ${new URL(set.hook.url).pathname}`;
  const many = await Promise.all(Array.from({ length: 200 }, () => world().askOnce(null, route, { body: {} })));
  const held = many.find(({ status }) => status === 429);
  expect(held?.text).toBe('rate_limited');
  expect(Number(held?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
});
