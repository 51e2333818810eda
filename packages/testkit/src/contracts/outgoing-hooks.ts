// The contract of outgoing webhooks and of what waits for them: the rules OUT1–… of docs/contracts.md, told to any adapter, with
// two nodes on one store.
import type { ConversationId, HookId, UserId, WorkspaceId } from '@kith/protocol';
import type { Lane, NewDelivery, OutgoingHookRecord, OutgoingHookStore } from '@kith/server/core/apps/outgoing-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BotsSetup } from './bots.js';
import { AT, DirectoryWorld, newAccount, newId } from './directory-world.js';

export type OutgoingHooksSetup = BotsSetup & {
  readonly outgoingHooks: OutgoingHookStore;
  readonly otherOutgoingHooks: OutgoingHookStore;
};

function newHook(workspace: WorkspaceId, bot: UserId): OutgoingHookRecord {
  const ids = { workspace, bot, id: newId<HookId>() };
  const secret = Uint8Array.from([1, 2, 3]);
  return { ...ids, name: "'; --", url: 'https://x.example', events: ['a', 'b'], secret, createdAt: AT, disabled: null };
}

function delivery({ workspace, id: hook }: OutgoingHookRecord, conversation: ConversationId, seq: number): NewDelivery {
  return { workspace, hook, conversation, epoch: 1, seq, id: newId<HookId>(), event: 'message.sent' };
}

