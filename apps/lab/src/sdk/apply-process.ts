// The role `sdk-apply`: a process of its own in which the SDK takes live entries as an app would, with a timeline open on one
// conversation, and that says how long it took, then ends.

import { FileStores } from '@kith/sdk/storage/file';
import { MemoryStores } from '@kith/sdk/storage/memory';
import { openScripted, PER_TURN } from './scripted-chat.js';
import { framesOf, ScriptedServer } from './scripted-server.js';

export type ApplyRequest = {
  readonly entries: number;
  readonly conversations: number;
  /** Where files go; null for memory. */
  readonly directory: string | null;
};

export type ApplyResult = {
  /** Until everything is shown, and until the store has it too. */
  readonly shownMs: number;
  readonly keptMs: number;
  /** User and system time of the whole process until then. */
  readonly cpuMs: number;
  readonly batches: number;
};

export async function runApply({ entries, conversations, directory }: ApplyRequest): Promise<ApplyResult> {
  const server = new ScriptedServer(conversations);
  const scripted = await openScripted(server, directory === null ? new MemoryStores() : new FileStores({ directory }));
  const { chat, person, stores } = scripted;
  const timeline = person.timeline(server.conversations[0] ?? '');
  const frames = framesOf(server.conversations, { from: 1, to: entries });
  const batchesBefore = stores.kept.batches;
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await server.say(frames, PER_TURN, () => new Promise((resolve) => setImmediate(resolve)));
  const shownMs = performance.now() - startedMs;
  await stores.until(entries);
  const keptMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const held = person.conversations.getSnapshot().reduce((sum, { head }) => sum + head, 0);
  if (held !== entries || person.mismatches.getSnapshot() > 0)
    throw new Error(`${held} of ${entries} entries are held`);
  timeline.close();
  await chat.close();
  return { shownMs, keptMs, cpuMs: (user + system) / 1_000, batches: stores.kept.batches - batchesBefore };
}
