// The contract of the incoming webhooks of a store: the rules HOOK1–… of docs/contracts.md, told to any adapter, with two nodes.
import type { ConversationId, HookId, UserId, WorkspaceId } from '@kith/protocol';
import type { IncomingHookRecord, IncomingHookStore } from '@kith/server/core/apps/incoming-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BotsSetup } from './bots.js';
import { AT, DirectoryWorld, newAccount, newDigest, newId } from './directory-world.js';

export type IncomingHooksSetup = BotsSetup & {
  readonly incomingHooks: IncomingHookStore;
  readonly otherIncomingHooks: IncomingHookStore;
};

type NewHook = Omit<IncomingHookRecord, 'lastUsedAt'>;

function newHook(workspace: WorkspaceId, bot: UserId, given: Partial<NewHook> = {}): NewHook {
  const ids = { workspace, bot, id: newId<HookId>(), conversation: newId<ConversationId>() };
  return { ...ids, name: "'; --", digest: newDigest(), createdAt: AT, ...given };
}

/** Registers the suite for one adapter; `make` is called once. */
export function incomingHooksContract(name: string, make: () => Promise<IncomingHooksSetup>): void {
  describe(`${name} keeps the rules of incoming webhooks`, () => {
    const opened: { setup?: IncomingHooksSetup } = {};
    const world = new DirectoryWorld(async () => {
      opened.setup = await make();
      return opened.setup;
    });
    beforeAll(() => world.open());
    afterAll(() => world.close());

    const setup = () => {
      if (opened.setup === undefined) throw new Error('the store is not open');
      return { ...opened.setup, here: opened.setup.incomingHooks, there: opened.setup.otherIncomingHooks };
    };
    const race = <T>(call: (node: IncomingHookStore) => Promise<T>) =>
      Promise.all(Array.from({ length: 8 }, (_, index) => call(index % 2 ? setup().there : setup().here)));
    const makeBot = async (workspace: WorkspaceId) => {
      const bot = newAccount(workspace);
      expect(await setup().bots.createBot(bot, 100)).toBe('created');
      return bot.id;
    };

    test('[HOOK1] a webhook is there as it was added, in its own workspace alone, and listed newest first', async () => {
      const [workspace, elsewhere] = [await world.workspace(), await world.workspace()];
      const bot = await makeBot(workspace);
      const hooks = [newHook(workspace, bot), newHook(workspace, bot, { createdAt: AT + 1 })];
      for (const hook of hooks) expect(await setup().here.addIncomingHook(hook, 5)).toBe('added');
      const records = hooks.map((hook) => ({ ...hook, lastUsedAt: null }));
      expect(await setup().there.incomingHooks(workspace)).toEqual(records.toReversed());
      for (const record of records) {
        expect(await setup().there.incomingHook(workspace, record.id)).toEqual(record);
        expect(await setup().there.incomingHook(elsewhere, record.id)).toBeNull();
        expect(await setup().there.removeIncomingHook(elsewhere, record.id)).toBe(false);
      }
      expect(await setup().there.incomingHooks(elsewhere)).toEqual([]);
    });

    test('[HOOK2] of many that are added at once, as many are as there may be, and only for bots in service', async () => {
      const workspace = await world.workspace();
      const bot = await makeBot(workspace);
      const results = await race((node) => node.addIncomingHook(newHook(workspace, bot), 3));
      expect(results.toSorted()).toEqual([...Array(3).fill('added'), ...Array(5).fill('too_many')]);
      const person = await world.person(workspace);
      for (const id of [person.id, newId<UserId>()]) {
        expect(await setup().here.addIncomingHook(newHook(workspace, id), 5)).toBe('no_bot');
      }
    });

    test('[HOOK3] a use raises lastUsedAt and never lowers it', async () => {
      const workspace = await world.workspace();
      const hook = newHook(workspace, await makeBot(workspace));
      await setup().here.addIncomingHook(hook, 5);
      for (const at of [AT + 5, AT + 1]) await setup().there.useIncomingHook(workspace, hook.id, at);
      expect((await setup().here.incomingHook(workspace, hook.id))?.lastUsedAt).toBe(AT + 5);
    });

    test('[HOOK4] one is removed once, and those of a retired bot are not there', async () => {
      const workspace = await world.workspace();
      const [bot, other] = [await makeBot(workspace), await makeBot(workspace)];
      const [first, second] = [newHook(workspace, bot), newHook(workspace, bot)];
      for (const hook of [first, second]) await setup().here.addIncomingHook(hook, 5);
      const removed = await race((node) => node.removeIncomingHook(workspace, first.id));
      expect(removed.filter(Boolean)).toHaveLength(1);
      expect(await setup().there.incomingHook(workspace, first.id)).toBeNull();
      await setup().bots.retireBot(workspace, bot, AT);
      expect(await setup().there.incomingHook(workspace, second.id)).toBeNull();
      expect(await setup().there.incomingHooks(workspace)).toEqual([]);
      expect(await setup().here.addIncomingHook(newHook(workspace, bot), 5)).toBe('no_bot');
      expect(await setup().here.addIncomingHook(newHook(workspace, other), 1)).toBe('added');
    });
  });
}
