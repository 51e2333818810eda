// Z of docs/protocol/v1.md: messages that disappear. What happens at their time, a minute away at least, is shown by tests that
// move a clock; here is who sets a timer, and what messages and their edits say of it.
import { randomUUID } from 'node:crypto';
import type { Entry } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer, Fields } from './http-client.js';
import { type Person, refusal, type World } from './world.js';

const HOUR_MS = 3_600_000;
/** From when a message is asked for to when the log has it, on a busy machine. */
const MOMENT_MS = 5_000;

export function disappearingRules(world: World): void {
  const update = (by: Person, conversation: string, change: Fields): Promise<Answer> =>
    world.ask(by, `PATCH /v1/conversations/${conversation}`, { body: change });
  const entryAt = async (by: Person, id: string, seq: number): Promise<Entry> => {
    const entry = (await world.log(by, id)).find((one) => one.seq === seq);
    if (!entry) throw new Error('there is such an entry');
    return entry;
  };
  const send = async (by: Person, id: string, more: Fields = {}): Promise<Entry> => {
    const body = { key: randomUUID(), text: 'x', ...more };
    const { seq } = await world.do<{ seq: number }>(by, `POST /v1/conversations/${id}/messages`, body);
    return entryAt(by, id, seq);
  };
  const expectLifetime = ({ at, body }: Entry, lifetimeMs: number | null) => {
    if (lifetimeMs === null) expect(body).not.toHaveProperty('disappearAt');
    else expect(Math.abs(Number(body.disappearAt) - at - lifetimeMs)).toBeLessThan(MOMENT_MS);
  };

  describe('Z: disappearing messages', () => {
    test('[Z1] a timer is set by both of a direct conversation, in self, and of a group by its admins', async () => {
      const [ann, ben] = world.pair();
      const direct = await world.direct(ann, ben);
      const group = await world.group(ann, [ben]);
      const disappearAfterMs = HOUR_MS;
      expect((await update(ben, direct.id, { disappearAfterMs })).status).toBe(200);
      expect((await update(ann, direct.id, { disappearAfterMs: 0 })).status).toBe(200);
      expect((await update(ann, group.id, { disappearAfterMs })).status).toBe(200);
      const refused = { status: 403, body: { code: 'forbidden' } };
      expect(await update(ben, group.id, { disappearAfterMs: null })).toMatchObject(refused);
      expect(await update(ann, direct.id, { topic: 'x', disappearAfterMs })).toMatchObject(refused);
      expect(await update(ann, direct.id, { topic: 'x' })).toMatchObject(refused);
      const { self } = await world.do<{ self: string }>(ann, 'GET /v1/me');
      expect((await update(ann, self, { disappearAfterMs })).status).toBe(200);
      expect((await update(ann, self, { disappearAfterMs: null })).status).toBe(200);
      expect((await world.summary(ben, group.id)).summary).toMatchObject({ disappearAfterMs });
    });

    test('[Z1] a timer is nothing, or from a minute to 366 days', async () => {
      const [ann] = world.pair();
      const { id } = await world.group(ann, []);
      for (const bad of [1, 59_999, 31_622_400_001, -60_000, 60_000.5, '60000', true]) {
        expect((await update(ann, id, { disappearAfterMs: bad })).status, String(bad)).toBe(400);
        const body = { key: randomUUID(), text: 'x', disappearAfterMs: bad };
        expect((await world.ask(ann, `POST /v1/conversations/${id}/messages`, { body })).status).toBe(400);
      }
      for (const good of [60_000, 31_622_400_000, 0, null]) {
        expect((await update(ann, id, { disappearAfterMs: good })).status).toBe(200);
      }
    });

    test('[Z2] a message has the timer that stands at its number, or its own where that is shorter', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben]);
      const before = await send(ben, id);
      await update(ann, id, { disappearAfterMs: HOUR_MS });
      expectLifetime(await send(ben, id), HOUR_MS);
      expectLifetime(await send(ben, id, { disappearAfterMs: 60_000 }), 60_000);
      expectLifetime(await send(ben, id, { disappearAfterMs: 2 * HOUR_MS }), HOUR_MS);
      expectLifetime(await send(ben, id, { thread: before.seq, epoch }), HOUR_MS);
      expectLifetime(await send(ben, id, { forward: { conversation: id, epoch, seq: before.seq } }), HOUR_MS);
      await update(ann, id, { disappearAfterMs: null });
      expectLifetime(await send(ben, id), null);
      expectLifetime(await send(ben, id, { disappearAfterMs: 60_000 }), 60_000);
      expectLifetime(await entryAt(ann, id, before.seq), null);
    });

    test('[Z2] what is sent at a time has the timer that stands then, and everyone is told of it', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.direct(ann, ben);
      const client = await world.connect(ann);
      const key = randomUUID();
      const scheduled = { key, text: 'x', at: Date.now() + 500 };
      await world.do(ben, `POST /v1/conversations/${id}/scheduled`, scheduled);
      await update(ann, id, { disappearAfterMs: HOUR_MS });
      await client.until((frame) => frame.type === 'entry' && (frame as unknown as Entry).key === key, 2 * MOMENT_MS);
      const entry = client.entries(id).find((one) => one.key === key);
      if (!entry) throw new Error('it came');
      expectLifetime(entry, HOUR_MS);
    });

    test('[Z2] an edit repeats the time of its message, and does not move it', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.direct(ann, ben);
      await update(ann, id, { disappearAfterMs: HOUR_MS });
      const { seq, body } = await send(ben, id);
      await update(ann, id, { disappearAfterMs: 60_000 });
      await world.do(ben, `PATCH /v1/conversations/${id}/messages/${seq}`, { epoch, key: randomUUID(), text: 'y' });
      const edited = (await world.log(ann, id)).at(-1);
      expect(edited?.body).toEqual({ target: seq, text: 'y', disappearAt: body.disappearAt });
      const page = await world.do<{ items: readonly Entry[] }>(ann, `GET /v1/conversations/${id}/messages`);
      expect(page.items.find((item) => item.seq === seq)?.body).toEqual({ text: 'y', disappearAt: body.disappearAt });
    });

    test('[Z2] [M11] the time that was asked for is content: with another one the key is in use', async () => {
      const [ann] = world.pair();
      const { id: conversation } = await world.group(ann, []);
      const client = await world.connect(ann);
      const params = { conversation, key: randomUUID(), text: 'x', disappearAfterMs: HOUR_MS };
      const { seq } = await client.command('message.send', params);
      expect(await client.command('message.send', params)).toMatchObject({ seq, duplicate: true });
      for (const other of [{ disappearAfterMs: 60_000 }, { disappearAfterMs: undefined }]) {
        await expect(client.command('message.send', { ...params, ...other })).rejects.toMatchObject(
          refusal('key_reused'),
        );
      }
    });
  });
}
