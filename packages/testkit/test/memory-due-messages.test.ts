// The contract of messages that have had their time, in memory.
import { MemoryDueMessages } from '@kith/server/store/memory/due-messages';
import { MemoryLog } from '@kith/server/store/memory/log';
import { MemoryStore } from '@kith/server/store/memory/store';
import { dueContract } from '../src/contracts/due-messages.js';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

dueContract('the store in memory', () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock, random: new SeededRandom(1) });
  const node = () => new MemoryLog({ store, clock });
  return Promise.resolve({
    due: new MemoryDueMessages(store),
    log: node(),
    another: () => Promise.resolve(node()),
    jump: (ms: number) => clock.jump(ms),
    reopen: () => Promise.resolve(node()),
    close: () => Promise.resolve(),
  });
});
