// Reads what the replica says is missing, one thing at a time: pages of the list, summaries, holes, people.
// It runs while there is something to read and a connection; what fails for want of one is taken up after the next welcome.
import type { CommandName, Params, Result } from '@kith/protocol';
import { Refusal } from '../wire/api.js';
import type { Conversation } from './conversation.js';
import type { Replica } from './replica.js';

export type Ask = <N extends CommandName>(name: N, params: Params<N>) => Promise<Result<N>>;

export type ReaderParts = {
  readonly replica: Replica;
  /** @throws Refusal */
  readonly ask: Ask;
  readonly isConnected: () => boolean;
  readonly onChange: () => void;
};

const PAGE = 200;
const TIMELINE_PAGE = 50;
/** A hole longer than this is not filled: what is held below it is let go, and the newest page held instead (rule 5). */
const LONGEST_HOLE = 2_000;
const RETRY_MS = 1_000;

export class Reader {
  readonly #replica: Replica;
  readonly #ask: Ask;
  readonly #isConnected: () => boolean;
  readonly #onChange: () => void;
  #isRunning = false;

  constructor(parts: ReaderParts) {
    this.#replica = parts.replica;
    this.#ask = parts.ask;
    this.#isConnected = parts.isConnected;
    this.#onChange = parts.onChange;
  }

  /** Reads on until nothing is missing. Never rejects. */
  async run(): Promise<void> {
    if (this.#isRunning || !this.#isConnected()) return;
    this.#isRunning = true;
    try {
      for (let work = this.#next(); work; work = this.#next()) {
        await work();
        this.#onChange();
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setTimeout(() => void this.run(), error.retryAfterMs ?? RETRY_MS);
    } finally {
      this.#isRunning = false;
    }
  }

  /** The page above what is held, for someone who scrolls up. @throws Refusal */
  async readEarlier(conversation: Conversation): Promise<void> {
    const { id, epoch, after } = conversation;
    if (after < conversation.first) return;
    const page = await this.#ask('messages.read', { conversation: id, epoch, before: after + 1, limit: TIMELINE_PAGE });
    this.#replica.takeUsers(page.users);
    if (conversation.after !== after || conversation.epoch !== page.epoch) return;
    conversation.prepend(page.items, page.from);
    this.#onChange();
  }

  /** The members of the open conversation, and how far each has got. @throws Refusal */
  async readMembers(conversation: Conversation): Promise<void> {
    const { id, to } = conversation;
    const items: Result<'members.read'>['items'] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Result<'members.read'> = await this.#ask('members.read', { conversation: id, ...at(cursor) });
      this.#replica.takeUsers(page.users);
      items.push(...page.items);
      cursor = page.next;
    }
    conversation.takeMembers(items, to);
    const marks = await this.#ask('marks.read', { conversation: id, limit: PAGE });
    conversation.takeMarks(marks.items);
    this.#onChange();
  }

  #next(): (() => Promise<void>) | null {
    const replica = this.#replica;
    if (replica.isListWanted) return () => this.#readList();
    const [summary] = replica.wantedSummaries;
    if (summary !== undefined) return () => this.#readSummary(summary);
    const { behind } = replica;
    if (behind) return () => this.#readHole(behind);
    if (replica.wantedUsers.size > 0) return () => this.#readUsers([...replica.wantedUsers].slice(0, PAGE));
    return null;
  }

  async #readList(): Promise<void> {
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Result<'conversations.list'> = await this.#ask('conversations.list', at(cursor));
      this.#replica.takeUsers(page.users);
      for (const summary of page.items) this.#replica.takeSummary(summary);
      cursor = page.next;
      if (cursor === null && page.since !== null) this.#replica.since = page.since;
    }
    this.#replica.isListWanted = false;
  }

  async #readSummary(id: string): Promise<void> {
    this.#replica.wantedSummaries.delete(id);
    try {
      const { summary, users } = await this.#ask('conversation.read', { conversation: id });
      this.#replica.takeUsers(users);
      this.#replica.takeSummary(summary);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'not_found') throw error;
      this.#replica.conversations.delete(id);
    }
  }

  async #readHole(conversation: Conversation): Promise<void> {
    const { id, epoch, to, wanted } = conversation;
    try {
      if (wanted - to > LONGEST_HOLE) await this.#jump(conversation);
      else {
        const page = await this.#ask('entries.read', { conversation: id, epoch, after: to, limit: PAGE });
        if (conversation.epoch !== page.epoch) return;
        conversation.wanted = Math.min(conversation.wanted, page.head);
        if (page.first > conversation.to + 1) conversation.jump([], { from: page.first, to: page.first - 1 });
        this.#replica.takeEntries(conversation, page.entries);
        if (page.entries.length === 0) conversation.wanted = conversation.to;
      }
    } catch (error) {
      // Another epoch, or no member any more: the summary says which.
      if (error instanceof Refusal && error.retry !== 'same_key') {
        conversation.wanted = conversation.to;
        this.#replica.wantedSummaries.add(id);
      }
      throw error;
    }
  }

  async #jump(conversation: Conversation): Promise<void> {
    await this.#readSummary(conversation.id);
    const page = await this.#ask('messages.read', { conversation: conversation.id, limit: TIMELINE_PAGE });
    this.#replica.takeUsers(page.users);
    if (conversation.epoch !== page.epoch) return;
    conversation.jump(page.items, page);
    this.#replica.takeEntries(conversation, []);
  }

  /** One who is not found stays unknown. */
  async #readUsers(ids: readonly string[]): Promise<void> {
    const { users } = await this.#ask('users.read', { ids: [...ids] });
    for (const id of ids) this.#replica.wantedUsers.delete(id);
    this.#replica.takeUsers(Object.fromEntries(users.map((user) => [user.id, user])));
  }
}

function at(cursor: string): { cursor?: string } {
  return cursor === '' ? {} : { cursor };
}
