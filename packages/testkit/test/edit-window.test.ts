// How long messages may be edited, by the server's own clock; deleting has no end.
import { type ConversationId, makeId } from '@kith/protocol';
import { afterEach, expect, it } from 'vitest';
import { Scene, type There } from '../src/cluster/scene.js';

const WINDOW_MS = 60_000;

let scene: Scene;

afterEach(() => scene.close());

async function said(editWindowMs: number) {
  scene = await Scene.open({ editWindowMs });
  const [ann, bob] = [await scene.cluster.addPerson('ann'), await scene.cluster.addPerson('bob')];
  const here = await scene.arrive(ann);
  const conversation = await scene.talk(here, bob);
  return { here, conversation, target: await scene.say(here, conversation, 'x') };
}

function change(
  there: There,
  name: 'message.edit' | 'message.delete',
  message: { conversation: ConversationId; target: number },
) {
  const { epoch } = scene.cluster.store.conversations.get(message.conversation)?.state ?? { epoch: 0 };
  const key = makeId(scene.cluster.clock.now(), scene.cluster.random.bytes(10));
  const params = { ...message, epoch, key, text: 'y' };
  return scene.done(there.node.core.execute(scene.callerOf(there), name, params));
}

it('[D1] lets a message be edited for as long as is configured, and be deleted at any time', async () => {
  const { here, ...message } = await said(WINDOW_MS);
  await scene.cluster.clock.advanceAsync(WINDOW_MS - 1_000);
  expect(await change(here, 'message.edit', message)).toMatchObject({ seq: message.target + 1, duplicate: false });
  await scene.cluster.clock.advanceAsync(2_000);
  await expect(change(here, 'message.edit', message)).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('within 60 s'),
  });
  expect(await change(here, 'message.delete', message)).toMatchObject({ duplicate: false });
});

it('[D1] lets a message be edited for ever where no time is set', async () => {
  const { here, ...message } = await said(0);
  await scene.cluster.clock.advanceAsync(WINDOW_MS * 10);
  expect(await change(here, 'message.edit', message)).toMatchObject({ duplicate: false });
});
