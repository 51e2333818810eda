// Small texts that outlive the run: in the browser's localStorage, and in memory where that is not there, is forbidden
// (a frame of another site, private windows) or full. What was read or written once is right in this run in any case.
import type { KeyValueStore } from '../ports.js';

export function memoryKeyValues(): KeyValueStore {
  const texts = new Map<string, string>();
  return {
    get: async (name) => texts.get(name) ?? null,
    set: async (name, value) => {
      texts.set(name, value);
    },
    remove: async (name) => {
      texts.delete(name);
    },
  };
}

/** The part of localStorage that is used. */
type Local = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** @param storage gives the storage, or throws where it is forbidden to touch it */
export function localKeyValues(storage: () => Local): KeyValueStore {
  /** What could not be written there. */
  const memory = memoryKeyValues();
  const touch = async <T>(use: (local: Local) => T): Promise<T> => use(storage());
  const remove = (name: string) => touch((local) => local.removeItem(name)).catch(() => {});
  return {
    get: async (name) => (await memory.get(name)) ?? (await touch((local) => local.getItem(name)).catch(() => null)),
    async set(name, value) {
      await memory.remove(name);
      await touch((local) => local.setItem(name, value)).catch(async () => {
        // An older one must not come back in the next run.
        await remove(name);
        await memory.set(name, value);
      });
    },
    async remove(name) {
      await memory.remove(name);
      await remove(name);
    },
  };
}
