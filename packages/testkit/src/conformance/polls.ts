// F of docs/protocol/v1.md: the stream over HTTP in polls that wait. What waits for the server's own times is at the end, and
// runs beside the slow rules.
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { expectProblem, type Frame, range, Streams } from './http-streams.js';
import type { Person, World } from './world.js';

const TEST_MS = 50_000;
/** From the decision to end a connection to its end. */
const ENDED_WITHIN_MS = 5_000;
/** Longest heartbeat that the suite waits for. */
const SHORT_HEARTBEAT_MS = 5_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function pollRules(world: World): void {
  const streams = new Streams(world);
  const events = (query: string, headers: { [name: string]: string } = {}, person: Person | null = null) =>
    world.ask(person, `GET /v1/events?${query}`, { headers });

  describe('F: polls', () => {
    afterEach(() => streams.leave());

    test('[F7] polls begin with the welcome, and each answers at once with what came, or after its wait', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const { connection, frames } = await streams.openPolls(ann, '&instance=p');
      expect(frames[0]?.type).toBe('welcome');
      const startedMs = performance.now();
      const waiting = streams.poll(ann, connection);
      await world.send(ben, id, 'one');
      const isOne = (frame: Frame) => frame.type === 'entry' && frame.conversation === id;
      const first = [...(await waiting).body];
      if (!first.some(isOne)) first.push(...(await streams.pollUntil(ann, connection, isOne)));
      expect(performance.now() - startedMs).toBeLessThan(20_000);
      for (const text of ['two', 'three']) await world.send(ben, id, text);
      const isThird = (frame: Frame) => isOne(frame) && frame.seq === head + 3;
      const rest = await streams.pollUntil(ann, connection, isThird);
      expect([...first, ...rest].filter(isOne).map(({ seq }) => seq)).toEqual(range(head + 1, head + 3));
      const emptyMs = performance.now();
      for (let empty = false; !empty; ) empty = (await streams.poll(ann, connection, 1)).text === '[]';
      expect(performance.now() - emptyMs).toBeGreaterThanOrEqual(900);
    });

    test('[F7] [F11] what is asked for in another form is bad_request', async () => {
      const [ann] = world.pair();
      const { connection } = await streams.openPolls(ann);
      for (const wait of ['0', '61', '-1', '1.5', '', 'x', '1e1', '999999999999']) {
        expectProblem(await streams.poll(ann, connection, wait), 400, 'bad_request');
      }
      const ticket = await streams.ticket(ann);
      const long = 'x'.repeat(501);
      const faults = [
        'wait=0',
        'wait=5&wait=6',
        `device=${long}`,
        `client=${long}`,
        `since=${long}`,
        'since=a&since=b',
      ];
      for (const fault of [...faults, 'instance=%00', `connection=${connection}`, `wait=5&connection=${connection}`]) {
        expectProblem(await events(`ticket=${ticket}&${fault}`, {}, ann), 400, 'bad_request');
      }
      expectProblem(await events(`connection=${connection}`, {}, ann), 400, 'bad_request');
      expectProblem(await events(`ticket=${ticket}`, { 'last-event-id': long }), 400, 'bad_request');
      expectProblem(await events(`ticket=${ticket}`, { 'x-much': 'x'.repeat(20_000) }), 431, 'too_large');
      // None of these has used it up.
      const reader = streams.readWith(ticket);
      await reader.until(() => reader.frames[0]);
    });

    test('[F8] the last item says why it ended, and then there is no such connection', async () => {
      const [ann] = world.pair();
      const { connection } = await streams.openPolls(ann, '&instance=q');
      await streams.openPolls(ann, '&instance=q');
      const frames = await streams.pollUntil(ann, connection, ({ type }) => type === 'end');
      expect(frames.at(-1)).toEqual({ type: 'end', code: 4410 });
      expectProblem(await streams.poll(ann, connection), 404, 'not_found');
    });

    test('[F8] connections of others, of another session and of events are polled by nobody', async () => {
      const [ann, ben] = world.pair();
      const { connection } = await streams.openPolls(ann);
      const { welcome } = await streams.welcomed(ann);
      const asked: readonly [Person, string][] = [
        [ben, connection],
        [await world.signIn(ann), connection],
        [ann, randomUUID()],
        [ann, String(welcome.connection)],
      ];
      for (const [person, id] of asked) {
        expectProblem(await streams.poll(person, id), 404, 'not_found');
      }
      expectProblem(await events(`wait=5&connection=${connection}`), 401, 'unauthenticated');
      expect((await streams.poll(ann, connection, 1)).status).toBe(200);
    });

    test('[F9] a second poll beside one that waits is conflict, and one that is cut ends the connection', async () => {
      const [ann] = world.pair();
      const { connection } = await streams.openPolls(ann);
      const url = `${world.url}/v1/events?wait=60&connection=${connection}`;
      const cut = new AbortController();
      const headers = { authorization: `Bearer ${ann.token}` };
      const waiting = fetch(url, { headers, signal: cut.signal }).then(
        () => 'answered',
        () => 'cut',
      );
      for (let status = 200; status === 200; ) {
        const second = await streams.poll(ann, connection, 1);
        status = second.status;
        if (status !== 200) expectProblem(second, 409, 'conflict');
      }
      cut.abort();
      expect(await waiting).toBe('cut');
      for (let status = 409; status !== 404; ) {
        status = (await streams.poll(ann, connection, 1)).status;
        expect([409, 404]).toContain(status);
      }
    });
  });
}

/** Rules that only show in the server's own times. They meet nobody else's people. */
export function slowStreamRules(world: World): void {
  const streams = new Streams(world);

  test('[F2] a ticket is good for 30 s', { timeout: TEST_MS }, async () => {
    const ann = world.alone();
    const [good, old] = [await streams.ticket(ann), await streams.ticket(ann)];
    await pause(20_000);
    const reader = streams.readWith(good);
    await reader.until(() => reader.frames[0]);
    await pause(11_000);
    expectProblem(await world.ask(null, `GET /v1/events?ticket=${old}`), 401, 'unauthenticated');
    reader.close();
  });

  test('[F3] [F9] comments come every heartbeat, and what is not polled for two ends', {
    timeout: TEST_MS,
  }, async () => {
    const ann = world.alone();
    const { reader, welcome } = await streams.welcomed(ann);
    const heartbeatMs = Number(welcome.heartbeatMs);
    if (heartbeatMs > SHORT_HEARTBEAT_MS) return;
    const { connection } = await streams.openPolls(ann);
    const kept = await streams.openPolls(ann);
    const longer = streams.poll(ann, kept.connection, Math.ceil((4 * heartbeatMs) / 1_000));
    await pause(3 * heartbeatMs + 1_000 + ENDED_WITHIN_MS + 1_000);
    expectProblem(await streams.poll(ann, connection), 404, 'not_found');
    // One that waits longer than that is polled all the while.
    expect((await longer).status).toBe(200);
    expect((await streams.poll(ann, kept.connection, 1)).status).toBe(200);
    const [, first = 0, second = 0] = reader.commentedAt;
    // A machine that is busy brings a comment late.
    expect(second - first).toBeGreaterThan(heartbeatMs * 0.5);
    expect(second - first).toBeLessThan(heartbeatMs * 1.1 + 1_000);
    reader.close();
  });
}
