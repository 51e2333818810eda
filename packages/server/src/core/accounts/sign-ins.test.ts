import { SCOPES, type Scope, type SignedIn, toId } from '@kith/protocol';
import { AccountsWorld, GOOD_PASSWORD } from '@kith/testkit/accounts-world';
import { beforeEach, describe, expect, it } from 'vitest';
import { NODE_SECRETS } from '../../edge/secrets.js';
import { parseRefreshToken } from './refresh-token.js';

const REFUSED = expect.objectContaining({ code: 'unauthenticated' });

let world: AccountsWorld;
beforeEach(async () => {
  world = await AccountsWorld.open();
});

describe('a refresh', () => {
  it('gives a new pair of the same session', async () => {
    const first = await world.signUp('ann');
    world.clock.advance(1_000);
    const second = await world.refresh(first);
    expect(second).toMatchObject({ user: first.user, session: first.session, expiresAt: first.expiresAt + 1_000 });
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect((await world.accounts.authenticate(second.accessToken)).session).toBe(first.session);
  });

  it('gives the very same pair again to the old token for 60 s, on any node', async () => {
    const first = await world.signUp('ann');
    const second = await world.refresh(first);
    world.clock.advance(60_000);
    const again = await world.node().refresh(first);
    expect(again).toEqual(second);
    expect((await world.accounts.authenticate(second.accessToken)).session).toBe(first.session);
  });

  it('of many at once with one token all get the same pair', async () => {
    const first = await world.signUp('ann');
    const nodes = [world.accounts, world.node(), world.node()];
    const pairs = await Promise.all([...nodes, ...nodes].map((node) => node.refresh(first)));
    for (const pair of pairs) expect(pair).toEqual(pairs[0]);
    expect(world.revoked).toEqual([]);
  });

  it('ends the session where the old token comes after 60 s', async () => {
    const first = await world.signUp('ann');
    const second = await world.refresh(first);
    world.clock.advance(60_001);
    await expect(world.refresh(first)).rejects.toThrow(REFUSED);
    await expect(world.refresh(second)).rejects.toThrow(REFUSED);
    await expect(world.accounts.authenticate(second.accessToken)).rejects.toThrow(REFUSED);
    expect(world.revoked).toEqual([first.session]);
  });

  it('ends the session where the old token comes after the new access token was used', async () => {
    const first = await world.signUp('ann');
    const second = await world.refresh(first);
    await world.node().authenticate(second.accessToken);
    await expect(world.refresh(first)).rejects.toThrow(REFUSED);
    await expect(world.accounts.authenticate(second.accessToken)).rejects.toThrow(REFUSED);
    expect(world.revoked).toEqual([first.session]);
  });

  it('ends the session where the old token comes after the new refresh token was used', async () => {
    const first = await world.signUp('ann');
    const third = await world.refresh(await world.refresh(first));
    await expect(world.refresh(first)).rejects.toThrow(REFUSED);
    await expect(world.refresh(third)).rejects.toThrow(REFUSED);
  });

  it('does not take the use of the old access token for one of the new pair', async () => {
    const first = await world.signUp('ann');
    await world.accounts.authenticate(first.accessToken);
    const second = await world.refresh(first);
    await world.accounts.authenticate(first.accessToken);
    await world.node().authenticate(first.accessToken);
    expect(await world.refresh(first)).toEqual(second);
  });

  it('goes on for as long as it is asked, and each pair works', async () => {
    let pair = await world.signUp('ann');
    for (let round = 0; round < 20; round += 1) {
      world.clock.advance(16 * 60_000);
      pair = await world.refresh(pair);
      await world.accounts.authenticate(pair.accessToken);
    }
    expect(world.revoked).toEqual([]);
  });

  it('lets no guess end a session: without its family a token is merely unknown', async () => {
    const first = await world.signUp('ann');
    const guess = `${first.refreshToken.slice(0, 64)}${'0'.repeat(96)}`;
    await expect(world.refresh({ refreshToken: guess })).rejects.toThrow(REFUSED);
    await expect(world.refresh({ refreshToken: 'nonsense' })).rejects.toThrow(REFUSED);
    expect((await world.refresh(first)).session).toBe(first.session);
  });

  it('keeps tokens out of the store: what is there opens nothing', async () => {
    const first = await world.signUp('ann');
    const second = await world.refresh(first);
    const { workspace } = world.visitor;
    const stored = JSON.stringify(await world.directory.session(workspace, toId(first.session)));
    for (const { refreshToken, accessToken } of [first, second]) {
      expect(stored).not.toContain(accessToken);
      expect(stored).not.toContain(refreshToken.slice(64, 96));
      expect(stored).not.toContain(refreshToken.slice(96));
    }
  });
});

