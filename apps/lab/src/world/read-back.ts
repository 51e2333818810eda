// Reads back, through `entries.read` of the server, everything from the first acknowledged message on.
import type { LabClient } from '../wire/lab-client.js';
import type { AckLedger, StoredMessage } from './ack-ledger.js';
import { inParallel } from './in-parallel.js';
import type { World } from './world.js';

const PAGE = 200;
const PARALLEL = 8;

/** @returns how many acknowledged messages are not there */
export async function countLost(world: World, ledger: AckLedger): Promise<number> {
  const stored = new Map<string, readonly StoredMessage[]>();
  const rooms = world.rooms.filter(({ conversation }) => ledger.range(conversation).highest > 0);
  await inParallel(PARALLEL, rooms, async ({ conversation, clients: [client] }) => {
    if (client) stored.set(conversation, await readFrom(client, conversation, ledger.range(conversation)));
  });
  return ledger.lost(stored);
}

async function readFrom(
  client: LabClient,
  conversation: string,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
): Promise<readonly StoredMessage[]> {
  const stored: StoredMessage[] = [];
  let [after, epoch] = [0, await epochOf(client, conversation)];
  after = lowest - 1;
  while (after < highest) {
    const page = (await client.request('entries.read', { conversation, epoch, after, limit: PAGE })) as unknown as {
      readonly epoch: number;
      readonly entries: readonly StoredMessage[];
    };
    const last = page.entries.at(-1)?.seq;
    if (last === undefined) break;
    stored.push(...page.entries);
    [after, epoch] = [last, page.epoch];
  }
  return stored;
}

async function epochOf(client: LabClient, conversation: string): Promise<number> {
  const { epoch } = await client.request('entries.read', { conversation, after: 0, limit: 1 });
  return Number(epoch);
}
