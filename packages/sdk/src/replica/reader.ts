// Reads what the replica says is missing, one thing at a time: pages of the list, summaries, holes, people. It runs while
// there is something to read and a connection. What is refused for now is tried again later, what is refused for good is
// let go of; a hole that is too long is not filled, the newest page takes the place of what is held (C5).
import type { Result } from '@kith/protocol';
import type { Cancel } from '../ports.js';
import { isForNow, Refusal, unavailable } from '../refusal.js';
import type { Asker } from './asker.js';
import type { Conversation } from './conversation.js';
import type { Replica } from './replica.js';

export type ReaderParts = { readonly replica: Replica; readonly asker: Asker };

/** The page that takes the place of all that was held. */
const JUMP_PAGE = 100;

export class Reader {
  readonly #replica: Replica;
  readonly #asker: Asker;
  readonly #unsubscribe: Cancel;
  #isRunning = false;
  /** Counts connections: a list is read on one. */
  #connection = 0;
  #attempt = 0;

  constructor({ replica, asker }: ReaderParts) {
    this.#replica = replica;
    this.#asker = asker;
    this.#unsubscribe = replica.subscribe((event) => {
      if (event.type === 'connected') {
        this.#connection += 1;
        this.#attempt = 0;
      }
      if (event.type === 'missing') void this.#run();
    });
  }

  stop(): void {
    this.#unsubscribe();
    this.#asker.stop();
  }

  /** Reads on until nothing is missing. Never rejects but for a bug. */
  async #run(): Promise<void> {
    if (this.#isRunning || !this.#asker.isOpen) return;
    this.#isRunning = true;
    try {
      while (this.#asker.isOpen) {
        const work = this.#next();
        if (!work) break;
        await this.#try(work);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#attempt += 1;
      // Without a connection it is taken up after the next welcome.
      if (this.#asker.isOpen) await this.#asker.wait(this.#attempt, error).catch(() => {});
    }
  }

  #next(): (() => Promise<void>) | null {
    const { missing, behind, users, limits } = this.#replica;
    if (missing.isListWanted) return () => this.#readList();
    const [summary] = missing.summaries.keys();
    if (summary !== undefined) return () => this.#readSummary(summary);
    if (behind) return () => this.#readHole(behind);
    const ids = users.wanted(limits.readPage);
    if (ids.length > 0) return () => this.#readUsers(ids);
    this.#attempt = 0;
    return null;
  }

  /** From its first page to its last, on one connection (C4). */
  async #readList(): Promise<void> {
    const connection = this.#connection;
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Result<'conversations.list'> = await this.#asker.ask('conversations.list', at(cursor));
      if (connection !== this.#connection) return;
      this.#replica.takeSummaries(page.items, { users: page.users, isList: true });
      if (page.next === null && page.since !== null) this.#replica.endList(page.since);
      cursor = page.next;
    }
  }

  async #readSummary(id: string): Promise<void> {
    try {
      const { summary, users } = await this.#asker.ask('conversation.read', { conversation: id });
      this.#replica.takeSummaries([summary], { users, isList: false });
    } catch (error) {
      if (!(error instanceof Refusal) || isForNow(error)) throw error;
      // Where it was announced meanwhile, this person was added after the answer.
      if (this.#replica.missing.summaries.has(id)) this.#replica.forget(id);
    }
  }

  async #readHole(conversation: Conversation): Promise<void> {
    const { id, epoch, to, wanted } = conversation;
    const { catchUpEntries, readPage } = this.#replica.limits;
    try {
      if (wanted - to > catchUpEntries) {
        const page = await this.#asker.ask('messages.read', { conversation: id, limit: JUMP_PAGE });
        this.#requireSame(conversation, page.epoch);
        this.#replica.jump(conversation, page);
        return;
      }
      const page = await this.#asker.ask('entries.read', { conversation: id, epoch, after: to, limit: readPage });
      this.#requireSame(conversation, page.epoch);
      this.#replica.takeEntries(conversation, page, wanted);
      if (conversation.isBehind && conversation.to === to) throw unavailable('a page that does not fit');
    } catch (error) {
      // Another epoch, or no member any more: the summary says which.
      if (error instanceof Refusal && !isForNow(error)) this.#replica.wantSummary(id);
      throw error;
    }
  }

  /** Those who are not found stay unknown. */
  async #readUsers(ids: readonly string[]): Promise<void> {
    try {
      const { users } = await this.#asker.ask('users.read', { ids: [...ids] });
      this.#replica.takeUsers(users, ids);
    } catch (error) {
      if (!(error instanceof Refusal) || isForNow(error)) throw error;
      this.#replica.takeUsers([], ids);
    }
  }

  #requireSame({ id, epoch }: Conversation, read: number): void {
    if (epoch === read) return;
    this.#replica.wantSummary(id);
    throw unavailable('the log was restored');
  }
}

function at(cursor: string): { cursor?: string } {
  return cursor === '' ? {} : { cursor };
}
