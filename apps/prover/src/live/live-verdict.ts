// What is said of a live run when it is over: whether the laws held by both judges, what happened, what was left out.
import { type Breach, LAWS, type Law } from '../laws/law.js';
import type { LiveOptions } from './live-options.js';
import type { LiveResult, Sample } from './live-run.js';

export type LiveVerdict = {
  readonly holds: boolean;
  readonly seed: number;
  readonly ground: string;
  readonly seconds: number;
  readonly people: number;
  readonly devices: number;
  readonly sent: number;
  readonly confirmed: number;
  readonly delivered: number;
  readonly connections: number;
  readonly cuts: number;
  /** How often each happened. */
  readonly faults: { readonly [name: string]: number };
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  readonly notReached: readonly string[];
  /** The longest time without a confirmation while people wrote, and what happened then. */
  readonly silence: { readonly ms: number; readonly during: string };
  /** By the prover's own judge. */
  readonly breaches: readonly Breach[];
  /** By `check-history.mjs`, as it says them. */
  readonly secondJudge: readonly string[];
  /** Where the history is; null where it was not kept. */
  readonly history: string | null;
};

const MOST_TOLD = 8;
const WIDTH = 100;

/** Live runs search for nothing and delete nothing. */
export const NOT_LOOKED_AT: readonly Law[] = ['found', 'erased'];

export type Judged = {
  readonly breaches: readonly Breach[];
  readonly secondJudge: readonly string[];
  readonly history: string | null;
};

export function verdictOf(options: LiveOptions, result: LiveResult, judged: Judged): LiveVerdict {
  const { ground, history, faults, leftOut, notReached, samples, connections, cuts } = result;
  const { sent, confirmed, delivered } = samples.at(-1) ?? { sent: 0, confirmed: 0, delivered: 0 };
  const counts: { [name: string]: number } = {};
  for (const { name } of faults) counts[name] = (counts[name] ?? 0) + 1;
  return {
    holds: judged.breaches.length + judged.secondJudge.length === 0,
    seed: options.seed,
    ground,
    seconds: options.seconds,
    people: history.people.length,
    devices: history.end.tabs.length,
    sent,
    confirmed,
    delivered,
    connections,
    cuts,
    faults: counts,
    leftOut,
    notReached,
    silence: silenceIn(result),
    ...judged,
  };
}

export function verdictLines(verdict: LiveVerdict): readonly string[] {
  const { holds, seed, seconds, people, devices, ground, sent, confirmed, delivered, silence } = verdict;
  const faults = Object.entries(verdict.faults).map(([name, times]) => `${name} ${times}`);
  return [
    holds ? 'EVERY LAW HELD' : `BROKEN: ${brokenLaws(verdict).join(', ')}`,
    `  seed ${seed}, ${seconds} s, ${people} people on ${devices} devices, ${ground}`,
    `  ${sent} messages written, ${confirmed} confirmed, ${delivered} entries shown to devices`,
    `  ${verdict.connections} connections greeted, ${verdict.cuts} cut by the line`,
    `  faults: ${faults.length === 0 ? 'none' : faults.join(', ')}`,
    ...verdict.leftOut.map(({ name, why }) => `  left out: ${name}, because ${why}`),
    ...(verdict.notReached.length === 0 ? [] : [`  not reached in the time: ${verdict.notReached.join(', ')}`]),
    `  longest time without a confirmation: ${(silence.ms / 1_000).toFixed(1)} s (${silence.during})`,
    `  not looked at: the laws ${NOT_LOOKED_AT.join(' and ')}, as nothing is searched for and nothing is deleted`,
    `  judges: the prover's own found ${count(verdict.breaches.length)}, check-history.mjs ${count(verdict.secondJudge.length)}`,
    ...verdict.breaches.slice(0, MOST_TOLD).map(({ law, found }) => `    ${law}: ${short(found)}`),
    ...verdict.secondJudge.slice(0, MOST_TOLD).map((line) => `    check-history: ${short(line)}`),
    ...(verdict.history === null ? [] : [`  history: ${verdict.history}`]),
  ];
}

/** Those that either judge names. */
export function brokenLaws({ breaches, secondJudge }: Judged): readonly Law[] {
  const named = new Set([...breaches.map(({ law }) => String(law)), ...secondJudge.map((line) => line.split(':')[0])]);
  return lawNames().filter((law) => named.has(law));
}

export function lawNames(): readonly Law[] {
  return Object.keys(LAWS).filter((name): name is Law => Object.hasOwn(LAWS, name));
}

function silenceIn({ samples, faults }: LiveResult): LiveVerdict['silence'] {
  let longest = { fromMs: 0, ms: 0 };
  let last: Sample | null = null;
  const lastSentMs = samples.findLast(({ sent }, index) => sent !== samples[index - 1]?.sent)?.atMs ?? 0;
  for (const sample of samples) {
    if (sample.atMs > lastSentMs) break;
    if (last === null || sample.confirmed !== last.confirmed) last = sample;
    const ms = sample.atMs - last.atMs;
    if (ms > longest.ms) longest = { fromMs: last.atMs, ms };
  }
  const { fromMs, ms } = longest;
  const during = faults.filter((fault) => fault.fromMs <= fromMs + ms && fault.toMs >= fromMs - 1_000);
  return { ms, during: during.map(({ name }) => name).join(', ') || 'nothing was wrong' };
}

function count(breaches: number): string {
  return breaches === 1 ? '1 breach' : `${breaches} breaches`;
}

function short(text: string): string {
  return text.length > 3 * WIDTH ? `${text.slice(0, 3 * WIDTH)}…` : text;
}
