import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { SCOPES, type SignedIn, toId, type UserId, type WorkspaceKey } from '@kith/protocol';
import { AccountsWorld, GOOD_PASSWORD } from '@kith/testkit/accounts-world';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../principal.js';

const code = (name: string) => expect.objectContaining({ code: name });

type Pair = { readonly privateKey: KeyObject; readonly publicKey: string };

let world: AccountsWorld;
let owner: Principal;
let pair: Pair;
let key: WorkspaceKey;

beforeEach(async () => {
  world = await AccountsWorld.open();
  owner = await principalOf(await world.signUp('owner'));
  pair = newPair();
  key = await world.handIns.addKey(owner, { name: 'shop', publicKey: pair.publicKey });
});

function newPair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

function principalOf({ accessToken }: SignedIn): Promise<Principal> {
  return world.accounts.authenticate(accessToken);
}

function assertionOf(claims: object, by: { pair: Pair; key: WorkspaceKey } = { pair, key }): string {
  const iat = Math.floor(world.clock.now() / 1_000);
  const payload = { aud: by.key.audience, iat, exp: iat + 60, ...claims };
  const body = [{ alg: 'ES256', kid: by.key.kid }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(body), { key: by.pair.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${body}.${signature.toString('base64url')}`;
}

function enter(claims: object, more: object = {}): Promise<SignedIn> {
  return world.accounts.createSession(world.visitor, { assertion: assertionOf(claims), ...more });
}

describe('a person of a product', () => {
  it('is made when first seen, and is the same one from then on', async () => {
    const first = await enter({ sub: 'u-7', name: 'Ann Smith', username: 'ann', avatar: 'a.png' }, { device: 'phone' });
    expect(first.user).toMatchObject({
      kind: 'person',
      name: 'Ann Smith',
      username: 'ann',
      avatar: 'a.png',
      version: 1,
    });
    const second = await enter({ sub: 'u-7' });
    expect(second.user).toEqual(first.user);
    expect(second.session).not.toBe(first.session);
    expect((await enter({ sub: 'U-7' })).user.id).not.toBe(first.user.id);
    const principal = await principalOf(first);
    expect((await world.accounts.readMe(principal)).workspaceRole).toBe('member');
    const { items } = await world.accounts.listSessions(principal);
    expect(items.map(({ device }) => device).toSorted()).toEqual([null, 'phone'].toSorted());
    expect((await world.refresh(first)).user.id).toBe(first.user.id);
  });

  it('is found by search', async () => {
    const { user } = await enter({ sub: 'u-7', name: 'Ann Smith' });
    expect(await world.directory.search(owner.workspace, 'smith', 5)).toEqual([user]);
  });

  it('comes in also where nobody may sign up', async () => {
    const closed = world.node({ signUp: 'closed' });
    const { user } = await closed.createSession(world.visitor, {
      assertion: assertionOf({ sub: 'u-7', username: 'ann' }),
    });
    expect(user.username).toBe('ann');
  });

  it('is one, however often and from whichever node they are first seen at once', async () => {
    const nodes = [world.accounts, world.node()];
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const assertion = assertionOf({ sub: 'u-7', username: 'ann' });
        return (nodes[index % 2] ?? world.accounts).createSession(world.visitor, { assertion });
      }),
    );
    expect(new Set(all.map(({ user }) => user.id)).size).toBe(1);
    expect(await world.directory.search(owner.workspace, 'ann', 10)).toHaveLength(1);
  });

  it('is the one that another node made between this one’s look and its try', async () => {
    const first = await enter({ sub: 'u-7', username: 'ann' });
    for (const username of ['ann', 'other']) {
      vi.spyOn(world.directory, 'accountOfSubject').mockResolvedValueOnce(null);
      expect((await enter({ sub: 'u-7', username })).user).toEqual(first.user);
    }
  });

  it('has no password: one is refused as that of nobody', async () => {
    await enter({ sub: 'u-7', username: 'ann' });
    const [theirs, nobodys] = await Promise.allSettled([world.signIn('ann'), world.signIn('nobody')]);
    expect(theirs).toEqual(nobodys);
    expect(theirs).toMatchObject({ status: 'rejected', reason: code('unauthenticated') });
    await expect(world.signUp('ANN')).rejects.toThrow(code('conflict'));
  });

  it('never gets an account that is there, whatever the assertion says', async () => {
    const ben = await world.signUp('ben', { displayName: 'Ben' });
    const claims = [{ sub: 'ben' }, { sub: ben.user.id }, { sub: 'x', username: 'BEN', name: 'Ben' }];
    const people = await Promise.all(claims.map((each) => enter(each)));
    for (const { user } of people) expect(user.id).not.toBe(ben.user.id);
    expect(people[2]?.user.username).toMatch(/^BEN-[0-9a-f]{6}$/);
    expect((await world.signIn('ben', GOOD_PASSWORD)).user).toEqual(ben.user);
  });

  it.each([
    [{ name: 'Ánn  Smith-Łódź' }, /^ann\.smith\.odz$/],
    [{ name: 'Anna'.repeat(20) }, /^(?:anna){8}$/],
    [{ name: '山田' }, /^person$/],
    [{}, /^person$/],
  ])('without a username gets one that resembles the name %j', async (claims, username) => {
    const { user } = await enter({ sub: 'u-7', ...claims });
    expect(user.username).toMatch(username);
    const other = await enter({ sub: 'u-8', ...claims });
    expect(other.user.username).toMatch(/-[0-9a-f]{6}$/);
    expect(other.user.username.length).toBeLessThanOrEqual(32);
    expect((await world.directory.users(owner.workspace, [toId<UserId>(user.id)]))[0]).toEqual(user);
  });

  it('has name and avatar of the last assertion that gives them, and those who know them are told once', async () => {
    await enter({ sub: 'u-7', name: 'Ann', username: 'ann' });
    const renamed = await enter({ sub: 'u-7', name: 'Anna', avatar: 'b.png', username: 'other' });
    expect(renamed.user).toMatchObject({ name: 'Anna', avatar: 'b.png', username: 'ann', version: 2 });
    expect((await enter({ sub: 'u-7', name: 'Anna' })).user).toEqual(renamed.user);
    expect((await enter({ sub: 'u-7', avatar: null })).user).toMatchObject({ name: 'Anna', avatar: null, version: 3 });
    expect(world.profiles.map(({ version }) => version)).toEqual([2, 3]);
    expect(await world.directory.search(owner.workspace, 'anna', 5)).toHaveLength(1);
  });

  it('without anything to see in the name is a bad request, and nobody is made', async () => {
    await expect(enter({ sub: 'u-7', name: ' \t' })).rejects.toThrow(code('bad_request'));
    expect(await world.directory.accountOfSubject(owner.workspace, 'u-7')).toBeNull();
  });
});

describe('the session of an assertion', () => {
  it('has all scopes, or those of the claim, or fewer that were asked for', async () => {
    expect((await enter({ sub: 'a' })).scopes).toEqual(SCOPES);
    expect((await enter({ sub: 'a', scope: 'write read fly' })).scopes).toEqual(['read', 'write']);
    expect((await enter({ sub: 'a', scope: 'read write' }, { scopes: ['read', 'account'] })).scopes).toEqual(['read']);
    expect((await enter({ sub: 'a' }, { scopes: ['write'] })).scopes).toEqual(['write']);
  });

  it('is refused where no scope is left, and where the claim names none', async () => {
    await expect(enter({ sub: 'a', scope: 'read' }, { scopes: ['write'] })).rejects.toThrow(code('forbidden'));
    for (const scope of ['', 'fly', 'READ']) {
      await expect(enter({ sub: 'a', scope })).rejects.toThrow(code('bad_request'));
    }
  });
});

describe('the keys of a workspace', () => {
  it('are listed newest first, with what an assertion has to name, and without anything secret', async () => {
    world.clock.advance(1_000);
    const second = await world.handIns.addKey(owner, { name: 'shop 2', publicKey: newPair().publicKey });
    const { items } = await world.handIns.listKeys(owner);
    expect(items).toEqual([second, key]);
    expect(Object.keys(key).toSorted()).toEqual(['audience', 'createdAt', 'kid', 'name', 'publicKey']);
    expect(JSON.stringify(items)).not.toContain('PRIVATE');
  });

  it('are rotated without an interruption: both sign until the first is revoked', async () => {
    const { user } = await enter({ sub: 'u-7' });
    const next = { pair: newPair() };
    const second = { ...next, key: await world.handIns.addKey(owner, { name: 'n', publicKey: next.pair.publicKey }) };
    const by = (signer: typeof second) => {
      const assertion = assertionOf({ sub: 'u-7' }, signer);
      return world.accounts.createSession(world.visitor, { assertion });
    };
    const before = await by({ pair, key });
    expect((await by(second)).user.id).toBe(user.id);
    await world.handIns.revokeKey(owner, key);
    await expect(by({ pair, key })).rejects.toThrow(code('unauthenticated'));
    await expect(world.node().createSession(world.visitor, { assertion: assertionOf({ sub: 'x' }) })).rejects.toThrow(
      code('unauthenticated'),
    );
    expect((await by(second)).user.id).toBe(user.id);
    expect((await principalOf(before)).user).toBe(user.id);
    expect((await world.refresh(before)).session).toBe(before.session);
    await expect(world.handIns.revokeKey(owner, key)).rejects.toThrow(code('not_found'));
  });

  it('are for the owner alone', async () => {
    const principals = [await principalOf(await enter({ sub: 'u-7' })), await principalOf(await world.signUp('ben'))];
    for (const member of principals) {
      await expect(world.handIns.listKeys(member)).rejects.toThrow(code('forbidden'));
      const mine = { name: 'mine', publicKey: newPair().publicKey };
      await expect(world.handIns.addKey(member, mine)).rejects.toThrow(code('forbidden'));
      await expect(world.handIns.revokeKey(member, key)).rejects.toThrow(code('forbidden'));
    }
    expect((await world.handIns.listKeys(owner)).items).toEqual([key]);
  });

  it('are at most twenty, and the same one again is no other', async () => {
    const { publicKey } = pair;
    expect(await world.handIns.addKey(owner, { name: 'again', publicKey })).toEqual(key);
    for (let more = 1; more < 20; more += 1) {
      await world.handIns.addKey(owner, { name: `key ${more}`, publicKey: newPair().publicKey });
    }
    const oneMore = { name: 'one more', publicKey: newPair().publicKey };
    await expect(world.handIns.addKey(owner, oneMore)).rejects.toThrow(code('conflict'));
    expect((await world.handIns.listKeys(owner)).items).toHaveLength(20);
  });

  it('sign for their own workspace alone', async () => {
    const workspace = toId<typeof owner.workspace>('01900000-0000-7000-8000-000000000002');
    await world.directory.openWorkspace({ id: workspace, name: 'other', at: world.clock.now() });
    for (const aud of [key.audience, workspace]) {
      const assertion = assertionOf({ sub: 'u-7', aud });
      await expect(world.accounts.createSession({ ...world.visitor, workspace }, { assertion })).rejects.toThrow(
        code('unauthenticated'),
      );
    }
    await expect(enter({ sub: 'u-7', aud: workspace })).rejects.toThrow(code('unauthenticated'));
  });
});
