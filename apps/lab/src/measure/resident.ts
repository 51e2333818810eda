// Memory that the system has given to a process: its proportional set size, which counts shared pages by their share.
import { readFileSync } from 'node:fs';

/** Bytes. @throws Error where there is no /proc, or the process is gone */
export function residentBytes(pid: number): number {
  return parsePss(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
}

/** @throws Error where the text is no smaps_rollup */
export function parsePss(text: string): number {
  const [, kib] = /^Pss:\s+(\d+) kB$/m.exec(text) ?? [];
  if (kib === undefined) throw new Error('this is no /proc/<pid>/smaps_rollup');
  return Number(kib) * 1024;
}
