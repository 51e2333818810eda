// Looking at the disk, in a test's time and with numbers that a test makes up.
import { FakeClock } from '@kith/testkit/fake-clock';
import { expect, test } from 'vitest';
import { Room } from '../core/room.js';
import { SILENT } from '../core/telemetry.js';
import { watchDisk } from './disk-watch.js';

const LOOK_MS = 1_000;

async function scene(places: { [place: string]: number | null }) {
  const room = new Room({ warnBelow: 0.1, refuseBelow: 0.02 });
  const clock = new FakeClock();
  const gauges = new Map<string, number>();
  const lines: string[] = [];
  const watch = await watchDisk({
    places: Object.keys(places),
    room,
    clock,
    telemetry: {
      ...SILENT,
      gauge: (name, value) => void gauges.set(name, value),
      info: (line) => void lines.push(`info ${line}`),
      warn: (line) => void lines.push(`warn ${line}`),
      error: (line) => void lines.push(`error ${line}`),
    },
    look: async (place) => {
      const free = places[place];
      if (free === undefined || free === null) throw new Error('it cannot be looked at');
      return { blocks: 1000, bavail: free };
    },
  });
  return { room, clock, gauges, lines, watch };
}

test('goes by the place that has least, tells what changes once, and comes back by itself', async () => {
  const places = { here: 500, there: 400 };
  const { room, clock, gauges, lines, watch } = await scene(places);
  expect([room.level, gauges.get('kith_disk_free_ratio'), gauges.get('kith_disk_writes_refused')]).toEqual([
    ...['enough', 0.4, 0],
  ]);
  places.there = 80;
  await clock.advanceAsync(3 * LOOK_MS);
  places.here = 10;
  await clock.advanceAsync(3 * LOOK_MS);
  expect([room.level, gauges.get('kith_disk_free_ratio'), gauges.get('kith_disk_writes_refused')]).toEqual([
    ...['none', 0.01, 1],
  ]);
  places.here = places.there = 900;
  await clock.advanceAsync(3 * LOOK_MS);
  expect([room.level, gauges.get('kith_disk_writes_refused')]).toEqual(['enough', 0]);
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    'warn the disk has little room left',
    'error the disk has no room left',
    'info the disk has room again',
  ]);
  watch.stop();
  expect(clock.pending).toBe(0);
});

test('passes over a place that cannot be looked at, and knows nothing where there is none', async () => {
  const partly = await scene({ here: 50, gone: null });
  expect(partly.room.free).toBe(0.05);
  partly.watch.stop();
  const elsewhere = await scene({});
  expect([elsewhere.room.free, elsewhere.room.level, elsewhere.gauges.size, elsewhere.clock.pending]).toEqual([
    ...[null, 'enough', 0, 0],
  ]);
});
