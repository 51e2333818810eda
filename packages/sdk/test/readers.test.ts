// Readers of a channel through the SDK against a real server: what they see on all of their devices as they come, read, become
// members and go. Rules RD1 to RD6 of docs/protocol/v1.md.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat } from '../src/chat.js';
import type { Person } from '../src/person.js';
import { MemoryStores } from '../src/storage/memory.js';
import { until } from './fixtures/facts.js';

const PASSWORD = 'a long pass phrase of the tests';

describe('readers of a channel', () => {
  let server: RealServer;
  const open: Chat[] = [];

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20' });
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const chat of open.splice(0)) await chat.close();
  });

  async function device(username = `u${randomUUID().slice(0, 8)}`, isKnown = false): Promise<Person> {
    const chat = new Chat({ url: server.url, stores: new MemoryStores(), client: 'test/1', platform: { WebSocket } });
    open.push(chat);
    const account = { username, password: PASSWORD };
    const person = await (isKnown ? chat.signIn(account) : chat.signUp(account));
    await until(person.connection, ({ kind }) => kind === 'open');
    return person;
  }

  const roleOf = (person: Person, conversation: string, role: string) =>
    until(person.conversations, (all) => all.some((one) => one.id === conversation && one.role === role));
  const unreadOf = (person: Person, conversation: string, unread: number) =>
    until(person.conversations, (all) => all.some((one) => one.id === conversation && one.unread === unread));

  it('[RD2] [RD4] [RD5] [RD6] every device has what the person is now, what is said, and what is unread', async () => {
    const ann = await device();
    const name = `u${randomUUID().slice(0, 8)}`;
    const [phone, laptop] = [await device(name), await device(name, true)];
    const conversation = await ann.create({ kind: 'channel', members: [], name: 'news', visibility: 'public' });
    await ann.command('conversation.update', { conversation, joining: 'reader' });
    await ann.send(conversation, 'one');
    await phone.command('channel.join', { conversation });
    for (const one of [phone, laptop]) await roleOf(one, conversation, 'reader');
    await ann.send(conversation, 'two');
    for (const one of [phone, laptop]) await unreadOf(one, conversation, 2);
    const { summary } = await phone.command('conversation.read', { conversation });
    expect(summary).toMatchObject({ role: 'reader', members: 1, readers: 1 });
    phone.read(conversation, summary.head);
    for (const one of [phone, laptop]) await unreadOf(one, conversation, 0);
    await ann.command('member.role', { conversation, user: phone.id, role: 'member' });
    for (const one of [phone, laptop]) await roleOf(one, conversation, 'member');
    await ann.command('member.role', { conversation, user: phone.id, role: 'reader' });
    for (const one of [phone, laptop]) await roleOf(one, conversation, 'reader');
    await ann.send(conversation, 'three');
    for (const one of [phone, laptop]) await unreadOf(one, conversation, 1);
    await laptop.command('member.remove', { conversation, user: laptop.id });
    for (const one of [phone, laptop]) {
      await until(one.conversations, (all) => all.every(({ id, role }) => id !== conversation || role === 'none'));
    }
    await phone.command('channel.join', { conversation });
    for (const one of [phone, laptop]) await roleOf(one, conversation, 'reader');
  });
});
