// The log in memory, the reference model: plain before it is fast. Keeps the rules LOG1–… of docs/contracts.md. Each call does
// its whole work in one synchronous step: nothing comes between a decision and its entry. `delay` is the way there and back.
import {
  ChatError,
  type ConversationId,
  type Cursor,
  type Entry,
  fold,
  isCounted,
  type UserId,
  usersChangedBy,
  type WorkspaceId,
} from '@kith/protocol';
import type { Clock } from '../../core/clock.js';
import type { Choices } from '../../core/grounds.js';
import type { HiddenQuery, HideOf } from '../../core/hides/hidden-log.js';
import type {
  Advance,
  Advanced,
  Appended,
  Changes,
  ChannelQuery,
  ConversationHead,
  ConversationLog,
  ConversationRecord,
  Draft,
  EditedPage,
  EditedRange,
  EditedRanges,
  LogPage,
  LogSummary,
  Pins,
  PublicChannel,
  Reactors,
  ReactorsRange,
  ReadRange,
  Seating,
  SummaryPage,
  SummaryQuery,
  ThreadMark,
  ThreadOf,
  ThreadPage,
  ThreadQuery,
  Write,
} from '../../core/log.js';
import type { Reader, ReadersQuery } from '../../core/reading.js';
import type { Talk } from '../../core/talks.js';
import type { VotersRange } from '../../core/vote-log.js';
import { changesIn, changesOf, erase, isChange, pinsOf, reactorsIn, targetOf } from './amendments.js';
import { changesSince } from './changes.js';
import { channelsOf } from './channels.js';
import { onGrounds } from './grounds.js';
import { hiddenIn, hidingOf, hidingsIn } from './hides.js';
import { firstAnswer, keyOf } from './keys.js';
import { choicesOf, talksOf } from './people.js';
import { firstOf, isPresent, readersOf, recordFor, recordOf, seat, standingOf, standingsIn } from './readers.js';
import type { MemoryStore, StoredConversation } from './store.js';
import { beginMarks, countsOf, listSummaries, marksOf, summaryOf, visibleHead } from './summaries.js';
import { advanceThread, follow, listThreads, markOf, noteFollowers, threadPage } from './threads.js';
import { noteVote, votersOf } from './votes.js';

const NOTHING = () => {};

export type MemoryLogParts = {
  readonly store: MemoryStore;
  readonly clock: Clock;
  /** Awaited before and after the work of every call: a scheduler decides there who is next, or that a node dies. */
  readonly delay?: () => Promise<void>;
};

export class MemoryLog implements ConversationLog {
  readonly #store: MemoryStore;
  readonly #clock: Clock;
  readonly #delay: () => Promise<void>;
  /** Nothing is remembered from before. */
  readonly told = NOTHING;
  /** The end of the last write that waits, by conversation: writes of this node are decided in the order of the calls. */
  readonly #turns = new Map<ConversationId, Promise<void>>();

  constructor({ store, clock, delay = () => Promise.resolve() }: MemoryLogParts) {
    this.#store = store;
    this.#clock = clock;
    this.#delay = delay;
  }

  async append(write: Write): Promise<Appended> {
    const before = this.#turns.get(write.conversation) ?? Promise.resolve();
    const turn = before.then(this.#delay).then(() => onGrounds(this.#store, write, () => this.#append(write)));
    // The next write takes its turn whether this one was refused or not.
    const end = turn.then(NOTHING, NOTHING);
    this.#turns.set(write.conversation, end);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(write.conversation) === end) this.#turns.delete(write.conversation);
      await this.#delay();
    }
  }

  records(conversations: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, ConversationRecord>> {
    const found = () => conversations.flatMap((id) => this.#store.conversations.get(id) ?? []);
    return this.#atOnce(() => new Map(found().map((conversation) => [conversation.id, recordOf(conversation)])));
  }

  read(range: ReadRange): Promise<LogPage | null> {
    return this.#atOnce(() => this.#page(range));
  }

  readEdited(range: EditedRange): Promise<EditedPage | null> {
    return this.#atOnce(() => this.#editedPage(range));
  }

  readManyEdited({ ranges, ...rest }: EditedRanges): Promise<readonly EditedPage[]> {
    return this.#atOnce(() => ranges.flatMap((range) => this.#editedPage({ ...range, ...rest }) ?? []));
  }

  reactors({ conversation, target, emoji: wanted, after, limit }: ReactorsRange): Promise<Reactors | null> {
    return this.#atOnce(() => {
      const found = this.#store.conversations.get(conversation);
      if (!found) return null;
      const all = reactorsIn(changesOf(found, target)).map(({ user, emoji, seq }) => ({ user, emoji, seq }));
      const reactors = all.filter(({ seq, emoji }) => seq > after && emoji === (wanted ?? emoji));
      return { record: recordOf(found), reactors: reactors.slice(0, limit) };
    });
  }

