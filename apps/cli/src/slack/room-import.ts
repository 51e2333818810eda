// One room of Slack's on its way in: a conversation with everyone who is in it or said something in it, then what was said, when it
// was said, then those go who had left. All of it through the core, under keys that a second import finds again.
import { ChatError, type ConversationId, type Key, LIMITS, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { Caller } from '@kith/server/core/chat';
import type { ConversationRecord } from '@kith/server/core/log';
import type { InProcess, SetClock } from '../in-process.js';
import { keyOf } from './keys.js';
import type { People, Person } from './people.js';
import { type Known, type Text, textOf } from './texts.js';
import type { SlackPost, SlackRoom } from './workspace.js';

export type Tally = {
  conversations: number;
  messages: number;
  /** Were there before. */
  known: number;
  reactions: number;
  edits: number;
  /** Of what was not taken over, by why. */
  readonly left: Map<string, number>;
};

export type RoomParts = {
  readonly core: InProcess;
  readonly workspace: WorkspaceId;
  readonly clock: SetClock;
  readonly people: People;
  readonly known: Known;
  readonly team: string;
  readonly tally: Tally;
  readonly callerOf: (user: UserId) => Caller;
  readonly onPost: () => void;
  readonly signal: AbortSignal;
};

/** `keeper` may change it. */
type Place = { readonly id: ConversationId; readonly epoch: number; readonly keeper: UserId };

/** What happens at a time; of the same time, in this order. */
type Event = { readonly at: number } & (
  | { readonly type: 'say' | 'react'; readonly post: SlackPost }
  | { readonly type: 'edit'; readonly post: SlackPost }
);

/** It was done by an earlier import, in another epoch or under another name of somebody. */
const KNOWN = /^key_reused$/;

export class RoomImport {
  readonly #parts: RoomParts;
  readonly #room: SlackRoom;
  readonly #seqs = new Map<string, number>();
  readonly #texts = new Map<string, Text>();
  #head = 0;

  constructor(parts: RoomParts, room: SlackRoom) {
    this.#parts = parts;
    this.#room = room;
  }

  async take(posts: readonly SlackPost[]): Promise<void> {
    const { tally, clock } = this.#parts;
    const seats = await this.#seats(posts);
    const [maker, ...others] = seats.all;
    if (maker === undefined) {
      this.#leaveOut('rooms with nobody in them');
      return;
    }
    const began = Math.min(...posts.map(({ at }) => at), this.#room.createdAt ?? Number.MAX_SAFE_INTEGER, Date.now());
    clock.set(began);
    const place = await this.#place(maker, others);
    if (place === null) return;
    tally.conversations += 1;
    for (const event of eventsOf(posts)) {
      this.#parts.signal.throwIfAborted();
      clock.set(Math.max(began, event.at));
      await this.#perform(place, event);
    }
    await this.#readUp(place, seats.all);
    for (const person of seats.left) await this.#leave(place, person);
    if (this.#room.isArchived) {
      await this.#try('archiving', () => this.#update(place, place.keeper, { archived: true }), KNOWN);
    }
  }

  /** The first of them makes the room: who made it, where they are in it still. */
  async #seats(posts: readonly SlackPost[]) {
    const { people } = this.#parts;
    const { members, creator, kind } = this.#room;
    const present = new Map<UserId, Person>();
    for (const id of members) {
      const person = await people.bySlackId(id);
      present.set(person.user, person);
    }
    const all = new Map<UserId, Person>();
    const first = creator !== null && members.includes(creator) ? await people.bySlackId(creator) : null;
    if (first !== null) all.set(first.user, first);
    if (kind === 'direct') for (const [user, person] of present) all.set(user, person);
    for (const [user, person] of present) if (!person.isBot) all.set(user, person);
    for (const { author, reactions } of posts) {
      const writer = await people.author(author);
      all.set(writer.user, writer);
      for (const id of reactions.flatMap(({ users }) => users)) {
        const person = await people.bySlackId(id);
        all.set(person.user, person);
      }
    }
    for (const [user, person] of present) all.set(user, person);
    const seated = [...all.values()].slice(0, LIMITS.members);
    this.#leaveOut('people over the bound of a conversation', all.size - seated.length);
    // A direct talk has two, whoever else spoke in it.
    if (kind === 'direct' && present.size === 2) return { all: [...present.values()], left: [] };
    // A bot stays: it may go on speaking.
    const left = kind === 'direct' ? [] : seated.filter(({ user, isBot }) => !present.has(user) && !isBot);
    return { all: seated, left };
  }

  /** The conversation of the room: that of an earlier import, or a new one. */
  async #place(maker: Person, others: readonly Person[]): Promise<Place | null> {
    const { core, workspace, team } = this.#parts;
    const name = `slack:${team}:${this.#room.id}`;
    const text = 'SELECT r.conversation AS id FROM reservation r WHERE r.workspace = $1::uuid AND r.name = $2';
    const [reserved] = await core.database.query<{ id: string }>({ text }, [workspace, name]);
    const id = reserved === undefined ? await this.#make(maker, others) : toId<ConversationId>(reserved.id);
    if (id === null) return null;
    await core.directory.reserve(workspace, name, id);
    const record = (await core.log.records([id])).get(id);
    if (record === undefined) return null;
    const keeper = keeperOf(record) ?? maker.user;
    await this.#addNew(record, keeper, [maker, ...others]);
    const { topic, kind } = this.#room;
    if (topic !== null && record.state.kind !== 'direct' && kind !== 'direct') {
      await this.#try('topics', () => this.#update({ id }, keeper, { topic: topic.slice(0, LIMITS.topic) }), KNOWN);
    }
    return { id, epoch: record.state.epoch, keeper };
  }

  async #make(maker: Person, others: readonly Person[]): Promise<ConversationId | null> {
    const { core, people, callerOf } = this.#parts;
    const { kind, name } = this.#room;
    const isDirect = kind === 'direct' && others.length === 1;
    const isChannel = kind === 'public' || kind === 'private';
    const shown = name === null || kind === 'group' ? [maker, ...others].map((one) => one.name).join(', ') : name;
    for (const { user } of [maker, ...others]) await people.letIn(user);
    const made = await this.#try('rooms', () =>
      core.chat.execute(callerOf(maker.user), 'conversation.create', {
        key: this.#key('room'),
        members: others.map(({ user }) => user),
        kind: isDirect ? 'direct' : isChannel ? 'channel' : 'group',
        ...(isDirect ? {} : { name: shown.slice(0, LIMITS.name) }),
        ...(isChannel && { visibility: kind }),
      }),
    );
    return made === null ? null : toId<ConversationId>(made.summary.id);
  }

  /** Who came since an earlier import. Whoever was in it once, and left, does not come again. */
  async #addNew({ id, state }: ConversationRecord, keeper: UserId, seated: readonly Person[]): Promise<void> {
    const { core, people, callerOf } = this.#parts;
    if (state.kind === 'direct') return;
    for (const { user } of seated) {
      if (state.members.has(user)) continue;
      await people.letIn(user);
      const wish = { conversation: id, user, key: this.#key('add', user) };
      await this.#try('people', () => core.chat.execute(callerOf(keeper), 'member.add', wish), KNOWN);
    }
  }

  async #perform(place: Place, event: Event): Promise<void> {
    switch (event.type) {
      case 'say':
        await this.#say(place, event.post);
        return this.#parts.onPost();
      case 'react':
        return await this.#react(place, event.post);
      case 'edit':
        return await this.#edit(place, event.post);
    }
  }

  async #say({ id: conversation, epoch }: Place, post: SlackPost): Promise<void> {
    const { core, people, known, callerOf, tally } = this.#parts;
    const said = textOf(post, known);
    if (said === null) return this.#leaveOut('messages without a text');
    const { user } = await people.author(post.author);
    const root = post.threadTs === null ? undefined : this.#seqs.get(post.threadTs);
    const answers = root === undefined ? {} : post.isBroadcast ? { replyTo: root } : { thread: root };
    const message = { conversation, epoch, key: this.#key('message', post.ts), text: said.text, ...answers };
    const send = (all: boolean) => {
      const mentions = { ...(said.users.length > 0 ? { users: [...said.users] } : {}), ...(all ? { all } : {}) };
      const named = Object.keys(mentions).length > 0 ? { mentions } : {};
      return core.chat.execute(callerOf(user), 'message.send', { ...message, ...named });
    };
    const written = await this.#try('messages', () => withoutAll(said.isToAll, send), KNOWN);
    if (written === null) return;
    if (written.duplicate) tally.known += 1;
    else tally.messages += 1;
    this.#head = Math.max(this.#head, written.seq);
    this.#seqs.set(post.ts, written.seq);
    this.#texts.set(post.ts, said);
  }

  async #react({ id: conversation, epoch }: Place, { ts, reactions }: SlackPost): Promise<void> {
    const { core, people, known, callerOf, tally } = this.#parts;
    const target = this.#seqs.get(ts);
    if (target === undefined) return;
    for (const { name, users, count } of reactions) {
      const emoji = known.emoji.emojiOf(name);
      if (emoji === null) {
        this.#leaveOut('reactions with a picture of the workspace', count);
        continue;
      }
      this.#leaveOut('reactions of people whom the export does not name', Math.max(0, count - users.length));
      for (const id of users) {
        const { user } = await people.bySlackId(id);
        const wish = { conversation, epoch, target, emoji, key: this.#key('reaction', ts, emoji) };
        const written = await this.#try('reactions', () => core.chat.execute(callerOf(user), 'reaction.set', wish));
        if (written === null) continue;
        if (!written.duplicate) tally.reactions += 1;
        this.#head = Math.max(this.#head, written.seq);
      }
    }
  }

  /** What it said before is not in an export: it says the same twice, and that it was edited, when. */
  async #edit({ id: conversation, epoch }: Place, { ts, author }: SlackPost): Promise<void> {
    const { core, people, callerOf, tally } = this.#parts;
    const [target, said] = [this.#seqs.get(ts), this.#texts.get(ts)];
    if (target === undefined || said === undefined) return;
    const { user } = await people.author(author);
    const wish = { conversation, epoch, target, text: said.text, key: this.#key('edit', ts) };
    const written = await this.#try('edits', () => core.chat.execute(callerOf(user), 'message.edit', wish));
    if (written === null) return;
    if (!written.duplicate) tally.edits += 1;
    this.#head = Math.max(this.#head, written.seq);
  }

  /** What was said elsewhere is not news. */
  async #readUp({ id: conversation, epoch }: Place, seated: readonly Person[]): Promise<void> {
    const { core, callerOf } = this.#parts;
    const marks = { conversation, epoch, delivered: this.#head, read: this.#head };
    if (this.#head === 0) return;
    for (const { user } of seated) await this.#try('marks', () => core.chat.setMarks(callerOf(user), marks), /./);
  }

  async #leave({ id: conversation }: Place, { user }: Person): Promise<void> {
    const { core, callerOf } = this.#parts;
    const wish = { conversation, user, key: this.#key('leave', user) };
    await this.#try('leaving', () => core.chat.execute(callerOf(user), 'member.remove', wish), /not_found|forbidden/);
  }

  #update({ id }: Pick<Place, 'id'>, user: UserId, change: { readonly archived?: boolean; readonly topic?: string }) {
    const key = this.#key('update', JSON.stringify(change));
    return this.#parts.core.chat.execute(this.#parts.callerOf(user), 'conversation.update', {
      conversation: id,
      key,
      ...change,
    });
  }

  /** Null where the core refuses it: counted, unless the refusal is one of those expected. @throws what is none of it */
  async #try<T>(what: string, work: () => Promise<T>, expected: RegExp = /^$/): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ChatError) || error.code === 'unavailable') throw error;
      if (what === 'messages' && error.code === 'key_reused') this.#parts.tally.known += 1;
      if (!expected.test(error.code)) this.#leaveOut(`${what}: ${reasonOf(error)}`);
      return null;
    }
  }

  #leaveOut(why: string, count = 1): void {
    const { left } = this.#parts.tally;
    if (count > 0) left.set(why, (left.get(why) ?? 0) + count);
  }

  #key(...words: readonly string[]): Key {
    return keyOf('slack', this.#parts.team, this.#room.id, ...words);
  }
}

