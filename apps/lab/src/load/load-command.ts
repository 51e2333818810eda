// `kith bench`: the load of chat on a server of its own, round after round, and what came of it.
import { writeFileSync } from 'node:fs';
import { residentBytes } from '../measure/resident.js';
import { Crowd } from './crowd.js';
import { type Ground, openGround } from './ground.js';
import { JtlFile } from './jtl.js';
import { type LoadOptions, parseLoadOptions } from './load-options.js';
import { loadPage } from './load-page.js';
import { hasErrors, type LoadReport, reportOf, summaryJson, summaryLines } from './load-report.js';
import { measureRound, type Round } from './round.js';
import { Status } from './status.js';

export type LoadTerminal = { out(line: string): void; readonly signal: AbortSignal };

const UNUSABLE = 2;

/** @returns the exit status. @throws LoadUsageError, or where it could not run */
export async function runLoad(args: readonly string[], { out, signal }: LoadTerminal): Promise<number> {
  const options = parseLoadOptions(args);
  const status = new Status(options.isJson);
  const report = await measureLoad(options, { status, signal });
  status.end();
  const json = JSON.stringify(summaryJson(report), null, 2);
  if (options.out !== null) writeFileSync(options.out, `${json}\n`);
  if (options.html !== null) writeFileSync(options.html, loadPage(report));
  if (options.isJson) out(json);
  else for (const line of summaryLines(report)) out(line);
  if (hasErrors(report)) return 1;
  return report.counted.length === 0 ? UNUSABLE : 0;
}

type Running = { readonly status: Status; readonly signal: AbortSignal };

/** @throws Error where it was ended from outside */
export async function measureLoad(options: LoadOptions, running: Running): Promise<LoadReport> {
  running.status.line('PostgreSQL and Kith are started');
  const ground = await openGround();
  try {
    const { crowd, bytesPerConnection } = await gather(ground, options, running.status);
    try {
      const rounds = await roundsOf({ ground, crowd }, options, running);
      const { pinning, database } = ground;
      const machine = { notPinned: pinning.missing, warning: database.warning };
      return reportOf({ people: crowd.size, perSecond: options.rate, bytesPerConnection, ...machine }, rounds);
    } finally {
      crowd.close();
    }
  } finally {
    await ground.close();
  }
}

/** Everybody connected, and what each connection has made the server's process grow by; nothing was collected for that. */
export async function gather(
  { stack, beside }: Ground,
  { people, parsedEvery }: { readonly people: number; readonly parsedEvery: number },
  status: Status,
): Promise<{ readonly crowd: Crowd; readonly bytesPerConnection: number }> {
  status.line(`${people} people are made, with their conversations`);
  const before = residentBytes(stack.cpu.gatewayPid);
  const ports = [stack, ...beside].map(({ port }) => port);
  const crowd = await Crowd.open(stack, { people, parsedEvery, ports }, (connected) => {
    status.at(`${connected} of ${people} people are connected`);
  });
  const bytesPerConnection = (residentBytes(stack.cpu.gatewayPid) - before) / people;
  return { crowd, bytesPerConnection };
}

async function roundsOf(
  { ground: { stack }, crowd }: { readonly ground: Ground; readonly crowd: Crowd },
  { rate, seconds, rounds, coming, jtl }: LoadOptions,
  { status, signal }: Running,
): Promise<readonly Round[]> {
  const measured: Round[] = [];
  const file = jtl === null ? null : new JtlFile(jtl);
  for (let number = 1; number <= rounds; number += 1) {
    const plan = { perSecond: rate, seconds, comingPerSecond: coming };
    const round = await measureRound({ stack, crowd }, plan, {
      signal,
      onSample: (sample) => file?.add(sample),
      onSecond: (second, at) => {
        const { sent, acked, copies, server, postgres, load } = second;
        const cores = [server, postgres, load].map((core) => `${Math.round(core * 100)} %`).join(', ');
        const counts = `${sent} sent, ${acked} acked, ${copies} copies`;
        status.at(
          `round ${number}/${rounds}, second ${at}/${seconds}: ${counts}; CPU of server, PostgreSQL, load ${cores}`,
        );
      },
    });
    file?.flush();
    if (signal.aborted) throw new Error('it was ended before its end');
    const { acks, deliveries, thrownAway } = round;
    const p99 = `acknowledged p99 ${acks.percentile(99).toFixed(1)} ms, delivered ${deliveries.percentile(99).toFixed(1)} ms`;
    status.line(`round ${number} of ${rounds}: ${p99}${thrownAway === null ? '' : `; THROWN AWAY: ${thrownAway}`}`);
    measured.push(round);
  }
  return measured;
}