describe('an access token', () => {
  it('is taken until it ends, with 5 s for clocks that differ', async () => {
    const { accessToken } = await world.signUp('ann');
    world.clock.advance(15 * 60_000 + 4_000);
    expect(await world.accounts.authenticate(accessToken)).toBeDefined();
    world.clock.advance(1_001);
    await expect(world.accounts.authenticate(accessToken)).rejects.toThrow(REFUSED);
    await expect(world.node({ tokens: world.newTokens() }).authenticate(accessToken)).rejects.toThrow(REFUSED);
  });

  it.each(['', 'x', 'a.b.c', '{"alg":"none"}'])('is not %j', async (token) => {
    await expect(world.accounts.authenticate(token)).rejects.toThrow(REFUSED);
  });

  it('costs the store nothing while its session was seen a moment ago', async () => {
    const { accessToken } = await world.signUp('ann');
    let reads = 0;
    const counting = new Proxy(world.directory, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name === 'session' || name === 'useSession') reads += 1;
        return value.bind(target);
      },
    });
    const node = world.node({ sessions: counting });
    for (let count = 0; count < 50; count += 1) await node.authenticate(accessToken);
    expect(reads).toBe(1);
  });
});

describe('a session that may do less', () => {
  const signIn = (scopes: Scope[]) =>
    world.accounts.createSession(world.visitor, { username: 'ann', password: GOOD_PASSWORD, scopes });

  it('has the scopes that it was asked for, through every refresh, and one that asks for nothing has all', async () => {
    const full = await world.signUp('ann');
    const narrow = await signIn(['account', 'read', 'read']);
    expect(full.scopes).toEqual(SCOPES);
    expect(narrow.scopes).toEqual(['read', 'account']);
    expect((await signIn([...SCOPES])).scopes).toEqual(SCOPES);
    let pair = narrow;
    for (let count = 0; count < 3; count += 1) {
      pair = await world.refresh(pair);
      expect(pair.scopes).toEqual(['read', 'account']);
      expect((await world.accounts.authenticate(pair.accessToken)).scopes).toEqual(['read', 'account']);
    }
    expect((await world.accounts.authenticate((await world.refresh(full)).accessToken)).scopes).toEqual(SCOPES);
  });

  it('is listed with its scopes', async () => {
    const full = await world.signUp('ann');
    const narrow = await signIn(['read']);
    const { items } = await world.accounts.listSessions(await world.accounts.authenticate(full.accessToken));
    expect(items.map(({ id, scopes }) => [id, scopes]).toSorted()).toEqual(
      [
        [full.session, SCOPES],
        [narrow.session, ['read']],
      ].toSorted(),
    );
  });

  it('is not refreshed by a build that knows no scopes, which would give it all of them', async () => {
    const full = await world.signUp('ann');
    const narrow = await signIn(['read']);
    const isOfFamily = async ({ refreshToken, session }: SignedIn) => {
      const family = parseRefreshToken(refreshToken)?.family ?? '';
      const record = await world.directory.session(world.visitor.workspace, toId(session));
      return record?.familyDigest === NODE_SECRETS.digest(family);
    };
    expect([await isOfFamily(full), await isOfFamily(narrow)]).toEqual([true, false]);
  });
});

