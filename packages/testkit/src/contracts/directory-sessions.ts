// Rules DIR21–DIR32 of docs/contracts.md: sessions and their tokens, signing keys, reserved names.
import type { ConversationId } from '@kith/protocol';
import { expect, test } from 'vitest';
import { AT, DAY_MS, type DirectoryWorld, newDigest, newId, newSession } from './directory-world.js';

const MOST = 3;

export function sessionRules(world: DirectoryWorld): void {
  test('[DIR21] a session is there as it was made, in generation 1', async () => {
    const person = await world.someone();
    const made = await world.session(person, { device: 'Ann’s phone' });
    const { workspace, user, id, device, scopes, familyDigest, refreshDigest } = made;
    const times = { createdAt: AT, lastUsedAt: AT };
    const token = { familyDigest, refreshDigest, generation: 1, previous: null };
    const record = { workspace, user, id, device, scopes, ...times, isRevoked: false, ...token };
    expect(await world.other.session(workspace, id)).toEqual(record);
    expect(await world.other.session(workspace, newId())).toBeNull();
  });

  test('[DIR21] with the scopes that it was made with, or none named for all', async () => {
    const person = await world.someone();
    for (const scopes of [null, ['read'], ['read', 'account']] as const) {
      const made = await world.session(person, { scopes });
      expect((await world.record(made)).scopes).toEqual(scopes);
    }
    expect((await world.other.sessionsOf(person.workspace, person.id)).map(({ scopes }) => scopes)).toEqual(
      expect.arrayContaining([null, ['read'], ['read', 'account']]),
    );
  });

  test('[DIR22] the live sessions of a person are listed, most recently used first', async () => {
    const person = await world.someone();
    const other = await world.person(person.workspace);
    await world.session(other);
    const [first, second, ended] = [
      await world.session(person, { at: AT + 1 }),
      await world.session(person, { at: AT + 2 }),
      await world.session(person, { at: AT + 3 }),
    ];
    const listed = async () => (await world.other.sessionsOf(person.workspace, person.id)).map(({ id }) => id);
    expect(await listed()).toEqual([ended.id, second.id, first.id]);
    await world.directory.revoke(person.workspace, ended.id, AT + 4);
    await world.directory.useSession(person.workspace, first.id, { generation: 1, at: AT + 5 });
    expect(await listed()).toEqual([first.id, second.id]);
  });

  test('[DIR23] one session too many ends the one not used for longest', async () => {
    const person = await world.someone();
    const { workspace, id: user } = person;
    const begin = async (at: number) => {
      const session = newSession(person, { at });
      return { session, ended: await world.directory.createSession(session, MOST) };
    };
    const [first, second, third] = [await begin(AT + 1), await begin(AT + 2), await begin(AT + 3)];
    expect([first, second, third].flatMap(({ ended }) => ended)).toEqual([]);
    await world.directory.useSession(workspace, first.session.id, { generation: 1, at: AT + 4 });
    const fourth = await begin(AT + 5);
    expect(fourth.ended).toEqual([second.session.id]);
    expect((await world.record(second.session)).isRevoked).toBe(true);
    const live = (await world.other.sessionsOf(workspace, user)).map(({ id }) => id);
    expect(live).toEqual([fourth, first, third].map(({ session }) => session.id));
  });

  test('[DIR24] a rotation needs the present digest, and of many at once one happens', async () => {
    const session = await world.session(await world.someone());
    const { workspace, id, refreshDigest: from } = session;
    const rotations = Array.from({ length: 6 }, (_, index) => {
      return {
        workspace,
        session: id,
        from,
        to: newDigest(),
        generation: 2,
        sealedPair: `sealed ${index}`,
        at: AT + 1,
      };
    });
    const results = await Promise.all(
      rotations.map((rotation, index) => (index % 2 ? world.other : world.directory).rotate(rotation)),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    const won = rotations[results.indexOf(true)];
    expect(await world.record(session)).toMatchObject({
      refreshDigest: won?.to,
      generation: 2,
      lastUsedAt: AT + 1,
      previous: { digest: from, rotatedAt: AT + 1, sealedPair: won?.sealedPair },
    });
  });

  test('[DIR25] the sealed pair is dropped with the first use of its generation, the digest before stays', async () => {
    const session = await world.session(await world.someone());
    const { workspace, id, refreshDigest: from } = session;
    const rotation = { workspace, session: id, from, to: newDigest(), generation: 2, sealedPair: 'sealed', at: AT };
    await world.directory.rotate(rotation);
    await world.directory.useSession(workspace, id, { generation: 1, at: AT + 1 });
    expect((await world.record(session)).previous?.sealedPair).toBe('sealed');
    await world.directory.useSession(workspace, id, { generation: 2, at: AT + 2 });
    expect((await world.record(session)).previous).toEqual({ digest: from, rotatedAt: AT, sealedPair: null });
    await world.directory.useSession(workspace, newId(), { generation: 1, at: AT });
  });

  test('[DIR26] the time of the last use never goes back', async () => {
    const session = await world.session(await world.someone());
    const { workspace, id, refreshDigest: from } = session;
    await world.directory.useSession(workspace, id, { generation: 1, at: AT + 9 });
    await world.other.useSession(workspace, id, { generation: 1, at: AT + 5 });
    expect((await world.record(session)).lastUsedAt).toBe(AT + 9);
    const rotation = { workspace, session: id, from, to: newDigest(), generation: 2, sealedPair: 'sealed', at: AT + 5 };
    await world.other.rotate(rotation);
    expect((await world.record(session)).lastUsedAt).toBe(AT + 9);
  });

  test('[DIR27] a session is revoked once, by one of many at once, and stays so', async () => {
    const session = await world.session(await world.someone());
    const { workspace, id, refreshDigest: from } = session;
    const results = await world.race(6, (node) => node.revoke(workspace, id, AT + 1));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await world.record(session)).isRevoked).toBe(true);
    const rotation = { workspace, session: id, from, to: newDigest(), generation: 2, sealedPair: 'sealed', at: AT };
    expect(await world.directory.rotate(rotation)).toBe(false);
    expect(await world.directory.revoke(workspace, newId(), AT)).toBe(false);
  });

  test('[DIR28] the change feed is told of every session that ends, also of one too many', async () => {
    const person = await world.someone();
    const [first, second] = [await world.session(person), await world.session(person, { at: AT + 1 })];
    await world.other.revoke(person.workspace, second.id, AT + 2);
    await world.directory.createSession(newSession(person, { at: AT + 3 }), 1);
    expect((await world.setup.revoked()).filter((id) => id === first.id || id === second.id).toSorted()).toEqual(
      [first.id, second.id].toSorted(),
    );
  });

  test('[DIR29] a revoked session is remembered for a day, and forgotten with a later sign-in', async () => {
    const person = await world.someone();
    const ended = await world.session(person);
    await world.directory.revoke(person.workspace, ended.id, AT);
    await world.session(person, { at: AT + DAY_MS - 1 });
    expect((await world.record(ended)).isRevoked).toBe(true);
    const last = await world.session(person, { at: AT + DAY_MS + 1 });
    expect(await world.other.session(person.workspace, ended.id)).toBeNull();
    expect((await world.record(last)).isRevoked).toBe(false);
  });

  test('[DIR30] signing keys are given newest first until they retire; a new one retires the others', async () => {
    const secret = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
    const names = [newDigest(), newDigest(), newDigest()];
    const [one = '', two = '', three = ''] = names;
    const at = Date.UTC(2100, 0, 1);
    await world.directory.addSigningKey({ kid: one, secret, at, othersRetireAt: at });
    await world.directory.addSigningKey({ kid: two, secret, at: at + 10, othersRetireAt: at + 100 });
    await world.directory.addSigningKey({ kid: three, secret, at: at + 20, othersRetireAt: at + 200 });
    const keysAt = async (time: number) => {
      return (await world.other.signingKeys(time)).filter(({ kid }) => names.includes(kid));
    };
    const keys = await keysAt(at + 20);
    expect(keys.map(({ kid, retiresAt }) => [kid, retiresAt])).toEqual([
      [three, null],
      [two, at + 200],
      [one, at + 100],
    ]);
    expect(keys.map((key) => [...key.secret])).toEqual([[...secret], [...secret], [...secret]]);
    expect((await keysAt(at + 99)).map(({ kid }) => kid)).toEqual([three, two, one]);
    expect((await keysAt(at + 100)).map(({ kid }) => kid)).toEqual([three, two]);
    expect((await keysAt(at + 200)).map(({ kid }) => kid)).toEqual([three]);
  });

  test('[DIR31] a name belongs to the conversation that reserved it first, on every node', async () => {
    const workspace = await world.workspace();
    const [mine, another] = [newId<ConversationId>(), newId<ConversationId>()];
    expect(await world.directory.reserve(workspace, 'direct:a:b', mine)).toBe(mine);
    expect(await world.other.reserve(workspace, 'direct:a:b', another)).toBe(mine);
    expect(await world.other.reserve(workspace, 'direct:a:c', another)).toBe(another);
    expect(await world.other.reserve(workspace, 'x'.repeat(200), another)).toBe(another);
    await expect(world.directory.reserve(workspace, 'x'.repeat(201), another)).rejects.toThrow();
  });

  test('[DIR32] of many who reserve one name at once, all get the same conversation', async () => {
    const workspace = await world.workspace();
    const ids = Array.from({ length: 12 }, () => newId<ConversationId>());
    const reserved = await world.race(12, (node, index) =>
      node.reserve(workspace, 'direct:a:b', ids[index] ?? newId()),
    );
    expect(new Set(reserved).size).toBe(1);
    expect(ids).toContain(reserved[0]);
  });
}
