// One conversation of a demonstration as it is told: who is in it, what was said of late, and what comes next. It decides; whoever
// asks it does.
import type { UserId } from '@kith/protocol';
import type { Setting } from './cast.js';
import type { Dice } from './dice.js';
import { drawTone, sayingOf, type Tone } from './sayings.js';
import { QUESTIONS, REACTIONS } from './words.js';

/** A message that something may still happen to. */
export type Said = {
  readonly seq: number;
  readonly author: UserId;
  /** The first of its thread; null for what stands in none. */
  readonly thread: number | null;
  /** Of a poll, how many options. */
  readonly options: number;
};

export type Act = { readonly by: UserId } & (
  | {
      readonly type: 'say';
      readonly text: string;
      readonly thread: number | null;
      readonly replyTo: number | null;
      readonly mentions: readonly UserId[];
      readonly isForAll: boolean;
      readonly options: readonly string[];
    }
  | { readonly type: 'react'; readonly target: number; readonly emoji: string }
  | { readonly type: 'vote'; readonly target: number; readonly choice: number }
  | { readonly type: 'pin' | 'delete'; readonly target: number }
  | { readonly type: 'edit'; readonly target: number; readonly text: string }
);

type Wish = Act['type'] | 'answer' | 'reply' | 'poll' | 'mention' | 'mentionAll' | Tone;

/** One of each, in an order in which each finds what it needs. */
const SHOWPIECES: readonly Wish[] = [
  ...(['plain', 'react', 'react', 'rightToLeft', 'edit', 'reply', 'emoji', 'poll', 'vote', 'vote', 'pin'] as const),
  ...(['plain', 'answer', 'answer', 'code', 'delete', 'mention', 'longWord', 'script', 'mentionAll'] as const),
  ...(['marked', 'react', 'long'] as const),
];

/** How often each is wished for, in a thousand; the rest are messages. */
const WISHES: readonly (readonly [Wish, number])[] = [
  ['react', 110],
  ['answer', 120],
  ['reply', 70],
  ['edit', 22],
  ['mention', 20],
  ['vote', 14],
  ['delete', 7],
  ['poll', 3],
  ['pin', 2],
  ['mentionAll', 1],
];

/** Of the last ones it is remembered so many. */
const REMEMBERED = 40;
const MOST_PINS = 12;

export class Place {
  readonly setting: Setting;
  readonly members: readonly UserId[];
  /** Who may write; those who write most stand first. */
  readonly writers: readonly UserId[];
  readonly quota: number;
  said = 0;
  #recent: readonly Said[] = [];
  #roots: readonly Said[] = [];
  #polls: readonly Said[] = [];
  #pins = 0;
  #showpieces: readonly Wish[];
  readonly #names: ReadonlyMap<UserId, string>;

  constructor(given: {
    readonly setting: Setting;
    readonly members: readonly UserId[];
    readonly writers: readonly UserId[];
    readonly quota: number;
    readonly names: ReadonlyMap<UserId, string>;
    readonly isShow: boolean;
  }) {
    this.setting = given.setting;
    this.members = given.members;
    this.writers = given.writers;
    this.quota = given.quota;
    this.#names = given.names;
    this.#showpieces = given.isShow ? SHOWPIECES : [];
  }

  get isDone(): boolean {
    return this.said >= this.quota;
  }

  /** What happens next. */
  next(dice: Dice): Act {
    const [wish = drawWish(dice), ...rest] = this.#showpieces;
    this.#showpieces = rest;
    return this.#change(wish, dice) ?? this.#say(wish, dice);
  }

  /** It was said, as that entry. */
  note(act: Act, seq: number): void {
    if (act.type === 'say') {
      this.said += 1;
      const one = { seq, author: act.by, thread: act.thread, options: act.options.length };
      this.#recent = [...this.#recent.slice(1 - REMEMBERED), one];
      if (one.options > 0) this.#polls = [...this.#polls.slice(-3), one];
    } else if (act.type === 'delete') {
      const isOther = ({ seq: other }: Said) => other !== act.target;
      this.#recent = this.#recent.filter(isOther);
      this.#roots = this.#roots.filter(isOther);
      this.#polls = this.#polls.filter(isOther);
    } else if (act.type === 'pin') this.#pins += 1;
  }

