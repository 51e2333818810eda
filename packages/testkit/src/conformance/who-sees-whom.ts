// V of docs/protocol/v1.md: switches and blocks as others meet them, contacts and folders. The people are met by no other
// test, as what they hide stays hidden.
import { randomUUID } from 'node:crypto';
import type { Marks, Presence, Summary, User, Written } from '@kith/protocol';
import { LIMITS } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Client } from './client.js';
import type { Person, World } from './world.js';

/** Within which what is chosen takes effect (V6). */
const EFFECT_MS = 5_000;
const POLL_MS = 100;
/** Within which what was written counts in a search (V14), and a moment. */
const KNOWN_MS = 12_000;

type Code = { readonly code?: string };

export function visibilityRules(world: World): void {
  const set = (person: Person, name: string, value: unknown) =>
    world.do<Written>(person, `PUT /v1/settings/${encodeURIComponent(name)}`, { value });
  const codeOfSetting = async (person: Person, name: string, value: unknown) =>
    (await world.ask<Code>(person, `PUT /v1/settings/${encodeURIComponent(name)}`, { body: { value } })).body.code;
  const watched = async (person: Person, user: Person): Promise<Presence | undefined> => {
    const route = 'PUT /v1/presence/watch';
    return (await world.do<{ presence: Presence[] }>(person, route, { users: [user.id] })).presence[0];
  };
  const marksOf = async (person: Person, { id }: Summary, user: Person) => {
    const { items } = await world.do<{ items: Marks[] }>(person, `GET /v1/conversations/${id}/marks`);
    return items.find((one) => one.user === user.id);
  };
  const send = async (person: Person, { id }: Summary, key: string = randomUUID()) =>
    (
      await world.ask<Written & Code>(person, `POST /v1/conversations/${id}/messages`, {
        body: { key, text: 'hello' },
      })
    ).body;
  const typedTo = (client: Client, { id }: Summary) => client.signals('typing', id).length;

  describe('V: who sees whom', () => {
    test('[V1] [V11] [V13] a reserved name takes its own form alone, and keeps nothing beside it', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const refused: readonly (readonly [string, unknown])[] = [
        ['privacy:presence', 'no'],
        ['privacy:sleep', false],
        [`block:${ann.id}`, true],
        ['block:ben', true],
        [`block:${ben.id.toUpperCase()}`, true],
        [`block:${ben.id}`, {}],
        [`contact:${ben.id}`, true],
        [`contact:${ben.id}`, { favourite: 'yes' }],
        [`contact:${ben.id}`, { name: '' }],
        ['folder:a b', { name: 'x' }],
        ['folder:a', {}],
        ['folder:a', { name: 'x', emoji: 'smile' }],
        ['folder:a', { name: 'x', colour: '#ff0000' }],
        ['folder:a', { name: 'x', users: ['ben'] }],
      ];
      for (const [name, value] of refused) {
        expect([name, value, await codeOfSetting(ann, name, value)]).toEqual([name, value, 'bad_request']);
      }
      const long: readonly (readonly [string, unknown])[] = [
        [`contact:${ben.id}`, { note: 'x'.repeat(LIMITS.note + 1) }],
        ['folder:a', { name: 'x', users: Array(LIMITS.folderItems + 1).fill(ben.id) }],
      ];
      for (const [name, value] of long) expect(await codeOfSetting(ann, name, value)).toBe('too_large');
      expect(await codeOfSetting(ann, `block:${randomUUID()}`, true)).toBe('not_found');
      const contact = { name: 'Benny', note: 'plays chess', favourite: true };
      const folder = { name: 'Club', colour: 'red', emoji: '♟️', position: 1, conversations: [], users: [ben.id] };
      await set(ann, `contact:${ben.id}`, { ...contact, since: 1 });
      await set(ann, 'folder:a', folder);
      await set(ann, 'folder:b', null);
      const { values } = await world.do<{ values: object }>(ann, 'GET /v1/settings');
      expect(values).toEqual({ [`contact:${ben.id}`]: contact, 'folder:a': folder, 'folder:b': null });
    });

    test('[V2] [V3] [V6] presence and the time of the last visit: who hides it is shown none', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const device = await world.connect(ben);
      await device.command('presence.watch', { users: [ann.id] });
      const own = await world.connect(ann);
      const isTold = (status: string) =>
        device.until((frame) =>
          frame.type === 'signal' && frame.name === 'presence'
            ? frame.presence.some((one) => one.user === ann.id && one.status === status)
            : false,
        );
      await isTold('online');
      await set(ann, 'privacy:presence', false);
      await isTold('unknown');
      expect(await watched(ben, ann)).toEqual({ user: ann.id, status: 'unknown' });
      expect(await watched(ann, ben)).toEqual({ user: ben.id, status: 'unknown' });
      expect(await watched(ann, ann)).toMatchObject({ status: 'online' });
      await set(ann, 'privacy:lastSeen', false);
      await set(ann, 'privacy:presence', true);
      await expect
        .poll(() => watched(ben, ann), { timeout: EFFECT_MS, interval: POLL_MS })
        .toEqual({
          user: ann.id,
          status: 'online',
        });
      await own.close();
      expect(await watched(ben, ann)).not.toHaveProperty('lastSeenAt');
    });

    test('[V4] receipts: read is told to nobody, and not to who hides it; own devices are told', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const direct = await world.direct(ann, ben);
      const { id, epoch } = direct;
      const [device, own] = [await world.connect(ann), await world.connect(ben)];
      await set(ben, 'privacy:receipts', false);
      const { seq } = await world.send(ann, id, 'hello');
      await expect
        .poll(async () => (await marksOf(ann, direct, ben))?.read, { timeout: EFFECT_MS, interval: POLL_MS })
        .toBe(0);
      own.signal('marks', { conversation: id, epoch, read: seq });
      await own.until((frame) => frame.type === 'signal' && frame.name === 'marks' && frame.marks[0]?.read === seq);
      expect(await marksOf(ann, direct, ben)).toEqual({ user: ben.id, delivered: seq, read: 0 });
      expect((await world.summary(ann, id)).summary.peer).toEqual({ user: ben.id, delivered: seq, read: 0 });
      expect((await world.connect(ann)).welcome.conversations[0]?.peer).toMatchObject({ read: 0 });
      expect(await marksOf(ben, direct, ann)).toMatchObject({ read: 0 });
      expect(await marksOf(ben, direct, ben)).toMatchObject({ read: seq });
      await device.settle();
      const told = device.signals('marks', id).flatMap((frame) => ('marks' in frame ? frame.marks : []));
      expect(told.filter(({ user, read }) => user === ben.id && read > 0)).toEqual([]);
    });

    test('[V5] typing is neither shown of who hides it nor to them', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const direct = await world.direct(ann, ben);
      const clients = [await world.connect(ann), await world.connect(ben)] as const;
      const type = () => {
        for (const client of clients) client.signal('typing', { conversation: direct.id });
      };
      const counts = () => clients.map((client) => typedTo(client, direct));
      type();
      await expect.poll(counts, { timeout: EFFECT_MS, interval: POLL_MS }).toEqual([1, 1]);
      await set(ann, 'privacy:typing', false);
      // What comes later takes effect no sooner.
      await set(ann, 'privacy:presence', false);
      await expect
        .poll(() => watched(ben, ann), { timeout: EFFECT_MS, interval: POLL_MS })
        .toMatchObject({
          status: 'unknown',
        });
      const before = counts();
      type();
      for (const client of clients) await client.settle();
      expect(counts()).toEqual(before);
    });

    test('[V7] [V10] after a block neither writes to the other, edits or reacts; what is there is read and found', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const direct = await world.direct(ann, ben);
      const key = randomUUID();
      const first = await send(ben, direct, key);
      await set(ann, `block:${ben.id}`, true);
      const place = { epoch: direct.epoch, key: randomUUID() };
      const refusals = await Promise.all([
        world.ask(ben, `PATCH /v1/conversations/${direct.id}/messages/${first.seq}`, { body: { ...place, text: 'x' } }),
        world.ask(ben, `PUT /v1/conversations/${direct.id}/messages/${first.seq}/reactions/👍`, { body: place }),
        world.ask(ben, `POST /v1/conversations/${direct.id}/messages`, { body: { key: randomUUID(), text: 'x' } }),
        world.ask(ann, `POST /v1/conversations/${direct.id}/messages`, { body: { key: randomUUID(), text: 'x' } }),
      ]);
      expect(refusals.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
      expect(new Set(refusals.map(({ body }) => body.message)).size).toBe(1);
      expect(await send(ben, direct, key)).toEqual({ ...first, duplicate: true });
      expect((await world.direct(ben, ann)).id).toBe(direct.id);
      expect((await world.log(ben, direct.id)).at(-1)?.seq).toBe(first.seq);
      await world.do(ben, `DELETE /v1/conversations/${direct.id}/messages/${first.seq}?epoch=${direct.epoch}`);
      await set(ann, `block:${ben.id}`, false);
      expect(await send(ben, direct)).toMatchObject({ duplicate: false });
    });

    test('[V7] [V8] who is blocked begins no conversation, and brings nobody into a group who blocks them', async () => {
      const [ann, ben, eve] = [world.alone(), world.alone(), world.alone()];
      await set(ann, `block:${ben.id}`, true);
      const create = async (person: Person, members: readonly Person[], kind: string) =>
        (
          await world.ask<Code>(person, 'POST /v1/conversations', {
            body: { kind, members: members.map(({ id }) => id), name: kind === 'direct' ? undefined : 'x' },
          })
        ).body.code;
      expect(await create(ben, [ann], 'direct')).toBe('forbidden');
      expect(await create(ann, [ben], 'direct')).toBe('forbidden');
      expect(await create(ben, [eve, ann], 'group')).toBe('forbidden');
      const group = await world.group(ben, [eve]);
      const added = await world.ask<Code>(ben, `PUT /v1/conversations/${group.id}/members/${ann.id}`, { body: {} });
      expect(added.body.code).toBe('forbidden');
      const together = await world.group(eve, [ann, ben]);
      const { seq } = await world.send(ben, together.id, 'to all');
      expect((await world.log(ann, together.id)).at(-1)).toMatchObject({ seq, body: { text: 'to all' } });
    });

    test('[V9] the two see nothing of each other', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const direct = await world.direct(ann, ben);
      const { seq } = await world.send(ann, direct.id, 'hello');
      const clients = [await world.connect(ann), await world.connect(ben)] as const;
      await set(ann, `block:${ben.id}`, true);
      await expect
        .poll(() => watched(ben, ann), { timeout: EFFECT_MS, interval: POLL_MS })
        .toEqual({
          user: ann.id,
          status: 'unknown',
        });
      expect(await watched(ann, ben)).toEqual({ user: ben.id, status: 'unknown' });
      await world.do(ben, `PUT /v1/conversations/${direct.id}/marks`, { epoch: direct.epoch, read: seq });
      for (const client of clients) client.signal('typing', { conversation: direct.id });
      for (const client of clients) await client.settle();
      expect(clients.map((client) => typedTo(client, direct))).toEqual([0, 0]);
      expect(await marksOf(ann, direct, ben)).toEqual({ user: ben.id, delivered: 0, read: 0 });
      const route = `GET /v1/conversations/${direct.id}/marks?seq=${seq}`;
      const { items } = await world.do<{ items: Marks[] }>(ann, route);
      expect(items.map(({ user }) => user)).toEqual([ann.id]);
    });

    test('[V14] a search gives whom one writes to before the alphabet, the very name first, and whom one blocks last', async () => {
      const ann = world.alone();
      const found = async () => {
        const { users } = await world.do<{ users: User[] }>(ann, 'GET /v1/users?query=p&limit=200');
        return users.map(({ username }) => username);
      };
      const before = await found();
      // Others have signed up beside those of this world: guests, bots.
      const known = new Map(world.everyone.map((person) => [person.username, person]));
      const [last, other] = [...before].reverse().flatMap((name) => {
        const person = known.get(name);
        return person === undefined || person === ann ? [] : [person];
      });
      if (!last || !other) throw new Error('too few people have signed up');
      await world.send(ann, (await world.direct(ann, last)).id, 'hello');
      await expect.poll(async () => (await found())[0], { timeout: KNOWN_MS, interval: POLL_MS }).toBe(last.username);
      const exact = await world.do<{ users: User[] }>(ann, `GET /v1/users?query=${other.username}`);
      expect(exact.users[0]?.id).toBe(other.id);
      await set(ann, `block:${last.id}`, true);
      await expect
        .poll(async () => (await found()).at(-1), { timeout: KNOWN_MS, interval: POLL_MS })
        .toBe(last.username);
      await set(ann, `block:${last.id}`, null);
    });

    test('[V12] there are so many folders and no more, and what was taken back makes room', async () => {
      const ann = world.alone();
      for (let index = 0; index < LIMITS.folders; index += 1) await set(ann, `folder:${index}`, { name: `${index}` });
      expect(await codeOfSetting(ann, 'folder:more', { name: 'x' })).toBe('conflict');
      await set(ann, 'folder:7', { name: 'again' });
      await set(ann, 'folder:7', null);
      await set(ann, 'folder:more', { name: 'x' });
    });
  });
}
