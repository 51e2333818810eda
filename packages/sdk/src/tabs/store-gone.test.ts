// Tabs whose store was removed under them, beside one that came later and has another.
import { expect, it } from 'vitest';
import { listing, PersonScene, type SceneTab } from '../../test/fixtures/person-scene.js';
import { CONVERSATION, entry } from '../../test/fixtures/wire.js';

const wish = (text: string) => ({ conversation: CONVERSATION, command: 'message.send', params: { text } });
const sent = (tab: SceneTab) =>
  tab
    .own()
    .took('message.send')
    .map(({ params }) => params.text);

it('let that one lead, which sends what it keeps and what they could not keep', async () => {
  const scene = new PersonScene();
  const [leader, follower] = [await scene.open(), await scene.open()];
  await scene.pass(1_000);
  await leader.own().open(listing({ delivered: 2, read: 0 }));
  await scene.pass(1_000);
  await scene.disk.wipe();
  const late = await scene.open();
  await scene.pass(1_000);
  expect(leader.client.isLeading).toBe(true);

  // Only now does the leader find out.
  await leader.own().say(entry(3));
  await scene.done(late.client.outbox.add(wish('kept')));
  await scene.pass(30_000);
  expect([leader, follower, late].map(({ client }) => client.isLeading)).toEqual([false, false, true]);
  await late.own().open(listing({ delivered: 2, read: 0 }));
  await scene.pass(100);
  expect(sent(late)).toEqual(['kept']);
  await scene.done(leader.client.outbox.add(wish('kept by nobody else')));
  await scene.pass(100);
  const [refused] = late.own().took('message.send');
  expect(refused?.params.text).toBe('kept by nobody else');
  await refused?.refuse('bad_request', { retry: 'never' });
  await scene.pass(1_000);
  // It is not handed over again with every news.
  expect(sent(late)).toEqual([]);
});

it('go on in memory where there is none', async () => {
  const scene = new PersonScene();
  const [leader, follower] = [await scene.open(), await scene.open()];
  await scene.pass(1_000);
  await leader.own().open(listing({ delivered: 2, read: 0 }));
  await scene.disk.wipe();
  await leader.own().say(entry(3));
  await scene.pass(100_000);
  const leading = [leader, follower].filter(({ client }) => client.isLeading);
  const turns = leading.map(({ client }) => client.connection.getSnapshot().kind);
  const own = leading[0]?.own();
  await scene.pass(100_000);
  expect([turns.length, leading[0]?.own() === own]).toEqual([1, true]);
});
