// Invitations through the SDK against a real server that takes new accounts by invitation alone.
import { randomUUID } from 'node:crypto';
import type { Invite } from '@kith/protocol';
import { until as printed } from '@kith/testkit/faults/until';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat } from '../src/chat.js';
import { acceptInvite } from '../src/invites/invites.js';
import type { Person } from '../src/person.js';
import { MemoryStores } from '../src/storage/memory.js';
import { until } from './fixtures/facts.js';

const PASSWORD = 'a long pass phrase of the tests';

describe('where sign-up is by invitation', () => {
  let server: RealServer;
  let owner: { readonly chat: Chat; readonly person: Person };
  const open: Chat[] = [];

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20', SIGN_UP: 'invite' });
    const code = () => /Set-up code for the first account: (\S+)/.exec(server.printed())?.[1] ?? null;
    // It is printed with the address, which may come first.
    const setupCode = await printed('the set-up code is printed', code, { withinMs: 10_000 });
    owner = await somebody({ setupCode });
    open.length = 0;
  });
  afterAll(async () => {
    await owner?.chat.close();
    await server?.stop();
  });
  afterEach(async () => {
    for (const chat of open.splice(0)) await chat.close();
  });

  async function somebody(how: { readonly invite?: string; readonly setupCode?: string } = {}) {
    const chat = new Chat({ url: server.url, stores: new MemoryStores(), client: 'test/1', platform: { WebSocket } });
    open.push(chat);
    const person = await chat.signUp({ username: `u${randomUUID().slice(0, 8)}`, password: PASSWORD, ...how });
    await until(person.connection, ({ kind }) => kind === 'open');
    return { chat, person };
  }

  it('nobody signs up without one that makes accounts', async () => {
    const conversation = await owner.person.create({ kind: 'group', members: [], name: 'Lunch' });
    const { code } = await owner.person.command('invite.create', { conversation });
    await expect(somebody()).rejects.toMatchObject({ code: 'forbidden' });
    for (const invite of [code, '0000-0000-0000-0000']) {
      await expect(somebody({ invite })).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('one who comes by a link reads where it leads, signs up, joins, and sees what was said', async () => {
    const conversation = await owner.person.create({ kind: 'group', members: [], name: 'Supper' });
    await owner.person.send(conversation, 'at eight');
    const { code, invite } = await owner.person.command('invite.create', { conversation, signUp: 'guest', maxUses: 1 });
    const visitor = new Chat({ url: server.url, stores: new MemoryStores() });
    expect(await visitor.readInvite(code)).toMatchObject({ kind: 'group', name: 'Supper', signUp: true });
    await visitor.close();
    const { chat, person } = await somebody({ invite: code });
    expect(await chat.request('GET', '/me')).toMatchObject({ kind: 'guest', workspaceRole: 'guest' });
    expect(await acceptInvite(person, code)).toBe(conversation);
    const view = await until(person.conversation(conversation), (known) => known !== null);
    expect(view).toMatchObject({ name: 'Supper', role: 'member' });
    const timeline = person.timeline(conversation);
    await until(timeline.view, ({ items }) => items.some(({ body }) => body.text === 'at eight'));
    await until(timeline.view, ({ items }) => items.some(({ body }) => body.invitedBy === owner.person.id));
    timeline.close();
    const { items } = await owner.person.command('invites.list', { conversation });
    expect(items).toMatchObject([{ id: invite.id, uses: 1 }]);
    await expect(somebody({ invite: code })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of many who sign up at once by an invitation to the workspace, as many get in as it has uses', async () => {
    const made = (await owner.chat.request('POST', '/workspace/invites', { maxUses: 3 })) as { code: string };
    const tried = await Promise.allSettled(Array.from({ length: 8 }, () => somebody({ invite: made.code })));
    const refused = tried.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(refused).toEqual(Array.from({ length: 5 }, () => 'not_found'));
    const listed = (await owner.chat.request('GET', '/workspace/invites')) as { items: Invite[] };
    expect(listed.items[0]?.uses).toBe(3);
  });
});
