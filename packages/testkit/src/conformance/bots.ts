// A1 to A6 of docs/protocol/v1.md: bots, and the tokens by which programs are them.
import { randomUUID } from 'node:crypto';
import type { Bot, BotToken, NewBotToken, Summary } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Fields } from './http-client.js';
import type { Person, World } from './world.js';

/** A bot, and the same as someone who asks with one of its tokens. */
export type MadeBot = { readonly bot: Bot; readonly person: Person; readonly token: NewBotToken };

export async function makeBot(world: World, asked: Fields = {}): Promise<MadeBot> {
  const owner = await world.owner();
  const username = `b${randomUUID().slice(0, 18)}`;
  const bot = await world.do<Bot>(owner, 'POST /v1/bots', { username, displayName: 'A bot' });
  return asBot(bot, await makeToken(world, bot, asked));
}

export async function makeToken(world: World, { id }: Bot, asked: Fields = {}): Promise<NewBotToken> {
  return world.do<NewBotToken>(await world.owner(), `POST /v1/bots/${id}/tokens`, { name: 'a token', ...asked });
}

function asBot(bot: Bot, token: NewBotToken): MadeBot {
  const { id, username } = bot;
  const person = { id, username, password: '', token: token.token, refreshToken: '', session: token.id };
  return { bot, person, token };
}

export async function retire(world: World, { bot }: MadeBot): Promise<void> {
  await world.do(await world.owner(), `DELETE /v1/bots/${bot.id}`);
}

