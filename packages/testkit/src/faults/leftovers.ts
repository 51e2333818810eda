// What a test left running: the processes below this one, as Linux shows them. Elsewhere nothing is known and none is named.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { until } from './until.js';

const GONE_MS = 5_000;

/** The command lines of processes that this one started, directly or not, and that are still there after a moment. */
export async function leftovers(): Promise<readonly string[]> {
  await until('nothing is left running', () => below(process.pid).length === 0, { withinMs: GONE_MS }).catch(() => {});
  return below(process.pid).map(({ command }) => command);
}

export type Running = { readonly pid: number; readonly parent: number; readonly command: string };

/** Descendants of a process. Those whose parent died are adopted by another and not found here. */
export function below(pid: number): readonly Running[] {
  const all = running();
  const found: Running[] = [];
  for (const parents = new Set([pid]); ; ) {
    const more = all.filter((one) => parents.has(one.parent) && !parents.has(one.pid));
    if (more.length === 0) return found;
    for (const one of more) parents.add(one.pid);
    found.push(...more);
  }
}

/** Whether there is such a process, whoever its parent is; false everywhere but on Linux. */
export function isRunning(pid: number): boolean {
  return readProcess(pid) !== null;
}

/** Processes of this machine whose command line names `text`: a directory of a test, which nobody else would name. */
export function runningWith(text: string): readonly string[] {
  return running()
    .filter(({ pid, command }) => pid !== process.pid && command.includes(text))
    .map(({ command }) => command);
}

function running(): readonly Running[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Null where it has just ended, or is a zombie that nobody has looked at yet. */
function readProcess(pid: number): Running | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which is in brackets and may hold anything: state, parent.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), command };
  } catch {
    return null;
  }
}
