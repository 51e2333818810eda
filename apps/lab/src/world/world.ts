// Conversations with all their members connected: what load is put on, and where every copy is counted and its order
// checked. Whoever opens a world closes it.
import type { Seats, Stack } from '../stack/stack.js';
import { LabClient } from '../wire/lab-client.js';
import { noOrderCounts, type OrderCounts } from '../wire/order-check.js';
import { inParallel } from './in-parallel.js';

export type Room = { readonly conversation: string; readonly clients: readonly LabClient[] };

export type World = {
  readonly stack: Stack;
  readonly rooms: readonly Room[];
  /** Of all connections together. */
  readonly counts: OrderCounts;
  close(): void;
};

const PARALLEL = 50;

export async function openWorld(stack: Stack, seats: readonly Seats[]): Promise<World> {
  const counts = noOrderCounts();
  const rooms = await inParallel(PARALLEL, seats, async ({ conversation, tokens }) => {
    const clients: LabClient[] = [];
    for (const token of tokens) {
      clients.push(
        await LabClient.open({ port: stack.port, token, numbering: stack.numbering, counts, dialect: stack.dialect }),
      );
    }
    return { conversation, clients };
  });
  return {
    stack,
    rooms,
    counts,
    close() {
      for (const { clients } of rooms) for (const client of clients) client.close();
    },
  };
}
