// One write that is not in the log yet, as it is shown, and its record in the store. The record says what must outlive the
// run and no more: what is on its way or acknowledged is found out again with the same key (rule M10).
import type { Stored } from '../storage/replica-store.js';

/** Why it can't be sent as it is: a refusal of the server, or what its owner said. */
export type Failure = { readonly code: string; readonly message: string; readonly retry: string };

/** Where in a log an entry stands. */
export type Place = { readonly epoch: number; readonly seq: number };

/** A write that is not in the log yet: a message that waits, is on its way, or failed. */
export type OutboxItem = {
  /** The key of the write, for ever. */
  readonly key: string;
  readonly conversation: string;
  /** The name of a command of the contract. */
  readonly command: string;
  /** Its fields, without `conversation`, `key` and `after`. */
  readonly params: Stored;
  /** Rises with each item of this tab; also the time of writing, in milliseconds, or a little later. */
  readonly order: number;
  /** `sent`: acknowledged, its entry is not here yet. What is in the log is an item no more: see `ticksOf`. */
  readonly status: 'pending' | 'sending' | 'sent' | 'failed';
  /** It was handed to a connection: it may be in the log, whatever came back. False again once it was refused for good. */
  readonly mayBeSent: boolean;
  /** False where storage is gone: it lives as long as this run. */
  readonly isDurable: boolean;
  /** What it waits for before it may be sent, in its owner's words (`upload`); null where it waits for nothing. */
  readonly held: string | null;
  /** Whether those behind it in the conversation wait while it is held. */
  readonly blocksOthers: boolean;
  /** The key of an earlier item that this one changes; it is sent once that one has its place. */
  readonly behind: string | null;
  /** Where it stands, while `sent`. */
  readonly place: Place | null;
  readonly failure: Failure | null;
};

/** Its fields in one order, so that records can be compared as texts. */
export function recordOf(item: OutboxItem): Stored {
  const { conversation, command, params, order, mayBeSent, held, blocksOthers, behind, failure } = item;
  return { conversation, command, params, order, mayBeSent, held, blocksOthers, behind, failure };
}

/** @returns null where the record is not of its form: it is left alone */
export function parseRecord(key: string, record: Stored): OutboxItem | null {
  const { conversation, command, params, order } = record;
  if (typeof conversation !== 'string' || typeof command !== 'string') return null;
  if (!isObject(params) || !Number.isSafeInteger(order)) return null;
  const failure = isObject(record.failure) ? (record.failure as Failure) : null;
  return {
    key,
    conversation,
    command,
    params,
    order: Number(order),
    status: failure ? 'failed' : 'pending',
    mayBeSent: record.mayBeSent !== false,
    isDurable: true,
    held: textOf(record.held),
    blocksOthers: record.blocksOthers !== false,
    behind: textOf(record.behind),
    place: null,
    failure,
  };
}

function isObject(value: unknown): value is Stored {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
