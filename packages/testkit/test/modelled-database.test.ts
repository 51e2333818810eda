// The shipped log on the model of PostgreSQL keeps the contract of the log: with answers that come at once while the clock
// stands still, and with messages and commits that take their time and overtake each other.
import { SILENT } from '@kith/server/core/telemetry';
import { openPostgresLog } from '@kith/server/store/postgres/log';
import { logContract } from '../src/contracts/log.js';
import type { LogSetup } from '../src/contracts/log-world.js';
import { DatabaseModel } from '../src/database-model/database-model.js';
import { NO_FAULTS } from '../src/database-model/faults.js';
import { FakeClock } from '../src/fake-clock.js';
import { Gate } from '../src/gate.js';
import { SeededRandom } from '../src/seeded-random.js';

type Nodes = {
  readonly clock: FakeClock;
  readonly model: DatabaseModel;
  readonly open: () => Promise<LogSetup['log']>;
};

const seeds = new SeededRandom(1);

function makeNodes(): Nodes {
  const clock = new FakeClock();
  const random = new SeededRandom(seeds.below(2 ** 31));
  const model = new DatabaseModel({ clock, random });
  let opened = 0;
  const open = () => {
    opened += 1;
    const gate = new Gate(clock);
    const database = model.databaseOf({ gate });
    return openPostgresLog({ database, clock: gate.clock, random: random.fork(`node ${opened}`), telemetry: SILENT });
  };
  return { clock, model, open };
}

function setUp({ clock, open }: Nodes, log: LogSetup['log'], close: () => Promise<void>): LogSetup {
  return { log, another: open, jump: (ms) => clock.jump(ms), reopen: open, close };
}

logContract('PostgresLog on the model, whose clock stands still,', async () => {
  const nodes = makeNodes();
  return setUp(nodes, await nodes.open(), async () => {});
});

logContract('PostgresLog on the model, whose commits overtake each other,', async () => {
  const nodes = makeNodes();
  nodes.model.faults = { ...NO_FAULTS, latency: [0, 3], queueing: [0, 2], committing: [0, 5] };
  const stop = run(nodes.clock);
  return setUp(nodes, await nodes.open(), stop);
});

/** Lets time go on, a millisecond after the other, until it is stopped. */
function run(clock: FakeClock): () => Promise<void> {
  let isStopped = false;
  const going = (async () => {
    while (!isStopped) await clock.advanceAsync(1);
  })();
  return () => {
    isStopped = true;
    return going;
  };
}
