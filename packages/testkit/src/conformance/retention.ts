// RT of docs/protocol/v1.md: how long messages are kept. What happens at their time, a day away at least, is shown by tests that
// move a clock; here is who says how long, and what they are told.
import { randomUUID } from 'node:crypto';
import type { Retention } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer, Fields } from './http-client.js';
import { type Person, refusal, type World } from './world.js';

const PATH = '/v1/workspace/retention';

export function retentionRules(world: World): void {
  const set = (by: Person, body: Fields): Promise<Answer> => world.ask(by, `PUT ${PATH}`, { body });
  const read = (by: Person): Promise<Retention> => world.do<Retention>(by, `GET ${PATH}`);
  const update = (by: Person, id: string, retentionDays: unknown): Promise<Answer> =>
    world.ask(by, `PATCH /v1/conversations/${id}`, { body: { retentionDays } });
  const forbidden = { status: 403, body: { code: 'forbidden' } };

  describe('RT: retention', () => {
    test('[RT1] [RT4] owners and admins say how long messages are kept, and owners of which all are', async () => {
      const owner = await world.owner();
      const [admin, ben] = [await world.signUp(), await world.signUp()];
      await world.do(owner, `PATCH /v1/workspace/people/${admin.id}`, { role: 'admin' });
      const { id } = await world.group(ben, []);
      const before = await read(owner);
      try {
        expect(await set(ben, { days: 36_500 })).toMatchObject(forbidden);
        expect(await set(admin, { days: 36_500, longer: false })).toMatchObject({
          status: 200,
          body: { days: 36_500 },
        });
        expect(await set(admin, { days: 36_500, kept: [id] })).toMatchObject(forbidden);
        expect(await set(owner, { days: 36_500, kept: [id, id] })).toMatchObject({ status: 200 });
        // What isn't given stays.
        expect(await set(admin, { days: 36_499, longer: true })).toMatchObject({ status: 200 });
        for (const one of [owner, admin]) expect(await read(one)).toEqual({ days: 36_499, longer: true, kept: [id] });
        expect(await read(ben)).toEqual({ days: 36_499, longer: true, kept: [] });
        for (const bad of [0, 36_501, 1.5, '30', undefined]) expect((await set(owner, { days: bad })).status).toBe(400);
        const many = Array.from({ length: 201 }, () => randomUUID());
        expect((await set(owner, { days: null, kept: many })).status).toBe(413);
      } finally {
        await set(owner, before);
      }
    });

    test('[RT2] a conversation keeps its messages for as long as its admins say, within what the workspace allows', async () => {
      const owner = await world.owner();
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const direct = await world.direct(ann, ben);
      const before = await read(owner);
      try {
        await set(owner, { days: 36_000, longer: false });
        expect((await update(ann, group.id, 35_000)).status).toBe(200);
        expect((await world.summary(ben, group.id)).summary).toMatchObject({ retentionDays: 35_000, first: 1 });
        expect(await update(ben, group.id, 34_000)).toMatchObject(forbidden);
        for (const longer of [0, 36_001]) expect(await update(ann, group.id, longer)).toMatchObject(forbidden);
        for (const bad of [-1, 36_501, 1.5, '30']) expect((await update(ann, group.id, bad)).status).toBe(400);
        for (const one of [ann, ben]) expect((await update(one, direct.id, 36_000)).status).toBe(200);
        await set(owner, { days: 36_000, longer: true });
        for (const longer of [0, 36_001, null]) expect((await update(ann, group.id, longer)).status).toBe(200);
        const { self } = await world.do<{ self: string }>(ann, 'GET /v1/me');
        expect(await update(ann, self, 36_000)).toMatchObject(forbidden);
      } finally {
        await set(owner, before);
      }
    });

    test('[RT2] over a socket it is refused and told as over HTTP', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const [client, other] = [await world.connect(ann), await world.connect(ben)];
      const change = { conversation: id, retentionDays: 36_500 };
      await expect(other.command('conversation.update', change)).rejects.toMatchObject(refusal('forbidden'));
      await client.command('conversation.update', change);
      const told = await other.until((frame) => frame.type === 'entry' && frame.kind === 'conversation.updated');
      expect(told).toMatchObject({ body: { retentionDays: 36_500 } });
    });
  });
}
