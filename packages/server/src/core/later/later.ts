// What a person asks to be done later: to have a message sent at a time, to be reminded of one, and to see, change and cancel
// that. Each change is told to the person's devices by an entry in their own conversation; where that fails, the worker tells it.
// Rules Q1 to Q4, Q6 and Q7 of docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  type Key,
  LIMITS,
  type Params,
  type Result,
  type Scheduled,
  toId,
} from '@kith/protocol';
import { requireMember } from '../access.js';
import { readHistory } from '../amendments.js';
import type { Clock } from '../clock.js';
import type { Conversations } from '../conversations.js';
import type { ConversationLog } from '../log.js';
import { type Profiles, readUsers } from '../people.js';
import type { Author, Principal } from '../principal.js';
import { recordSeenBy, seenBy } from '../readers.js';
import { setSetting } from '../settings.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import type { Writer } from '../writer.js';
import type { LaterItem, LaterStore, LaterWish } from './later-store.js';

export type LaterPorts = {
  readonly store: LaterStore;
  readonly log: ConversationLog;
  readonly writer: Writer;
  readonly conversations: Conversations;
  readonly profiles: Profiles;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

type Scheduling = Result<'message.schedule'>;

/** By then a change is told, or the worker sees to it. */
export const TELL_MS = 5_000;
/** How long a key of what has ended is remembered. */
const REMEMBERED_MS = 30 * 86_400_000;
const MOST_OF_ALL = 1_000;
/** Devices know by the changes of this setting that the list is another one. */
const SETTING = 'kith:scheduled';
const FURTHEST_MS = 366 * 86_400_000;
/** Changes of one item by several devices come one after the other; more than this at once is somebody's mistake. */
const MOST_TRIES = 20;

export class Later {
  readonly #ports: LaterPorts;

  constructor(ports: LaterPorts) {
    this.#ports = ports;
  }

  /** @throws bad_request, not_found, forbidden, conflict, key_reused */
  async schedule(principal: Principal, params: Params<'message.schedule'>): Promise<Scheduling> {
    const conversation = toId<ConversationId>(params.conversation);
    const wish: LaterWish = { kind: 'message', body: bodyOf(params) };
    const place = { ...authorOf(principal), key: toId<Key>(params.key) };
    return this.#add({ ...place, conversation, at: params.at, wish }, async () => {
      const record = await recordSeenBy(this.#ports.log, principal.user, conversation);
      requireMember(record, principal, 'message.send');
    });
  }

  /** @throws bad_request, not_found, epoch_changed, conflict, key_reused */
  async remind(principal: Principal, params: Params<'reminder.set'> & { readonly key: Key }): Promise<Scheduling> {
    const { epoch, target, at, key } = params;
    const conversation = toId<ConversationId>(params.conversation);
    const wish: LaterWish = { kind: 'reminder', body: { epoch, target } };
    return this.#add({ ...authorOf(principal), key, conversation, at, wish }, async () => {
      const { entries } = await readHistory(seenBy(this.#ports.log, principal), principal, params);
      if (entries[0]?.erased) throw new ChatError('conflict', 'this message was deleted');
    });
  }

  async #add(
    item: Pick<LaterItem, 'workspace' | 'user' | 'key' | 'conversation' | 'at'> & { readonly wish: LaterWish },
    requireAllowed: () => Promise<void>,
  ): Promise<Scheduling> {
    const { store } = this.#ports;
    this.#requireTime(item.at);
    // A repeat is answered whatever has changed since.
    if ((await store.find(item)) === null) await requireAllowed();
    const { conversation, at, wish } = item;
    const content = JSON.stringify([wish.kind, conversation, at, wish.body]);
    const bounds = { most: LIMITS.scheduled, mostOfAll: MOST_OF_ALL };
    const added = await store.add({ ...item, content, due: this.#dueOf(at) }, bounds);
    if (added === 'too_many') {
      throw new ChatError('conflict', `a person has at most ${LIMITS.scheduled} scheduled messages and reminders`);
    }
    if (!added.isSame || added.item.conversation !== conversation) {
      throw new ChatError('key_reused', 'this key was given to something else that is scheduled');
    }
    if (added.isNew) this.#tellSoon(added.item);
    return answerOf(added.item, !added.isNew);
  }

  async read(principal: Principal): Promise<Result<'scheduled.read'>> {
    const items = (await this.#ports.store.list(principal)).flatMap(shown);
    const named = items.flatMap(({ mentions }) => mentions?.users ?? []);
    return { items, users: await readUsers(this.#ports.profiles, principal.workspace, named) };
  }

  /** @throws bad_request, not_found, conflict */
  async update(principal: Principal, params: Params<'scheduled.update'>): Promise<Scheduling> {
    if (params.at !== undefined) this.#requireTime(params.at);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const was = await this.#require(principal, params.scheduled);
      const { wish } = was;
      if (wish === null || was.state === 'cancelled') throw notListed();
      const changed = { at: params.at ?? was.at, wish: changedWish(wish, params) };
      if (was.state === 'waiting' && isSame(was, changed)) return answerOf(was, true);
      const item = await this.#ports.store.change(was, { ...changed, due: this.#dueOf(changed.at) });
      if (item === null) continue;
      this.#tellSoon(item);
      return answerOf(item, false);
    }
    throw busy();
  }

  /** @throws not_found, conflict */
  async cancel(principal: Principal, { scheduled }: Params<'scheduled.cancel'>): Promise<Scheduling> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const was = await this.#require(principal, scheduled);
      if (was.state === 'cancelled') return answerOf(was, true);
      const due = this.#ports.clock.now() + TELL_MS;
      const item = await this.#ports.store.settle(was, { from: ['waiting', 'refused'], to: 'cancelled', due });
      if (item === null) continue;
      this.#tellSoon(item);
      return answerOf(item, false);
    }
    throw busy();
  }

  /** One of the person's own that was not sent and is not about to be. @throws not_found, conflict */
  async #require(principal: Principal, scheduled: string): Promise<LaterItem> {
    const item = await this.#ports.store.find({ ...authorOf(principal), key: toId<Key>(scheduled) });
    if (item === null || item.state === 'sent') throw notListed();
    if (item.state === 'sending') throw busy();
    return item;
  }

  /** Writes the entry that tells the person's devices what has become of it, and keeps that it was told. @throws unavailable */
  async tell(item: LaterItem): Promise<void> {
    const { store, writer, conversations, clock } = this.#ports;
    const { key: scheduled, conversation, refused } = item;
    const state = item.state === 'sending' ? 'waiting' : item.state;
    const value = { scheduled, conversation, state, ...(refused === null ? {} : { code: refused }) };
    const self = await conversations.self(item);
    await setSetting(writer, item, { self, key: conversations.makeKey(), params: { name: SETTING, value } });
    await store.told(item, clock.now() + REMEMBERED_MS);
  }

  #tellSoon(item: LaterItem): void {
    this.tell(item).catch((error: unknown) =>
      reportFailure(this.#ports.telemetry, 'a change of what is scheduled is told later', error),
    );
  }

  #dueOf(at: number): number {
    return Math.min(at, this.#ports.clock.now() + TELL_MS);
  }

  /** @throws bad_request */
  #requireTime(at: number): void {
    if (at > this.#ports.clock.now() + FURTHEST_MS) {
      throw new ChatError('bad_request', 'at: at most 366 days ahead');
    }
  }
}

