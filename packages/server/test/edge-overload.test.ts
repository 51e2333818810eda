import { expect, test } from 'vitest';
import { newId, startTestEdge, tokenOf } from './fixtures/edge-parts.js';

/** More than is always taken. */
const MANY = 300;
/** More than what is late, and time for all of them to have come. Milliseconds. */
const LATE_MS = 600;

test('[E6] what cannot be answered in time is refused at once, to be sent again, and what was taken is answered', async () => {
  const { edge, chat, api } = await startTestEdge({ connectionsPerAddress: 1_000 });
  const waiting: (() => void)[] = [];
  const answer = { conversation: newId(), epoch: 1, seq: 1, at: 1, duplicate: false };
  chat.respond = () => new Promise((resolve) => waiting.push(() => resolve(answer)));
  const send = () =>
    fetch(`${api}/conversations/${newId()}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenOf()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ key: newId(), text: 'hello' }),
    });
  try {
    const first = Array.from({ length: MANY }, send);
    await expect.poll(() => waiting.length, { timeout: 30_000 }).toBe(MANY);
    await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    waiting.shift()?.();
    expect((await Promise.any(first)).status).toBe(201);
    const refused = await send();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ code: 'unavailable', retry: 'same_key', retryAfterMs: 150 });
    expect(waiting.length).toBe(MANY - 1);
    for (const one of waiting.splice(0)) one();
    expect((await Promise.all(first)).filter(({ status }) => status !== 201)).toEqual([]);
    chat.respond = async () => answer;
    expect((await send()).status).toBe(201);
  } finally {
    for (const one of waiting.splice(0)) one();
    await edge.close();
  }
});