  votes = (range: VotersRange) =>
    this.#atOnce(() => votersOf(this.#store.conversations.get(range.conversation), range));
  pins = (conversation: ConversationId): Promise<Pins | null> =>
    this.#atOnce(() => pinsOf(this.#store.conversations.get(conversation) ?? null));

  readChanges({ conversation, after, limit }: Pick<ReadRange, 'conversation' | 'after' | 'limit'>) {
    return this.#atOnce(() => {
      const page = this.#page({ conversation, after, limit: Number.POSITIVE_INFINITY, from: 'lower' });
      return page && { ...page, entries: page.entries.filter(isChange).slice(0, limit) };
    });
  }

  history(conversation: ConversationId, seq: number): Promise<LogPage | null> {
    return this.#atOnce(() => {
      const found = this.#store.conversations.get(conversation);
      const first = found?.entries[seq - 1]?.entry;
      if (!found) return null;
      const changes = changesOf(found, seq).filter(
        ({ kind }) => kind === 'message.edited' || kind === 'message.deleted',
      );
      return { record: recordOf(found), entries: first ? [first, ...changes] : [] };
    });
  }

  readMany(ranges: readonly ReadRange[]): Promise<readonly LogPage[]> {
    return this.#atOnce(() => ranges.flatMap((range) => this.#page(range) ?? []));
  }

  seqAt(conversation: ConversationId, at: number): Promise<number> {
    return this.#atOnce(() => {
      const entries = this.#store.conversations.get(conversation)?.entries ?? [];
      let [older, found] = [0, entries.length + 1];
      while (found - older > 1) {
        const middle = Math.floor((older + found) / 2);
        if ((entries[middle - 1]?.entry.at ?? at) < at) older = middle;
        else found = middle;
      }
      return found;
    });
  }

  conversationsOf(user: UserId): Promise<readonly ConversationHead[]> {
    return this.#atOnce(() =>
      [...this.#store.conversations.values()]
        .filter((conversation) => isPresent(conversation, user))
        .map((conversation) => {
          const { id, state } = conversation;
          const standing = standingOf(conversation, user);
          const [first, isReader] = [firstOf(conversation, standing), standing?.role === 'reader'];
          return { id, epoch: state.epoch, head: state.head, first, isReader };
        }),
    );
  }

  async membershipsOf(user: UserId): Promise<readonly ConversationId[]> {
    return (await this.conversationsOf(user)).map(({ id }) => id);
  }

  readerStandings(conversations: readonly ConversationId[], user: UserId) {
    return this.#atOnce(() => standingsIn(this.#store, conversations, user));
  }

  readers = (query: ReadersQuery): Promise<readonly Reader[]> => this.#atOnce(() => readersOf(this.#store, query));

  summaries = (query: SummaryQuery): Promise<SummaryPage> =>
    this.#atOnce(() => listSummaries(this.#store, query, this.#clock.now()));

  channels = (query: ChannelQuery): Promise<readonly PublicChannel[]> =>
    this.#atOnce(() => channelsOf(this.#store, query));

  summary(conversation: ConversationId, user: UserId): Promise<LogSummary | null> {
    return this.#atOnce(() => {
      const found = this.#store.conversations.get(conversation);
      const viewer = { store: this.#store, user, nowMs: this.#clock.now(), since: null };
      return found ? summaryOf(found, viewer) : null;
    });
  }

  advance(advances: readonly Advance[]): Promise<readonly Advanced[]> {
    return this.#atOnce(() => {
      const changed = advances.flatMap((advance) => this.#advance(advance) ?? []);
      const delivered = new Set(changed.filter(({ isDelivered }) => isDelivered).map(memberOf));
      const results = new Map(changed.map((advance) => [memberOf(advance), advance]));
      return [...results].flatMap(([name, { conversation: id, user }]) => {
        const conversation = this.#store.conversations.get(id);
        if (!conversation) return [];
        const { epoch } = conversation.state;
        const isDelivered = delivered.has(name);
        return {
          conversation: id,
          epoch,
          isDelivered,
          ...marksOf(conversation, user),
          user,
          ...countsOf(conversation, user),
        };
      });
    });
  }

  marks(conversation: ConversationId, page: { after: number; limit: number; reached?: number }) {
    return this.#atOnce(() => {
      const found = this.#store.conversations.get(conversation);
      if (!found) return [];
      return [...found.state.members]
        .filter(([, member]) => member.left === null && member.ordinal > page.after)
        .map(([user, { ordinal }]) => ({ ordinal, ...marksOf(found, user) }))
        .filter(({ delivered }) => delivered >= (page.reached ?? 0))
        .sort((a, b) => a.ordinal - b.ordinal)
        .slice(0, page.limit);
    });
  }

  threads(query: ThreadQuery): Promise<ThreadPage> {
    return this.#atOnce(() => listThreads(this.#store, query));
  }

  thread(of: ThreadOf): Promise<ThreadMark | null> {
    return this.#atOnce(() => markOf(this.#store, of));
  }

  follow(of: ThreadOf, on: boolean): Promise<void> {
    return this.#atOnce(() => {
      follow(this.#store, of, on);
    });
  }

  advanceThreads(advances: readonly (ThreadOf & { readonly read: number })[]): Promise<readonly ThreadMark[]> {
    return this.#atOnce(() => {
      const changed = advances.filter((advance) => advanceThread(this.#store, advance));
      const named = new Map(changed.map((one) => [`${one.conversation} ${one.user} ${one.thread}`, one]));
      return [...named.values()].flatMap(({ conversation, user, thread }) => {
        return markOf(this.#store, { conversation, user, thread }) ?? [];
      });
    });
  }

  settings(conversation: ConversationId): Promise<LogPage | null> {
    return this.#atOnce(() => {
      const found = this.#store.conversations.get(conversation);
      if (!found) return null;
      const latest = new Map<unknown, Entry>();
      for (const { entry } of found.entries) if (entry.kind === 'setting.set') latest.set(entry.body.name, entry);
      return { record: recordOf(found), entries: [...latest.values()].sort((a, b) => a.seq - b.seq) };
    });
  }

  choices(users: readonly UserId[]): Promise<readonly Choices[]> {
    return this.#atOnce(() => choicesOf(this.#store, users));
  }

  hidden = (query: HiddenQuery) => this.#atOnce(() => hiddenIn(this.#store, query));
  hidingOf = (of: HideOf) => this.#atOnce(() => hidingOf(this.#store, of));
  hidings: ConversationLog['hidings'] = (range) => this.#atOnce(() => hidingsIn(this.#store, range));

  talks(person: { readonly workspace: WorkspaceId; readonly user: UserId }): Promise<readonly Talk[]> {
    return this.#atOnce(() => talksOf(this.#store, person));
  }

  changes(mark: Cursor | null): Promise<Changes> {
    return this.#atOnce(() => changesSince(this.#store, mark));
  }

  async #atOnce<T>(work: () => T): Promise<T> {
    await this.#delay();
    const result = work();
    await this.#delay();
    return result;
  }

  #append(write: Write): Appended {
    const found = this.#store.conversations.get(write.conversation);
    const conversation = found?.workspace === write.workspace ? found : undefined;
    if (conversation?.keys.has(keyOf(write))) return firstAnswer(conversation, write);
    const isPaced = conversation !== undefined && (write.isPaced?.(recordOf(conversation)) ?? false);
    const lastAt = isPaced ? (conversation.paced.get(write.author) ?? null) : null;
    const record = conversation ? recordFor(conversation, write) : null;
    const decision = write.decide(record, targetOf(conversation, write, this.#clock.now()), lastAt);
    if (found && !conversation) throw new ChatError('not_found', 'no such conversation in this workspace');
    if (write.after !== undefined && !conversation?.keys.has(keyOf({ author: write.author, key: write.after }))) {
      throw new ChatError('out_of_order', 'the write named by `after` is not in the log');
    }
    if (conversation && 'settledBy' in decision) {
      const { id, state } = conversation;
      return { conversation: id, epoch: state.epoch, ...decision.settledBy, duplicate: true, entries: [] };
    }
    if ('settledBy' in decision) throw new Error('what does not exist can settle nothing');
    if ('reader' in decision) return this.#seat(conversation, write, decision);
    const appended = this.#commit(conversation ?? this.#store.newConversation(write), write, decision);
    if (isPaced) conversation.paced.set(write.author, appended.at);
    return appended;
  }

  #seat(conversation: StoredConversation | undefined, write: Write, { drafts, reader }: Seating): Appended {
    if (!conversation) throw new Error('nobody reads what does not exist');
    const written = drafts.length > 0 ? this.#commit(conversation, write, drafts) : null;
    seat(conversation, reader, this.#store.nextChange());
    beginMarks(conversation, [reader.user], this.#store.change);
    const { epoch, head: seq } = conversation.state;
    const place = { conversation: conversation.id, epoch, seq, at: this.#clock.now(), duplicate: false, entries: [] };
    return { ...(written ?? place), reader: reader.user };
  }

  #commit(conversation: StoredConversation, write: Write, drafts: readonly Draft[]): Appended {
    const at = this.#clock.now();
    const change = this.#store.nextChange();
    const entries: Entry[] = [];
    let { state } = conversation;
    for (const draft of drafts) {
      const { kind, body, isUnnamed = false } = draft;
      const entry: Entry = {
        conversation: conversation.id,
        epoch: state.epoch,
        seq: state.head + 1,
        n: state.n + (isCounted({ kind, body }) ? 1 : 0),
        at,
        ...(isUnnamed ? {} : { author: write.author, ...(entries.length === 0 ? { key: write.key } : {}) }),
        kind,
        // As it comes back from a database: what JSON leaves out is not there.
        body: JSON.parse(JSON.stringify(body)) as Entry['body'],
      };
      state = fold(state, entry);
      entries.push(entry);
      if (kind === 'message.deleted') erase(conversation, body.target);
      noteVote(conversation, entry, { ...draft, author: write.author });
    }
    const seq = conversation.state.head + 1;
    conversation.state = state;
    conversation.entries.push(...entries.map((entry) => ({ entry, change })));
    conversation.keys.set(keyOf(write), { seq, content: write.content });
    noteFollowers(conversation, entries);
    for (const entry of entries) {
      if (entry.kind === 'member.joined') for (const user of usersChangedBy(entry)) conversation.readers.delete(user);
      beginMarks(conversation, usersChangedBy(entry), change);
    }
    this.#store.keep(conversation);
    return { conversation: conversation.id, epoch: state.epoch, seq, at, duplicate: false, entries };
  }

  #page(range: ReadRange): LogPage | null {
    const conversation = this.#store.conversations.get(range.conversation);
    if (!conversation) return null;
    const upTo = Math.min(range.upTo ?? Number.POSITIVE_INFINITY, conversation.state.head);
    const entries = conversation.entries.slice(range.after, Math.max(range.after, upTo)).map(({ entry }) => entry);
    const taken = range.from === 'lower' ? entries.slice(0, range.limit) : entries.slice(-range.limit);
    return { record: recordOf(conversation), entries: taken };
  }

  #editedPage(range: EditedRange): EditedPage | null {
    const found = this.#store.conversations.get(range.conversation);
    const { thread } = range;
    const page = thread === undefined ? this.#page(range) : threadPage(found, { ...range, thread });
    return found && page ? { ...page, ...changesIn(found, page.entries, range) } : null;
  }

  /** Null where nothing changed. */
  #advance(advance: Advance): (Advance & Pick<Advanced, 'isDelivered'>) | null {
    const conversation = this.#store.conversations.get(advance.conversation);
    const head = conversation ? visibleHead(conversation, advance.user) : null;
    if (!conversation || head === null) return null;
    const before = marksOf(conversation, advance.user);
    const read = Math.max(before.read, Math.min(advance.read, head));
    const delivered = Math.max(before.delivered, Math.min(advance.delivered, head), read);
    if (read === before.read && delivered === before.delivered) return null;
    const change = this.#store.nextChange();
    const told = advance.isTold ? change : (conversation.marks.get(advance.user)?.told ?? 0);
    conversation.marks.set(advance.user, { delivered, read, change, told });
    return { ...advance, isDelivered: delivered > before.delivered };
  }
}

function memberOf({ conversation, user }: Pick<Advance, 'conversation' | 'user'>): string {
  return `${conversation} ${user}`;
}
