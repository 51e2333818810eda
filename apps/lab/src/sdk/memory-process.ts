// The role `sdk-memory`: a process of its own, started with `--expose-gc`, in which the SDK is told so many entries and keeps
// them in files, and that says what its heap holds after everything that nothing refers to was collected.
import { FileStores } from '@kith/sdk/storage/file';
import { nextTurn, openScripted, tellInPieces } from './scripted-chat.js';
import { ScriptedServer } from './scripted-server.js';

export type MemoryRequest = {
  /** How many entries there are when the heap is looked at, rising. */
  readonly at: readonly number[];
  readonly conversations: number;
  readonly directory: string;
};

/** Bytes of the heap at each of these numbers of entries. */
export type MemoryResult = { readonly heapBytes: readonly number[] };

export async function runMemory({ at, conversations, directory }: MemoryRequest): Promise<MemoryResult> {
  const server = new ScriptedServer(conversations);
  const scripted = await openScripted(server, new FileStores({ directory }));
  const heapBytes: number[] = [];
  let told = 0;
  for (const count of at) {
    await tellInPieces(scripted, server, { from: told + 1, to: count });
    told = count;
    heapBytes.push(await liveBytes());
  }
  await scripted.chat.close();
  return { heapBytes };
}

async function liveBytes(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('start this with --expose-gc');
  // What a turn has let go of may be held by the turn itself.
  for (let time = 0; time < 4; time += 1) {
    await nextTurn();
    gc();
  }
  return process.memoryUsage().heapUsed;
}
