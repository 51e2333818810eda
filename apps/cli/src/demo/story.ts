// A demonstration, told: people are made by the operator's hands, and all they do goes through the core as if they had done it,
// while its clock goes through eight weeks. What happens in one conversation waits for what happened there before; what happens
// in others goes beside it. The same seed, size and end give the same logs.
import { type ConversationId, type Key, makeId, SCOPES, type SessionId, toId, type UserId } from '@kith/protocol';
import type { Operator } from '@kith/server/core/accounts/operator';
import type { Caller, ChatService } from '@kith/server/core/chat';
import type { Workspace } from '@kith/server/core/directory';
import { Refusal } from '../command.js';
import type { SetClock } from '../in-process.js';
import { Calendar } from './calendar.js';
import { CAST, FOLDERS, PLACES, type Setting } from './cast.js';
import type { Dice } from './dice.js';
import { type Act, Place } from './place.js';

export type StoryParts = {
  readonly chat: ChatService;
  readonly operator: Operator;
  readonly workspace: Workspace;
  readonly clock: SetClock;
  readonly dice: Dice;
  readonly password: string;
  /** How many messages are sent, threads included. */
  readonly messages: number;
  /** The end of it, in milliseconds. */
  readonly until: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
};

export type Told = {
  readonly people: number;
  readonly conversations: number;
  readonly messages: number;
  /** Everything else that happened to messages. */
  readonly changes: number;
};

type Scene = { readonly id: ConversationId; readonly epoch: number; readonly place: Place; head: number };

/** From the first account to the first message. */
const BEFORE_MS = 3_600_000;

export async function tellStory(parts: StoryParts): Promise<Told> {
  const story = new Story(parts);
  const people = await story.makePeople();
  const scenes = await story.makeScenes(people);
  await story.tell(scenes);
  await story.readUp(scenes, people);
  await story.sortOut(scenes, people);
  return { people: people.length, conversations: scenes.length, messages: parts.messages, changes: story.changes };
}

class Story {
  readonly #parts: StoryParts;
  readonly #calendar: Calendar;
  readonly #names = new Map<UserId, string>();
  changes = 0;

  constructor(parts: StoryParts) {
    this.#parts = parts;
    this.#calendar = new Calendar(parts.until, parts.dice);
  }

