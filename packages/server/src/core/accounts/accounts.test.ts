import { SCOPES, toId, type WorkspaceId } from '@kith/protocol';
import { AccountsWorld, FAST_ARGON2, GOOD_PASSWORD } from '@kith/testkit/accounts-world';
import { beforeEach, describe, expect, it } from 'vitest';
import { Argon2Hasher } from '../../edge/password-hasher.js';
import type { PasswordHasher } from './password-hasher.js';

const code = (name: string) => expect.objectContaining({ code: name });

let world: AccountsWorld;
beforeEach(async () => {
  world = await AccountsWorld.open();
});

describe('signing up', () => {
  it('gives a person, a session and a pair of tokens', async () => {
    const { user, session, accessToken, expiresAt } = await world.signUp('Ann', {
      displayName: 'Ann Ó',
      device: 'phone',
    });
    expect(user).toMatchObject({ kind: 'person', username: 'Ann', name: 'Ann Ó', avatar: null, version: 1 });
    expect(expiresAt).toBe(world.clock.now() + 15 * 60_000);
    const principal = await world.accounts.authenticate(accessToken);
    const { workspace } = world.visitor;
    expect(principal).toMatchObject({ workspace, user: user.id, session, scopes: SCOPES });
    const { items } = await world.accounts.listSessions(principal);
    expect(items).toEqual([expect.objectContaining({ id: session, device: 'phone', current: true })]);
  });

  it('makes the first account the owner and the next ones members', async () => {
    const roles: string[] = [];
    for (const username of ['ann', 'ben', 'eve']) {
      const { accessToken } = await world.signUp(username);
      roles.push((await world.accounts.readMe(await world.accounts.authenticate(accessToken))).workspaceRole);
    }
    expect(roles).toEqual(['owner', 'member', 'member']);
  });

  it('lets many first accounts in at once, and one of them is the owner', async () => {
    const people = await Promise.all(['ann', 'ben', 'eve'].map((username) => world.signUp(username)));
    const roles = await Promise.all(
      people.map(async ({ accessToken }) => {
        return (await world.accounts.readMe(await world.accounts.authenticate(accessToken))).workspaceRole;
      }),
    );
    expect(roles.toSorted()).toEqual(['member', 'member', 'owner']);
  });

  it('refuses a username that is taken, whatever its case', async () => {
    await world.signUp('Ann');
    await expect(world.signUp('aNN')).rejects.toThrow(code('conflict'));
    const both = await Promise.allSettled([world.signUp('ben'), world.signUp('BEN')]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses a common password and a blank name, and makes nothing', async () => {
    await expect(world.signUp('ann', { password: 'password1234' })).rejects.toThrow(code('bad_request'));
    await expect(world.signUp('ann', { displayName: ' \t ' })).rejects.toThrow(code('bad_request'));
    expect((await world.signUp('ann')).user.username).toBe('ann');
  });

  it('is refused in a workspace that does not exist', async () => {
    const visitor = { ...world.visitor, workspace: toId<WorkspaceId>('01900000-0000-7000-8000-00000000dead') };
    const params = { username: 'ann', password: GOOD_PASSWORD };
    await expect(world.accounts.createAccount(visitor, params)).rejects.toThrow(code('not_found'));
  });

  it('is bounded for one address', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 62 }, (_, index) => world.signUp(`person${index}`, { password: 'x' })),
    );
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    await Promise.all(Array.from({ length: 60 }, (_, index) => world.signUp(`person${index}`)));
    await expect(world.signUp('one-more')).rejects.toThrow(code('rate_limited'));
  });
});

