// The contract of the bots of a store: the rules BOT1–… of docs/contracts.md, told to any adapter, with two nodes on one store.
import { type SessionId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import { searchTerms, usernameKey } from '@kith/server/core/accounts/names';
import type { BotStore, NewBot, NewToken } from '@kith/server/core/apps/bot-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AT, type DirectorySetup, DirectoryWorld, newAccount, newDigest, newId, newName } from './directory-world.js';

export type BotsSetup = DirectorySetup & { readonly bots: BotStore; readonly otherBots: BotStore };

const DAY_MS = 86_400_000;

function newBot(workspace: WorkspaceId, given: Partial<NewBot> = {}): NewBot {
  const username = given.username ?? newName();
  const terms = searchTerms(username, 'A bot');
  const key = usernameKey(username);
  return { workspace, id: newId(), username, usernameKey: key, name: 'A bot', terms, at: AT, ...given };
}

function newToken({ workspace, id: bot }: NewBot, given: Partial<NewToken> = {}): NewToken {
  return {
    ...{ workspace, bot, id: newId<SessionId>(), name: 'a token', scopes: ['read', 'write'] },
    ...{ digest: newDigest(), familyDigest: newDigest(), at: AT, expiresAt: null, ...given },
  };
}

function recordOf({ familyDigest: _, at, ...token }: NewToken) {
  return { ...token, createdAt: at, lastUsedAt: null, isRevoked: false };
}

/** Registers the suite for one adapter; `make` is called once. */
export function botsContract(name: string, make: () => Promise<BotsSetup>): void {
  describe(`${name} keeps the rules of bots`, () => {
    const opened: { setup?: BotsSetup } = {};
    const world = new DirectoryWorld(async () => {
      opened.setup = await make();
      return opened.setup;
    });
    beforeAll(() => world.open());
    afterAll(() => world.close());

    const nodes = () => {
      if (opened.setup === undefined) throw new Error('the store is not open');
      const { bots, otherBots } = opened.setup;
      return { bots, other: otherBots };
    };
    const race = <T>(times: number, call: (node: BotStore, index: number) => Promise<T>) =>
      Promise.all(Array.from({ length: times }, (_, index) => call(index % 2 ? nodes().other : nodes().bots, index)));
    const made = async (given: Partial<NewBot> = {}, workspace?: WorkspaceId) => {
      const bot = newBot(workspace ?? (await world.workspace()), given);
      expect(await nodes().bots.createBot(bot, 100)).toBe('created');
      return bot;
    };

    test('[BOT1] a bot is an account of its kind, a member, without a credential, found by search and listed newest first', async () => {
      const [here, there] = [await world.workspace(), await world.workspace()];
      const bots = [await made({ avatar: 'a.png' }, here), await made({ at: AT + 1 }, here), await made({}, there)];
      const [first, second] = bots;
      if (!first || !second) throw new Error('no bot was made');
      const user = { id: first.id, kind: 'bot', name: 'A bot', username: first.username, avatar: 'a.png', version: 1 };
      expect(await world.other.account(here, first.id)).toMatchObject({ user, role: 'member', deactivatedAt: null });
      expect(await nodes().other.bot(here, first.id)).toEqual({ user, createdAt: AT, retiredAt: null });
      expect(await nodes().other.bot(there, first.id)).toBeNull();
      expect((await nodes().other.bots(here)).map((bot) => bot.user.id)).toEqual([second.id, first.id]);
      expect(await world.other.credential(here, first.usernameKey, '')).toBeNull();
      expect(await world.other.search(here, first.username, 5)).toEqual([user]);
      const person = await world.person(here);
      expect(await nodes().bots.bot(here, person.id)).toBeNull();
    });

    test('[BOT2] usernames are those of people: one for each, and a refused bot leaves nothing', async () => {
      const person = await world.someone();
      const { workspace, username } = person;
      expect(await nodes().bots.createBot(newBot(workspace, { username: username.toUpperCase() }), 100)).toBe(
        'username_taken',
      );
      const same = newName();
      const bots = Array.from({ length: 6 }, () => newBot(workspace, { username: same }));
      const results = await race(6, (node, index) => node.createBot(bots[index] ?? newBot(workspace), 100));
      expect(results.toSorted()).toEqual(['created', ...Array(5).fill('username_taken')]);
      expect(await nodes().other.bots(workspace)).toHaveLength(1);
      expect(await world.other.createAccount(newAccount(workspace, { username: same }))).toBe('username_taken');
    });

    test('[BOT3] of many bots, and of many tokens, that are made at once, as many as there may be are', async () => {
      const workspace = await world.workspace();
      const bots = await race(8, (node) => node.createBot(newBot(workspace), 3));
      expect(bots.toSorted()).toEqual([...Array(3).fill('created'), ...Array(5).fill('too_many')]);
      const [there] = await nodes().other.bots(workspace);
      const bot = newBot(workspace, { id: toId<UserId>(there?.user.id ?? '') });
      const tokens = await race(8, (node) => node.addToken(newToken(bot), 3));
      expect(tokens.toSorted()).toEqual([...Array(3).fill('added'), ...Array(5).fill('too_many')]);
      await nodes().bots.retireBot(workspace, bot.id, AT);
      expect(await nodes().other.createBot(newBot(workspace), 3)).toBe('created');
    });

    test('[BOT4] a token is a session of the bot, found as it was added, in its own workspace alone', async () => {
      const bot = await made();
      const token = newToken(bot, { name: "'; --", scopes: ['read'], expiresAt: AT + DAY_MS });
      expect(await nodes().bots.addToken(token, 5)).toBe('added');
      expect(await nodes().other.token(bot.workspace, token.id)).toEqual(recordOf(token));
      expect(await nodes().other.token(await world.workspace(), token.id)).toBeNull();
      const later = newToken(bot, { at: AT + 1 });
      await nodes().bots.addToken(later, 5);
      expect(await nodes().other.tokens(bot.workspace, bot.id)).toEqual([later, token].map(recordOf));
      const session = await world.other.session(bot.workspace, token.id);
      expect(session).toMatchObject({ user: bot.id, device: "'; --", scopes: ['read'], generation: 1, previous: null });
      await world.directory.useSession(bot.workspace, token.id, { generation: 1, at: AT + 5 });
      expect((await nodes().other.token(bot.workspace, token.id))?.lastUsedAt).toBe(AT + 5);
      const person = await world.someone();
      const theirs = await world.session(person);
      expect(await nodes().bots.token(person.workspace, theirs.id)).toBeNull();
      expect(await nodes().bots.tokens(person.workspace, person.id)).toEqual([]);
      expect(await nodes().bots.addToken(newToken({ ...bot, id: person.id }), 5)).toBe('no_bot');
    });

    test('[BOT5] a token ends as every session does: once, named by the change feed, its place is free', async () => {
      const bot = await made();
      const token = newToken(bot);
      await nodes().bots.addToken(token, 1);
      expect(await nodes().bots.addToken(newToken(bot), 1)).toBe('too_many');
      expect(await world.other.revoke(bot.workspace, token.id, AT)).toBe(true);
      expect(await nodes().bots.token(bot.workspace, token.id)).toEqual({ ...recordOf(token), isRevoked: true });
      expect(await nodes().bots.tokens(bot.workspace, bot.id)).toEqual([]);
      expect(await world.setup.revoked()).toContain(token.id);
      expect(await nodes().other.addToken(newToken(bot, { at: AT + DAY_MS }), 1)).toBe('added');
      expect(await nodes().bots.token(bot.workspace, token.id)).not.toBeNull();
      await nodes().other.addToken(newToken(bot, { at: AT + DAY_MS + 1 }), 2);
      expect(await nodes().bots.token(bot.workspace, token.id)).toBeNull();
    });

    test('[BOT6] what has expired is ended by one of many that look at once, and nothing else is', async () => {
      const bot = await made();
      const token = (expiresAt: number | null) => newToken(bot, { expiresAt });
      const tokens = [token(AT + 1), token(AT + 2), token(AT + 3), token(null)];
      for (const each of tokens) await nodes().bots.addToken(each, 10);
      const ended = (await race(6, (node) => node.endExpired(AT + 2))).flat();
      const ours = ended.filter(({ user }) => user === bot.id);
      expect(ours.map(({ session }) => session).toSorted()).toEqual([tokens[0]?.id, tokens[1]?.id].toSorted());
      expect(ours[0]).toMatchObject({ workspace: bot.workspace });
      expect((await nodes().other.tokens(bot.workspace, bot.id)).map(({ id }) => id).toSorted()).toEqual(
        [tokens[2]?.id, tokens[3]?.id].toSorted(),
      );
      expect(await world.setup.revoked()).toEqual(expect.arrayContaining(ours.map(({ session }) => session)));
    });

    test('[BOT7] a bot is retired once: its tokens end, no search finds it, it gets no more, and its name stays taken', async () => {
      const bot = await made();
      const tokens = [newToken(bot), newToken(bot), newToken(bot)];
      for (const token of tokens) await nodes().bots.addToken(token, 5);
      const [, , revoked] = tokens;
      await world.directory.revoke(bot.workspace, revoked?.id ?? newId(), AT);
      const retired = await race(6, (node) => node.retireBot(bot.workspace, bot.id, AT + 9));
      const [ended] = retired.filter((each) => each !== null);
      expect(retired.filter((each) => each === null)).toHaveLength(5);
      expect(ended?.toSorted()).toEqual([tokens[0]?.id, tokens[1]?.id].toSorted());
      expect(await world.setup.revoked()).toEqual(expect.arrayContaining(tokens.map(({ id }) => id)));
      expect((await nodes().other.bot(bot.workspace, bot.id))?.retiredAt).toBe(AT + 9);
      expect(await nodes().other.addToken(newToken(bot), 5)).toBe('no_bot');
      expect(await world.other.search(bot.workspace, bot.username, 5)).toEqual([]);
      expect((await world.other.users(bot.workspace, [bot.id])).map(({ id }) => id)).toEqual([bot.id]);
      expect(await nodes().other.createBot(newBot(bot.workspace, { username: bot.username }), 5)).toBe(
        'username_taken',
      );
      expect(await nodes().other.retireBot(bot.workspace, newId(), AT)).toBeNull();
    });
  });
}