  async makePeople(): Promise<readonly UserId[]> {
    const { operator, clock, password } = this.#parts;
    const people: UserId[] = [];
    for (const [at, { username, name }] of CAST.entries()) {
      this.#requireTime();
      clock.set(this.#calendar.begin - BEFORE_MS + at * 1_000);
      const { user } = await operator.create({ username, name, password, isOwner: at === 0 });
      people.push(toId<UserId>(user.id));
      this.#names.set(toId<UserId>(user.id), name);
    }
    return people;
  }

  async makeScenes(people: readonly UserId[]): Promise<readonly Scene[]> {
    const scenes: Scene[] = [];
    const quotas = quotasOf(this.#parts.messages);
    for (const [at, setting] of PLACES.entries()) {
      this.#parts.clock.set(this.#calendar.begin - BEFORE_MS / 2 + at * 1_000);
      scenes.push(await this.#makeScene({ setting, people, quota: quotas[at] ?? 0, isShow: at === 0 }));
    }
    return scenes;
  }

  async #makeScene({
    setting,
    people,
    quota,
    isShow,
  }: {
    readonly setting: Setting;
    readonly people: readonly UserId[];
    readonly quota: number;
    readonly isShow: boolean;
  }): Promise<Scene> {
    const { chat } = this.#parts;
    const maker = personAt(people, setting.maker);
    const others: UserId[] = [];
    for (let next = setting.from; others.length < setting.size; next += 1) {
      const one = personAt(people, next % people.length);
      if (one !== maker) others.push(one);
    }
    const { kind, name, topic, avatar, visibility, posting } = setting;
    const caller = this.#callerOf(maker);
    const { summary } = await chat.execute(caller, 'conversation.create', {
      ...{ kind, members: others, key: this.#key() },
      ...(name !== undefined && { name }),
      ...(visibility !== undefined && { visibility }),
      ...(posting !== undefined && { posting }),
    });
    const { id: conversation, epoch } = summary;
    if (topic !== undefined || avatar !== undefined) {
      const looks = { ...(topic !== undefined && { topic }), ...(avatar !== undefined && { avatar }) };
      await chat.execute(caller, 'conversation.update', { conversation, key: this.#key(), ...looks });
    }
    const [second] = others;
    if (kind !== 'direct' && second !== undefined) {
      const change = { conversation, key: this.#key(), user: second, role: 'moderator' } as const;
      await chat.execute(caller, 'member.role', change);
    }
    const members = [maker, ...others];
    const writers = posting === 'moderators' ? members.slice(0, 2) : members;
    const place = new Place({ setting, members, writers, quota, names: this.#names, isShow });
    return { id: toId<ConversationId>(conversation), epoch, place, head: summary.head };
  }

  /** In rounds: in each one at most one thing happens in each conversation, so that no two there bear the same time. */
  async tell(scenes: readonly Scene[]): Promise<void> {
    const { dice, clock, messages, onProgress } = this.#parts;
    let now = this.#calendar.begin;
    for (;;) {
      this.#requireTime();
      const open = scenes.filter(({ place }) => !place.isDone);
      const longest = Math.max(0, ...open.map(({ place }) => place.quota - place.said));
      if (longest === 0) break;
      const done = scenes.reduce((sum, { place }) => sum + place.said, 0);
      now = Math.max(now + 1_000, this.#calendar.at(done / messages));
      clock.set(Math.min(now, this.#parts.until));
      // So often as all of them end together.
      const acting = open.filter(({ place }) => dice.isLucky((place.quota - place.said) / longest));
      const acts = acting.map((scene) => ({ scene, act: scene.place.next(dice), key: this.#key() }));
      await Promise.all(acts.map((one) => this.#perform(one)));
      onProgress(done, messages);
    }
  }

  async #perform({ scene, act, key }: { readonly scene: Scene; readonly act: Act; readonly key: Key }): Promise<void> {
    const { id: conversation, epoch, place } = scene;
    const { chat } = this.#parts;
    const caller = this.#callerOf(act.by);
    const where = { conversation, key };
    const perform = () => {
      switch (act.type) {
        case 'say':
          return chat.execute(caller, 'message.send', { ...where, ...sayingOf(act) });
        case 'react':
          return chat.execute(caller, 'reaction.set', { ...where, epoch, target: act.target, emoji: act.emoji });
        case 'vote':
          return chat.execute(caller, 'poll.vote', { ...where, epoch, target: act.target, choices: [act.choice] });
        case 'pin':
          return chat.execute(caller, 'message.pin', { ...where, epoch, target: act.target });
        case 'delete':
          return chat.execute(caller, 'message.delete', { ...where, epoch, target: act.target });
        case 'edit':
          return chat.execute(caller, 'message.edit', { ...where, epoch, target: act.target, text: act.text });
      }
    };
    const { seq } = await perform();
    scene.head = Math.max(scene.head, seq);
    if (act.type !== 'say') this.changes += 1;
    place.note(act, seq);
  }

  /** Everyone has read nearly everything; the first of the cast, all but what their place says. */
  async readUp(scenes: readonly Scene[], people: readonly UserId[]): Promise<void> {
    const { chat, dice } = this.#parts;
    for (const { id: conversation, epoch, place, head } of scenes) {
      const marks = place.members.map((user) => {
        const behind = user === people[0] ? place.setting.unread : dice.pickEarly([0, 0, 0, 1, 2, 5, 20, 60]);
        const read = Math.max(1, head - behind);
        return chat.setMarks(this.#callerOf(user), { conversation, epoch, delivered: head, read });
      });
      await Promise.all(marks);
    }
  }

  /** Folders and a contact of the first of the cast. */
  async sortOut(scenes: readonly Scene[], people: readonly UserId[]): Promise<void> {
    const { chat } = this.#parts;
    const [first, second] = people;
    if (first === undefined || second === undefined) return;
    const caller = this.#callerOf(first);
    for (const [position, { places, ...looks }] of FOLDERS.entries()) {
      const conversations = places.flatMap((place) => scenes[place]?.id ?? []);
      const value = { ...looks, position, conversations };
      await chat.execute(caller, 'setting.set', { key: this.#key(), name: `folder:demo-${position + 1}`, value });
    }
    const value = { favourite: true, note: 'Translates; best asked before noon' };
    await chat.execute(caller, 'setting.set', { key: this.#key(), name: `contact:${second}`, value });
  }

  #key(): Key {
    const { clock, dice } = this.#parts;
    return makeId<Key>(clock.now(), dice.bytes(10));
  }

  #callerOf(user: UserId): Caller {
    const { workspace } = this.#parts;
    const session = toId<SessionId>(user);
    const principal = { workspace: workspace.id, user, session, scopes: SCOPES, expiresAt: Number.MAX_SAFE_INTEGER };
    return { principal, stream: null };
  }

  #requireTime(): void {
    if (!this.#parts.signal.aborted) return;
    throw new Refusal('stopped: what was written so far is in the database, which a demonstration wants empty');
  }
}

function sayingOf({ text, thread, replyTo, mentions, isForAll, options }: Extract<Act, { readonly type: 'say' }>) {
  const named = mentions.length > 0 || isForAll;
  return {
    text,
    ...(thread === null ? {} : { thread }),
    ...(replyTo === null ? {} : { replyTo }),
    ...(named ? { mentions: { users: [...mentions], ...(isForAll && { all: true }) } } : {}),
    ...(options.length > 0 ? { poll: { options: options.map((option) => ({ text: option })), most: 1 } } : {}),
  };
}

/** How many messages each place has, by their weights; the first has what is left over. */
function quotasOf(messages: number): readonly number[] {
  const sum = PLACES.reduce((total, { weight }) => total + weight, 0);
  const [, ...rest] = PLACES.map(({ weight }) => Math.floor((messages * weight) / sum));
  return [messages - rest.reduce((total, one) => total + one, 0), ...rest];
}

function personAt(people: readonly UserId[], at: number): UserId {
  const one = people[at];
  if (one === undefined) throw new Error('the cast has too few people');
  return one;
}