  /** Whoever writes has read: the last messages, where some are unread, are not of who made the place, the first of the cast. */
  get #authors(): readonly UserId[] {
    return this.quota - this.said > this.setting.unread ? this.writers : this.writers.slice(1);
  }

  #say(wish: Wish, dice: Dice): Act {
    const by = dice.pickEarly(this.#authors);
    const said = { type: 'say', by, thread: null, replyTo: null, mentions: [], isForAll: false, options: [] } as const;
    const text = () => sayingOf(drawTone(dice), dice);
    const standing = this.#recent.filter(({ thread }) => thread === null);
    switch (wish) {
      case 'answer': {
        const thread = this.#root(standing, dice);
        return thread === undefined ? { ...said, text: text() } : { ...said, text: text(), thread: thread.seq };
      }
      case 'reply':
        return { ...said, text: text(), replyTo: standing.length === 0 ? null : dice.pick(standing).seq };
      case 'poll': {
        const { text: question, options } = dice.pick(QUESTIONS);
        return { ...said, text: question, options };
      }
      case 'mention': {
        const other = dice.pick(this.members);
        return { ...said, text: `@${this.#nameOf(other)} ${text()}`, mentions: other === by ? [] : [other] };
      }
      case 'mentionAll': {
        const [maker = by] = this.members;
        return { ...said, by: maker, text: `@all ${text()}`, isForAll: this.setting.kind !== 'direct' };
      }
      default:
        return { ...said, text: isTone(wish) ? sayingOf(wish, dice) : text() };
    }
  }

  /** Names in texts are for the eye: who is meant stands beside the text. */
  #nameOf(user: UserId): string {
    return this.#names.get(user) ?? 'somebody';
  }

  #root(standing: readonly Said[], dice: Dice): Said | undefined {
    if (this.#roots.length === 0 || dice.isLucky(0.15)) {
      const [begun] = dice.shuffled(standing);
      if (begun !== undefined) this.#roots = [...this.#roots.slice(-4), begun];
      return begun;
    }
    return dice.pick(this.#roots);
  }

  /** Null where there is nothing to be changed that way. */
  #change(wish: Wish, dice: Dice): Act | null {
    const by = dice.pickEarly(this.members);
    const [last] = this.#recent.slice(-1);
    if (last === undefined) return null;
    const early = dice.pick(this.#recent.slice(-8));
    switch (wish) {
      case 'react':
        return { type: 'react', by, target: early.seq, emoji: dice.pickEarly(REACTIONS) };
      case 'edit':
        return early.options > 0
          ? null
          : { type: 'edit', by: early.author, target: early.seq, text: `${sayingOf('plain', dice)} (corrected)` };
      case 'delete':
        return { type: 'delete', by: last.author, target: last.seq };
      case 'pin':
        return this.#pins >= MOST_PINS ? null : { type: 'pin', by: this.members[0] ?? by, target: early.seq };
      case 'vote': {
        const [poll] = dice.shuffled(this.#polls);
        if (poll === undefined) return null;
        return { type: 'vote', by, target: poll.seq, choice: dice.whole(0, poll.options - 1) };
      }
      default:
        return null;
    }
  }
}

function drawWish(dice: Dice): Wish {
  let left = dice.whole(0, 999);
  for (const [wish, share] of WISHES) {
    if (left < share) return wish;
    left -= share;
  }
  return 'say';
}

const TONES: ReadonlySet<string> = new Set<Tone>([
  ...(['plain', 'short', 'rightToLeft', 'script', 'emoji', 'code', 'marked', 'longWord', 'long'] as const),
]);

function isTone(wish: Wish): wish is Tone {
  return TONES.has(wish);
}
