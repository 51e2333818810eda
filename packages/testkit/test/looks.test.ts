// How workspaces look, on two nodes under a clock that the test moves: who is connected is told at once on the node where it is set,
// within 5 s on the other, once, and of their own workspace alone.
import { makeId, SCOPES, type SessionId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { Outgoing } from '@kith/server/core/live/sink';
import { WorkspaceLooks } from '@kith/server/core/look/looks';
import type { Principal } from '@kith/server/core/principal';
import { SILENT } from '@kith/server/core/telemetry';
import { MemoryLooks } from '@kith/server/store/memory/looks';
import { MemoryStore } from '@kith/server/store/memory/store';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

const ASK_MS = 5_000;

function open() {
  const [clock, random] = [new FakeClock(), new SeededRandom(1)];
  const newId = <T extends WorkspaceId | UserId | SessionId>() => makeId<T>(clock.now(), random.bytes(10));
  const [workspace, another] = [newId<WorkspaceId>(), newId<WorkspaceId>()];
  const [user, session] = [newId<UserId>(), newId<SessionId>()];
  const owner: Principal = { workspace, user, session, scopes: SCOPES, expiresAt: Number.MAX_SAFE_INTEGER };
  const known = { id: user, kind: 'person', name: 'Ann', username: 'ann', avatar: null, version: 1 } as const;
  const account = { user: known, role: 'owner', createdAt: 0, deactivatedAt: null, expiresAt: null } as const;
  const store = new MemoryLooks(new MemoryStore({ clock, random }));
  const node = () => {
    const told: string[] = [];
    const foreign: string[] = [];
    const streamTo = (list: string[]) => ({ signal: ({ text }: Outgoing) => list.push(JSON.parse(text).accent) });
    const routes = [
      { workspace, streams: [streamTo(told)] },
      { workspace: another, streams: [streamTo(foreign)] },
    ];
    const directory = { account: async () => account };
    const looks = new WorkspaceLooks({ store, directory, clock, telemetry: SILENT, routes: () => routes });
    looks.start();
    return { looks, told, foreign };
  };
  return { clock, owner, workspace, store, here: node(), there: node() };
}

describe('looks', () => {
  test('[LK1] [LK2] a change is told once to each stream of its workspace: here at once, on another node within 5 s', async () => {
    const { clock, owner, here, there } = open();
    expect(await there.looks.read(owner)).toEqual({ accent: 'green' });
    expect(await here.looks.set(owner, { accent: 'teal' })).toEqual({ accent: 'teal' });
    expect([here.told, there.told]).toEqual([['teal'], []]);
    expect(await there.looks.read(owner)).toEqual({ accent: 'teal' });
    await clock.advanceAsync(ASK_MS);
    expect([here.told, there.told]).toEqual([['teal'], ['teal']]);
    await clock.advanceAsync(4 * ASK_MS);
    await there.looks.set(owner, { accent: 'green' });
    await clock.advanceAsync(2 * ASK_MS);
    expect([here.told, there.told]).toEqual([
      ['teal', 'green'],
      ['teal', 'green'],
    ]);
    expect([...here.foreign, ...there.foreign]).toEqual([]);
    await Promise.all([here, there].map(({ looks }) => looks.stop()));
  });

  test('[LK2] what was asked for while one was set here is not told after it', async () => {
    const { clock, owner, workspace, store, here, there } = open();
    await here.looks.set(owner, { accent: 'teal' });
    await there.looks.stop();
    const old = store.looks([workspace]);
    const { looks } = store;
    let isSlow = true;
    store.looks = async (ids) => {
      if (!isSlow) return await looks.call(store, ids);
      isSlow = false;
      await here.looks.set(owner, { accent: 'blue' });
      return await old;
    };
    await clock.advanceAsync(3 * ASK_MS);
    expect(here.told).toEqual(['teal', 'blue']);
    await here.looks.stop();
  });
});
