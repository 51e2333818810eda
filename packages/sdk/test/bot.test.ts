// The SDK as a bot, with nothing but its token, against the real server.
import { makeBot, makeToken } from '@kith/testkit/conformance/bots';
import { World } from '@kith/testkit/conformance/world';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat } from '../src/chat.js';
import { MemoryStores } from '../src/storage/memory.js';
import { until } from './fixtures/facts.js';

describe('a bot on the SDK', () => {
  let server: RealServer;
  let world: World;
  const open: Chat[] = [];

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '10' });
    world = new World(() => server.url);
    await world.fill(2);
  });
  afterEach(async () => {
    for (const chat of open.splice(0)) await chat.close();
  });
  afterAll(() => server?.stop());

  function newChat(): Chat {
    const chat = new Chat({ url: server.url, stores: new MemoryStores(), client: 'bot/1', platform: { WebSocket } });
    open.push(chat);
    return chat;
  }

  it('answers who mentions it in a group and who writes to it directly', async () => {
    const made = await makeBot(world);
    const [ann] = world.pair();
    const bot = await newChat().useToken(async () => made.token.token);
    expect(bot.id).toBe(made.bot.id);
    await until(bot.connection, ({ kind }) => kind === 'open');
    const group = await world.group(ann, [made.person]);
    await world.send(ann, group.id, { text: 'how much is 2 + 2?', mentions: { users: [made.bot.id] } });
    const direct = await world.direct(ann, made.person);
    await world.send(ann, direct.id, 'and 3 + 3?');
    for (const [conversation, mentions, answer] of [
      [group.id, 1, '4'],
      [direct.id, 0, '6'],
    ] as const) {
      const summary = await until(bot.conversation(conversation), (view) => view?.unread === 1);
      expect(summary?.mentions).toBe(mentions);
      await bot.send(conversation, answer);
      await until(bot.unsent(conversation), (unsent) => unsent.length === 0);
      const [last] = (await world.log(ann, conversation)).slice(-1);
      expect(last).toMatchObject({ author: made.bot.id, body: { text: answer } });
    }
    expect(bot.mismatches.getSnapshot()).toBe(0);
  });

  it('is signed out once its token was revoked, and goes on with another one', async () => {
    const made = await makeBot(world);
    const tokens = [made.token.token];
    const chat = newChat();
    const bot = await chat.useToken(async () => tokens[0] ?? '');
    await until(bot.connection, ({ kind }) => kind === 'open');
    await world.do(await world.owner(), `DELETE /v1/bots/${made.bot.id}/tokens/${made.token.id}`);
    await until(chat.session, ({ kind }) => kind === 'signed_out');
    tokens[0] = (await makeToken(world, made.bot)).token;
    const again = await chat.useToken(async () => tokens[0] ?? '');
    await until(again.connection, ({ kind }) => kind === 'open');
    expect(again.id).toBe(made.bot.id);
  });
});
