// The contract of the index of messages, and of the consumers' store, in memory.
import { MemoryConsumers } from '@kith/server/store/memory/consumers';
import { MemoryLog } from '@kith/server/store/memory/log';
import { MemorySearch } from '@kith/server/store/memory/search';
import { MemoryStore } from '@kith/server/store/memory/store';
import { searchContract } from '../src/contracts/search.js';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

searchContract('the index in memory', () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock, random: new SeededRandom(1) });
  const [index, consumers] = [new MemorySearch(), new MemoryConsumers(store, clock)];
  return Promise.resolve({
    log: new MemoryLog({ store, clock }),
    index,
    consumers,
    other: { index, consumers },
    close: () => Promise.resolve(),
  });
});