/** Who may not speak to all here said it there: then it is said without that, as it will be found again. */
async function withoutAll<T>(isToAll: boolean, send: (all: boolean) => Promise<T>): Promise<T> {
  if (!isToAll) return await send(false);
  try {
    return await send(true);
  } catch (error) {
    if (error instanceof ChatError && /^(?:forbidden|key_reused)$/.test(error.code)) return await send(false);
    throw error;
  }
}

/** Who may change it: an owner who is in it. */
function keeperOf({ state }: ConversationRecord): UserId | null {
  for (const [user, { role, left }] of state.members) if (role === 'owner' && left === null) return toId<UserId>(user);
  return null;
}

function reasonOf({ code, message }: ChatError): string {
  return message === '' ? code : message;
}

function eventsOf(posts: readonly SlackPost[]): readonly Event[] {
  const events = posts.flatMap((post): readonly Event[] => [
    { type: 'say', at: post.at, post },
    ...(post.reactions.length > 0 ? [{ type: 'react', at: post.at, post } as const] : []),
    ...(post.editedAt === null ? [] : [{ type: 'edit', at: Math.max(post.at, post.editedAt), post } as const]),
  ]);
  // Sorting keeps what is of the same time in its order.
  return events.sort((a, b) => a.at - b.at);
}
