// UG4 of docs/protocol/v1.md: who may send what goes first, and that it changes nothing else. What goes first to a slow reader
// shows where a test has the server's numbers, in the tests of the server.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { World } from './world.js';

export function urgentRules(world: World): void {
  describe('UG: what goes first', () => {
    test('[UG4] moderators and above, and everyone in a direct conversation, send what is urgent; it stands in the body', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const direct = await world.direct(ann, ben);
      const reader = await world.connect(ben);
      const message = () => ({ key: randomUUID(), text: 'now', urgent: true });
      const route = (id: string) => `POST /v1/conversations/${id}/messages`;
      const refused = await world.ask(ben, route(group.id), { body: message() });
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
      const before = (await world.summary(ben, group.id)).summary;
      const asked = message();
      const { seq } = await world.do<{ seq: number }>(ann, route(group.id), asked);
      const entry = await reader.until((each) => each.type === 'entry' && each.seq === seq && each.key === asked.key);
      expect(entry).toMatchObject({ kind: 'message.sent', body: { text: 'now', urgent: true } });
      expect((await world.log(ben, group.id)).at(-1)).toMatchObject({ body: { text: 'now', urgent: true } });
      const { unread, mentions } = (await world.summary(ben, group.id)).summary;
      expect([unread, mentions]).toEqual([before.unread + 1, before.mentions]);
      const again = await world.ask(ann, route(group.id), { body: { ...asked, urgent: false } });
      expect([again.status, again.body.code]).toEqual([409, 'key_reused']);
      const plain = { key: randomUUID(), text: 'x', urgent: false };
      const { seq: last } = await world.do<{ seq: number }>(ben, route(group.id), plain);
      const [written] = (await world.log(ann, group.id)).filter((each) => each.seq === last);
      expect(written?.body).toEqual({ text: 'x' });
      for (const person of [ann, ben]) await world.do(person, route(direct.id), message());
    });
  });
}
