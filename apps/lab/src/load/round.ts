// One measured round of the load: warmed up, measured over a span of time with a sample each second, drained to the last copy,
// read back. A round in which the load side was the limit says so: its figures are not the server's.
import { setTimeout as delay } from 'node:timers/promises';
import { type CpuSeconds, cpuBetween, readCpu } from '../measure/cpu.js';
import type { KithStack } from '../stack/kith-stack.js';
import { AckLedger } from '../world/ack-ledger.js';
import { type Violations, violationsSince } from '../world/measure-load.js';
import type { Crowd } from './crowd.js';
import { OpenLoop } from './open-loop.js';

export type RoundPlan = { readonly perSecond: number; readonly seconds: number; readonly comingPerSecond: number };

/** One second of a round. CPU in cores. */
export type Second = {
  readonly sent: number;
  readonly acked: number;
  readonly copies: number;
  readonly server: number;
  readonly postgres: number;
  readonly load: number;
};

export type Round = {
  readonly seconds: number;
  readonly perSecond: number;
  readonly sent: number;
  readonly acked: number;
  readonly copies: number;
  /** CPU seconds in the span. */
  readonly cpu: CpuSeconds;
  readonly loadCpu: number;
  readonly acks: OpenLoop['acks'];
  readonly deliveries: OpenLoop['deliveries'];
  readonly lateness: OpenLoop['lateness'];
  readonly unanswered: number;
  readonly refusals: { readonly [code: string]: number };
  /** Connections that the server ended; people who went away and came back. */
  readonly ended: number;
  readonly comings: number;
  /** How often one of them was told to come later. */
  readonly turnedAway: number;
  readonly violations: Violations;
  readonly timeline: readonly Second[];
  /** Why it does not count; null where it does. */
  readonly thrownAway: string | null;
};

export type Watch = {
  readonly signal: AbortSignal;
  readonly onSecond: (second: Second, number: number) => void;
  readonly onSample?: OpenLoop['onSample'];
};

const WARM_MS = 1_000;
const SECOND_MS = 1_000;
/** Of one core: with more of it used the load generator is late by itself. */
const MOST_LOAD_CPU = 0.85;
const MOST_LATE_MS = 25;

export async function measureRound(
  { stack, crowd }: { readonly stack: KithStack; readonly crowd: Crowd },
  plan: RoundPlan,
  watch: Watch,
): Promise<Round> {
  const before = { ...crowd.counts, ended: crowd.ended, comings: crowd.comings, turnedAway: crowd.turnedAway };
  const ledger = new AckLedger();
  const loop = new OpenLoop(crowd, ledger);
  if (watch.onSample !== undefined) loop.onSample = watch.onSample;
  const fromMs = performance.now() + WARM_MS;
  const untilMs = fromMs + plan.seconds * SECOND_MS;
  loop.measure(fromMs, untilMs);
  crowd.readAlong();
  const coming = comeAndGo(crowd, plan.comingPerSecond, () => performance.now() >= untilMs || watch.signal.aborted);
  const running = loop.run(plan.perSecond, { untilMs, isOver: () => watch.signal.aborted });
  const sampled = await sample({ stack, crowd, loop }, { fromMs, seconds: plan.seconds }, watch);
  await running;
  const unanswered = await loop.settle();
  await coming;
  const violations = await violationsSince(before, crowd.world(), ledger);
  const { sent, acked, acks, deliveries, lateness } = loop;
  const round = { ...sampled, ...{ perSecond: plan.perSecond, sent, acked, acks, deliveries, lateness, unanswered } };
  return {
    ...round,
    refusals: Object.fromEntries(loop.refusals),
    ended: crowd.ended - before.ended,
    comings: crowd.comings - before.comings,
    turnedAway: crowd.turnedAway - before.turnedAway,
    violations,
    thrownAway: whyNot(sampled, lateness.percentile(99)),
  };
}

type Span = Pick<Round, 'seconds' | 'copies' | 'cpu' | 'loadCpu' | 'timeline'>;

async function sample(
  { stack, crowd, loop }: { readonly stack: KithStack; readonly crowd: Crowd; readonly loop: OpenLoop },
  { fromMs, seconds }: { readonly fromMs: number; readonly seconds: number },
  { signal, onSecond }: Watch,
): Promise<Span> {
  await delay(fromMs - performance.now());
  const look = () => {
    const { user, system } = process.cpuUsage();
    const { sent, acked } = loop;
    const [cpu, load] = [readCpu(stack.cpu), (user + system) / 1e6];
    return { atMs: performance.now(), sent, acked, copies: crowd.counts.copies, cpu, load };
  };
  const first = look();
  const timeline: Second[] = [];
  let last = first;
  for (let second = 1; second <= seconds && !signal.aborted; second += 1) {
    await delay(fromMs + second * SECOND_MS - performance.now());
    const now = look();
    const span = (now.atMs - last.atMs) / SECOND_MS;
    const { gateway, postgres } = cpuBetween(last.cpu, now.cpu);
    const rates = { sent: now.sent - last.sent, acked: now.acked - last.acked, copies: now.copies - last.copies };
    const cores = { server: gateway / span, postgres: postgres / span, load: (now.load - last.load) / span };
    const whole = { ...rates, ...cores };
    timeline.push(whole);
    onSecond(whole, second);
    last = now;
  }
  return {
    seconds: (last.atMs - first.atMs) / SECOND_MS,
    copies: last.copies - first.copies,
    cpu: cpuBetween(first.cpu, last.cpu),
    loadCpu: last.load - first.load,
    timeline,
  };
}

/** Somebody goes, as often as is wanted, and comes back. Resolves when all of them are there again. */
async function comeAndGo(crowd: Crowd, perSecond: number, isOver: () => boolean): Promise<void> {
  const away: Promise<void>[] = [];
  while (perSecond > 0 && !isOver()) {
    await delay(SECOND_MS / perSecond);
    if (!isOver()) away.push(crowd.leaveAndComeBack(Math.floor(Math.random() * crowd.size)));
  }
  await Promise.all(away);
}

function whyNot({ loadCpu, seconds }: Span, lateMs: number): string | null {
  const share = loadCpu / seconds;
  if (share > MOST_LOAD_CPU) return `the load side used ${Math.round(share * 100)} % of its core`;
  if (lateMs > MOST_LATE_MS) return `the load side sent its messages late, by ${lateMs.toFixed(0)} ms at p99`;
  return null;
}
