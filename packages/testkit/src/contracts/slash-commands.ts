// The contract of slash commands and of what is asked by them: the rules SLASH1–… of docs/contracts.md, told to any adapter,
// with two nodes.
import type { ConversationId, HookId, InvocationId, Key, UserId, WorkspaceId } from '@kith/protocol';
import type {
  CommandRecord,
  InvocationRecord,
  NewInvocation,
  SlashStore,
} from '@kith/server/core/apps/slash-commands/slash-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BotsSetup } from './bots.js';
import { AT, DirectoryWorld, newAccount, newId } from './directory-world.js';

export type SlashSetup = BotsSetup & { readonly slash: SlashStore; readonly otherSlash: SlashStore };

const HALF_HOUR_MS = 1_800_000;
const NOTHING = { hook: null, status: null, error: null };

function newCommand(workspace: WorkspaceId, bot: UserId, given: Partial<CommandRecord> = {}): CommandRecord {
  const said = { hint: "'; --", description: 'x', everywhere: false };
  return { workspace, bot, name: 'deploy', ...said, createdAt: AT, ...given };
}

function newInvocation(workspace: WorkspaceId, bot: UserId, given: Partial<NewInvocation> = {}): NewInvocation {
  return {
    ...{ workspace, bot, id: newId<InvocationId>(), command: 'deploy', text: "web'; --", at: AT },
    ...{ conversation: newId<ConversationId>(), user: newId<UserId>(), key: newId<Key>() },
    ...{ expiresAt: AT + HALF_HOUR_MS, secret: new Uint8Array(32).fill(7) },
    ...given,
  };
}

