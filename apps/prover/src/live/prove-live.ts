// `kith prove --live`: a run, both judges over its history, and the verdict. The history is kept where one was asked for or a
// law was broken.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { judge } from '../laws/judge.js';
import type { LiveOptions } from './live-options.js';
import { parseLiveOptions } from './live-options.js';
import { livePage } from './live-page.js';
import { LiveProgress } from './live-progress.js';
import { type LiveResult, runLive, type Sample } from './live-run.js';
import { type LiveVerdict, verdictLines, verdictOf } from './live-verdict.js';
import { checkFile } from './second-judge.js';

/** For an end from outside. */
const UNJUDGED = 2;

/** @returns the exit status: 0 where every law held, 1 where one was broken, 2 where it was ended before. @throws where it could not run */
export async function proveLive(args: readonly string[], drawnSeed: number): Promise<number> {
  const options = parseLiveOptions(args, drawnSeed);
  const isShown = process.stderr.isTTY === true;
  const write = (text: string) => void process.stderr.write(text);
  const progress = new LiveProgress({ write, isShown, isQuiet: options.isJson });
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  const watcher = {
    signal: ending.signal,
    onFault: (words: string) => progress.fault(words),
    onSample: (sample: Sample) => progress.sample(sample),
  };
  const result = await runLive(options, watcher)
    .catch((error: unknown) => {
      if (!ending.signal.aborted) throw error;
      return null;
    })
    .finally(() => progress.end());
  if (result === null) {
    console.error('kith prove --live was ended before its verdict');
    return UNJUDGED;
  }
  const verdict = await judgeLive(options, result);
  if (options.html !== null) writeFileSync(options.html, livePage(verdict, result));
  console.log(options.isJson ? JSON.stringify(verdict) : verdictLines(verdict).join('\n'));
  return verdict.holds ? 0 : 1;
}

/** Both judges. */
export async function judgeLive(options: LiveOptions, { history, ...result }: LiveResult): Promise<LiveVerdict> {
  const breaches = judge(history);
  const directory = mkdtempSync(join(tmpdir(), 'kith-live-'));
  const file = options.history === null ? join(directory, 'history.json') : resolve(options.history);
  writeFileSync(file, `${JSON.stringify(history)}\n`);
  const secondJudge = await checkFile(file);
  const isKept = options.history !== null || breaches.length + secondJudge.length > 0;
  if (!isKept || options.history !== null) rmSync(directory, { recursive: true });
  return verdictOf(options, { history, ...result }, { breaches, secondJudge, history: isKept ? file : null });
}
