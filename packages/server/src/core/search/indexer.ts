// Keeps the index of messages on the heels of the log, as one of its consumers. What it takes in is always what the log says
// of a message, with its number for a version, so that it doesn't matter how often and on how many nodes that is done.
import {
  amend,
  ChatError,
  type ConversationId,
  type Entry,
  type EntryFields,
  type TimelineItem,
  toId,
  type UserId,
} from '@kith/protocol';
import type { Taker, Turn } from '../consumers/consumer.js';
import type { ConversationLog, ConversationRecord, LogPage } from '../log.js';
import type { Telemetry } from '../telemetry.js';
import type { Removal, SearchDocument, SearchFlag, SearchIndex } from './search-index.js';

export type IndexerPorts = {
  readonly log: ConversationLog;
  readonly index: SearchIndex;
  /** Under which it is kept how far it is. */
  readonly name: string;
  readonly telemetry: Telemetry;
};

/**
 * What goes to the index at once. A deletion may wait until it is written, and everyone until its tokens are made: of sixteen
 * texts of 200 characters a millisecond, and one and a half of PostgreSQL, on two cores of an AMD EPYC.
 */
const BATCH = 16;
const BATCH_UNITS = 8_000;
/** Edits are read and removals written in larger ones: nothing is made of their texts. */
const MOST_PLACES = 100;
/** Whose reactions come along with a message is nothing to an index. */
const NOBODY = toId<UserId>('00000000-0000-0000-0000-000000000000');
const LINK = /\bhttps?:\/\/[^\s/?#]/i;

export class SearchIndexer implements Taker {
  readonly name: string;
  readonly #ports: IndexerPorts;

  constructor(ports: IndexerPorts) {
    this.#ports = ports;
    this.name = ports.name;
  }

  async take(pages: readonly LogPage[], turn: Turn): Promise<void> {
    const { index, telemetry } = this.#ports;
    const removals = pages.flatMap(({ record, entries }) => removalsIn(record, entries));
    for (const batch of batches(removals, { most: MOST_PLACES })) await index.remove(batch);
    const sent = pages.flatMap(({ record, entries }) =>
      entries.flatMap((entry) => documentOf(record, { ...entry, asOf: entry.seq })),
    );
    const documents = [...sent, ...(await this.#changed(pages))];
    for (const batch of batches(documents, { most: BATCH, unitsOf: ({ text }) => text.length })) {
      if (batch[0] !== documents[0]) await turn.rest();
      if (turn.isEnding) throw new ChatError('unavailable', 'this node ends: the next one goes on');
      await index.index(batch);
    }
    if (documents.length > 0) telemetry.count('kith_search_indexed_total', documents.length);
  }

  restart(conversation: ConversationId, epoch: number): Promise<void> {
    return this.#ports.index.remove([{ conversation, before: epoch }]);
  }

  /** The messages that were edited, pinned or unpinned in these pages, as they are now. */
  async #changed(pages: readonly LogPage[]): Promise<readonly SearchDocument[]> {
    const places = pages.flatMap(({ record, entries }) => {
      const changes = entries.filter((entry) => isIndexed(entry) && !entry.erased);
      return [...new Set(changes.map(({ body }) => Number(body.target)))].map((seq) => ({ id: record.id, seq }));
    });
    const documents: SearchDocument[] = [];
    for (const batch of batches(places, { most: MOST_PLACES })) {
      const ranges = batch.map(({ id, seq }) => ({
        conversation: id,
        after: seq - 1,
        limit: 1,
        from: 'lower' as const,
      }));
      for (const { record, entries, changes } of await this.#ports.log.readManyEdited({ ranges, reader: NOBODY })) {
        const [entry] = entries;
        if (!entry) continue;
        const item = { ...entry, asOf: entry.seq };
        documents.push(...documentOf(record, changes.filter(isIndexed).reduce(amended, item)));
      }
    }
    return documents;
  }
}

/** Whether a text has a link in it, whether the message stands in a thread, and whether it is pinned. */
export function flagsOf(text: string, { body, pinned }: Pick<TimelineItem, 'body' | 'pinned'>): readonly SearchFlag[] {
  return [
    ...(LINK.test(text) ? (['link'] as const) : []),
    ...(body.thread === undefined ? [] : (['thread'] as const)),
    ...(pinned === undefined ? [] : (['pinned'] as const)),
  ];
}

/** What a message is searched in: what it says, and the options of its poll, each in a line of its own. */
export function searchedText({ text, poll }: EntryFields): string | null {
  if (typeof text !== 'string') return null;
  return poll === undefined ? text : [text, ...poll.options.map((option) => option.text)].join('\n');
}

/** Changes what a message is found by. */
function isIndexed({ kind }: Entry): boolean {
  return kind === 'message.edited' || kind === 'message.pinned';
}

function amended(item: TimelineItem, change: Entry): TimelineItem {
  return amend(item, change, null);
}

function documentOf(record: ConversationRecord, entry: TimelineItem): readonly SearchDocument[] {
  const { kind, erased, author, seq, at, body, asOf } = entry;
  const text = searchedText(body);
  if (kind !== 'message.sent' || erased || author === undefined || text === null) return [];
  const { id: conversation, state } = record;
  const flags = flagsOf(text, entry);
  return [{ conversation, epoch: state.epoch, seq, version: asOf, author: toId(author), at, text, flags }];
}

function removalsIn({ id, state }: ConversationRecord, entries: readonly Entry[]): readonly Removal[] {
  const deletions = entries.filter(({ kind }) => kind === 'message.deleted');
  return deletions.map(({ body }) => ({ conversation: id, epoch: state.epoch, seq: Number(body.target) }));
}

function* batches<T>(
  items: readonly T[],
  { most, unitsOf = () => 0 }: { readonly most: number; readonly unitsOf?: (item: T) => number },
): Generator<readonly T[]> {
  let batch: T[] = [];
  let units = 0;
  for (const item of items) {
    const size = unitsOf(item);
    if (batch.length === most || (batch.length > 0 && units + size > BATCH_UNITS)) {
      yield batch;
      [batch, units] = [[], 0];
    }
    batch.push(item);
    units += size;
  }
  if (batch.length > 0) yield batch;
}