describe('sessions', () => {
  it('are listed with the present one marked, and the last use within five minutes', async () => {
    const first = await world.signUp('ann', { device: 'laptop' });
    world.clock.advance(10 * 60_000);
    const second = await world.signIn('ann');
    await world.node().authenticate(first.accessToken);
    world.clock.advance(1);
    const { items } = await world.accounts.listSessions(await world.accounts.authenticate(second.accessToken));
    const start = world.clock.now() - 10 * 60_000 - 1;
    const laptop = {
      id: first.session,
      device: 'laptop',
      createdAt: start,
      lastUsedAt: start + 10 * 60_000,
      current: false,
      scopes: SCOPES,
    };
    expect(items).toHaveLength(2);
    expect(items).toContainEqual(laptop);
    expect(items).toContainEqual(expect.objectContaining({ id: second.session, device: null, current: true }));
  });

  it('are revoked by their owner: the token is refused at once, and the edge is told', async () => {
    const first = await world.signUp('ann');
    const second = await world.signIn('ann');
    await world.accounts.authenticate(first.accessToken);
    const principal = await world.accounts.authenticate(second.accessToken);
    await world.accounts.revokeSession(principal, { session: first.session });
    await expect(world.accounts.authenticate(first.accessToken)).rejects.toThrow(REFUSED);
    await expect(world.refresh(first)).rejects.toThrow(REFUSED);
    expect(world.revoked).toEqual([first.session]);
    expect(await world.accounts.isSessionLive(principal)).toBe(true);
    expect((await world.accounts.listSessions(principal)).items.map(({ id }) => id)).toEqual([second.session]);
    expect(await world.accounts.revokeSession(principal, { session: first.session })).toBeNull();
  });

  it('of others cannot be seen or revoked', async () => {
    const ann = await world.signUp('ann');
    const ben = await world.accounts.authenticate((await world.signUp('ben')).accessToken);
    const missing = expect.objectContaining({ code: 'not_found' });
    await expect(world.accounts.revokeSession(ben, { session: ann.session })).rejects.toThrow(missing);
    await expect(world.accounts.revokeSession(ben, { session: world.visitor.workspace })).rejects.toThrow(missing);
    expect((await world.accounts.authenticate(ann.accessToken)).session).toBe(ann.session);
  });

  it('end with a sign-out', async () => {
    const first = await world.signUp('ann');
    const principal = await world.accounts.authenticate(first.accessToken);
    await world.accounts.endSession(principal);
    await expect(world.accounts.authenticate(first.accessToken)).rejects.toThrow(REFUSED);
    expect(await world.accounts.isSessionLive(principal)).toBe(false);
  });

  it('that end on another node are refused as soon as this one hears of it, and within 30 s if it never does', async () => {
    const { accessToken, session } = await world.signUp('ann');
    const [other, deaf] = [world.node(), world.node()];
    const principal = await other.authenticate(accessToken);
    await deaf.authenticate(accessToken);
    await world.accounts.endSession(principal);
    expect(await other.isSessionLive(principal)).toBe(true);
    other.forgetSession(toId(session));
    expect(await other.isSessionLive(principal)).toBe(false);
    await expect(other.authenticate(accessToken)).rejects.toThrow(REFUSED);
    world.clock.advance(30_000);
    await expect(deaf.authenticate(accessToken)).rejects.toThrow(REFUSED);
  });

  it('are a hundred at most: one more ends the one not used for longest', async () => {
    const first = await world.signUp('ann');
    for (let count = 0; count < 100; count += 1) {
      world.clock.advance(1_000);
      await world.signIn('ann');
    }
    expect(world.revoked).toEqual([first.session]);
    await expect(world.accounts.authenticate(first.accessToken)).rejects.toThrow(REFUSED);
  });
});
