// Idle connections that a process of their own holds: told to open some, it answers when they are greeted, and says when one ends.
import { inParallel } from '../world/in-parallel.js';
import { LabClient } from './lab-client.js';
import { noOrderCounts } from './order-check.js';
import { serveBeside } from './process-beside.js';

export type HoldRequest = { readonly port: number; readonly tokens: readonly string[] };
export type HoldAnswer = { readonly open: number };

const PARALLEL = 50;

export async function runHold(): Promise<void> {
  const clients: LabClient[] = [];
  await serveBeside<HoldRequest, HoldAnswer>(async ({ port, tokens }, tell) => {
    await inParallel(PARALLEL, tokens, async (token) => {
      const ended = (error: Error) => tell(error.message);
      clients.push(await LabClient.open({ port, token, numbering: 'next', counts: noOrderCounts(), ended }));
    });
    return { open: clients.length };
  });
}
