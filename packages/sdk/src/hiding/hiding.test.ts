import { describe, expect, it } from 'vitest';
import { Value } from '../observable.js';
import type { OutboxItem } from '../outbox/outbox-item.js';
import type { PersonClient } from '../person-client.js';
import { Refusal } from '../refusal.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import type { Hidden, TimelineView } from '../replica/timeline.js';
import type { Stored } from '../storage/replica-store.js';
import { Hiding } from './hiding.js';

const SELF = 'self';

type Log = { id: string; epoch: number; head: number; isBegun: boolean };

const hidingAt = (seq: number, epoch = 1) => ({
  ...{ conversation: SELF, epoch, seq, n: 0, at: 0, asOf: seq },
  kind: 'message.hidden',
  body: { message: { conversation: 'c', epoch: 1, seq: seq * 10 } },
});

function makeHiding(log: Log, stored: ReadonlyMap<string, Stored> = new Map()) {
  const listeners: ((event: ReplicaEvent) => void)[] = [];
  const asked: object[] = [];
  const meta = new Map<string, Stored>();
  const unsent = new Value<readonly OutboxItem[]>([]);
  /** Of what the server has. */
  const server = { epoch: 1, hidings: [] as number[], refusal: null as Refusal | null };
  const ask = async (_name: string, params: { after?: number; epoch?: number; limit: number }) => {
    asked.push(params);
    if (server.refusal) throw server.refusal;
    if (params.epoch !== undefined && params.epoch !== server.epoch) {
      throw new Refusal({ code: 'epoch_changed', message: '', retry: 'new_key' });
    }
    const entries = server.hidings.filter((seq) => seq > (params.after ?? 0)).slice(0, params.limit);
    return { epoch: server.epoch, head: log.head, entries: entries.map((seq) => hidingAt(seq, server.epoch)) };
  };
  const hidden = new Value<Hidden>((view) => view);
  const client = {
    replica: {
      self: SELF,
      conversation: () => log,
      subscribe: (listener: (event: ReplicaEvent) => void) => listeners.push(listener),
      change: () => null,
    },
    asker: { isOpen: true, ask },
    keeper: {
      isKeeping: true,
      load: async () => ({ meta: stored }),
      keep: async ({ meta: kept = new Map() }) => {
        for (const [key, value] of kept) value === null ? meta.delete(key) : meta.set(key, value);
      },
    },
    outbox: { of: () => unsent },
    hidden,
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  new Hiding({ client: client as unknown as PersonClient });
  const say = (event: object) => {
    for (const listener of listeners) listener(event as ReplicaEvent);
  };
  return {
    ...{ asked, meta, server, unsent, settled },
    held: (...seqs: number[]) => {
      log.head = Math.max(log.head, ...seqs);
      say({ type: 'held', conversation: log, entries: seqs.map((seq) => hidingAt(seq)) });
    },
    connected: () => say({ type: 'connected' }),
    /** The seqs of what is hidden. */
    names: () => {
      const items = Array.from({ length: 4_000 }, (_, seq) => ({
        ...hidingAt(seq),
        conversation: 'c',
        kind: 'message.sent',
      }));
      const view = { items, quotes: new Map() } as unknown as TimelineView;
      const shown = new Set<unknown>(hidden.getSnapshot()(view).items);
      return items.filter((item) => !shown.has(item)).map(({ seq }) => seq);
    },
  };
}

describe('what is hidden', () => {
  it('[HD6] is read where entries were skipped, page by page, and follows those that come', async () => {
    const log = { id: SELF, epoch: 1, head: 300, isBegun: true };
    const { asked, server, held, meta, names, settled } = makeHiding(log);
    server.hidings = Array.from({ length: 250 }, (_, index) => index + 1);
    await settled();
    expect(asked).toEqual([{ limit: 200 }, { epoch: 1, after: 200, limit: 200 }]);
    expect(names()).toHaveLength(250);
    expect(meta.get('hides')).toEqual({ epoch: 1, asOf: 300 });
    held(301, 302);
    expect(names()).toHaveLength(252);
    server.hidings.push(301, 302, 303, 304);
    held(304);
    await settled();
    expect(asked).toHaveLength(3);
    expect(names()).toHaveLength(254);
  });

  it('[HD6] is kept, so that a later run has it without a connection', async () => {
    const log = { id: SELF, epoch: 1, head: 0, isBegun: true };
    const first = makeHiding({ ...log, head: 1 });
    await first.settled();
    first.held(2, 3);
    const later = makeHiding({ ...log, head: 3 }, first.meta);
    await later.settled();
    expect(later.names()).toEqual([20, 30]);
    expect(later.asked).toEqual([]);
  });

  it('[M6] in a log that was restored counts no more', async () => {
    const log = { id: SELF, epoch: 1, head: 1, isBegun: true };
    const { server, held, connected, meta, names, settled } = makeHiding(log);
    await settled();
    held(2, 3);
    Object.assign(log, { epoch: 2, head: 2 });
    Object.assign(server, { epoch: 2, hidings: [2] });
    connected();
    await settled();
    expect(names()).toEqual([20]);
    expect([...meta.keys()].toSorted()).toEqual(['hide/c 1 20', 'hides']);
    expect(meta.get('hides')).toEqual({ epoch: 2, asOf: 2 });
  });

  it('[HD1] counts at once where it waits to be sent, and no more where that fails', async () => {
    const { unsent, names, settled } = makeHiding({ id: SELF, epoch: 1, head: 0, isBegun: true });
    await settled();
    const item = { command: 'message.hide', status: 'pending', params: { conversation: 'c', epoch: 1, target: 5 } };
    unsent.set([item as unknown as OutboxItem]);
    expect(names()).toEqual([5]);
    unsent.set([{ ...item, status: 'failed' } as unknown as OutboxItem]);
    expect(names()).toEqual([]);
  });

  it('[W6] is asked for once where the server knows of no hiding', async () => {
    const made = makeHiding({ id: SELF, epoch: 1, head: 7, isBegun: true });
    made.server.refusal = new Refusal({ code: 'unknown_command', message: '', retry: 'never' });
    await made.settled();
    made.connected();
    await made.settled();
    expect(made.asked).toHaveLength(1);
  });
});
