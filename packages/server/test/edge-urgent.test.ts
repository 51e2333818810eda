// What goes first to a slow reader, over a real socket: a client that does not read, a server that goes on writing, and what
// comes in which order once it reads again. Rules UG1 to UG3 of docs/protocol/v1.md.
import type { Entry, ServerFrame } from '@kith/protocol';
import { afterEach, expect, test } from 'vitest';
import { newId, startTestEdge, type TestEdge, tokenOf } from './fixtures/edge-parts.js';
import { WsClient } from './fixtures/ws-client.js';

const open: TestEdge[] = [];
const clients: WsClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.end();
  for (const { edge } of open.splice(0)) await edge.close();
});

async function metric({ edge }: TestEdge, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${edge.address.port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

function entriesOf(frames: readonly ServerFrame[], conversation: string): readonly (ServerFrame & Entry)[] {
  return frames.filter(
    (frame): frame is ServerFrame & { type: 'entry' } & Entry =>
      frame.type === 'entry' && frame.conversation === conversation,
  );
}

/** A reader who has taken nothing for a while, so that frames wait for them at the server. */
async function behind(served: TestEdge) {
  const me = newId();
  const [slow, quick] = [new WsClient(served.ws), new WsClient(served.ws)];
  clients.push(slow, quick);
  await slow.hello(tokenOf(me));
  await quick.hello(tokenOf(me));
  slow.socket.pause();
  const conversation = newId();
  const text = 'x'.repeat(15_000);
  let sent = 0;
  // Both have had `welcome`, and the quick one has all: the rest waits for the slow one.
  const waiting = async () => {
    await expect
      .poll(() => entriesOf(quick.frames as ServerFrame[], conversation).length, { timeout: 20_000 })
      .toBe(sent);
    return 2 * (sent + 1) - (await metric(served, 'kith_frames_sent_total'));
  };
  do {
    for (let count = 0; count < 20; count += 1) served.chat.publish(conversation, { text });
    sent += 20;
  } while ((await waiting()) < 20);
  return { me, slow, quick, conversation, text, sent };
}

test('[UG1] [UG2] what names a reader who is behind comes before what waited for them longer, in each conversation in order', async () => {
  const served = await startTestEdge({ outboxBytes: 64 * 1_048_576 });
  open.push(served);
  const { me, slow, quick, conversation, text, sent } = await behind(served);
  expect(await metric(served, 'kith_queues_looked_through_total')).toBe(0);
  const [named, other] = [newId(), newId()];
  served.chat.publish(other, { text: 'later' });
  served.chat.publish(named, { text: 'before it' });
  served.chat.publish(named, { text: 'for you', mentions: { users: [me] } });
  served.chat.publish(conversation, { text });
  await expect
    .poll(() => entriesOf(quick.frames as ServerFrame[], conversation).length, { timeout: 20_000 })
    .toBe(sent + 1);
  // Nobody overtakes anything on a socket that takes what it is given.
  expect(
    (quick.frames as ServerFrame[]).slice(-4).map((frame) => 'conversation' in frame && frame.conversation),
  ).toEqual([...[other, named, named, conversation]]);
  slow.socket.resume();
  const frames = slow.frames as ServerFrame[];
  await expect.poll(() => entriesOf(frames, conversation).length, { timeout: 20_000 }).toBe(sent + 1);
  expect(entriesOf(frames, conversation).map(({ seq }) => seq)).toEqual(
    Array.from({ length: sent + 1 }, (_, at) => at + 1),
  );
  const placeOf = (frame: ServerFrame | undefined) => (frame === undefined ? -1 : frames.indexOf(frame));
  const [first, urgent] = entriesOf(frames, named);
  expect(urgent?.body.text).toBe('for you');
  expect(placeOf(urgent)).toBe(placeOf(first) + 1);
  expect(placeOf(urgent)).toBeLessThan(placeOf(entriesOf(frames, conversation).at(-10)));
  expect(placeOf(entriesOf(frames, other)[0])).toBeGreaterThan(placeOf(entriesOf(frames, conversation).at(-2)));
  expect(await metric(served, 'kith_frames_overtook_total')).toBe(2);
  expect(frames.filter(({ type }) => type === 'gap')).toEqual([]);
}, 60_000);

test('[UG3] of what a reader who is far behind loses, what is urgent is left, and comes first', async () => {
  const served = await startTestEdge({ outboxBytes: 2 * 1_048_576 });
  open.push(served);
  const { slow, conversation, text } = await behind(served);
  const urgent = newId();
  for (let count = 1; count <= 3; count += 1) served.chat.publish(urgent, { text: `now ${count}`, urgent: true });
  while ((await metric(served, 'kith_gaps_total')) === 0) {
    for (let count = 0; count < 20; count += 1) served.chat.publish(conversation, { text });
  }
  slow.socket.resume();
  const frames = slow.frames as ServerFrame[];
  await expect.poll(() => frames.some(({ type }) => type === 'gap'), { timeout: 20_000 }).toBe(true);
  expect(entriesOf(frames, urgent).map(({ body }) => body.text)).toEqual(['now 1', 'now 2', 'now 3']);
  const gaps = frames.filter((frame) => frame.type === 'gap');
  expect(gaps).toMatchObject([{ conversation }]);
  expect(frames.indexOf(gaps[0] as ServerFrame)).toBeGreaterThan(
    frames.indexOf(entriesOf(frames, urgent).at(-1) as ServerFrame),
  );
}, 60_000);
