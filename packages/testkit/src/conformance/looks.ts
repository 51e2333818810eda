// LK of docs/protocol/v1.md: how the workspace looks, who says so, and who is told.
import { ACCENTS, type Look, type ServerFrame } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer, Fields } from './http-client.js';
import type { Person, World } from './world.js';

const PATH = '/v1/workspace/look';

export function lookRules(world: World): void {
  const set = (by: Person, body: Fields): Promise<Answer> => world.ask(by, `PUT ${PATH}`, { body });
  const read = (by: Person): Promise<Look> => world.do<Look>(by, `GET ${PATH}`);
  const other = ({ accent }: Look) => ACCENTS.find((one) => one !== accent) ?? ACCENTS[0];

  describe('LK: the look of a workspace', () => {
    test('[LK1] owners and admins set the accent, out of eight, and everybody reads it', async () => {
      const owner = await world.owner();
      const [admin, ben] = [await world.signUp(), await world.signUp()];
      await world.do(owner, `PATCH /v1/workspace/people/${admin.id}`, { role: 'admin' });
      const guest = await world.signUp();
      await world.do(owner, `PATCH /v1/workspace/people/${guest.id}`, { role: 'guest' });
      const before = await read(owner);
      try {
        for (const accent of ACCENTS) {
          expect(await set(admin, { accent })).toMatchObject({ status: 200, body: { accent } });
          expect(await read(guest)).toEqual({ accent });
        }
        for (const one of [ben, guest])
          expect(await set(one, { accent: 'green' })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
        for (const bad of ['', 'Green', '#1f6250', 7, null, undefined]) {
          expect((await set(owner, { accent: bad })).status).toBe(400);
        }
        expect(await read(ben)).toEqual({ accent: ACCENTS.at(-1) });
      } finally {
        await set(owner, before);
      }
    });

    test('[LK1] [AU2] [AU3] who set it, or tried to, is in the audit trail', async () => {
      const [owner, ben] = [await world.owner(), await world.signUp()];
      const accent = 'violet';
      const before = await read(owner);
      const last = async (actor: Person) => {
        const query = `act=look.set&actor=${actor.id}&limit=1`;
        return (await world.do<{ items: unknown[] }>(owner, `GET /v1/admin/audit?${query}`)).items[0];
      };
      try {
        await set(owner, { accent });
        expect(await last(owner)).toMatchObject({ outcome: 'done', detail: { accent } });
        await set(ben, { accent });
        expect(await last(ben)).toMatchObject({ outcome: 'forbidden', detail: { accent } });
      } finally {
        await set(owner, before);
      }
    });

    test('[LK2] whoever is connected is told at once, also who is in no conversation with anybody', async () => {
      const [owner, ben] = [await world.owner(), await world.signUp()];
      const client = await world.connect(ben);
      const before = await read(owner);
      const accent = other(before);
      try {
        await set(owner, { accent });
        const isIt = (frame: ServerFrame) =>
          frame.type === 'signal' && frame.name === 'look' && frame.accent === accent;
        expect(await client.until(isIt)).toEqual({ type: 'signal', name: 'look', accent });
      } finally {
        await set(owner, before);
      }
    });
  });
}
