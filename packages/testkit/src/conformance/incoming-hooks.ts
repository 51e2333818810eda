// A7 to A11 of docs/protocol/v1.md: addresses at which programs that speak Slack's payload post.
import { randomUUID } from 'node:crypto';
import type { Entry, IncomingHook, NewIncomingHook } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { type MadeBot, makeBot, retire } from './bots.js';
import type { Answer, Asked, Fields } from './http-client.js';
import type { Person, World } from './world.js';

export type MadeHook = { readonly hook: NewIncomingHook; readonly made: MadeBot; readonly ann: Person };

/** A webhook of a new bot's into a new group of somebody's. */
export async function makeHook(world: World, more: readonly Person[] = []): Promise<MadeHook> {
  const made = await makeBot(world);
  const [ann] = world.pair();
  const group = await world.group(ann, [made.person, ...more]);
  const body = { bot: made.bot.id, conversation: group.id, name: 'a webhook' };
  const hook = await world.do<NewIncomingHook>(await world.owner(), 'POST /v1/hooks/incoming', body);
  return { hook, made, ann };
}

export function incomingHookRules(world: World): void {
  const post = (url: string, asked: Asked): Promise<Answer> => world.ask(null, `POST ${new URL(url).pathname}`, asked);
  const wordOf = async (url: string, body: unknown, headers = {}) => {
    const { status, text } = await post(url, { body, headers });
    return [status, text];
  };
  const lastIn = async ({ hook, ann }: MadeHook): Promise<Entry | undefined> =>
    (await world.log(ann, hook.conversation)).at(-1);

  describe('A: incoming webhooks', () => {
    test('[A7] whoever has the address posts as the bot, where and as long as the bot may', async () => {
      const set = await makeHook(world);
      const { hook, made, ann } = set;
      const owner = await world.owner();
      expect(hook.url).toMatch(/^https?:\/\/[^/]+\/v1\/hooks\/in\/[0-9a-f-]{36}\/[0-9a-f-]{36}\/[0-9a-f]{64}$/);
      expect(await wordOf(hook.url, { text: 'built' })).toEqual([200, 'ok']);
      expect(await lastIn(set)).toMatchObject({ author: made.bot.id, kind: 'message.sent', body: { text: 'built' } });
      const { items } = await world.do<{ items: IncomingHook[] }>(owner, 'GET /v1/hooks/incoming');
      const { url: _, ...shown } = hook;
      expect(items).toContainEqual({ ...shown, lastUsedAt: expect.any(Number) });
      const members = `/v1/conversations/${hook.conversation}/members/${made.bot.id}`;
      await world.do(ann, `DELETE ${members}`);
      expect(await wordOf(hook.url, { text: 'x' })).toEqual([403, 'action_prohibited']);
      await world.do(ann, `PUT ${members}`, {});
      await world.do(ann, `PATCH /v1/conversations/${hook.conversation}`, { archived: true });
      expect(await wordOf(hook.url, { text: 'x' })).toEqual([410, 'channel_is_archived']);
      await world.do(ann, `PATCH /v1/conversations/${hook.conversation}`, { archived: false });
      await world.do(owner, `DELETE /v1/hooks/incoming/${hook.id}`);
      expect(await wordOf(hook.url, { text: 'x' })).toEqual([404, 'no_service']);
      const again = await world.ask(owner, `DELETE /v1/hooks/incoming/${hook.id}`);
      expect([again.status, again.body.code]).toEqual([404, 'not_found']);
      await retire(world, made);
    });

    test('[A7] a webhook is made where its bot may write, by owners alone, and ends with its bot', async () => {
      const { hook, made, ann } = await makeHook(world);
      const owner = await world.owner();
      const other = await world.group(ann, []);
      const create = async (person: Person, change: Fields) => {
        const body = { bot: made.bot.id, conversation: hook.conversation, name: 'x', ...change };
        const answer = await world.ask(person, 'POST /v1/hooks/incoming', { body });
        return [answer.status, answer.body.code];
      };
      expect(await create(owner, { conversation: other.id })).toEqual([404, 'not_found']);
      expect(await create(owner, { conversation: randomUUID() })).toEqual([404, 'not_found']);
      expect(await create(owner, { bot: ann.id })).toEqual([404, 'not_found']);
      expect(await create(owner, { name: ' ' })).toEqual([400, 'bad_request']);
      for (const person of [await world.other(), made.person]) {
        expect(await create(person, {})).toEqual([403, 'forbidden']);
      }
      await retire(world, made);
      expect(await wordOf(hook.url, { text: 'x' })).toEqual([404, 'no_service']);
      const { items } = await world.do<{ items: IncomingHook[] }>(owner, 'GET /v1/hooks/incoming');
      expect(items.map(({ id }) => id)).not.toContain(hook.id);
    });

    test('[A8] JSON and forms are taken, blocks and attachments too, and nothing that speaks as another', async () => {
      const set = await makeHook(world);
      const { url } = set.hook;
      const form = `payload=${encodeURIComponent(JSON.stringify({ text: 'from a *form*', username: 'Admin' }))}`;
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      expect(await wordOf(url, form, headers)).toEqual([200, 'ok']);
      expect(await lastIn(set)).toMatchObject({ author: set.made.bot.id, body: { text: 'from a **form**' } });
      const blocks = [
        { type: 'header', text: { type: 'plain_text', text: 'Build' } },
        { type: 'section', text: { type: 'mrkdwn', text: 'went <https://ci.example/7|well>' } },
      ];
      expect(await wordOf(url, { text: 'notice', blocks, attachments: [{ text: 'more', color: 'good' }] })).toEqual([
        200,
        'ok',
      ]);
      const text = '**Build**\nwent well (https://ci.example/7)\n\n> 🟢 more';
      expect(await lastIn(set)).toMatchObject({ body: { text } });
      const unknown = [...blocks, { type: 'video' }];
      expect(await wordOf(url, { text: 'notice', blocks: unknown })).toEqual([200, 'ok']);
      expect(await lastIn(set)).toMatchObject({ body: { text: 'notice' } });
      expect(await wordOf(url, { blocks: unknown })).toEqual([400, 'invalid_blocks']);
      await retire(world, set.made);
    });

    test('[A9] links say where they lead, people are mentioned by their ids, and what is too long is cut', async () => {
      const [, ben] = world.pair();
      const set = await makeHook(world, [ben]);
      const { url, conversation } = set.hook;
      const text = `<https://evil.example|https://bank.example> [a](https://evil.example) \u202Egpj <@${ben.id}> <!here>`;
      expect(await wordOf(url, { text })).toEqual([200, 'ok']);
      const shown = 'https://bank.example (https://evil.example/) [a] (https://evil.example) gpj ';
      const sent = await lastIn(set);
      expect(sent?.body).toMatchObject({
        text: expect.stringMatching(/ @\S+.* @here$/),
        mentions: { users: [ben.id] },
      });
      expect(String(sent?.body.text).slice(0, shown.length)).toBe(shown);
      expect((await world.summary(ben, conversation)).summary.mentions).toBe(1);
      const members = `/v1/conversations/${conversation}/members/${set.made.bot.id}`;
      await world.do(set.ann, `PATCH ${members}`, { role: 'moderator' });
      expect(await wordOf(url, { text: '<!channel> look' })).toEqual([200, 'ok']);
      expect(await lastIn(set)).toMatchObject({ body: { text: '@channel look', mentions: { all: true } } });
      expect(await wordOf(url, { text: 'x'.repeat(20_000) })).toEqual([200, 'ok']);
      expect(String((await lastIn(set))?.body.text)).toMatch(/x\n… \(cut: 20000 characters/);
      await retire(world, set.made);
    });

    test('[A10] what is refused is refused with a word of Slack’s and its status', async () => {
      const set = await makeHook(world);
      const { url } = set.hook;
      const other = url.endsWith('0') ? '1' : '0';
      for (const wrong of [`${url.slice(0, -1)}${other}`, url.slice(0, -1), url.replace(set.hook.id, randomUUID())]) {
        expect(await wordOf(wrong, { text: 'x' })).toEqual([404, 'no_service']);
      }
      expect(await wordOf(url, {})).toEqual([400, 'no_text']);
      expect(await wordOf(url, 'no JSON')).toEqual([400, 'invalid_payload']);
      expect(await wordOf(url, { text: ['x'] })).toEqual([400, 'invalid_payload']);
      expect(await wordOf(url, '{"text":"a\\u0000b"}')).toEqual([400, 'invalid_payload']);
      expect(await wordOf(url, { attachments: 'x' })).toEqual([400, 'invalid_attachments']);
      expect(await wordOf(url, { attachments: Array(101).fill({ text: 'x' }) })).toEqual([400, 'too_many_attachments']);
      expect(await wordOf(url, { text: 'x'.repeat(140_000) })).toEqual([413, 'payload_too_large']);
      expect(await wordOf(url, 'x', { 'content-type': 'text/plain' })).toEqual([415, 'invalid_payload']);
      expect((await lastIn(set))?.kind).toBe('member.joined');
      await retire(world, set.made);
    });

    test('[A11] a key makes a repeat harmless, also at once; without one each request is a message', async () => {
      const set = await makeHook(world);
      const { url } = set.hook;
      const headers = { 'idempotency-key': randomUUID() };
      const text = 'once <!here>';
      const answers = await Promise.all(Array.from({ length: 5 }, () => wordOf(url, { text }, headers)));
      expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200]));
      expect(await wordOf(url, { text: 'another' }, headers)).toEqual([409, 'idempotency_key_reused']);
      expect(await wordOf(url, { text }, { 'idempotency-key': 'again' })).toEqual([400, 'invalid_idempotency_key']);
      const sent = async () =>
        (await world.log(set.ann, set.hook.conversation)).filter(({ kind }) => kind === 'message.sent');
      expect(await sent()).toHaveLength(1);
      expect(await wordOf(url, { text })).toEqual([200, 'ok']);
      expect(await sent()).toHaveLength(2);
      await retire(world, set.made);
    });
  });
}
