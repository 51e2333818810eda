// What stands of a conversation beside its entries, gathered while they go by: reactions, votes, pins, settings, and which entries
// change which. The rows are those that the log itself would have written with each entry.
import type { EntryBody } from '@kith/protocol';
import { entryKindNumber, FLAGS } from '../codes.js';
import type { EntryLine } from './lines.js';

export type ReactionRow = {
  readonly ordinal: number;
  readonly target: number;
  readonly seq: number;
  readonly at: number;
  readonly emoji: string;
};
export type VoteRow = Omit<ReactionRow, 'emoji'> & { readonly choices: readonly number[] };
export type AmendmentRow = { readonly target: number; readonly seq: number; readonly kind: number };

export class Standing {
  readonly reactions = new Map<string, ReactionRow>();
  readonly votes = new Map<string, VoteRow>();
  /** Entry that pinned it, by message. */
  readonly pins = new Map<number, number>();
  /** The entry that set each last. */
  readonly settings = new Map<string, number>();
  #first: number;

  /** @param first where the log begins: of what was said before it nothing stands */
  constructor(first: number) {
    this.#first = first;
  }

  /** @param ordinal of its author. @returns what the entry changes or answers, or null */
  take(entry: EntryLine, ordinal: number): AmendmentRow | null {
    const { kind, seq, body } = entry;
    if (kind === 'setting.set') this.settings.set(String(body.name), seq);
    const target = body.target ?? (kind === 'message.sent' ? body.thread : undefined);
    if (typeof target !== 'number') return null;
    if (kind === 'message.deleted') this.#forget(target);
    else if ((entry.flags & FLAGS.erased) === 0 && target >= this.#first) this.#change(entry, target, ordinal);
    return { target, seq, kind: entryKindNumber(kind) };
  }

  #change({ kind, seq, at, body, flags }: EntryLine, target: number, ordinal: number): void {
    if (kind === 'reaction.set') {
      const { emoji, on } = body as EntryBody<'reaction.set'>;
      const name = `${ordinal} ${target} ${emoji}`;
      if (on) this.reactions.set(name, { ordinal, target, seq, at, emoji });
      else this.reactions.delete(name);
    } else if (kind === 'poll.voted' && (flags & FLAGS.unnamed) === 0) {
      const { choices = [] } = body as EntryBody<'poll.voted'>;
      const name = `${ordinal} ${target}`;
      if (choices.length > 0) this.votes.set(name, { ordinal, target, seq, at, choices });
      else this.votes.delete(name);
    } else if (kind === 'message.pinned') {
      if (body.on === true) this.pins.set(target, seq);
      else this.pins.delete(target);
    }
  }

  #forget(target: number): void {
    this.pins.delete(target);
    for (const [name, vote] of this.votes) if (vote.target === target) this.votes.delete(name);
  }
}
