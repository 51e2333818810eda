// The contract of retention, in memory.
import { MemoryLog } from '@kith/server/store/memory/log';
import { MemoryRetention } from '@kith/server/store/memory/retention';
import { MemoryStore } from '@kith/server/store/memory/store';
import { retentionContract } from '../src/contracts/retention.js';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

retentionContract('the store in memory', () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock, random: new SeededRandom(1) });
  const node = () => new MemoryLog({ store, clock });
  return Promise.resolve({
    retention: new MemoryRetention(store),
    other: new MemoryRetention(store),
    log: node(),
    another: () => Promise.resolve(node()),
    jump: (ms: number) => clock.jump(ms),
    reopen: () => Promise.resolve(node()),
    close: () => Promise.resolve(),
  });
});
