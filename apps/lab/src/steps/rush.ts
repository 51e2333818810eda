// Everybody comes back at once, after an absence in which each of their five conversations went on by 20 entries: what a resume
// with its catch-up costs, and what those notice of it who were there all the time.
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { type CpuSeconds, cpuBetween, readCpu } from '../measure/cpu.js';
import { untilQuiet } from '../measure/quiet.js';
import type { Person } from '../stack/kith-store.js';
import type { Comer, ComersAnswer, ComersRequest } from '../wire/comers-process.js';
import { LabClient } from '../wire/lab-client.js';
import { noOrderCounts } from '../wire/order-check.js';
import { ProcessBeside } from '../wire/process-beside.js';
import { CONVERSATIONS_EACH, GROUP, groupsOf } from '../world/groups.js';
import { inParallel } from '../world/in-parallel.js';
import { type AckResult, measureAcks } from '../world/measure-acks.js';
import { textOf } from '../world/texts.js';
import { openWorld } from '../world/world.js';
import { profiled } from './profiled.js';

const MISSED = 20;
const PARALLEL = 50;
const OTHERS = { count: 50, size: 2 };
const OTHERS_PER_SECOND = 100;
const ALONE_SECONDS = 10;
const MOST_SECONDS = 120;
/** 50,000 in a minute, on two cores of which one is measured. */
const PER_SECOND = 417;
/** What was read for those who came together is kept for five seconds. */
const FORGOTTEN_MS = 6_000;

export async function runRush(lab: Lab): Promise<void> {
  const { kith, progress, options, results } = lab;
  const count = Math.ceil(options.connections / GROUP) * GROUP;
  const comers = await progress.step(
    `rush: ${count} people were there, and ${MISSED} messages came to each of their conversations since`,
    () => prepare(lab, count),
  );
  const others = await openWorld(kith, await kith.seat(OTHERS.count, OTHERS.size));
  const load = (seconds: number, isOver = () => false) =>
    measureAcks(others, { perSecond: OTHERS_PER_SECOND, seconds, isOver });
  const beside = new ProcessBeside<ComersRequest, ComersAnswer>('comers');
  try {
    await beside.ask({ comers });
    const isQuiet = await progress.step('rush: until what was written is in the index of messages', async () => {
      await untilQuiet(kith.cpu);
      await kith.store.vacuum();
      return untilQuiet(kith.cpu);
    });
    if (!isQuiet) progress.line('rush: NOT QUIET after a minute: what is taken away for the others is too much');
    const alone = await progress.step('rush: the others alone', () => load(ALONE_SECONDS));
    const aloneCpu = (alone.cpu.gateway + alone.cpu.postgres) / ALONE_SECONDS;
    const rush = { comers: count, beside, load };
    const atOnce = await progress.step(`rush: ${count} come back at once`, () => comeBack(lab, rush, null));
    const { cpu, seconds, during } = atOnce;
    const perCpuSecond = count / (cpu.gateway + cpu.postgres - aloneCpu * seconds);
    const slower = during.samples.percentile(99) / alone.samples.percentile(99);
    progress.line(
      `rush: in ${seconds.toFixed(1)} s, ${perCpuSecond.toFixed(0)} per CPU-second; p99 of the others ${slower.toFixed(2)}×`,
    );
    await delay(FORGOTTEN_MS);
    const paced = await progress.step(`rush: they come back again, ${PER_SECOND} a second`, () =>
      comeBack(lab, rush, PER_SECOND),
    );
    const [pacedMs, took] = [paced.during.samples.percentile(99), paced.seconds];
    progress.line(
      `rush: at ${PER_SECOND} a second, in ${took.toFixed(1)} s; p99 of the others ${pacedMs.toFixed(1)} ms`,
    );
    results.figure('rush', [perCpuSecond]);
    results.figure('rush-others', [slower]);
    results.figure('rush-paced', [pacedMs]);
    results.violated(during.violations);
    results.violated(paced.during.violations);
    results.details.rush = {
      count,
      ...{ seconds, cpu, alone: alone.samples.percentile(99), during: during.samples.percentile(99) },
      paced: { perSecond: PER_SECOND, seconds: took, cpu: paced.cpu, during: pacedMs },
    };
  } finally {
    others.close();
    await beside.close();
  }
}

type Rush = {
  readonly comers: number;
  readonly beside: ProcessBeside<ComersRequest, ComersAnswer>;
  readonly load: (seconds: number, isOver: () => boolean) => Promise<AckResult>;
};
type Came = { readonly seconds: number; readonly cpu: CpuSeconds; readonly during: AckResult };

/** @throws Error where one of them does not come, or has not got all that they missed */
async function comeBack(lab: Lab, { comers, beside, load }: Rush, perSecond: number | null): Promise<Came> {
  const { kith } = lab;
  const before = readCpu(kith.cpu);
  const beganMs = performance.now();
  let haveCome = false;
  const running = load(MOST_SECONDS, () => haveCome);
  const coming = profiled(lab, perSecond === null ? 'rush' : 'rush-paced', () =>
    beside.ask({ come: { port: kith.port, perSecond } }),
  );
  const came = await coming.finally(() => {
    haveCome = true;
  });
  const ended = { seconds: (performance.now() - beganMs) / 1_000, cpu: cpuBetween(before, readCpu(kith.cpu)) };
  const during = await running;
  const [entries, wanted] = ['entries' in came ? came.entries : 0, comers * CONVERSATIONS_EACH * MISSED];
  if (entries !== wanted) throw new Error(`${entries} entries were caught up with, not ${wanted}`);
  return { ...ended, during };
}

/** Everybody connects, and goes; then somebody in each conversation writes. */
async function prepare({ kith }: Lab, count: number): Promise<readonly Comer[]> {
  const people = await kith.store.people(count);
  const groups = groupsOf(people);
  const conversations = await kith.store.conversations(groups);
  const comers = await inParallel(PARALLEL, people, async (person) => {
    const client = await open(kith.port, person);
    const heads = new Map([...client.epochs.keys()].map((id) => [id, client.order.last(id)]));
    client.close();
    return { token: person.token, since: client.since, heads };
  });
  const places = conversations.map((conversation, index) => ({ conversation, writer: groups[index]?.[0] }));
  await inParallel(PARALLEL, places, async ({ conversation, writer }) => {
    if (!writer) return;
    const client = await open(kith.port, writer);
    for (let number = 0; number < MISSED; number += 1) {
      await client.request('message.send', { conversation, key: crypto.randomUUID(), text: textOf(number) });
    }
    client.close();
  });
  return comers;
}

function open(port: number, { token }: Person): Promise<LabClient> {
  return LabClient.open({ port, token, numbering: 'next', counts: noOrderCounts() });
}
