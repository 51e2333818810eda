// Rules that only show in the server's own times: the wait for hello, heartbeats, the grace period of presence, gathered
// signals, slow readers. They run side by side, so none of them may meet another's people.
import { randomUUID } from 'node:crypto';
import type { ServerFrame } from '@kith/protocol';
import { expect, test } from 'vitest';
import { Client } from './client.js';
import type { Person, World } from './world.js';

const TEST_MS = 50_000;
/** Longest heartbeat that the suite waits for; a server with a longer one is asked for its ping alone. */
const SHORT_HEARTBEAT_MS = 5_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function typists(client: Client, conversation: string): readonly string[] {
  return client
    .signals('typing', conversation)
    .flatMap((frame) => (frame.type === 'signal' && frame.name === 'typing' ? frame.users : []));
}

export function slowRules(world: World): void {
  const connect = async (person: Person, hello: object = {}) => {
    const client = await Client.open(world.url);
    await client.hello({ token: person.token, ...hello });
    return client;
  };
  const statesSeen = (client: Client) =>
    client
      .signals('presence')
      .flatMap((frame) => ('presence' in frame ? frame.presence.map(({ status }) => status) : []));

  test('[G7] offline is told 20 s after the last connection goes, once, and not to who flaps', {
    timeout: TEST_MS,
  }, async () => {
    const [gone, flapping, watching] = [world.alone(), world.alone(), world.alone()];
    const watcher = await connect(watching);
    let flapper = await connect(flapping);
    const leaver = await connect(gone);
    await watcher.command('presence.watch', { users: [gone.id, flapping.id] });
    await leaver.socket.cut();
    const leftMs = performance.now();
    const isOffline = (frame: ServerFrame) => frame.type === 'signal' && frame.name === 'presence';
    const told = watcher.until(isOffline, 30_000).then((frame) => ({ frame, afterMs: performance.now() - leftMs }));
    for (let flap = 0; flap < 10; flap += 1) {
      await flapper.socket.cut();
      await pause(1_500);
      flapper = await connect(flapping);
      await pause(500);
    }
    const { frame, afterMs } = await told;
    expect(frame).toMatchObject({ presence: [{ user: gone.id, status: 'offline', lastSeenAt: expect.any(Number) }] });
    expect(afterMs).toBeGreaterThan(19_000);
    expect(afterMs).toBeLessThan(24_000);
    await pause(1_500);
    expect(statesSeen(watcher)).toEqual(['offline']);
    await Promise.all([watcher.close(), flapper.close()]);
  });

  test('[W2] [L4] without a hello within 10 s a connection closes with 4408', { timeout: TEST_MS }, async () => {
    const startedMs = performance.now();
    const clients = [await Client.open(world.url), await Client.open(world.url)];
    clients[1]?.send({ type: 'ping' });
    for (const client of clients) expect(await client.ended).toMatchObject({ code: 4408 });
    expect(performance.now() - startedMs).toBeGreaterThan(8_000);
    expect(performance.now() - startedMs).toBeLessThan(13_000);
  });

  test('[L1] the server pings every heartbeatMs, and closes with 4002 what it hears nothing from', {
    timeout: TEST_MS,
  }, async () => {
    const ann = world.alone();
    const [lively, silent, speaking] = [await connect(ann), await connect(ann), await connect(ann)];
    const { heartbeatMs } = lively.welcome;
    silent.socket.answersPings = false;
    speaking.socket.answersPings = false;
    const startedMs = performance.now();
    if (heartbeatMs <= SHORT_HEARTBEAT_MS) {
      const speech = setInterval(() => speaking.send({ type: 'ping' }), heartbeatMs);
      expect(await silent.ended).toMatchObject({ code: 4002 });
      expect(performance.now() - startedMs).toBeGreaterThan(heartbeatMs);
      expect(performance.now() - startedMs).toBeLessThan(3 * heartbeatMs + 1_000);
      await pause(heartbeatMs);
      await speaking.settle();
      clearInterval(speech);
    } else {
      await pause(heartbeatMs + 1_000);
    }
    const [first = 0, second = heartbeatMs] = lively.socket.pingedAt;
    expect(first - startedMs).toBeLessThan(heartbeatMs * 1.1 + 1_000);
    // A machine that is busy tells of a ping late.
    expect(second - first).toBeGreaterThan(heartbeatMs * 0.5);
    expect(second - first).toBeLessThan(heartbeatMs * 1.1 + 1_000);
    await lively.settle();
    for (const client of [lively, silent, speaking]) await client.close();
  });

  test('[G3] reading 200 messages makes two frames of marks at most', { timeout: TEST_MS }, async () => {
    const [ann, ben, cid] = [world.alone(), world.alone(), world.alone()];
    const { id, epoch, head } = await world.group(ann, [ben]);
    const writers = [ann, ben, cid];
    await world.do(ann, `PUT /v1/conversations/${id}/members/${cid.id}`, {});
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => world.send(writers[index % 2] as Person, id, `m ${index}`)),
    );
    const [reader, observer] = [await connect(cid), await connect(ann)];
    const startedMs = performance.now();
    for (let read = 1; read <= 200; read += 1) {
      reader.signal('marks', { conversation: id, epoch, read: head + 1 + read });
      // As somebody scrolls: two hundred messages in a second.
      if (read % 20 === 0) await pause(100);
    }
    // Two frames for a second of reading; a busy machine reads for longer.
    const most = 1 + Math.ceil((performance.now() - startedMs) / 2_000);
    const marks = (client: Client) =>
      client.signals('marks', id).flatMap((frame) => ('marks' in frame ? frame.marks : []));
    const isRead = () => marks(observer).some(({ user, read }) => user === cid.id && read === head + 201);
    await observer.until(isRead);
    await pause(2_500);
    expect(marks(observer).filter(({ user }) => user === cid.id).length).toBeLessThanOrEqual(most);
    expect(marks(reader).at(-1)).toEqual({ user: cid.id, delivered: head + 201, read: head + 201 });
    expect(reader.signals('marks', id).at(-1)).toMatchObject({ unread: 0, mentions: 0 });
    await Promise.all([reader.close(), observer.close()]);
  });

  test('[G3] what is read is told at once, also where something was delivered just before', {
    timeout: TEST_MS,
  }, async () => {
    const [ann, ben] = [world.alone(), world.alone()];
    const { id, epoch, head } = await world.group(ann, [ben]);
    for (let count = 1; count <= 3; count += 1) await world.send(ann, id, `m ${count}`);
    const [desk, phone] = [await connect(ben), await connect(ben)];
    const marksOf = (frame: ServerFrame) =>
      frame.type === 'signal' && frame.name === 'marks' && frame.conversation === id ? frame.marks : [];
    desk.signal('marks', { conversation: id, epoch, delivered: head + 3 });
    await phone.until((frame) => marksOf(frame).some(({ delivered }) => delivered === head + 3));
    const startedMs = performance.now();
    desk.signal('marks', { conversation: id, epoch, read: head + 3 });
    await phone.until((frame) => marksOf(frame).some(({ read }) => read === head + 3));
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    await Promise.all([desk.close(), phone.close()]);
  });

  test('[C4] synced gives a newer cursor, which vouches for what came before it', { timeout: TEST_MS }, async () => {
    const [ann, ben] = [world.alone(), world.alone()];
    const { id, head } = await world.group(ann, [ben]);
    const client = await connect(ann);
    await world.send(ben, id, 'x');
    await client.entry(id, head + 1);
    const synced = await client.until(({ type }) => type === 'synced', 30_000);
    const since = synced.type === 'synced' ? synced.since : '';
    expect(since.length).toBeGreaterThan(0);
    expect(since.length).toBeLessThanOrEqual(500);
    const later = await connect(ann, { since });
    // What it vouches for isn't told again; what is told again begins where the cursor stood.
    const known = later.welcome.conversations.find((each) => each.id === id)?.pushedAfter ?? head + 1;
    expect(later.welcome.reset).toBe(false);
    expect(known).toBeLessThanOrEqual(head + 1);
    await later.settle();
    expect(later.entries(id).map(({ seq }) => seq)).toEqual(
      Array.from({ length: head + 1 - known }, (_, index) => known + 1 + index),
    );
    await Promise.all([client.close(), later.close()]);
  });

  test('[G2] typing of several people is gathered to a frame a second', { timeout: TEST_MS }, async () => {
    const [ann, ben, cid] = [world.alone(), world.alone(), world.alone()];
    const { id, head } = await world.group(ann, [ben, cid]);
    const [one, two, observer] = [await connect(ann), await connect(ben), await connect(cid)];
    const startedMs = performance.now();
    for (let turn = 0; turn < 15; turn += 1) {
      one.signal('typing', { conversation: id });
      two.signal('typing', { conversation: id });
      await pause(100);
    }
    await pause(1_200);
    const frames = observer.signals('typing', id);
    expect(frames.length).toBeGreaterThanOrEqual(2);
    // The first at once, then one a second: on a busy machine the turns take longer than they should.
    expect(frames.length).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - startedMs) / 1_000));
    expect(new Set(typists(observer, id))).toEqual(new Set([ann.id, ben.id]));
    expect(typists(one, id)).not.toContain(ann.id);
    expect(await world.log(ann, id)).toHaveLength(head);
    await Promise.all([one.close(), two.close(), observer.close()]);
  });

  test('[C2] [N2] who missed more than limits.catchUpEntries is told, not flooded', { timeout: TEST_MS }, async () => {
    const reader = world.alone();
    const writers = Array.from({ length: 8 }, () => world.alone());
    const { id } = await world.group(reader, writers);
    const first = await connect(reader);
    const { since, limits } = first.welcome;
    await first.close();
    const count = limits.catchUpEntries + 1;
    await Promise.all(
      writers.map(async (writer, index) => {
        for (let sent = index; sent < count; sent += writers.length * 10) {
          const rest = Math.min(10, Math.ceil((count - sent) / writers.length));
          await Promise.all(Array.from({ length: rest }, () => world.send(writer, id, 'm')));
        }
      }),
    );
    const second = await connect(reader, { since });
    const summary = second.welcome.conversations.find((each) => each.id === id);
    expect(summary?.head).toBeGreaterThan(limits.catchUpEntries);
    expect(summary?.pushedAfter).toBe(summary?.head);
    expect(summary?.unread).toBe(limits.unreadCap);
    await second.settle();
    expect(second.entries(id)).toEqual([]);
    await second.close();
  });

  test('[L3] [C3] a reader that is too slow loses entries to a gap, and goes on above it', {
    timeout: TEST_MS,
  }, async () => {
    const slow = world.alone();
    const writers = [world.alone(), world.alone()];
    const [first] = writers;
    if (!first) throw new Error('a writer is wanted');
    const { id, epoch, head } = await world.group(first, [slow, ...writers]);
    const reader = await connect(slow);
    const other = await connect(first);
    reader.socket.pause();
    const text = '€'.repeat(16_000);
    const count = 240;
    for (let sent = 0; sent < count; sent += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          world.send(writers[index % 2] as Person, id, { key: randomUUID(), text }),
        ),
      );
    }
    await other.entry(id, head + count);
    reader.socket.resume();
    await reader.until(({ type }) => type === 'gap');
    await world.send(first, id, 'small again');
    await reader.entry(id, head + count + 1);
    let next = head + 1;
    for (const frame of reader.frames) {
      if (frame.type === 'gap' && frame.conversation === id) {
        expect(frame).toMatchObject({ epoch, after: next - 1 });
        next = frame.head + 1;
      } else if (frame.type === 'entry' && frame.conversation === id) {
        expect(frame.seq).toBe(next);
        next += 1;
      }
    }
    expect(other.frames.some(({ type }) => type === 'gap')).toBe(false);
    await Promise.all([reader.close(), other.close()]);
  });
}
