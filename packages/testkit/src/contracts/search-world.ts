// What the contract suites of the index of messages and of the consumers' store work with: a store with two nodes on it, in
// which every test makes conversations of its own.
import type { ConversationId, UserId, WorkspaceId } from '@kith/protocol';
import type { ConsumerStore } from '@kith/server/core/consumers/consumer-store';
import type { ConversationLog } from '@kith/server/core/log';
import type { SearchDocument, SearchHit, SearchIndex, SearchQuery } from '@kith/server/core/search/search-index';
import { parseTerms } from '@kith/server/core/search/terms';
import { freshId, message, sent, write } from './log-world.js';

export type SearchSetup = {
  readonly log: ConversationLog;
  readonly index: SearchIndex;
  readonly consumers: ConsumerStore;
  /** A second node on the same store. */
  readonly other: { readonly index: SearchIndex; readonly consumers: ConsumerStore };
  close(): Promise<void>;
};

export type MakeSearch = () => Promise<SearchSetup>;

export class SearchWorld {
  readonly #make: MakeSearch;
  #setup: SearchSetup | null = null;

  constructor(make: MakeSearch) {
    this.#make = make;
  }

  async open(): Promise<void> {
    this.#setup = await this.#make();
  }

  async close(): Promise<void> {
    await this.#setup?.close();
    this.#setup = null;
  }

  get setup(): SearchSetup {
    if (!this.#setup) throw new Error('the store is not open');
    return this.#setup;
  }

  get index(): SearchIndex {
    return this.setup.index;
  }

  get other(): SearchIndex {
    return this.setup.other.index;
  }

  /** A conversation of the log: an index may know no others. */
  async conversation(messages = 0): Promise<ConversationId> {
    const [place, owner] = [
      { workspace: freshId<WorkspaceId>(), conversation: freshId<ConversationId>() },
      freshId<UserId>(),
    ];
    const created = { kind: 'conversation.created', body: { kind: 'group', users: [owner] } } as const;
    await this.setup.log.append(write(place, owner, { drafts: [created, sent('first')], decide: () => {} }));
    for (let count = 1; count < messages; count += 1) await this.setup.log.append(message(place, owner, 'next'));
    return place.conversation;
  }

  /** The seqs of what is found, in the order that it is found in. */
  async find(conversation: ConversationId, text: string, query: Partial<SearchQuery> = {}): Promise<readonly number[]> {
    return (await this.hits(conversation, text, query)).map(({ seq }) => seq);
  }

  hits(conversation: ConversationId, text: string, query: Partial<SearchQuery> = {}): Promise<readonly SearchHit[]> {
    const terms = parseTerms(text);
    return this.index.query({ terms, conversations: [conversation], order: 'newest', limit: 200, ...query });
  }
}

const BEGIN_MS = Date.UTC(2026, 0, 5, 9);
const MINUTE_MS = 60_000;
const AUTHOR = freshId<UserId>();

/** The message with this number, a minute after the one before it. */
export function documentOf(conversation: ConversationId, seq: number, text: string): SearchDocument {
  const at = BEGIN_MS + seq * MINUTE_MS;
  return { conversation, epoch: 1, seq, version: seq, author: AUTHOR, at, text, flags: [] };
}

/** One message for each text, from number 1 on. */
export function documentsOf(conversation: ConversationId, texts: readonly string[]): readonly SearchDocument[] {
  return texts.map((text, index) => documentOf(conversation, index + 1, text));
}
