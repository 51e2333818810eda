// Memory of the SDK: bytes for a message that it holds in memory, and for one that is in the store alone. 50 conversations;
// of each the newest hundred messages and some are in memory, so the first 5,000 entries are, and history is not.
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Lab } from '../lab.js';
import { bytesPerMessage } from '../sdk/heap-growth.js';
import type { MemoryRequest, MemoryResult } from '../sdk/memory-process.js';
import { inChild } from '../sdk/sdk-child.js';

const CONVERSATIONS = 50;
/** None, all in memory, the most that is in memory long passed, ten times as much. */
const AT = [CONVERSATIONS, 5_000, 10_000, 100_000];

export async function runMemorySteps({ progress, options, results }: Lab): Promise<void> {
  const rounds: (readonly number[])[] = [];
  const heaps: MemoryResult[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const directory = await mkdtemp(join(resolve('.tmp'), 'memory-'));
    const request: MemoryRequest = { at: AT, conversations: CONVERSATIONS, directory };
    const name = `memory: ${AT.at(-1)} messages in ${CONVERSATIONS} conversations, round ${round} of ${options.rounds}`;
    try {
      const run = () => inChild<MemoryResult>({ role: 'sdk-memory', request, node: ['--expose-gc'] });
      const found = await progress.step(name, run, ({ heapBytes }) => say(bytesPerMessage(AT, heapBytes)));
      heaps.push(found);
      rounds.push(bytesPerMessage(AT, found.heapBytes));
    } finally {
      await rm(directory, { recursive: true });
    }
  }
  const of = (index: number) => rounds.map((each) => each[index] ?? Number.NaN);
  results.figure('sdk-held', of(0));
  results.figure('sdk-history', of(2));
  results.details.memory = { at: AT, conversations: CONVERSATIONS, heaps, bytesPerMessage: rounds };
}

function say([held = Number.NaN, , history = Number.NaN]: readonly number[]): string {
  return `${held.toFixed(0)} B for one in memory, ${history.toFixed(0)} B for one in the store alone`;
}
