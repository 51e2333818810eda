// The shipped log on the model of PostgreSQL keeps the contract of the log: with answers that come at once while the clock
// stands still, and with messages and commits that take their time and overtake each other.
import { logContract } from '../src/contracts/log.js';
import type { LogSetup } from '../src/contracts/log-world.js';
import { NO_FAULTS } from '../src/database-model/faults.js';
import { SeededRandom } from '../src/seeded-random.js';
import { ModelledNodes } from './fixtures/modelled-nodes.js';

const seeds = new SeededRandom(1);

logContract('PostgresLog on the model, whose clock stands still,', () => setUp(makeNodes(), async () => {}));

logContract('PostgresLog on the model, whose commits overtake each other,', () => {
  const nodes = makeNodes();
  nodes.model.faults = { ...NO_FAULTS, latency: [0, 3], queueing: [0, 2], committing: [0, 5] };
  return setUp(nodes, nodes.run());
});

function makeNodes(): ModelledNodes {
  return new ModelledNodes(seeds.below(2 ** 31));
}

async function setUp(nodes: ModelledNodes, close: () => Promise<void>): Promise<LogSetup> {
  const open = async () => (await nodes.open()).log;
  return { log: await open(), another: open, jump: (ms) => nodes.clock.jump(ms), reopen: open, close };
}
