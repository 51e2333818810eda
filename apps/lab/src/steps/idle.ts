// What an idle connection costs: how much a server grows by when so many more people, each in five conversations, have
// connected and fallen silent, and what it works for each while nothing is said. Memory is measured after a forced garbage
// collection on both sides of the growth, on a server that has taken a number of connections already, so that what a server
// needs once is not counted. With several servers on one database, each has as many.
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { readCpu } from '../measure/cpu.js';
import { residentBytes } from '../measure/resident.js';
import type { KithStack } from '../stack/kith-stack.js';
import type { Person } from '../stack/kith-store.js';
import type { HoldAnswer, HoldRequest } from '../wire/hold-process.js';
import { ProcessBeside } from '../wire/process-beside.js';
import { CONVERSATIONS_EACH, GROUP, groupsOf } from '../world/groups.js';

const FIRST = 500;
/** Marks, presence and what else follows a connection is over by then. */
const QUIET_MS = 5_000;
/** Two heartbeats. */
const SILENT_MS = 60_000;
const KIB = 1024;
const MICRO = 1e6;

type Reading = { readonly live: number; readonly resident: number };
type Server = {
  readonly started: Awaited<ReturnType<KithStack['startInspected']>>;
  readonly held: ProcessBeside<HoldRequest, HoldAnswer>;
  readonly people: readonly Person[];
};
type Growth = {
  readonly before: Reading;
  readonly after: Reading;
  readonly liveBytes: number;
  readonly residentBytes: number;
};

export async function runIdle(lab: Lab): Promise<void> {
  const { kith, progress, options, results } = lab;
  const count = Math.ceil(options.connections / GROUP) * GROUP;
  const people = await progress.step(
    `idle: ${(FIRST + count) * options.servers} people in ${CONVERSATIONS_EACH} conversations each`,
    () => peopleOf(kith, { count, servers: options.servers }),
  );
  const servers: Server[] = [];
  try {
    const growths: Growth[] = [];
    for (const some of people) {
      const held = new ProcessBeside<HoldRequest, HoldAnswer>('hold');
      const server = { started: await kith.startInspected(), held, people: some };
      servers.push(server);
      const which = options.servers === 1 ? 'idle' : `idle, server ${servers.length} of ${options.servers}`;
      const before = await progress.step(`${which}: ${FIRST} connections first`, () => connect(server, 0, FIRST));
      const after = await progress.step(`${which}: ${count} more`, () => connect(server, FIRST, FIRST + count));
      const [live, resident] = [(after.live - before.live) / count, (after.resident - before.resident) / count];
      progress.line(`${which}: ${(live / KIB).toFixed(2)} KiB live, ${(resident / KIB).toFixed(2)} KiB resident, each`);
      growths.push({ before, after, liveBytes: live, residentBytes: resident });
    }
    const cpu = await progress.step('idle: what they cost while nothing is said', () => silentCpu(kith, servers));
    const each = (cpu * MICRO) / ((FIRST + count) * options.servers);
    progress.line(`idle: ${each.toFixed(1)} µs of CPU a second, each`);
    const problem = servers.map(({ held }) => held.problem).find((found) => found !== null);
    if (problem !== undefined) throw new Error(`an idle connection ended: ${problem}`);
    results.figure(
      'idle',
      growths.map(({ residentBytes: bytes }) => bytes / KIB),
    );
    results.details.idle = { connections: FIRST + count, servers: growths, cpuMicrosPerSecond: each };
  } finally {
    for (const { held, started } of servers) {
      await held.close();
      await started.stop();
    }
  }
}

/** Of each server its own. */
async function peopleOf(
  { store }: KithStack,
  { count, servers }: { readonly count: number; readonly servers: number },
): Promise<readonly (readonly Person[])[]> {
  const all = await store.people((FIRST + count) * servers);
  const of = Array.from({ length: servers }, (_, at) => all.slice(at * (FIRST + count), (at + 1) * (FIRST + count)));
  for (const some of of) {
    await store.conversations(groupsOf(some.slice(0, FIRST)));
    await store.conversations(groupsOf(some.slice(FIRST)));
  }
  return of;
}

async function connect({ started, held, people }: Server, from: number, to: number): Promise<Reading> {
  await held.ask({ port: started.port, tokens: people.slice(from, to).map(({ token }) => token) });
  await delay(QUIET_MS);
  const { heapUsed, external } = await started.inspector.memory();
  return { live: heapUsed + external, resident: residentBytes(started.pid) };
}

/** Seconds of CPU of all servers in a second. */
async function silentCpu({ cpu: { postmasterPid } }: KithStack, servers: readonly Server[]): Promise<number> {
  const used = () =>
    servers.reduce((sum, { started }) => sum + readCpu({ gatewayPid: started.pid, postmasterPid }).gateway, 0);
  const [fromMs, before] = [performance.now(), used()];
  await delay(SILENT_MS);
  return (used() - before) / ((performance.now() - fromMs) / 1_000);
}
