// L and U of docs/protocol/v1.md: how connections end, and what a client does not know. What takes the server's longer
// times is with the slow rules.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OPCODES } from './web-socket-frames.js';
import type { World } from './world.js';

const ENDED_WITHIN_MS = 5_000;

export function lifeRules(world: World): void {
  describe('L: the life of a connection', () => {
    test('[L2] a session that is revoked ends its connections with 4403 within 5 s, and no others', async () => {
      const [ann] = world.pair();
      const [doomed, ended] = [await world.signIn(ann), await world.signIn(ann)];
      const clients = [await world.connect(doomed), await world.connect(doomed), await world.connect(ended)];
      const other = await world.connect(ann);
      const startedMs = performance.now();
      await world.do(ann, `DELETE /v1/sessions/${doomed.session}`);
      await world.do(ended, 'DELETE /v1/sessions/current');
      for (const client of clients) expect(await client.ended).toMatchObject({ code: 4403 });
      expect(performance.now() - startedMs).toBeLessThan(ENDED_WITHIN_MS);
      expect((await world.ask(doomed, 'GET /v1/me')).status).toBe(401);
      const again = await world.open();
      again.send({ type: 'hello', token: doomed.token });
      expect(await again.ended).toMatchObject({ code: 4401 });
      await other.settle();
    });

    test('[L2] a newer token of the same session is taken, any other ends the connection with 4401', async () => {
      const ann = await world.signIn(world.pair()[0]);
      const client = await world.connect(ann);
      const fresh = await world.do<{ accessToken: string }>(ann, 'POST /v1/sessions/refresh', {
        refreshToken: ann.refreshToken,
      });
      client.send({ type: 'auth', token: fresh.accessToken });
      await client.settle();
      await client.command('settings.read');
      client.send({ type: 'auth', token: (await world.signIn(ann)).token });
      expect(await client.ended).toMatchObject({ code: 4401 });
      const other = await world.connect(ann);
      other.send({ type: 'auth', token: 'rubbish' });
      expect(await other.ended).toMatchObject({ code: 4401 });
    });

    test.each(['', 'rubbish', 'a.b.c', `${'x'.repeat(5_000)}`])(
      '[L4] a hello with a token that is none closes with 4401 (%#)',
      async (token) => {
        const client = await world.open();
        client.send({ type: 'hello', token });
        expect(await client.ended).toMatchObject({ code: 4401 });
      },
    );

    test('[L4] a version that is not spoken closes with 4409', async () => {
      const client = await world.open({ protocol: 'kith.v999' });
      expect(await client.ended).toMatchObject({ code: 4409 });
    });

    test('[L4] the same instance again replaces the earlier connection, which closes with 4410', async () => {
      const [ann, ben] = world.pair();
      const instance = randomUUID();
      const first = await world.connect(ann, { instance });
      const other = await world.connect(ben, { instance });
      const second = await world.connect(ann, { instance });
      expect(await first.ended).toMatchObject({ code: 4410 });
      await second.settle();
      await other.settle();
    });

    test('[L4] a close of the client is answered', async () => {
      const client = await world.connect(world.pair()[0]);
      client.socket.send(Buffer.from([0x03, 0xe9]), { opcode: OPCODES.close });
      expect(await client.ended).toMatchObject({ code: 1001 });
    });

    test('[L6] several connections of one device live side by side', async () => {
      const [ann] = world.pair();
      const clients = await Promise.all(Array.from({ length: 4 }, () => world.connect(ann, { device: 'laptop' })));
      for (const client of clients) await client.settle();
    });

    test('[U2] capabilities of the welcome are what both sides named', async () => {
      const client = await world.connect(world.pair()[0], { capabilities: ['time-travel', 'x'.repeat(500)] });
      expect(client.welcome.capabilities).toEqual([]);
    });

    test('[U3] every entry has an author, save those of the server itself', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      await world.send(ben, id, 'x');
      await world.do(ann, `DELETE /v1/conversations/${id}/members/${ann.id}`);
      const authors = (await world.log(ben, id)).map(({ author }) => author);
      expect(authors.every((author) => author === undefined || [ann.id, ben.id].includes(author))).toBe(true);
      expect(authors.slice(0, 3)).toEqual([ann.id, ann.id, ben.id]);
    });
  });
}
