// Slash commands through the SDK against a real server: a person completes and invokes them, a bot answers, on any device, also
// what was asked while it was away.
import { makeBot, retire } from '@kith/testkit/conformance/bots';
import { World } from '@kith/testkit/conformance/world';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { type Asked, AskedBot, type AskedBotOptions } from '../src/apps/asked-bot.js';
import { SlashCommands } from '../src/apps/slash-commands.js';
import { Chat } from '../src/chat.js';
import { Value } from '../src/observable.js';
import type { Person } from '../src/person.js';
import { MemoryStores } from '../src/storage/memory.js';
import { until } from './fixtures/facts.js';

describe('slash commands on the SDK', () => {
  let server: RealServer;
  let world: World;
  const open: Chat[] = [];
  const windows: { close(): void }[] = [];

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '10' });
    world = new World(() => server.url);
    await world.fill(8);
  });
  afterEach(async () => {
    for (const window of windows.splice(0)) window.close();
    for (const chat of open.splice(0)) await chat.close();
  });
  afterAll(() => server?.stop());

  async function device(signIn: (chat: Chat) => Promise<Person>): Promise<Person> {
    const chat = new Chat({ url: server.url, stores: new MemoryStores(), client: 'test/1', platform: { WebSocket } });
    open.push(chat);
    const person = await signIn(chat);
    await until(person.connection, ({ kind }) => kind === 'open');
    return person;
  }

  /** A bot with two commands, and a group of it and a person with two devices. */
  async function scene() {
    const made = await makeBot(world);
    const [ann] = world.pair();
    const group = await world.group(ann, [made.person]);
    for (const [name, description] of [
      ['deploy', 'deploys'],
      ['deny', 'denies'],
    ]) {
      const body = { description, hint: '[what]' };
      await world.do(made.person, `PUT /v1/bots/${made.bot.id}/commands/${name}`, body);
    }
    const own = () => device((chat) => chat.signIn({ username: ann.username, password: ann.password }));
    const listen = (person: Person) => {
      const commands = new SlashCommands(person, group.id);
      windows.push(commands);
      return commands;
    };
    const bot = () => device((chat) => chat.useToken(async () => made.token.token));
    const answering = (person: Person, options: AskedBotOptions) => windows.push(new AskedBot(person, options));
    return { made, ann, group, own, listen, bot, answering };
  }

  it('[SC2] [SC3] [SC7] completes what is typed, invokes it, and shows the answer on all devices of the invoker', async () => {
    const { made, group, own, listen, bot, answering } = await scene();
    const program = await bot();
    answering(program, { commands: { deploy: ({ text, answer }) => answer(`deploying ${text}`) } });
    const devices = [listen(await own()), listen(await own())];
    const [one, two] = devices as [SlashCommands, SlashCommands];
    const view = await until(one.view, ({ commands }) => commands.length === 2);
    expect(view.users[made.bot.id]).toMatchObject({ kind: 'bot' });
    expect(one.completions('/de').map(({ name }) => name)).toEqual(['deny', 'deploy']);
    expect(one.completions('/dep')).toMatchObject([{ name: 'deploy', hint: '[what]', description: 'deploys' }]);
    expect(one.completions('/deploy web')).toEqual([]);
    expect([one.isCommand('/deploy'), one.isCommand('/deploy web'), one.isCommand('/x'), one.isCommand('x')]).toEqual([
      ...[true, true, false, false],
    ]);
    const { invocation } = await one.invoke('/deploy web');
    for (const each of [one, two]) {
      const { answers } = await until(each.view, (now) => now.answers.length === 1);
      expect(answers).toMatchObject([{ invocation, text: 'deploying web', conversation: group.id }]);
    }
    one.dismiss(one.view.getSnapshot().answers[0]?.id ?? '');
    expect(one.view.getSnapshot().answers).toEqual([]);
    await expect(one.invoke('/there-is-none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(one.invoke('Deploy')).rejects.toMatchObject({ code: 'bad_request' });
    await retire(world, made);
  });

  it('[SC5] [SC6] does once what was asked while the bot was away, and answers all with a message', async () => {
    const { made, ann, group, own, listen, bot, answering } = await scene();
    const commands = listen(await own());
    const first = await commands.invoke('/deploy one');
    const asked = new Value<readonly Asked[]>([]);
    const program = await bot();
    const note = (each: Asked) => asked.set([...asked.getSnapshot(), each]);
    answering(program, {
      commands: {
        deploy: async (each) => {
          note(each);
          await each.answer('deployed', { to: 'all' });
        },
        '*': note,
      },
    });
    await until(asked, (all) => all.length === 1);
    const second = await commands.invoke('/deny');
    const all = await until(asked, (now) => now.length === 2);
    expect(all.map(({ id }) => id)).toEqual([first.invocation, second.invocation]);
    const waiting = async () => (await world.do<{ items: unknown[] }>(made.person, 'GET /v1/invocations')).items;
    while ((await waiting()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const messages = (await world.log(ann, group.id)).filter(({ kind }) => kind === 'message.sent');
    expect(messages).toMatchObject([{ author: made.bot.id, body: { text: 'deployed' } }]);
    await retire(world, made);
  });

  it('[SC5] does again what failed in the program', async () => {
    const { made, own, listen, bot, answering } = await scene();
    const program = await bot();
    const failures = new Value(0);
    answering(program, {
      commands: {
        deploy: ({ answer }) => {
          if (failures.getSnapshot() === 0) throw new Error('not today');
          return answer('done');
        },
      },
      onFailure: () => failures.set(failures.getSnapshot() + 1),
    });
    const commands = listen(await own());
    await commands.invoke('/deploy');
    await until(commands.view, ({ answers }) => answers.length === 1);
    expect(failures.getSnapshot()).toBe(1);
    await retire(world, made);
  });
});
