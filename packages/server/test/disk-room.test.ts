// A small disk that fills up and is emptied, before a real edge: readiness warns, then what writes is refused with its code while
// reads go on, and both end by themselves. The whole process with its database is tried so in the nightly run.
import { Room } from '@kith/server/core/room';
import { watchDisk } from '@kith/server/store/disk-watch';
import { SmallDisk } from '@kith/testkit/small-disk';
import { expect, it } from 'vitest';
import { systemClock } from '../src/edge/system-clock.js';
import { ServerTelemetry } from '../src/edge/telemetry.js';
import { newId, startTestEdge, tokenOf } from './fixtures/edge-parts.js';

const SOON = { timeout: 20_000, interval: 100 };

it('warns with little room, refuses writes with less while reads go on, and takes them again once there is room', async ({
  skip,
}) => {
  const disk = SmallDisk.mount(8);
  if (disk === null) {
    skip('a small disk cannot be mounted here: that takes Linux, root and the right to mount');
    return;
  }
  const telemetry = new ServerTelemetry({ level: 'silent', node: 'test' });
  const clock = systemClock(telemetry);
  const room = new Room({ warnBelow: 0.1, refuseBelow: 0.02 });
  const watch = await watchDisk({ places: [disk.directory], room, clock, telemetry });
  const isReady = () => ({ ready: true, reason: '', warnings: room.warning === null ? [] : [room.warning] });
  const { edge, api } = await startTestEdge({}, { room, telemetry, isReady });
  const headers = { authorization: `Bearer ${tokenOf()}`, 'content-type': 'application/json' };
  const messages = `${api}/conversations/${newId()}/messages`;
  const body = JSON.stringify({ key: newId(), text: 'hello' });
  const send = () => fetch(messages, { method: 'POST', headers, body });
  const readiness = async () => {
    const answer = await fetch(api.replace('/v1', '/readyz'));
    return { status: answer.status, ...((await answer.json()) as { readonly warnings: readonly string[] }) };
  };
  const metrics = async () => (await fetch(api.replace('/v1', '/metrics'))).text();
  try {
    expect(await readiness()).toMatchObject({ status: 200, ready: true, warnings: [] });
    expect(await metrics()).toMatch(/^kith_disk_free_ratio 1$/m);

    disk.leave(0.06);
    const warned = { status: 200, ready: true, warnings: [expect.stringMatching(/^disk: \d\.\d % free, make room$/)] };
    await expect.poll(readiness, SOON).toMatchObject(warned);
    expect((await send()).status).toBeLessThan(300);

    disk.leave(0.01);
    await expect.poll(async () => (await send()).status, SOON).toBe(503);
    const refused = await send();
    expect(refused.headers.get('retry-after')).toBe('30');
    const told = { code: 'unavailable', retry: 'same_key', message: expect.stringContaining('the disk of the server') };
    expect(await refused.json()).toMatchObject(told);
    expect((await fetch(messages, { headers })).status).toBe(200);
    expect((await fetch(`${api}/sessions/current`, { method: 'DELETE', headers })).status).toBe(204);
    expect((await readiness()).status).toBe(200);
    expect(await metrics()).toMatch(/^kith_disk_writes_refused 1$/m);

    disk.free();
    await expect.poll(async () => (await send()).status, SOON).toBeLessThan(300);
    expect(await readiness()).toMatchObject({ status: 200, warnings: [] });
  } finally {
    watch.stop();
    await edge.close();
    disk.unmount();
  }
});
