// G of docs/protocol/v1.md: typing, marks on their way, presence and profiles. What needs the server's longer times is
// with the slow rules.
import { randomUUID } from 'node:crypto';
import type { ServerFrame } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Client } from './client.js';
import { type Person, refusal, type World } from './world.js';

type MarksFrame = Extract<ServerFrame, { name: 'marks' }>;

const marksOf = (client: Client, conversation: string) =>
  client.signals('marks', conversation) as readonly MarksFrame[];

/** The frame that tells marks of a person up to a seq. */
async function marksAt(
  client: Client,
  conversation: string,
  mark: { user: string; read: number },
): Promise<MarksFrame> {
  const isIt = (frame: ServerFrame) =>
    frame.type === 'signal' &&
    frame.name === 'marks' &&
    frame.conversation === conversation &&
    frame.marks.some(({ user, read }) => user === mark.user && read === mark.read);
  return (await client.until(isIt)) as MarksFrame;
}

export function signalRules(world: World): void {
  describe('G: signals', () => {
    test('[G1] a signal is never stored or replayed, and one that cannot be taken is dropped', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const foreign = await world.group(ben, []);
      const client = await world.connect(ann);
      const other = await world.connect(ben);
      const { since } = other.welcome;
      for (const conversation of [id, foreign.id, randomUUID()]) {
        client.signal('typing', { conversation });
        client.signal('marks', { conversation, epoch: 77, read: 1 });
      }
      await other.until((frame) => frame.type === 'signal' && frame.name === 'typing');
      await client.settle();
      expect(await world.log(ann, id)).toHaveLength(head);
      const later = await world.connect(ben, { since });
      await later.settle();
      expect(later.signals('typing')).toEqual([]);
      expect(other.signals('typing', foreign.id)).toEqual([]);
    });

    test('[G2] others see who types for 5 s, who types does not', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.direct(ann, ben);
      const [typist, other] = [await world.connect(ann), await world.connect(ben)];
      typist.signal('typing', { conversation: id });
      expect(await other.until((frame) => frame.type === 'signal' && frame.name === 'typing')).toEqual({
        type: 'signal',
        name: 'typing',
        conversation: id,
        users: [ann.id],
        expiresInMs: 5_000,
      });
      await typist.settle();
      expect(typist.signals('typing')).toEqual([]);
    });

    test('[G3] own marks come to all own devices with what is unread, and others see them', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch, head } = await world.group(ann, [ben]);
      const [one, two, other] = [await world.connect(ben), await world.connect(ben), await world.connect(ann)];
      for (let index = 0; index < 3; index += 1) {
        await world.send(ann, id, { text: 'x', mentions: index === 2 ? { users: [ben.id] } : undefined });
      }
      one.signal('marks', { conversation: id, epoch, read: head + 1, thread: null });
      const mark = { user: ben.id, delivered: head + 1, read: head + 1 };
      for (const own of [one, two]) {
        expect(await marksAt(own, id, mark)).toMatchObject({ epoch, marks: [mark], unread: 2, mentions: 1 });
      }
      const told = await marksAt(other, id, mark);
      expect(told.marks).toEqual([mark]);
      expect(told).not.toHaveProperty('unread');
    });

    test('[G3] marks past the head are capped, and those of another epoch are ignored', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch, head } = await world.group(ann, [ben]);
      const client = await world.connect(ben);
      client.signal('marks', { conversation: id, epoch: epoch + 1, read: head });
      client.signal('marks', { conversation: id, epoch, read: head + 500 });
      await client.until((frame) => frame.type === 'signal' && frame.name === 'marks');
      const { summary } = await world.summary(ben, id);
      expect(summary.read).toBeLessThanOrEqual(head);
      await world.send(ann, id, 'later');
      expect((await world.summary(ben, id)).summary.unread).toBe(1);
    });

    test('[G4] in a group larger than limits.receiptMembers others are not told, and marks.read asks', async () => {
      const [ann, ben, ...others] = world.everyone as readonly Person[];
      if (!ann || !ben) throw new Error('nobody has signed up');
      const { id, epoch, head, members } = await world.group(ann, [ben, ...others]);
      const [own, other] = [await world.connect(ben), await world.connect(ann)];
      expect(members).toBeGreaterThan(own.welcome.limits.receiptMembers);
      own.signal('marks', { conversation: id, epoch, read: head });
      await marksAt(own, id, { user: ben.id, read: head });
      await other.settle();
      expect(marksOf(other, id)).toEqual([]);
      const asked = await other.command('marks.read', { conversation: id, seq: head });
      expect(asked).toEqual({ items: [{ user: ben.id, delivered: head, read: head }], next: null });
      const page = await other.command('marks.read', { conversation: id, limit: 20 });
      expect(page.items).toHaveLength(20);
      const rest = await other.command('marks.read', { conversation: id, cursor: page.next });
      expect((rest.items as readonly object[]).length).toBe(members - 20);
    });

    test('[G5] presence.watch holds the present states, replaces what was watched, and is bounded', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const watcher = await world.connect(world.alone());
      const first = await watcher.command('presence.watch', { users: [ann.id] });
      expect(first).toMatchObject({ presence: [{ user: ann.id, status: 'offline' }] });
      await world.connect(ben);
      const second = await watcher.command('presence.watch', { users: [ben.id, randomUUID()] });
      expect((second.presence as { status: string }[]).map(({ status }) => status)).toEqual(['online', 'unknown']);
      await world.connect(ann);
      const over = await world.do(ann, 'PUT /v1/presence/watch', { users: [ann.id, ben.id] });
      expect(over).toMatchObject({ presence: [{ status: 'online' }, { status: 'online' }] });
      await watcher.settle();
      expect(watcher.signals('presence')).toEqual([]);
    });

    test('[G6] [G7] away and online are told once, and one connection that is online makes the person so', async () => {
      const ann = world.alone();
      const watcher = await world.connect(world.alone());
      await watcher.command('presence.watch', { users: [ann.id] });
      const states = () =>
        watcher
          .signals('presence')
          .flatMap((frame) => ('presence' in frame ? frame.presence : []).map((each) => each.status));
      const told = (count: number) => watcher.until(() => states().length >= count);
      const one = await world.connect(ann);
      await told(1);
      await one.command('presence.set', { status: 'away' });
      await told(2);
      const two = await world.connect(ann);
      await told(3);
      const over = { body: { status: 'away' }, headers: { 'kith-connection': two.welcome.connection } };
      expect((await world.ask(ann, 'PUT /v1/presence', over)).status).toBe(200);
      await told(4);
      expect(states()).toEqual(['online', 'away', 'online', 'away']);
      expect((await world.ask(ann, 'PUT /v1/presence', { body: { status: 'away' } })).status).toBe(400);
      await expect(one.command('presence.set', { status: 'offline' })).rejects.toMatchObject(refusal('bad_request'));
    });

    test('[G8] a changed profile is told with its version to those who share a conversation', async () => {
      const [ann, ben] = world.pair();
      await world.direct(ann, ben);
      const client = await world.connect(ben);
      const { version } = await world.do<{ version: number }>(ann, 'PATCH /v1/me', { displayName: randomUUID() });
      const frame = await client.until((each) => each.type === 'signal' && each.name === 'user');
      expect(frame).toMatchObject({ users: [{ id: ann.id, version }] });
      expect(await world.do(ben, `GET /v1/users/${ann.id}`)).toMatchObject({ version });
    });
  });
}