/** Registers the suite for one adapter; `make` is called once. */
export function outgoingHooksContract(name: string, make: () => Promise<OutgoingHooksSetup>): void {
  describe(`${name} keeps the rules of outgoing webhooks`, () => {
    const opened: { setup?: OutgoingHooksSetup } = {};
    const world = new DirectoryWorld(async () => {
      opened.setup = await make();
      return opened.setup;
    });
    beforeAll(() => world.open());
    afterAll(() => world.close());

    const setup = () => {
      if (opened.setup === undefined) throw new Error('the store is not open');
      return { ...opened.setup, here: opened.setup.outgoingHooks, there: opened.setup.otherOutgoingHooks };
    };
    const race = <T>(call: (node: OutgoingHookStore) => Promise<T>) =>
      Promise.all(Array.from({ length: 8 }, (_, index) => call(index % 2 ? setup().there : setup().here)));
    const makeBot = async (workspace: WorkspaceId) => {
      const bot = newAccount(workspace);
      expect(await setup().bots.createBot(bot, 100)).toBe('created');
      return bot.id;
    };
    const made = async () => {
      const workspace = await world.workspace();
      const hook = newHook(workspace, await makeBot(workspace));
      expect(await setup().here.addOutgoingHook(hook, 5)).toBe('added');
      return { workspace, hook, conversation: newId<ConversationId>() };
    };
    const secretless = (hook: OutgoingHookRecord) => ({ ...hook, secret: [...hook.secret] });
    let now = AT;
    /** Lanes of a webhook that are due, held by whoever asks; others stay as they are. */
    const claim = async (hook: OutgoingHookRecord, node = setup().there): Promise<readonly Lane[]> => {
      now += 1;
      return (await node.claim(now, now + 60_000, 1_000)).filter((lane) => lane.hook === hook.id);
    };
    const one = async (hook: OutgoingHookRecord): Promise<Lane> => {
      const [lane, ...more] = await claim(hook);
      expect(more).toEqual([]);
      if (lane === undefined) throw new Error('no lane is due');
      return lane;
    };
    const failure = { status: 500, error: 'answered with 500' };

    test('[OUT1] a webhook is there as it was added; of many at once as many as there may be; only for bots in service', async () => {
      const { workspace, hook } = await made();
      expect((await setup().there.outgoingHooks(workspace)).map(secretless)).toEqual([secretless(hook)]);
      expect(await setup().there.hasOutgoingHooks()).toBe(true);
      expect(await setup().there.outgoingHooks(await world.workspace())).toEqual([]);
      const results = await race((node) => node.addOutgoingHook(newHook(workspace, hook.bot), 3));
      expect(results.toSorted()).toEqual([...Array(2).fill('added'), ...Array(6).fill('too_many')]);
      const person = await world.person(workspace);
      expect(await setup().here.addOutgoingHook(newHook(workspace, person.id), 9)).toBe('no_bot');
      await setup().bots.retireBot(workspace, hook.bot, AT);
      expect(await setup().there.outgoingHooks(workspace)).toEqual([]);
      expect(await setup().there.liveHooks([workspace])).toEqual([]);
    });

    test('[OUT2] one that is disabled is not live and gives nothing out; put back, what waits is due', async () => {
      const { workspace, hook, conversation } = await made();
      const place = { workspace, hook: hook.id };
      await setup().here.enqueue([delivery(hook, conversation, 1)], now);
      expect(await setup().there.disableHook(place, { at: AT, why: 'a reason' }, AT)).toBe(true);
      expect((await setup().there.outgoingHooks(workspace))[0]?.disabled).toEqual({ at: AT, why: 'a reason' });
      expect(await setup().there.liveHooks([workspace])).toEqual([]);
      const lane = await one(hook);
      expect(await setup().there.next(lane)).toBeNull();
      await setup().there.release(lane, null, now);
      expect(await claim(hook)).toEqual([]);
      expect(await setup().here.disableHook(place, null, now)).toBe(true);
      expect((await setup().there.next(await one(hook)))?.delivery.seq).toBe(1);
      expect((await setup().there.liveHooks([workspace])).map(secretless)).toEqual([secretless(hook)]);
      const elsewhere = { workspace: await world.workspace(), hook: hook.id };
      expect(await setup().here.disableHook(elsewhere, null, now)).toBe(false);
    });

    test('[OUT3] deliveries that are there are not added again, also when many add them at once', async () => {
      const { workspace, hook, conversation } = await made();
      const all = [3, 1, 2].map((seq) => delivery(hook, conversation, seq));
      await race((node) => node.enqueue(all, now));
      expect(await setup().there.countDeliveries(workspace, hook.id, 100)).toBe(3);
      expect(await setup().there.countDeliveries(workspace, hook.id, 2)).toBe(2);
      const gone = newHook(workspace, hook.bot);
      await setup().here.enqueue([delivery(gone, conversation, 1)], now);
      expect(await setup().here.countDeliveries(workspace, gone.id, 100)).toBe(0);
    });

    test('[OUT4] a lane is held by one of many until its time, and gives its deliveries in the order of the log', async () => {
      const { hook, conversation } = await made();
      await setup().here.enqueue(
        [3, 1, 2].map((seq) => delivery(hook, conversation, seq)),
        now,
      );
      const [lane, ...more] = (await race((node) => claim(hook, node))).flat();
      expect(more).toEqual([]);
      if (lane === undefined) throw new Error('no lane is due');
      for (const seq of [1, 2, 3]) {
        const found = await setup().there.next(lane);
        expect(found).toMatchObject({
          delivery: { seq, conversation, attempts: 0, lane: conversation },
          hook: { id: hook.id },
        });
        if (found !== null) await setup().here.finish(found.delivery);
      }
      expect(await setup().there.next(lane)).toBeNull();
      now = lane.until;
      // Whoever held it has died: it is due again, and what the dead one says does not count.
      const [again] = await claim(hook);
      expect(again?.lane).toBe(conversation);
      await setup().here.release(lane, now - 1, now);
      expect(await claim(hook)).toEqual([]);
    });

    test('[OUT5] who finds a lane empty lets go of it only where nothing came meanwhile', async () => {
      const { hook, conversation } = await made();
      await setup().here.enqueue([delivery(hook, conversation, 1)], now);
      const lane = await one(hook);
      const found = await setup().here.next(lane);
      if (found !== null) await setup().here.finish(found.delivery);
      expect(await setup().here.next(lane)).toBeNull();
      await setup().there.enqueue([delivery(hook, conversation, 2)], now);
      await setup().here.release(lane, null, now);
      const next = await one(hook);
      expect((await setup().here.next(next))?.delivery.seq).toBe(2);
      await setup().here.release(next, now + 500, now);
      expect(await claim(hook)).toEqual([]);
      now += 500;
      expect(await one(hook)).toMatchObject({ lane: conversation });
    });

    test('[OUT6] what fails waits in its place with all behind it, or is set aside in a lane of its own, or dies', async () => {
      const { workspace, hook, conversation } = await made();
      const all = [1, 2].map((seq) => delivery(hook, conversation, seq));
      await setup().here.enqueue(all, now);
      const fail = async (lane: Lane, fate: 'wait' | 'aside' | 'dead', dueAt: number) => {
        const found = await setup().here.next(lane);
        if (found !== null) await setup().there.fail(lane, found.delivery, { ...failure, at: now, fate, dueAt });
      };
      await fail(await one(hook), 'wait', now + 1_000);
      expect(await claim(hook)).toEqual([]);
      const job = await setup().there.job(workspace, all[0]?.id ?? '');
      expect(job).toMatchObject({ attempts: 1, lastStatus: 500, lastError: 'answered with 500', deadAt: null });
      now += 1_000;
      await fail(await one(hook), 'aside', now + 5_000);
      const lane = await one(hook);
      expect((await setup().here.next(lane))?.delivery).toMatchObject({ seq: 2, attempts: 0 });
      now += 5_000;
      const aside = await one(hook);
      expect(aside.lane).toBe(all[0]?.id);
      expect((await setup().here.next(aside))?.delivery).toMatchObject({ seq: 1, attempts: 2 });
      await fail(aside, 'dead', now);
      expect(await claim(hook)).toEqual([]);
      expect(await setup().there.job(workspace, aside.lane)).toMatchObject({
        deadAt: now - 1,
        nextAt: null,
        attempts: 3,
      });
    });

    test('[OUT7] jobs are listed newest first, by their state, in their workspace alone; one is tried when it is asked for', async () => {
      const { workspace, hook, conversation } = await made();
      const [first, second] = [delivery(hook, conversation, 1), delivery(hook, conversation, 2)];
      await setup().here.enqueue([first], now);
      await setup().here.enqueue([second], now + 1);
      const lane = await one(hook);
      const found = await setup().here.next(lane);
      if (found !== null)
        await setup().here.fail(lane, found.delivery, { ...failure, at: now, fate: 'dead', dueAt: now });
      const ids = async (state: 'dead' | 'waiting' | null, limit = 9) =>
        (await setup().there.jobs(workspace, { state, limit })).map(({ id }) => id);
      expect(await ids(null)).toEqual([second.id, first.id]);
      expect(await ids('dead')).toEqual([first.id]);
      expect(await ids('waiting')).toEqual([second.id]);
      expect(await ids(null, 1)).toEqual([second.id]);
      const elsewhere = await world.workspace();
      expect(await setup().there.job(elsewhere, first.id)).toBeNull();
      expect(await setup().there.revive(elsewhere, first.id, now)).toBe(false);
      expect(await setup().there.revive(workspace, newId<HookId>(), now)).toBe(false);
      expect(await setup().there.revive(workspace, first.id, now)).toBe(true);
      const revived = (await claim(hook)).find((each) => each.lane === first.id);
      if (revived === undefined) throw new Error('it is not due');
      const again = await setup().here.next(revived);
      expect(again?.delivery).toMatchObject({ seq: 1, attempts: 0, deadAt: null });
      if (again !== null) await setup().here.finish(again.delivery);
      expect(await ids(null)).toEqual([second.id]);
    });

    test('[OUT8] the dead are forgotten in time, and with a webhook goes all that waits for it', async () => {
      const { workspace, hook, conversation } = await made();
      await setup().here.enqueue(
        [1, 2].map((seq) => delivery(hook, conversation, seq)),
        now,
      );
      const lane = await one(hook);
      const found = await setup().here.next(lane);
      if (found !== null)
        await setup().here.fail(lane, found.delivery, { ...failure, at: now, fate: 'dead', dueAt: now });
      await setup().there.forgetDead(now);
      expect(await setup().here.countDeliveries(workspace, hook.id, 9)).toBe(2);
      await setup().there.forgetDead(now + 1);
      expect(await setup().here.countDeliveries(workspace, hook.id, 9)).toBe(1);
      const removed = await race((node) => node.removeOutgoingHook(workspace, hook.id));
      expect(removed.filter(Boolean)).toHaveLength(1);
      expect(await setup().here.countDeliveries(workspace, hook.id, 9)).toBe(0);
      now += 100_000;
      expect(await claim(hook)).toEqual([]);
    });
  });
}
