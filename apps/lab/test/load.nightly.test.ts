// The load of `kith bench`, short and small, on a real server and database: what is counted is whole and in order. How long
// anything took is looked at by nobody here: that is the machine's.
import { leftovers } from '@kith/testkit/faults/leftovers';
import { afterAll, expect, it } from 'vitest';
import { openGround } from '../src/load/ground.js';
import { gather } from '../src/load/load-command.js';
import { hasErrors, reportOf } from '../src/load/load-report.js';
import { measureRound } from '../src/load/round.js';
import { Status } from '../src/load/status.js';

afterAll(async () => expect(await leftovers()).toEqual([]));

it('[S199] half in groups of 27, half from one to one, with receipts and people who come and go: all copies come, in order', async () => {
  const ground = await openGround();
  try {
    const { crowd, bytesPerConnection } = await gather(ground, { people: 54, parsedEvery: 10 }, new Status(true));
    const seconds: number[] = [];
    const round = await measureRound(
      { stack: ground.stack, crowd },
      { perSecond: 40, seconds: 3, comingPerSecond: 4 },
      { signal: new AbortController().signal, onSecond: (_, number) => seconds.push(number) },
    );
    crowd.close();
    expect([crowd.groups.length, crowd.pairs.length, seconds]).toEqual([2, 27, [1, 2, 3]]);
    expect(round.violations).toEqual({ outOfOrder: 0, holes: 0, undelivered: 0, lost: 0 });
    expect(round).toMatchObject({ ended: 0, unanswered: 0, refusals: {} });
    expect(round.sent).toBeGreaterThan(60);
    expect([round.acked, round.acks.count, round.lateness.count]).toEqual([round.sent, round.sent, round.sent]);
    expect(round.copies).toBeGreaterThan(round.sent * 5);
    expect(round.deliveries.count).toBeGreaterThan(round.copies / 40);
    expect(round.comings).toBeGreaterThan(0);
    const setting = { people: 54, perSecond: 40, bytesPerConnection, notPinned: null, warning: null };
    expect(hasErrors(reportOf(setting, [round]))).toBe(false);
  } finally {
    await ground.close();
  }
});