function authorOf({ workspace, user }: Author): Author {
  return { workspace, user };
}

type Body = Extract<LaterWish, { kind: 'message' }>['body'];

/** Known fields only, in one order, so that the same wish is the same text. */
function bodyOf({ text, replyTo, mentions, thread, epoch }: Body): Body {
  return {
    text,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mentions === undefined ? {} : { mentions }),
    ...(typeof thread === 'number' ? { thread } : {}),
    ...(epoch === undefined ? {} : { epoch }),
  };
}

/** @throws bad_request where a reminder is to say something */
function changedWish(wish: LaterWish, { text, mentions }: Params<'scheduled.update'>): LaterWish {
  if (wish.kind === 'message') {
    const words = { ...(text === undefined ? {} : { text }), ...(mentions === undefined ? {} : { mentions }) };
    return { kind: 'message', body: bodyOf({ ...wish.body, ...words }) };
  }
  if (text !== undefined || mentions !== undefined) {
    throw new ChatError('bad_request', 'text, mentions: a reminder has none');
  }
  return wish;
}

function isSame(was: LaterItem, { at, wish }: { readonly at: number; readonly wish: LaterWish }): boolean {
  return was.at === at && JSON.stringify(was.wish?.body) === JSON.stringify(wish.body);
}

function answerOf({ key, conversation, at }: LaterItem, duplicate: boolean): Scheduling {
  return { scheduled: key, conversation, at, duplicate };
}

function shown({ key: scheduled, conversation, at, wish, refused }: LaterItem): Scheduled[] {
  if (wish === null) return [];
  const { thread, ...body } = wish.kind === 'message' ? wish.body : { ...wish.body, thread: undefined };
  const parts = { ...body, ...(typeof thread === 'number' ? { thread } : {}) };
  return [{ scheduled, kind: wish.kind, conversation, at, ...parts, ...(refused === null ? {} : { refused }) }];
}

function notListed(): ChatError {
  return new ChatError('not_found', 'nothing of yours is scheduled under this key');
}

function busy(): ChatError {
  return new ChatError('conflict', 'this is being sent');
}
