// Presence with its grace period, on two nodes of the shipped core and a clock that the test moves.
import { TIMES } from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scene } from '../src/cluster/scene.js';

let scene: Scene;
let ann: Principal;
let bob: Principal;

beforeEach(async () => {
  scene = await Scene.open();
  ann = await scene.cluster.addPerson('ann');
  bob = await scene.cluster.addPerson('bob');
});

afterEach(() => scene.close());

describe('presence', () => {
  it('[G2] is told to one who watches on another node within a second', async () => {
    const here = await scene.arrive(ann, 0);
    expect(await scene.watch(here, [bob])).toEqual(['offline']);
    await scene.arrive(bob, 1);
    await scene.cluster.clock.advanceAsync(1_100);
    expect(here.sink.signals('presence').flatMap(({ presence }) => presence)).toEqual([
      { user: bob.user, status: 'online' },
    ]);
  });

  it('finds out about one who was there before, on another node', async () => {
    await scene.arrive(bob, 1);
    const here = await scene.arrive(ann, 0);
    await scene.watch(here, [bob]);
    await scene.cluster.clock.advanceAsync(1_100);
    expect(here.sink.signals('presence').at(-1)?.presence).toEqual([{ user: bob.user, status: 'online' }]);
  });

  it('publishes no offline when the person is back within the grace period', async () => {
    const here = await scene.arrive(ann);
    const first = await scene.arrive(bob);
    expect(await scene.watch(here, [bob])).toEqual(['online']);
    first.stream.closed();
    await scene.cluster.clock.advanceAsync(TIMES.presenceGraceMs - 1_000);
    await scene.arrive(bob);
    await scene.cluster.clock.advanceAsync(60_000);
    expect(here.sink.signals('presence')).toEqual([]);
  });

  it('publishes exactly one offline, with the time, when nobody comes back', async () => {
    const here = await scene.arrive(ann);
    const there = await scene.arrive(bob);
    await scene.watch(here, [bob]);
    there.stream.closed();
    await scene.cluster.clock.advanceAsync(TIMES.presenceGraceMs + 1_100);
    const told = here.sink.signals('presence').flatMap(({ presence }) => presence);
    expect(told).toEqual([{ user: bob.user, status: 'offline', lastSeenAt: expect.any(Number) }]);
    await scene.cluster.clock.advanceAsync(60_000);
    expect(here.sink.signals('presence')).toHaveLength(1);
  });

  it('shows no change of a socket that flaps every 5 s for 5 minutes', async () => {
    const here = await scene.arrive(ann, 0);
    let there = await scene.arrive(bob, 1);
    await scene.watch(here, [bob]);
    await scene.cluster.clock.advanceAsync(2_000);
    here.sink.clear();
    for (let flap = 0; flap < 60; flap += 1) {
      there.stream.closed();
      await scene.cluster.clock.advanceAsync(5_000);
      there = await scene.arrive(bob, 1);
    }
    expect(here.sink.signals('presence')).toEqual([]);
  });

  it('shows away when every device is away, and online again', async () => {
    const here = await scene.arrive(ann);
    const phone = await scene.arrive(bob);
    const desk = await scene.arrive(bob, 1);
    await scene.watch(here, [bob]);
    await scene.cluster.clock.advanceAsync(2_000);
    here.sink.clear();
    await scene.done(phone.node.core.execute(scene.callerOf(phone), 'presence.set', { status: 'away' }));
    await scene.cluster.clock.advanceAsync(2_000);
    expect(here.sink.signals('presence')).toEqual([]);
    await scene.done(desk.node.core.execute(scene.callerOf(desk), 'presence.set', { status: 'away' }));
    await scene.cluster.clock.advanceAsync(2_000);
    await scene.done(desk.node.core.execute(scene.callerOf(desk), 'presence.set', { status: 'online' }));
    await scene.cluster.clock.advanceAsync(2_000);
    const told = here.sink.signals('presence').flatMap(({ presence }) => presence.map(({ status }) => status));
    expect(told).toEqual(['away', 'online']);
  });

  it('forgets a node that died when its lease runs out', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    await scene.watch(here, [bob]);
    await scene.cluster.clock.advanceAsync(2_000);
    scene.cluster.kill(there.node);
    here.sink.clear();
    await scene.cluster.clock.advanceAsync(100_000);
    expect(here.sink.signals('presence').flatMap(({ presence }) => presence.map(({ status }) => status))).toEqual([
      'offline',
    ]);
  });

  it('knows when somebody was last there whose node ended under them', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    await scene.cluster.clock.advanceAsync(5_000);
    const endedAt = scene.cluster.clock.now();
    await scene.done(there.node.core.stop());
    scene.cluster.kill(there.node);
    await scene.cluster.clock.advanceAsync(100_000);
    const asked = here.node.core.execute(scene.callerOf(here), 'presence.watch', { users: [bob.user] });
    expect((await scene.done(asked)).presence).toEqual([{ user: bob.user, status: 'offline', lastSeenAt: endedAt }]);
  });

  it('answers unknown for somebody who is not in the workspace', async () => {
    const here = await scene.arrive(ann);
    const stranger = { ...bob, user: ann.workspace as never };
    expect(await scene.watch(here, [stranger])).toEqual(['unknown']);
  });
});