export function botRules(world: World): void {
  const codeOf = async (person: Person | null, route: string, body?: Fields) => {
    const answer = await world.ask(person, route, body === undefined ? {} : { body });
    return [answer.status, answer.body.code];
  };
  const tokensOf = async ({ bot }: MadeBot) =>
    (await world.do<{ items: BotToken[] }>(await world.owner(), `GET /v1/bots/${bot.id}/tokens`)).items;

  describe('A: bots', () => {
    test('[A1] a bot is made, listed and renamed by owners, and is a person like any other in conversations', async () => {
      const made = await makeBot(world);
      const owner = await world.owner();
      const [ann] = world.pair();
      const list = async () => (await world.do<{ items: Bot[] }>(owner, 'GET /v1/bots')).items;
      expect(await list()).toContainEqual(made.bot);
      expect(made.bot).toMatchObject({ kind: 'bot', name: 'A bot', version: 1, retiredAt: null });
      const me = await world.do(made.person, 'GET /v1/me');
      expect(me).toMatchObject({ id: made.bot.id, kind: 'bot', workspaceRole: 'member' });
      const group = await world.group(ann, []);
      expect(await codeOf(made.person, `GET /v1/conversations/${group.id}`)).toEqual([404, 'not_found']);
      const listener = await world.connect(made.person);
      await world.do(ann, `PUT /v1/conversations/${group.id}/members/${made.bot.id}`, {});
      const { seq } = await world.send(ann, group.id, { text: 'hello', mentions: { users: [made.bot.id] } });
      await listener.until((frame) => frame.type === 'entry' && frame.seq === seq);
      const { summary } = await world.summary(made.person, group.id);
      expect(summary).toMatchObject({ unread: 1, mentions: 1, role: 'member' });
      const direct = await world.direct(ann, made.person);
      await world.send(ann, direct.id, 'only you');
      await listener.until((frame) => frame.type === 'entry' && frame.conversation === direct.id && frame.n === 1);
      await world.send(made.person, direct.id, 'I am here');
      const renamed = await world.do(owner, `PATCH /v1/bots/${made.bot.id}`, { displayName: 'Bee' });
      expect(renamed).toEqual({ ...made.bot, name: 'Bee', version: 2 });
      expect(await codeOf(owner, 'POST /v1/bots', { username: made.bot.username })).toEqual([409, 'conflict']);
      await retire(world, made);
    });

    test('[A1] nobody signs in as a bot, a bot owns no workspace, and only owners see to bots', async () => {
      const made = await makeBot(world, { scopes: ['read', 'write', 'account'] });
      const ben = await world.other();
      const password = { username: made.bot.username, password: 'seven tall herons 41' };
      expect(await codeOf(null, 'POST /v1/sessions', password)).toEqual([401, 'unauthenticated']);
      for (const person of [ben, made.person]) {
        expect(await codeOf(person, 'GET /v1/bots')).toEqual([403, 'forbidden']);
        expect(await codeOf(person, 'POST /v1/bots', { username: 'another' })).toEqual([403, 'forbidden']);
        const tokens = `/v1/bots/${made.bot.id}/tokens`;
        expect(await codeOf(person, `POST ${tokens}`, { name: 'x' })).toEqual([403, 'forbidden']);
        expect(await codeOf(person, 'GET /v1/workspace/keys')).toEqual([403, 'forbidden']);
      }
      expect(await codeOf(await world.owner(), `PATCH /v1/bots/${ben.id}`, { displayName: 'x' })).toEqual([
        404,
        'not_found',
      ]);
      await retire(world, made);
    });

    test('[A2] a token is a bearer token over HTTP and the socket, with its scopes, and stands for a pair', async () => {
      const made = await makeBot(world);
      expect(made.token.token).toMatch(/^kithbot_[0-9a-f]+$/);
      expect(made.token.scopes).toEqual(['read', 'write']);
      expect(await codeOf(made.person, 'PATCH /v1/me', { displayName: 'x' })).toEqual([403, 'forbidden']);
      const { token, ...shown } = made.token;
      expect(await tokensOf(made)).toEqual([{ ...shown, lastUsedAt: expect.any(Number) }]);
      const reader = asBot(made.bot, await makeToken(world, made.bot, { scopes: ['read'] })).person;
      const group = await world.group(world.pair()[0], [made.person]);
      expect((await world.summary(reader, group.id)).summary.role).toBe('member');
      const message = { key: randomUUID(), text: 'x' };
      expect(await codeOf(reader, `POST /v1/conversations/${group.id}/messages`, message)).toEqual([403, 'forbidden']);
      const writer = asBot(made.bot, await makeToken(world, made.bot, { scopes: ['write'] })).person;
      const deaf = await world.open();
      deaf.send({ type: 'hello', token: writer.token });
      expect((await deaf.ended).code).toBe(4405);
      const pair = await world.ask(null, 'POST /v1/sessions', { body: { assertion: token } });
      const same = { session: made.token.id, accessToken: token, refreshToken: token, scopes: ['read', 'write'] };
      expect(pair).toMatchObject({ status: 201, body: { ...same, user: { id: made.bot.id, kind: 'bot' } } });
      const refreshed = await world.ask(null, 'POST /v1/sessions/refresh', { body: { refreshToken: token } });
      expect(refreshed).toMatchObject({ status: 200, body: same });
      const wider = { assertion: token, scopes: ['account'] };
      expect(await codeOf(null, 'POST /v1/sessions', wider)).toEqual([400, 'bad_request']);
      const cut = { refreshToken: token.slice('kithbot_'.length) };
      expect(await codeOf(null, 'POST /v1/sessions/refresh', cut)).toEqual([401, 'unauthenticated']);
      const full = asBot(made.bot, await makeToken(world, made.bot, { name: 'full', scopes: ['account', 'read'] }));
      const { items } = await world.do<{ items: Fields[] }>(full.person, 'GET /v1/sessions');
      expect(items).toContainEqual(expect.objectContaining({ id: full.token.id, device: 'full', current: true }));
      await retire(world, made);
    });

    test('[A2] a token that was changed, cut or made up lets nobody in', async () => {
      const made = await makeBot(world);
      const { token } = made.token;
      const other = token.endsWith('0') ? '1' : '0';
      const forged = [`${token.slice(0, -1)}${other}`, token.slice(0, -2), `kithbot_${'0'.repeat(128)}`, 'kithbot_'];
      for (const text of [...forged, token.toUpperCase(), `${token} `.repeat(2).trim()]) {
        expect(await codeOf({ ...made.person, token: text }, 'GET /v1/me')).toEqual([401, 'unauthenticated']);
      }
      expect((await world.do(made.person, 'GET /v1/me')).id).toBe(made.bot.id);
      await retire(world, made);
    });

    test('[A3] a bot has at most limits.botTokens tokens, also when many are made at once', async () => {
      const made = await makeBot(world);
      const { limits } = (await world.connect(made.person)).welcome;
      expect(limits.bots).toBe(100);
      for (let there = 1; there < limits.botTokens - 2; there += 1) await makeToken(world, made.bot);
      const owner = await world.owner();
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => codeOf(owner, `POST /v1/bots/${made.bot.id}/tokens`, { name: 'a token' })),
      );
      expect(answers.filter(([status]) => status === 201)).toHaveLength(2);
      expect(answers.filter(([status]) => status !== 201)).toEqual(Array(4).fill([409, 'conflict']));
      expect(await tokensOf(made)).toHaveLength(limits.botTokens);
      const past = { name: 'x', expiresAt: Date.now() - 1 };
      expect(await codeOf(owner, `POST /v1/bots/${made.bot.id}/tokens`, past)).toEqual([400, 'bad_request']);
      await retire(world, made);
    });

    test('[A4] a token that is revoked, or has expired, lets nobody in, and its connections close within 5 s', async () => {
      const made = await makeBot(world);
      const expiresAt = Date.now() + 2_000;
      const short = asBot(made.bot, await makeToken(world, made.bot, { expiresAt }));
      const lasting = asBot(made.bot, await makeToken(world, made.bot));
      const own = asBot(made.bot, await makeToken(world, made.bot));
      const clients = await Promise.all([made, short, own].map(({ person }) => world.connect(person)));
      const stays = await world.connect(lasting.person);
      const owner = await world.owner();
      const revoked = `/v1/bots/${made.bot.id}/tokens/${made.token.id}`;
      await world.do(owner, `DELETE ${revoked}`);
      expect(await codeOf(made.person, 'GET /v1/me')).toEqual([401, 'unauthenticated']);
      const refreshed = await codeOf(null, 'POST /v1/sessions/refresh', { refreshToken: made.token.token });
      expect(refreshed).toEqual([401, 'unauthenticated']);
      expect((await world.ask(owner, `DELETE ${revoked}`)).status).toBe(204);
      await world.do(own.person, 'DELETE /v1/sessions/current');
      const ends = await Promise.all(clients.map((client) => client.ended));
      expect(ends.map(({ code }) => code)).toEqual([4403, 4403, 4403]);
      expect(Date.now() - expiresAt).toBeLessThan(5_000);
      expect(await codeOf(short.person, 'GET /v1/me')).toEqual([401, 'unauthenticated']);
      expect((await tokensOf(made)).map(({ id }) => id)).toEqual([lasting.token.id]);
      await stays.command('conversations.list');
      const others = `/v1/bots/${made.bot.id}/tokens/${owner.session}`;
      expect(await codeOf(owner, `DELETE ${others}`)).toEqual([404, 'not_found']);
      await retire(world, made);
    });

    test('[A5] a retired bot has no token, is found by nobody and changed by nobody, and what it wrote stays', async () => {
      const made = await makeBot(world);
      const [ann] = world.pair();
      const group: Summary = await world.group(ann, [made.person]);
      const { seq } = await world.send(made.person, group.id, 'I was here');
      const client = await world.connect(made.person);
      await retire(world, made);
      expect((await client.ended).code).toBe(4403);
      const owner = await world.owner();
      expect((await world.ask(owner, `DELETE /v1/bots/${made.bot.id}`)).status).toBe(204);
      expect(await codeOf(made.person, 'GET /v1/me')).toEqual([401, 'unauthenticated']);
      expect(await codeOf(owner, `POST /v1/bots/${made.bot.id}/tokens`, { name: 'x' })).toEqual([409, 'conflict']);
      const change = { displayName: 'x' };
      expect(await codeOf(owner, `PATCH /v1/bots/${made.bot.id}`, change)).toEqual([409, 'conflict']);
      expect(await codeOf(owner, 'POST /v1/bots', { username: made.bot.username })).toEqual([409, 'conflict']);
      expect(await world.do(ann, `GET /v1/users?query=${made.bot.username}`)).toEqual({ users: [] });
      const { items } = await world.do<{ items: Bot[] }>(owner, 'GET /v1/bots');
      expect(items.find(({ id }) => id === made.bot.id)?.retiredAt).toEqual(expect.any(Number));
      const log = await world.log(ann, group.id);
      expect(log.find((entry) => entry.seq === seq)).toMatchObject({
        author: made.bot.id,
        body: { text: 'I was here' },
      });
      expect(Object.keys(await world.members(ann, group.id))).toContain(made.bot.id);
    });

    test('[A6] a bot that asks too much is held back with all its tokens, and nobody else is', async () => {
      const made = await makeBot(world);
      const other = asBot(made.bot, await makeToken(world, made.bot)).person;
      const ask = (person: Person) => world.askOnce(person, 'GET /v1/users?query=nobody');
      const askMany = (person: Person) => Promise.all(Array.from({ length: 80 }, () => ask(person)));
      const answers = await Promise.all([askMany(made.person), askMany(other)]);
      const taken = answers.map((each) => each.filter(({ status }) => status === 200).length);
      // Two buckets of their own would take all of them.
      expect(taken.reduce((sum, each) => sum + each)).toBeLessThan(150);
      expect((await ask(world.alone())).status).toBe(200);
      await retire(world, made);
    });
  });
}