describe('the set-up code', () => {
  it('is needed for the first account of a server that strangers can reach, and works once', async () => {
    world = await AccountsWorld.open({ isExposed: true });
    await expect(world.signUp('ann')).rejects.toThrow(code('forbidden'));
    await expect(world.signUp('ann', { setupCode: 'guess' })).rejects.toThrow(code('forbidden'));
    const setupCode = await world.accounts.newSetUpCode(world.visitor.workspace);
    await expect(world.signUp('ann', { setupCode: 'guess' })).rejects.toThrow(code('forbidden'));
    const typed = String(setupCode).toUpperCase().replaceAll('-', ' ');
    const { accessToken } = await world.signUp('ann', { setupCode: typed });
    expect((await world.accounts.readMe(await world.accounts.authenticate(accessToken))).workspaceRole).toBe('owner');
    expect(await world.accounts.newSetUpCode(world.visitor.workspace)).toBeNull();
    expect((await world.signUp('ben')).user.username).toBe('ben');
  });

  it('lets one person in, however many use it at once', async () => {
    world = await AccountsWorld.open({ signUp: 'closed' });
    const setupCode = String(await world.accounts.newSetUpCode(world.visitor.workspace));
    const all = await Promise.allSettled(
      ['ann', 'ben', 'eve'].map((username) => world.signUp(username, { setupCode })),
    );
    expect(all.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(all.find(({ status }) => status === 'rejected')).toMatchObject({ reason: code('forbidden') });
  });

  it('is void once another one was made', async () => {
    world = await AccountsWorld.open({ isExposed: true });
    const first = String(await world.accounts.newSetUpCode(world.visitor.workspace));
    const second = String(await world.accounts.newSetUpCode(world.visitor.workspace));
    await expect(world.signUp('ann', { setupCode: first })).rejects.toThrow(code('forbidden'));
    expect((await world.signUp('ann', { setupCode: second })).user.username).toBe('ann');
  });

  it('is not needed on a machine of one’s own with open sign-up', async () => {
    expect(await world.accounts.newSetUpCode(world.visitor.workspace)).toBeNull();
  });

  it.each(['invite', 'closed'] as const)('is the only way in where sign-up is %s', async (signUp) => {
    world = await AccountsWorld.open({ signUp });
    await expect(world.signUp('ann')).rejects.toThrow(code('forbidden'));
    const setupCode = String(await world.accounts.newSetUpCode(world.visitor.workspace));
    await world.signUp('ann', { setupCode });
    await expect(world.signUp('ben')).rejects.toThrow(code('forbidden'));
    await expect(world.signUp('ben', { setupCode })).rejects.toThrow(code('forbidden'));
  });
});

describe('signing in', () => {
  it('takes the right password, the name in any case, and begins another session', async () => {
    const first = await world.signUp('Ann');
    const second = await world.signIn('ANN');
    expect(second.user).toEqual(first.user);
    expect(second.session).not.toBe(first.session);
  });

  it('takes a password typed with composed or decomposed accents', async () => {
    await world.signUp('ann', { password: 'cafe\u0301 im regen' });
    expect((await world.signIn('ann', 'café im regen')).user.username).toBe('ann');
  });

  it('says the same of a wrong password and an unknown name, after the same work', async () => {
    const asked: (string | null)[] = [];
    const real = new Argon2Hasher({ cores: 1, parameters: FAST_ARGON2 });
    const hasher: PasswordHasher = {
      hash: (password) => real.hash(password),
      verify: (password, hash) => {
        asked.push(hash);
        return real.verify(password, hash);
      },
    };
    world = await AccountsWorld.open({ hasher });
    await world.signUp('ann');
    const [wrong, unknown] = await Promise.allSettled([world.signIn('ann', 'wrong password'), world.signIn('nobody')]);
    expect(wrong).toEqual(unknown);
    expect(wrong).toMatchObject({ status: 'rejected', reason: code('unauthenticated') });
    expect(asked).toEqual([expect.stringMatching(/^\$argon2id\$/), null]);
  });

  it('hashes anew where the parameters have changed, and then no more', async () => {
    await world.signUp('ann');
    const stored = async () => {
      return (await world.directory.credential(world.visitor.workspace, 'ann', ''))?.passwordHash;
    };
    const parameters = { memoryKib: 16, passes: 2, lanes: 1 };
    const later = world.node({ hasher: new Argon2Hasher({ cores: 1, parameters }) });
    const before = await stored();
    await later.createSession(world.visitor, { username: 'ann', password: GOOD_PASSWORD });
    const after = await stored();
    expect(before).toContain('$m=8,t=1,p=1$');
    expect(after).toContain('$m=16,t=2,p=1$');
    await later.createSession(world.visitor, { username: 'ann', password: GOOD_PASSWORD });
    expect(await stored()).toBe(after);
  });

  it('bounds guesses, and strangers who guess lock nobody out at home', async () => {
    await world.signUp('ann');
    for (let index = 0; index < 40; index += 1) {
      await world.signIn('ann', 'wrong password', `198.51.100.${index}`).catch(() => {});
    }
    await expect(world.signIn('ann', GOOD_PASSWORD, '203.0.113.1')).rejects.toThrow(code('rate_limited'));
    expect((await world.signIn('ann')).user.username).toBe('ann');
    world.clock.advance(31_000);
    expect((await world.signIn('ann', GOOD_PASSWORD, '203.0.113.1')).user.username).toBe('ann');
  });

  it('is told when to come back where too many sign in at once, and that is no failure of theirs', async () => {
    const hasher = new Argon2Hasher({ cores: 1, waiting: 0, parameters: { memoryKib: 4_096, passes: 2, lanes: 1 } });
    world = await AccountsWorld.open({ hasher });
    await world.signUp('ann');
    for (let round = 0; round < 5; round += 1) {
      const tries = await Promise.allSettled(Array.from({ length: 5 }, () => world.signIn('ann')));
      const refused = tries.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(4);
      expect(refused[0]).toMatchObject({ reason: { code: 'rate_limited', retryAfterMs: 1_000 } });
    }
    expect((await world.signIn('ann')).user.username).toBe('ann');
  });
});

describe('the own profile', () => {
  it('names the own conversation and the role', async () => {
    const { user, accessToken } = await world.signUp('ann');
    const me = await world.accounts.readMe(await world.accounts.authenticate(accessToken));
    expect(me).toEqual({ ...user, self: user.id, workspaceRole: 'owner' });
  });

  it('changes what is named, its version grows, and others are told', async () => {
    const { user, accessToken } = await world.signUp('ann');
    const principal = await world.accounts.authenticate(accessToken);
    await world.accounts.updateMe(principal, { displayName: 'Ann Two' });
    const me = await world.accounts.updateMe(principal, { avatar: 'cat.png' });
    expect(me).toMatchObject({ name: 'Ann Two', avatar: 'cat.png', username: 'ann', version: 3 });
    expect(await world.accounts.updateMe(principal, { avatar: null })).toMatchObject({ avatar: null, version: 4 });
    expect(world.profiles.map(({ id, version }) => [id, version])).toEqual(
      [2, 3, 4].map((version) => [user.id, version]),
    );
  });

  it('takes changes of its parts at once, and loses none', async () => {
    const { user, accessToken } = await world.signUp('ann');
    const principal = await world.accounts.authenticate(accessToken);
    const other = world.node();
    await Promise.all([
      world.accounts.updateMe(principal, { displayName: 'Ann Two' }),
      other.updateMe(principal, { avatar: 'cat.png' }),
    ]);
    expect(await world.accounts.readMe(principal)).toMatchObject({ name: 'Ann Two', avatar: 'cat.png', version: 3 });
    expect(world.profiles.map(({ id, version }) => [id, version])).toEqual([2, 3].map((version) => [user.id, version]));
  });

  it('stays as it is where nothing changes, and takes no blank name', async () => {
    const { accessToken } = await world.signUp('ann');
    const principal = await world.accounts.authenticate(accessToken);
    expect(await world.accounts.updateMe(principal, { displayName: 'ann' })).toMatchObject({ version: 1 });
    await expect(world.accounts.updateMe(principal, { displayName: '\u2003 ' })).rejects.toThrow(code('bad_request'));
    expect(world.profiles).toEqual([]);
  });
});
