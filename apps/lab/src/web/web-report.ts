// The table of a run of `npm run bench:web`: each figure, what was promised of it, and whether that is so.
import type { OpeningTime, Start } from './measures.js';
import type { WebResult } from './web-bench.js';

export type Gate = {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** No more than this; null where nothing was promised. */
  readonly most: number | null;
  readonly isMet: boolean;
};

const MOST_INTERACTIVE_MS = 1_500;
const MOST_SCRIPT_BYTES = 170 * 1024;
/** Half of a frame of 60 in a second. */
const MOST_SCRIPT_MS = 8;
/** What Web Vitals call good. */
const MOST_SHIFT = 0.1;

export function gatesOf({ first, later, openings, scroll }: WebResult): readonly Gate[] {
  const scripts = median(first.map(({ scriptBytes }) => scriptBytes)) / 1024;
  return [
    gate('scripts until the form is there, compressed', scripts, ['KB', MOST_SCRIPT_BYTES / 1024]),
    ...visitGates('first visit', first),
    ...visitGates('later visit', later),
    gate('press to painted conversation, held, median', median(painted(openings.fullCpu)), ['ms', 100]),
    gate('the same, CPU of the main thread', median(openings.fullCpu.map(({ cpuMs }) => cpuMs)), ['ms', null]),
    gate('the same, 95 of 100', quantile(painted(openings.fullCpu), 0.95), ['ms', null]),
    gate('the same, median at 4× CPU', median(painted(openings.quarterCpu)), ['ms', null]),
    gate(`script in a frame (CPU), over ${scroll.messages} messages`, scroll.scriptMsPerFrame, ['ms', MOST_SCRIPT_MS]),
    gate('layout and style in a frame (CPU)', scroll.layoutMsPerFrame, ['ms', null]),
    gate('long tasks while scrolling', scroll.longTasks, ['', null]),
    gate('the longest of them', scroll.longestTaskMs, ['ms', null]),
    gate('layout shift while scrolling', scroll.layoutShift, ['', null]),
  ];
}

/** On a slow phone: 4× CPU and slow 4G. */
function visitGates(name: string, starts: readonly Start[]): readonly Gate[] {
  const of = (read: (start: Start) => number) => median(starts.map(read));
  const painted = of(({ paintedMs }) => paintedMs);
  const interactive = of(({ interactiveMs }) => interactiveMs);
  const cpu = of(({ cpuMs }) => cpuMs);
  const shift = of(({ layoutShift }) => layoutShift);
  return [
    gate(`${name}, painted`, painted, ['ms', null]),
    gate(`${name}, interactive`, interactive, ['ms', MOST_INTERACTIVE_MS]),
    gate(`${name}, CPU of the main thread in all`, cpu, ['ms', null]),
    gate(`${name}, layout shift`, shift, ['', MOST_SHIFT]),
  ];
}

export function tableOf(gates: readonly Gate[], { machine, load, browser }: WebResult): string {
  const width = Math.max(...gates.map(({ what }) => what.length));
  const rows = gates.map(({ what, value, unit, most, isMet }) => {
    const figure = `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ${unit}`.padStart(12);
    const promise = most === null ? '' : `  at most ${most} ${unit}: ${isMet ? 'met' : 'NOT MET'}`;
    return `${what.padEnd(width)}${figure}${promise}`;
  });
  const place = `${machine.cores} cores (${machine.cpu}), Chromium ${browser}, load ${load.map((one) => one.toFixed(1)).join(' to ')}`;
  return `${[...rows, place].join('\n')}\n`;
}

function gate(what: string, value: number, [unit, most]: readonly [string, number | null]): Gate {
  return { what, value, unit, most, isMet: most === null || value <= most };
}

const painted = (times: readonly OpeningTime[]) => times.map(({ paintedMs }) => paintedMs);

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
