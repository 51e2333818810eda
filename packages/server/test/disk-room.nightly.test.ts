// The real process on a small disk that fills up and is emptied: readiness warns, then writes are refused while reads go on,
// and both end by themselves.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { World } from '@kith/testkit/conformance/world';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { until } from '@kith/testkit/faults/until';
import { SmallDisk } from '@kith/testkit/small-disk';
import { expect, it } from 'vitest';

const SOON = { withinMs: 20_000 };

it('warns with little room, refuses writes with less while reads go on, and takes them again once there is room', async ({
  skip,
}) => {
  const disk = SmallDisk.mount(32);
  if (disk === null) {
    skip('a small disk cannot be mounted here: that takes Linux, root and the right to mount');
    return;
  }
  let server: ServerProcess | null = null;
  let world: World | null = null;
  try {
    const dataDirectory = join(disk.directory, 'data');
    await mkdir(dataDirectory);
    // Started by root, the database lies on another disk: that of DATA_DIR counts as well.
    server = await ServerProcess.start({ entry: ENTRIES.server, environment: { DATA_DIR: dataDirectory } });
    const { url } = server;
    const people = new World(() => url);
    world = people;
    const [ann, ben] = [await people.signUp(), await people.signUp()];
    const { id } = await people.group(ann, [ben]);
    const route = `POST /v1/conversations/${id}/messages`;
    const say = (key: string) => people.ask(ann, route, { body: { key, text: 'hello' } });
    const read = () => people.ask(ben, `GET /v1/conversations/${id}/messages`);
    const readiness = async () => {
      const answer = await fetch(`${url}/readyz`);
      return { status: answer.status, ...((await answer.json()) as { ready: boolean; warnings: string[] }) };
    };
    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    const key = crypto.randomUUID();
    expect(await readiness()).toMatchObject({ status: 200, ready: true, warnings: [] });
    expect(await metrics()).toMatch(/^kith_disk_free_ratio 0\.\d+$/m);

    disk.leave(0.06);
    await until('readiness warns', async () => (await readiness()).warnings.length === 1, SOON);
    expect(await readiness()).toMatchObject({
      status: 200,
      ready: true,
      warnings: [expect.stringMatching(/^disk: \d\.\d % free, make/)],
    });
    expect((await say(crypto.randomUUID())).status).toBe(201);

    disk.leave(0.01);
    await until('writes are refused', async () => (await say(key)).status === 503, SOON);
    const refused = await say(key);
    expect(refused.body).toMatchObject({
      code: 'unavailable',
      retry: 'same_key',
      message: expect.stringContaining('the disk of the server'),
    });
    expect((await read()).status).toBe(200);
    expect((await readiness()).status).toBe(200);
    expect(await metrics()).toMatch(/^kith_disk_writes_refused 1$/m);
    const { status } = await people.ask(null, 'POST /v1/sessions/refresh', {
      body: { refreshToken: ben.refreshToken },
    });
    expect(status).toBe(200);

    disk.free();
    const isTaken = async () => (await say(key)).status < 300;
    await until('writes are taken again', isTaken, SOON);
    expect((await readiness()).warnings).toEqual([]);
  } finally {
    await world?.leave();
    await server?.end();
    disk.unmount();
  }
});
