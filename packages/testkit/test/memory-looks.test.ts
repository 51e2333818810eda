// The contract of looks, in memory.
import { MemoryLooks } from '@kith/server/store/memory/looks';
import { MemoryStore } from '@kith/server/store/memory/store';
import { looksContract } from '../src/contracts/looks.js';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

looksContract('the store in memory', () => {
  const store = new MemoryStore({ clock: new FakeClock(), random: new SeededRandom(1) });
  return Promise.resolve({
    looks: new MemoryLooks(store),
    other: new MemoryLooks(store),
    close: () => Promise.resolve(),
  });
});
