// People who come back, from a process of their own: five thousand connections that begin together hold up whoever
// makes them, and would make the messages of others late that are to be sent meanwhile.
import { setTimeout as delay } from 'node:timers/promises';
import { LabClient } from './lab-client.js';
import { noOrderCounts } from './order-check.js';
import { serveBeside } from './process-beside.js';

/** Where somebody was when they went: their cursor, and how far they had got in each conversation. */
export type Comer = { readonly token: string; readonly since: string; readonly heads: ReadonlyMap<string, number> };
/** First who is to come, then `come`. */
export type ComersRequest = { readonly comers: readonly Comer[] } | { readonly come: Coming };
/** @property perSecond null for all at once */
export type Coming = { readonly port: number; readonly perSecond: number | null };
/** How many there are, or how many entries they were behind and have now. */
export type ComersAnswer = { readonly known: number } | { readonly entries: number };

/** What is pushed comes right after the welcome. */
const PUSHED_MS = 30_000;
const LOOK_MS = 5;
/**
 * Each of them says who they are as soon as they are connected, as people on machines of their own do. All begun in one turn, they
 * would be silent until the last one was connected, and then speak at once.
 */
const BEGUN_TOGETHER = 25;

export async function runComers(): Promise<void> {
  let known: readonly Comer[] = [];
  await serveBeside<ComersRequest, ComersAnswer>(async (request) => {
    if ('comers' in request) {
      known = request.comers;
      return { known: known.length };
    }
    return { entries: await come(known, request.come) };
  });
}

/** An open loop: nobody waits for those before them. @returns how many entries they were behind, and have now */
async function come(comers: readonly Comer[], { port, perSecond }: Coming): Promise<number> {
  const coming: Promise<number>[] = [];
  const beganMs = performance.now();
  for (const one of comers) {
    if (perSecond !== null) {
      const waitMs = beganMs + (coming.length * 1_000) / perSecond - performance.now();
      if (waitMs > 1) await delay(waitMs);
    }
    coming.push(comeBack(port, one));
    if (coming.length % BEGUN_TOGETHER === 0) await new Promise(setImmediate);
  }
  return (await Promise.all(coming)).reduce((sum, entries) => sum + entries, 0);
}

/** What is not pushed is read. @returns how many entries it was behind, and has now */
async function comeBack(port: number, { token, since, heads }: Comer): Promise<number> {
  const client = await LabClient.open({ port, token, numbering: 'next', counts: noOrderCounts(), since });
  let entries = 0;
  for (const [conversation, { pushedAfter, head }] of client.welcomed) {
    const after = heads.get(conversation) ?? 0;
    if (pushedAfter > after) {
      const range = { conversation, epoch: client.epochs.get(conversation), after, limit: 200 };
      const page = await client.request('entries.read', range);
      entries += (page.entries as readonly unknown[]).length;
    }
    const untilMs = performance.now() + PUSHED_MS;
    while (client.order.last(conversation) < head && performance.now() < untilMs) await delay(LOOK_MS);
    entries += client.order.last(conversation) - pushedAfter;
  }
  client.close();
  return entries;
}
