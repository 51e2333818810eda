// SC1 to SC9 of docs/protocol/v1.md as far as they can be seen without a receiver that the server may reach: commands, what is
// asked by them, and how bots answer over the socket and HTTP. Webhooks are in the tests of the server.
import { randomUUID } from 'node:crypto';
import type { Answer, Invocation, ServerFrame, SlashCommand } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { type MadeBot, makeBot, retire } from './bots.js';
import type { Client } from './client.js';
import type { Fields } from './http-client.js';
import type { Person, World } from './world.js';

type Invoked = {
  readonly invocation: string;
  readonly bot: string;
  readonly expiresAt: number;
  readonly duplicate: boolean;
};

export function slashCommandRules(world: World): void {
  const codeOf = async (person: Person, route: string, body?: Fields) => {
    const answer = await world.ask(person, route, body === undefined ? {} : { body });
    return [answer.status, answer.body.code];
  };
  const newName = () => `c${randomUUID().slice(0, 12)}`;
  const set = (by: Person, { bot }: MadeBot, { name, ...asked }: Fields) =>
    world.do<SlashCommand>(by, `PUT /v1/bots/${bot.id}/commands/${name}`, { description: 'does it', ...asked });
  const listed = async (person: Person, conversation: string) =>
    (await world.do<{ items: SlashCommand[] }>(person, `GET /v1/conversations/${conversation}/commands`)).items;
  /** A bot in a group of two, with a command. */
  const scene = async () => {
    const made = await makeBot(world);
    const [ann, ben] = world.pair();
    const group = await world.group(ann, [ben, made.person]);
    const command = await set(made.person, made, { name: newName(), hint: '[what]' });
    const invoke = (person: Person, asked: Fields = {}) =>
      world.do<Invoked>(person, `POST /v1/conversations/${group.id}/commands/${command.name}`, {
        key: randomUUID(),
        ...asked,
      });
    return { made, ann, ben, group, command, invoke };
  };
  const isOf = (frame: ServerFrame, name: 'invocation' | 'answer') => frame.type === 'signal' && frame.name === name;
  const told = async (client: Client, id: string): Promise<Invocation> => {
    const frame = await client.until((each) => isOf(each, 'invocation') && invocationOf(each)?.id === id);
    return invocationOf(frame) as Invocation;
  };
  const answered = async (client: Client, id: string): Promise<Answer> => {
    const frame = await client.until((each) => isOf(each, 'answer') && answerOf(each)?.id === id);
    return answerOf(frame) as Answer;
  };
  const waiting = async ({ person }: MadeBot) =>
    (await world.do<{ items: Invocation[] }>(person, 'GET /v1/invocations')).items;

  describe('SC: slash commands', () => {
    test('[SC1] a bot, and owners for it, make, change and remove its commands, each name once in the workspace', async () => {
      const [made, other] = [await makeBot(world), await makeBot(world)];
      const owner = await world.owner();
      const [, ben] = world.pair();
      const name = newName();
      const command = await set(made.person, made, { name, hint: '[what]' });
      const said = { hint: '[what]', description: 'does it', everywhere: false };
      expect(command).toEqual({ name, bot: made.bot.id, ...said, createdAt: expect.any(Number) });
      const route = `/v1/bots/${made.bot.id}/commands`;
      expect(await set(owner, made, { name, description: 'other' })).toEqual({
        ...command,
        hint: '',
        description: 'other',
      });
      expect((await world.do<{ items: SlashCommand[] }>(made.person, `GET ${route}`)).items).toHaveLength(1);
      for (const person of [ben, other.person]) {
        expect(await codeOf(person, `PUT ${route}/${name}`, { description: 'x' })).toEqual([403, 'forbidden']);
        expect(await codeOf(person, `DELETE ${route}/${name}`)).toEqual([403, 'forbidden']);
        expect(await codeOf(person, `GET ${route}`)).toEqual([403, 'forbidden']);
      }
      const there = `PUT /v1/bots/${other.bot.id}/commands`;
      expect(await codeOf(owner, `${there}/${name}`, { description: 'x' })).toEqual([409, 'conflict']);
      for (const bad of ['Deploy', '-x', '_x', 'a b', '/x', 'ä', 'a.b']) {
        const answer = await codeOf(owner, `${there}/${encodeURIComponent(bad)}`, { description: 'x' });
        expect([bad, ...answer]).toEqual([bad, 400, 'bad_request']);
      }
      expect(await codeOf(owner, `${there}/${'x'.repeat(33)}`, { description: 'x' })).toEqual([413, 'too_large']);
      expect(await codeOf(owner, `${there}/${newName()}`, { description: ' ' })).toEqual([400, 'bad_request']);
      expect(await codeOf(owner, `PUT /v1/bots/${ben.id}/commands/${name}`, { description: 'x' })).toEqual([
        404,
        'not_found',
      ]);
      await world.do(made.person, `DELETE ${route}/${name}`);
      expect(await codeOf(owner, `DELETE ${route}/${name}`)).toEqual([404, 'not_found']);
      await set(other.person, other, { name });
      await retire(world, other);
      await set(made.person, made, { name });
      await retire(world, made);
    });

    test('[SC2] a command reaches where its bot is a member, and everywhere where an owner says so', async () => {
      const { made, ann, ben, group, command } = await scene();
      const without = await world.group(ann, [ben]);
      const names = async (conversation: string) => (await listed(ann, conversation)).map(({ name }) => name);
      expect(await listed(ben, group.id)).toContainEqual(command);
      expect(await names(without.id)).not.toContain(command.name);
      const asked = { key: randomUUID() };
      const there = `POST /v1/conversations/${without.id}/commands/${command.name}`;
      expect(await codeOf(ann, there, asked)).toEqual([404, 'not_found']);
      const route = `PUT /v1/bots/${made.bot.id}/commands/${command.name}`;
      const wide = { description: 'x', everywhere: true };
      expect(await codeOf(made.person, route, wide)).toEqual([403, 'forbidden']);
      await set(await world.owner(), made, { name: command.name, ...wide });
      expect(await set(made.person, made, { name: command.name })).toMatchObject({ everywhere: true });
      expect(await names(without.id)).toContain(command.name);
      const { invocation } = await world.do<Invoked>(ann, there, asked);
      expect(await waiting(made)).toMatchObject([{ id: invocation, conversation: without.id }]);
      const answer = `POST /v1/invocations/${invocation}/answers`;
      const said = { text: 'x', to: 'all', key: randomUUID() };
      expect(await codeOf(made.person, answer, said)).toEqual([404, 'not_found']);
      expect(await world.do(made.person, answer, { text: 'x', key: randomUUID() })).toMatchObject({
        left: 4,
        seq: null,
      });
      await set(made.person, made, { name: command.name, everywhere: false });
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${made.bot.id}`);
      expect(await names(group.id)).not.toContain(command.name);
      const gone = `POST /v1/conversations/${group.id}/commands/${command.name}`;
      expect(await codeOf(ann, gone, { key: randomUUID() })).toEqual([404, 'not_found']);
      await retire(world, made);
    });

    test('[SC3] whoever may write there invokes it, once for a key; it is in no log and nobody else is told', async () => {
      const { made, ann, ben, group, command } = await scene();
      const [bot, other, own] = [await world.connect(made.person), await world.connect(ben), await world.connect(ann)];
      const params = { conversation: group.id, name: command.name, key: randomUUID(), text: 'web to staging' };
      const first = (await own.command('command.invoke', params)) as Invoked;
      expect(first).toMatchObject({ bot: made.bot.id, duplicate: false });
      const { expiresAt } = first;
      const frame = await told(bot, first.invocation);
      const { text } = params;
      const place = { id: first.invocation, bot: made.bot.id, conversation: group.id, user: ann.id };
      expect(frame).toEqual({ ...place, command: command.name, text, at: expiresAt - 1_800_000, expiresAt });
      const again = await world.ask<Invoked>(ann, `POST /v1/conversations/${group.id}/commands/${command.name}`, {
        body: { key: params.key, text },
      });
      expect(again).toMatchObject({ status: 200, body: { ...first, duplicate: true } });
      const reused = { key: params.key, text: 'other' };
      const route = `POST /v1/conversations/${group.id}/commands`;
      expect(await codeOf(ann, `${route}/${command.name}`, reused)).toEqual([409, 'key_reused']);
      expect(await codeOf(ann, `${route}/${newName()}`, { key: randomUUID() })).toEqual([404, 'not_found']);
      const { seq } = await world.send(ann, group.id, 'after it');
      await other.until((frame) => frame.type === 'entry' && frame.seq === seq);
      expect(other.frames.filter((each) => isOf(each, 'invocation'))).toEqual([]);
      const log = await world.log(ann, group.id);
      expect(JSON.stringify(log)).not.toContain(text);
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      expect(await codeOf(ben, `${route}/${command.name}`, { key: randomUUID() })).toEqual([403, 'forbidden']);
      await world.do(ann, `PATCH /v1/conversations/${group.id}`, { archived: true });
      expect(await codeOf(ann, `${route}/${command.name}`, { key: randomUUID() })).toEqual([409, 'conflict']);
      await retire(world, made);
      expect(await codeOf(ann, `${route}/${command.name}`, { key: randomUUID() })).toEqual([409, 'conflict']);
    });

    test('[SC3] [SC1] what was of a retired bot is not there any more', async () => {
      const { made, ann, group, command } = await scene();
      await retire(world, made);
      const route = `POST /v1/conversations/${group.id}/commands/${command.name}`;
      expect(await codeOf(ann, route, { key: randomUUID() })).toEqual([404, 'not_found']);
      expect((await listed(ann, group.id)).map(({ name }) => name)).not.toContain(command.name);
    });

    test('[SC5] it comes again until the bot has said that it has it, and waits for a bot that was not there', async () => {
      const { made, ann, invoke } = await scene();
      const [first, second] = [await invoke(ann, { text: 'one' }), await invoke(ann, { text: 'two' })];
      expect((await waiting(made)).map(({ text }) => text)).toEqual(['one', 'two']);
      const bot = await world.connect(made.person);
      await told(bot, first.invocation);
      await world.do(made.person, `PUT /v1/invocations/${first.invocation}/taken`, {});
      await bot.command('invocation.take', { invocation: first.invocation });
      expect((await waiting(made)).map(({ id }) => id)).toEqual([second.invocation]);
      const other = await makeBot(world);
      for (const person of [other.person, ann]) {
        expect(await codeOf(person, `PUT /v1/invocations/${second.invocation}/taken`, {})).toEqual([404, 'not_found']);
      }
      expect(await waiting(other)).toEqual([]);
      const users = (await world.do<{ users: Fields }>(made.person, 'GET /v1/invocations')).users;
      expect(Object.keys(users)).toEqual([ann.id]);
      for (const each of [made, other]) await retire(world, each);
    });

    test('[SC6] an answer to all is a message of the bot, and five answers of different keys are taken', async () => {
      const { made, ann, group, invoke } = await scene();
      const { invocation } = await invoke(ann);
      const bot = await world.connect(made.person);
      const answer = (asked: Fields) => bot.command('invocation.answer', { invocation, text: 'x', ...asked });
      const key = randomUUID();
      const first = await answer({ key, to: 'all', text: 'deployed', mentions: { users: [ann.id] } });
      expect(first).toMatchObject({ left: 4, duplicate: false });
      expect(await answer({ key, to: 'all', text: 'deployed', mentions: { users: [ann.id] } })).toEqual({
        ...first,
        duplicate: true,
      });
      const [last] = (await world.log(ann, group.id)).slice(-1);
      expect(last).toMatchObject({ seq: first.seq, author: made.bot.id, key, body: { text: 'deployed' } });
      expect(await waiting(made)).toEqual([]);
      for (const left of [3, 2, 1, 0]) expect(await answer({ key: randomUUID() })).toMatchObject({ left, seq: null });
      const route = `POST /v1/invocations/${invocation}/answers`;
      expect(await codeOf(made.person, route, { key: randomUUID(), text: 'x' })).toEqual([409, 'conflict']);
      expect((await answer({ key, to: 'all', text: 'deployed', mentions: { users: [ann.id] } })).duplicate).toBe(true);
      expect(await codeOf(ann, route, { key: randomUUID(), text: 'x' })).toEqual([404, 'not_found']);
      await retire(world, made);
    });

    test('[SC7] an answer to the invoker comes to all their streams, to nobody else, and stands in no log', async () => {
      const { made, ann, ben, group, command, invoke } = await scene();
      const [one, two, other] = [await world.connect(ann), await world.connect(ann), await world.connect(ben)];
      const { invocation } = await invoke(ann);
      const key = randomUUID();
      await world.do(made.person, `POST /v1/invocations/${invocation}/answers`, { key, text: 'only you' });
      const of = { invocation, conversation: group.id, bot: made.bot.id, command: command.name };
      for (const client of [one, two]) {
        const answer = await answered(client, key);
        expect(answer).toEqual({ ...of, id: key, text: 'only you', at: expect.any(Number) });
      }
      const { seq } = await world.send(ann, group.id, 'after it');
      await other.until((frame) => frame.type === 'entry' && frame.seq === seq);
      expect(JSON.stringify(other.frames)).not.toContain('only you');
      expect(JSON.stringify(await world.log(ann, group.id))).not.toContain('only you');
      await retire(world, made);
    });
  });
}

function invocationOf(frame: ServerFrame): Invocation | null {
  return frame.type === 'signal' && frame.name === 'invocation' ? frame.invocation : null;
}

function answerOf(frame: ServerFrame): Answer | null {
  return frame.type === 'signal' && frame.name === 'answer' ? frame.answer : null;
}
