// A tab that led, slept, and wakes with what it still has to do, while another tab leads.
import { expect, it } from 'vitest';
import { listing, OTHER, PersonScene } from '../../test/fixtures/person-scene.js';
import { CONVERSATION, entry } from '../../test/fixtures/wire.js';

const GONE = '01890a5d-ac96-774b-bcce-b302099a8058';

it('[C4] puts nothing that it heard before into the store, over what the tab knows that leads now', async () => {
  const scene = new PersonScene();
  const [slept, next] = [await scene.open(), await scene.open()];
  await scene.pass(1_000);
  const old = slept.own();
  await old.open(listing({ delivered: 2, read: 0 }));
  await scene.pass(100);
  slept.gate.freeze();
  await scene.pass(3_000);
  await next.own().open({ ...listing({ delivered: 2, read: 0 }), since: 'later' });
  await next.own().say(entry(3));
  await scene.pass(100);

  const [summary] = listing({ delivered: 2, read: 0 }).conversations;
  if (!summary) throw new Error('nothing is listed');
  await old.say({ type: 'conversation', summary: { ...summary, id: GONE, last: null } });
  const marks = [{ user: OTHER, delivered: 2, read: 2 }];
  await old.say({ type: 'signal', name: 'marks', conversation: CONVERSATION, epoch: 1, marks });
  await scene.pass(100);
  const fresh = await scene.make();
  await scene.done(fresh.client.start());
  const shown = fresh.client.replica.shown.list.getSnapshot().map(({ id, head }) => [id, head]);
  expect([fresh.client.replica.missing.since, shown]).toEqual(['later', [[CONVERSATION, 3]]]);
});

it('leads anew where one that took itself for the leader, and gave way, was the last to write', async () => {
  const scene = new PersonScene();
  const leader = await scene.open();
  await scene.pass(1_000);
  await leader.own().open(listing({ delivered: 2, read: 0 }));
  await scene.pass(100);
  const other = await scene.disk.open(leader.gate);
  await scene.done(other.lead?.(() => {}) ?? Promise.reject(new Error('it is not shared')));

  const first = leader.own();
  await first.say(entry(3));
  await scene.pass(3_000);
  expect([leader.client.isLeading, leader.own() === first]).toEqual([true, false]);
  await leader.own().open(listing({ delivered: 2, read: 0 }));
  await scene.pass(100);
  const fresh = await scene.make();
  await scene.done(fresh.client.start());
  expect(fresh.client.replica.conversation(CONVERSATION)?.to).toBe(3);
});
