// Memory of an idle connection: how much a server grows by when so many more people, each in five conversations, have
// connected and fallen silent. Measured after a forced garbage collection on both sides of the growth, on a server that
// has taken a number of connections already, so that what a server needs once is not counted.
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { residentBytes } from '../measure/resident.js';
import type { Person } from '../stack/kith-store.js';
import { LabClient } from '../wire/lab-client.js';
import { noOrderCounts } from '../wire/order-check.js';
import { CONVERSATIONS_EACH, GROUP, groupsOf } from '../world/groups.js';
import { inParallel } from '../world/in-parallel.js';

const FIRST = 500;
const PARALLEL = 50;
/** Marks, presence and what else follows a connection is over by then. */
const QUIET_MS = 5_000;
const KIB = 1024;

type Reading = { readonly live: number; readonly resident: number };

export async function runIdle(lab: Lab): Promise<void> {
  const { kith, progress, options, results } = lab;
  const count = Math.ceil(options.connections / GROUP) * GROUP;
  const people = await progress.step(
    `idle: ${FIRST + count} people in ${CONVERSATIONS_EACH} conversations each`,
    async () => {
      const found = await kith.store.people(FIRST + count);
      await kith.store.conversations(groupsOf(found.slice(0, FIRST)));
      await kith.store.conversations(groupsOf(found.slice(FIRST)));
      return found;
    },
  );
  const server = await kith.startInspected();
  const clients: LabClient[] = [];
  const connect = async (some: readonly Person[]): Promise<Reading> => {
    const opened = await inParallel(PARALLEL, some, ({ token }) =>
      LabClient.open({ port: server.port, token, numbering: 'next', counts: noOrderCounts() }),
    );
    clients.push(...opened);
    await delay(QUIET_MS);
    const { heapUsed, external } = await server.inspector.memory();
    return { live: heapUsed + external, resident: residentBytes(server.pid) };
  };
  try {
    const before = await progress.step(`idle: ${FIRST} connections first`, () => connect(people.slice(0, FIRST)));
    const after = await progress.step(`idle: ${count} more`, () => connect(people.slice(FIRST)));
    const [live, resident] = [(after.live - before.live) / count, (after.resident - before.resident) / count];
    progress.line(`idle: ${(live / KIB).toFixed(2)} KiB live, ${(resident / KIB).toFixed(2)} KiB resident, each`);
    results.figure('idle', [resident / KIB]);
    results.details.idle = { connections: count, before, after, liveBytes: live, residentBytes: resident };
  } finally {
    for (const client of clients) client.close();
    await server.stop();
  }
}
