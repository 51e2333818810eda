// The contract of the log on the memory log: with calls that answer at once while the clock stands still, and with calls
// that take a turn of random length under a clock that runs on, so that calls of two nodes overtake each other.
import { MemoryLog } from '@kith/server/store/memory/log';
import { MemoryStore } from '@kith/server/store/memory/store';
import { logContract } from '../src/contracts/log.js';
import type { LogSetup } from '../src/contracts/log-world.js';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

const random = new SeededRandom(1);

function setUp(clock: FakeClock, delay?: () => Promise<void>): LogSetup {
  const store = new MemoryStore({ clock, random });
  const node = () => new MemoryLog(delay ? { store, clock, delay } : { store, clock });
  return {
    log: node(),
    another: () => Promise.resolve(node()),
    jump: (ms) => clock.jump(ms),
    reopen: () => Promise.resolve(node()),
    close: () => Promise.resolve(),
  };
}

logContract('the memory log, its clock standing still,', () => {
  return Promise.resolve(setUp(new FakeClock()));
});

logContract('the memory log, its calls overtaking each other,', () => {
  const clock = new FakeClock();
  const delay = async () => {
    for (let turns = random.below(8); turns > 0; turns -= 1) await Promise.resolve();
    clock.advance(random.below(3));
  };
  return Promise.resolve(setUp(clock, delay));
});
