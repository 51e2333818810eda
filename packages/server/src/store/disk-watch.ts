// Looks every second how much room is left where the server keeps its data, and tells the core of the place that has
// least. A place that cannot be looked at is passed over: the database itself says when it cannot write.
import { statfs } from 'node:fs/promises';
import type { Clock } from '../core/clock.js';
import type { Room, RoomLevel } from '../core/room.js';
import type { Telemetry } from '../core/telemetry.js';

/** Of a file system, in blocks: how many there are, and how many this user may still write. */
type FileSystem = { readonly blocks: number; readonly bavail: number };

export type DiskWatchParts = {
  /** Directories of the data. None where the database is elsewhere: then nothing is known. */
  readonly places: readonly string[];
  readonly room: Room;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly look?: (place: string) => Promise<FileSystem>;
};

const LOOK_EVERY_MS = 1_000;
const SAID: { readonly [level in RoomLevel]: string } = {
  enough: 'the disk has room again',
  low: 'the disk has little room left: make room, or give it a larger disk',
  none: 'the disk has no room left: writes are refused, reads go on. Make room',
};

/** Looks once before it returns, and then until it is stopped. */
export async function watchDisk(parts: DiskWatchParts): Promise<{ stop(): void }> {
  const { places, room, clock, telemetry, look = statfs } = parts;
  if (places.length === 0) return { stop() {} };
  let isStopped = false;
  let cancel = (): void => {};
  const tell = (free: number): void => {
    telemetry.gauge('kith_disk_free_ratio', free);
    const isAnother = room.saw(free);
    telemetry.gauge('kith_disk_writes_refused', room.hasRoom ? 0 : 1);
    if (!isAnother) return;
    const fields = { freePercent: Math.round(free * 1000) / 10 };
    if (room.level === 'none') telemetry.error(SAID.none, room.warning, fields);
    else if (room.level === 'low') telemetry.warn(SAID.low, fields);
    else telemetry.info(SAID.enough, fields);
  };
  const turn = async (): Promise<void> => {
    const free = await leastFree(places, look);
    if (isStopped) return;
    if (free !== null) tell(free);
    cancel = clock.after(LOOK_EVERY_MS, () => {
      turn().catch((error: unknown) => telemetry.error('nobody looks at the disk any more', error));
    });
  };
  await turn();
  return {
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

async function leastFree(
  places: readonly string[],
  look: (place: string) => Promise<FileSystem>,
): Promise<number | null> {
  const found = await Promise.all(places.map((place) => look(place).catch(() => null)));
  const parts = found.flatMap((one) => (one === null || one.blocks === 0 ? [] : [one.bavail / one.blocks]));
  return parts.length === 0 ? null : Math.min(...parts);
}
