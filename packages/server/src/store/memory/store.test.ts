import { type ConversationId, type Key, makeId, type SessionId, type UserId, type WorkspaceId } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Write } from '../../core/log.js';
import { MemoryLog } from './log.js';
import { MemoryStore } from './store.js';

let bytes = 0;
const random = {
  bytes: (size: number) => {
    bytes += 1;
    return new Uint8Array(new Uint32Array([bytes, bytes, bytes]).buffer).subarray(0, size);
  },
};
const clock = { now: () => 1_000, monotonic: () => 0, after: () => () => {} };

function freshId<T extends WorkspaceId | UserId | ConversationId | Key>(): T {
  return makeId<T>(0, random.bytes(10));
}

const user = freshId<UserId>();
const place = { workspace: freshId<WorkspaceId>(), conversation: freshId<ConversationId>() };

function write(drafts: ReturnType<Write['decide']>): Write {
  return { ...place, author: user, key: freshId<Key>(), content: JSON.stringify(drafts), decide: () => drafts };
}

const created = () => write([{ kind: 'conversation.created', body: { kind: 'group', users: [user] } }]);
const sent = (text: string) => write([{ kind: 'message.sent', body: { text } }]);

async function openStore() {
  const store = new MemoryStore({ clock, random });
  const log = new MemoryLog({ store, clock });
  await log.append(created());
  return { store, log };
}

async function entriesOf(log: MemoryLog) {
  const page = await log.read({ conversation: place.conversation, after: 0, limit: 1_001, from: 'lower' });
  return page?.entries ?? [];
}

describe('restoring a memory store', () => {
  test('goes back to the snapshot, and the snapshot can be used again', async () => {
    const { store, log } = await openStore();
    const kept = sent('kept');
    await log.append(kept);
    const snapshot = store.snapshot();
    for (let round = 0; round < 2; round += 1) {
      await log.append(sent('lost'));
      await log.advance([{ conversation: place.conversation, user, delivered: 3, read: 3 }]);
      store.restore(snapshot);
      expect((await entriesOf(log)).map(({ body }) => body.text)).toEqual([undefined, 'kept']);
      expect(await log.summary(place.conversation, user)).toMatchObject({ head: 2, delivered: 0 });
    }
    expect(await log.append(kept)).toMatchObject({ seq: 2, duplicate: true });
  });

  test('gives every conversation an epoch that was never used, entries and record alike', async () => {
    const { store, log } = await openStore();
    const snapshot = store.snapshot();
    const epochs = new Set<number | undefined>();
    for (let round = 0; round < 3; round += 1) {
      const { epoch } = await log.append(sent('hello'));
      expect(new Set((await entriesOf(log)).map((entry) => entry.epoch))).toEqual(new Set([epoch]));
      expect((await log.records([place.conversation])).get(place.conversation)?.state.epoch).toBe(epoch);
      epochs.add(epoch);
      store.restore(snapshot);
    }
    expect(epochs.size).toBe(3);
  });

  test('a conversation that the restore lost and that is made again has another epoch too', async () => {
    const empty = new MemoryStore({ clock, random });
    const snapshot = empty.snapshot();
    const log = new MemoryLog({ store: empty, clock });
    const { epoch } = await log.append(created());
    empty.restore(snapshot);
    expect((await log.append(created())).epoch).not.toBe(epoch);
  });

  test('makes it another store: old cursors reset, old page tokens too, and an old mark names everything', async () => {
    const { store, log } = await openStore();
    const { cursor } = await log.summaries({ workspace: place.workspace, user, limit: 10 });
    const { mark } = await log.changes(null);
    store.restore(store.snapshot());
    const query = { workspace: place.workspace, user, limit: 10 };
    expect((await log.summaries({ ...query, since: cursor })).reset).toBe(true);
    const page = `${cursor.replace('.', '/')}//0/1000/${place.conversation}`;
    expect((await log.summaries({ ...query, page })).reset).toBe(true);
    expect((await log.changes(mark)).conversations).toEqual([{ id: place.conversation, head: 1 }]);
  });
});

describe('the memory log', () => {
  test('refuses a page token that is none', async () => {
    const { log } = await openStore();
    const query = { workspace: place.workspace, user, limit: 10 };
    await expect(log.summaries({ ...query, page: 'x' })).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('names sessions that were revoked since the mark', async () => {
    const { store, log } = await openStore();
    const { mark } = await log.changes(null);
    const session = makeId<SessionId>(0, random.bytes(10));
    store.recordRevoked(session);
    const changes = await log.changes(mark);
    expect(changes.revoked).toEqual([session]);
    expect((await log.changes(changes.mark)).revoked).toEqual([]);
  });

  test('an answer that is lost on its way was written all the same', async () => {
    const store = new MemoryStore({ clock, random });
    let calls = 0;
    const dying = () => {
      calls += 1;
      return calls < 2 ? Promise.resolve() : Promise.reject(new Error('the node has died'));
    };
    const one = created();
    await expect(new MemoryLog({ store, clock, delay: dying }).append(one)).rejects.toThrow('the node has died');
    expect(await new MemoryLog({ store, clock }).append(one)).toMatchObject({ seq: 1, duplicate: true });
  });
});