/** Registers the suite for one adapter; `make` is called once. */
export function slashContract(name: string, make: () => Promise<SlashSetup>): void {
  describe(`${name} keeps the rules of slash commands`, () => {
    const opened: { setup?: SlashSetup } = {};
    const world = new DirectoryWorld(async () => {
      opened.setup = await make();
      return opened.setup;
    });
    beforeAll(() => world.open());
    afterAll(() => world.close());

    const setup = () => {
      if (opened.setup === undefined) throw new Error('the store is not open');
      return { ...opened.setup, here: opened.setup.slash, there: opened.setup.otherSlash };
    };
    const race = <T>(call: (node: SlashStore, index: number) => Promise<T>) =>
      Promise.all(Array.from({ length: 8 }, (_, index) => call(index % 2 ? setup().there : setup().here, index)));
    const makeBot = async (workspace: WorkspaceId) => {
      const bot = newAccount(workspace);
      expect(await setup().bots.createBot(bot, 100)).toBe('created');
      return bot.id;
    };
    const started = async () => {
      const workspace = await world.workspace();
      return { ...setup(), workspace, bot: await makeBot(workspace) };
    };
    const invoked = async (invocation: NewInvocation, most = 100): Promise<InvocationRecord> => {
      const added = await setup().here.invoke(invocation, most);
      if (added === 'too_many') throw new Error('too many wait');
      return added.invocation;
    };
    /** Holds what is due of one bot: other tests have theirs. */
    const claimed = async (bot: UserId, at: number, until = at + 1_000) =>
      (await setup().there.claim(at, until, 1_000)).filter((each) => each.bot === bot);

    test('[SLASH1] a command is there as it was set, by name, in its own workspace, and stays that of the bot that had it first', async () => {
      const { here, there, workspace, bot } = await started();
      const elsewhere = await world.workspace();
      const other = await makeBot(workspace);
      const commands = [newCommand(workspace, bot, { name: 'b' }), newCommand(workspace, other, { name: 'a-2' })];
      for (const command of commands) expect(await here.setCommand(command, 2)).toBe('set');
      expect(await there.commands(workspace)).toEqual(commands.toReversed());
      expect(await there.command(workspace, 'b')).toEqual(commands[0]);
      expect(await there.command(elsewhere, 'b')).toBeNull();
      expect(await there.commands(elsewhere)).toEqual([]);
      expect(await here.setCommand(newCommand(workspace, other, { name: 'b' }), 9)).toBe('taken');
      const changed = newCommand(workspace, bot, { name: 'b', hint: '', description: 'y', everywhere: true });
      expect(await there.setCommand({ ...changed, createdAt: AT + 5 }, 2)).toBe('set');
      expect(await here.command(workspace, 'b')).toEqual(changed);
      expect(await here.removeCommand({ workspace, bot: other, name: 'b' })).toBe(false);
      expect(await here.removeCommand({ workspace, bot, name: 'b' })).toBe(true);
      expect(await there.command(workspace, 'b')).toBeNull();
    });

    test('[SLASH2] of many that are set at once as many are as there may be, of bots in service; a retired bot has none', async () => {
      const { here, there, bots, workspace, bot } = await started();
      const results = await race((node, index) =>
        node.setCommand(newCommand(workspace, bot, { name: `c${index}` }), 3),
      );
      expect(results.toSorted()).toEqual([...Array(3).fill('set'), ...Array(5).fill('too_many')]);
      const person = await world.person(workspace);
      for (const id of [person.id, newId<UserId>()]) {
        expect(await here.setCommand(newCommand(workspace, id, { name: 'z' }), 9)).toBe('no_bot');
      }
      const invocation = await invoked(newInvocation(workspace, bot));
      const [first] = await there.commands(workspace);
      const name = first?.name ?? '';
      const other = await makeBot(workspace);
      expect(await here.setCommand(newCommand(workspace, other, { name }), 9)).toBe('taken');
      await bots.retireBot(workspace, bot, AT);
      expect(await there.commands(workspace)).toEqual([]);
      expect(await there.command(workspace, name)).toBeNull();
      expect(await there.invocation(invocation)).toBeNull();
      expect(await here.setCommand(newCommand(workspace, bot), 9)).toBe('no_bot');
      expect(await there.setCommand(newCommand(workspace, other, { name }), 1)).toBe('set');
    });

    test('[SLASH3] an invocation is there once for a person, conversation and key, and waits, oldest first', async () => {
      const { here, there, workspace, bot } = await started();
      const asked = newInvocation(workspace, bot);
      const results = await race((node) => node.invoke({ ...asked, id: newId<InvocationId>() }, 5));
      const all = results.map((result) => (result === 'too_many' ? null : result));
      expect(all.filter((result) => result?.isNew)).toHaveLength(1);
      expect(new Set(all.map((result) => result?.invocation.id)).size).toBe(1);
      const ends = { takenAt: null, deadAt: null, answers: [], attempts: 0, dueAt: AT };
      const record = { ...asked, id: all[0]?.invocation.id, ...ends, hook: null, lastStatus: null, lastError: null };
      const found = await there.invoked(asked);
      expect({ ...found, secret: [...(found?.secret ?? [])] }).toEqual({ ...record, secret: [...asked.secret] });
      expect(await there.invoked({ ...asked, conversation: newId<ConversationId>() })).toBeNull();
      const second = await invoked({ ...asked, id: newId<InvocationId>(), key: newId<Key>(), at: AT + 1 });
      const later = await there.waiting({ workspace, bot }, AT + 2, 9);
      expect(later.map(({ id }) => id)).toEqual([record.id, second.id]);
      expect(await there.waiting({ workspace, bot }, AT + 2, 1)).toHaveLength(1);
      expect(await there.waiting({ workspace, bot }, AT + HALF_HOUR_MS, 9)).toEqual([]);
      expect(await there.waiting({ workspace, bot: newId<UserId>() }, AT, 9)).toEqual([]);
      expect(await here.invoke(newInvocation(workspace, bot), 2)).toBe('too_many');
      expect(await here.invoke(newInvocation(workspace, await makeBot(workspace)), 2)).toMatchObject({ isNew: true });
    });

    test('[SLASH3] of many that are asked at once no more wait than there may be', async () => {
      const { workspace, bot } = await started();
      const results = await race((node) => node.invoke(newInvocation(workspace, bot), 3));
      expect(results.filter((result) => result === 'too_many')).toHaveLength(5);
    });

    test('[SLASH4] what is due is held by one of many, and noted only by who holds it', async () => {
      const { here, there, workspace, bot } = await started();
      const asked = await invoked(newInvocation(workspace, bot));
      const claims = await race((node) => node.claim(AT, AT + 10, 1_000));
      const held = claims.flat().filter(({ id }) => id === asked.id);
      expect(held).toHaveLength(1);
      const [first = asked] = held;
      expect(first.dueAt).toBe(AT + 10);
      expect(await claimed(bot, AT + 9)).toEqual([]);
      const [again = asked] = await claimed(bot, AT + 10, AT + 99);
      await here.attempted(first, { at: AT, next: 'over', ...NOTHING });
      expect(await there.invocation(asked)).toMatchObject({ text: asked.text, attempts: 0, dueAt: AT + 99 });
      await here.attempted(again, { at: AT + 11, next: AT + 50, ...NOTHING });
      expect(await there.invocation(asked)).toMatchObject({ attempts: 1, dueAt: AT + 50, hook: null });
      expect(await claimed(bot, AT + 49)).toEqual([]);
      const [last = asked] = await claimed(bot, AT + 50);
      await there.attempted(last, { at: AT + 60, next: 'over', ...NOTHING });
      expect(await here.invocation(asked)).toMatchObject({ text: '', dueAt: null, deadAt: null, takenAt: null });
      expect(await here.waiting({ workspace, bot }, AT, 9)).toEqual([]);
    });

    test('[SLASH5] what was taken is emptied, waits no more and stays taken, whoever holds it', async () => {
      const { here, there, workspace, bot } = await started();
      const asked = await invoked(newInvocation(workspace, bot));
      const [held = asked] = await claimed(bot, AT);
      await here.take(asked, AT + 5);
      await there.take(asked, AT + 6);
      await there.attempted(held, { at: AT, next: AT + 9, ...NOTHING });
      expect(await there.invocation(asked)).toMatchObject({ takenAt: AT + 5, dueAt: null, text: '', attempts: 0 });
      expect(await here.waiting({ workspace, bot }, AT, 9)).toEqual([]);
      expect(await claimed(bot, AT + 10_000)).toEqual([]);
    });

    test('[SLASH6] of many answers at once as many count as there may be, each key once, until the time is over', async () => {
      const { here, there, workspace, bot } = await started();
      const asked = await invoked(newInvocation(workspace, bot));
      const keys = Array.from({ length: 8 }, () => newId<Key>());
      const results = await race((node, index) => {
        return node.answer(asked, { key: keys[index] ?? newId<Key>(), at: AT + 1, most: 5 });
      });
      expect(results.filter(({ result }) => result === 'counted')).toHaveLength(5);
      expect(results.filter(({ result }) => result === 'too_many')).toHaveLength(3);
      const found = await there.invocation(asked);
      expect(found).toMatchObject({ takenAt: AT + 1, dueAt: null, text: '' });
      expect(found?.answers).toHaveLength(5);
      const [known = newId<Key>()] = found?.answers ?? [];
      const late = AT + HALF_HOUR_MS;
      expect(await here.answer(asked, { key: known, at: late, most: 5 })).toEqual({ result: 'known', left: 0 });
      expect(await here.answer(asked, { key: newId<Key>(), at: late, most: 9 })).toEqual({ result: 'over', left: 4 });
      const same = await invoked(newInvocation(workspace, bot));
      const key = newId<Key>();
      const twice = await race((node) => node.answer(same, { key, at: AT, most: 5 }));
      expect(twice.map(({ left }) => left)).toEqual(Array(8).fill(4));
      expect(twice.filter(({ result }) => result === 'counted')).toHaveLength(1);
    });

    test('[SLASH7] what a webhook did not take is listed, newest first, dead or waiting, and is put back once', async () => {
      const { here, there, workspace, bot } = await started();
      const [old, fresh] = [newInvocation(workspace, bot), newInvocation(workspace, bot, { at: AT + 1 })];
      for (const asked of [old, fresh, newInvocation(workspace, bot)]) await invoked(asked);
      const hook = newId<HookId>();
      for (const held of await claimed(bot, AT + 1)) {
        const noted = { hook, status: 500, error: 'answered with 500' };
        if (held.id === old.id) await here.attempted(held, { at: AT + 2, next: 'dead', ...noted });
        if (held.id === fresh.id) await here.attempted(held, { at: AT + 2, next: AT + 9, ...noted });
      }
      const ids = async (state: 'dead' | 'waiting' | null, limit = 9) =>
        (await there.stuck(workspace, { state, limit })).map(({ id }) => id);
      expect(await ids(null)).toEqual([fresh.id, old.id]);
      expect(await ids(null, 1)).toEqual([fresh.id]);
      expect(await ids('dead')).toEqual([old.id]);
      expect(await ids('waiting')).toEqual([fresh.id]);
      const dead = await there.invocation(old);
      expect(dead).toMatchObject({ deadAt: AT + 2, dueAt: null, text: old.text, hook, lastStatus: 500 });
      expect(await there.stuck(await world.workspace(), { state: null, limit: 9 })).toEqual([]);
      const later = AT + 2 * HALF_HOUR_MS;
      expect(await here.revive(old, AT + 20, later)).toBe(true);
      expect(await there.invocation(old)).toMatchObject({
        deadAt: null,
        dueAt: AT + 20,
        attempts: 0,
        expiresAt: later,
      });
      await here.take(old, AT + 30);
      expect(await here.revive(old, AT + 40, later)).toBe(false);
      expect(await here.revive({ workspace, id: newId<InvocationId>() }, AT, later)).toBe(false);
      expect(await ids(null)).toEqual([fresh.id]);
    });

    test('[SLASH8] what is older is forgotten, with its key', async () => {
      const { here, there, workspace, bot } = await started();
      const [old, fresh] = [newInvocation(workspace, bot, { at: AT - 9 }), newInvocation(workspace, bot)];
      for (const asked of [old, fresh]) await invoked(asked);
      expect(await here.forget(AT - 5)).toBeGreaterThan(0);
      expect(await there.invoked(old)).toBeNull();
      expect(await there.invocation(fresh)).not.toBeNull();
    });
  });
}
