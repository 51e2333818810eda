// Connections that are held in a process of their own, so that more of them can be open than one process may have files:
// told over IPC to open some, it answers when they are greeted. It ends with whoever started it.
import { inParallel } from '../world/in-parallel.js';
import { LabClient } from './lab-client.js';
import { noOrderCounts } from './order-check.js';

export type HoldRequest = { readonly port: number; readonly tokens: readonly string[] };
export type HoldAnswer = { readonly open: number } | { readonly problem: string };

const PARALLEL = 50;

/** Never resolves: it lives as long as it is asked. */
export async function runHold(): Promise<void> {
  const clients: LabClient[] = [];
  const tell = (answer: HoldAnswer) => process.send?.(answer);
  process.on('message', (request: HoldRequest) => {
    const opening = inParallel(PARALLEL, request.tokens, async (token) => {
      const ended = (error: Error) => tell({ problem: error.message });
      const options = { port: request.port, token, numbering: 'next', counts: noOrderCounts(), ended } as const;
      clients.push(await LabClient.open(options));
    });
    opening.then(
      () => tell({ open: clients.length }),
      (error: unknown) => tell({ problem: String(error) }),
    );
  });
  process.once('disconnect', () => process.exit(0));
  await new Promise(() => {});
}
