// What stands on messages, folded from the entries as the judge has them.
import type { LoggedEntry } from './ledger.js';

/** By message and emoji: who reacts, those who began first at the beginning. */
export type Reactions = ReadonlyMap<unknown, ReadonlyMap<string, ReadonlySet<string>>>;

export function reactionsOf(entries: readonly LoggedEntry[]): Reactions {
  const messages = new Map<unknown, Map<string, Set<string>>>();
  for (const { kind, author = '', body } of entries) {
    if (kind !== 'reaction.set') continue;
    const kinds = messages.get(body.target) ?? new Map<string, Set<string>>();
    const users = kinds.get(String(body.emoji)) ?? new Set<string>();
    if (body.on === true) users.add(author);
    else users.delete(author);
    if (users.size > 0) kinds.set(String(body.emoji), users);
    else kinds.delete(String(body.emoji));
    messages.set(body.target, kinds);
  }
  return messages;
}

/** What an entry says wrongly of what stands after it, given those before it; null where it is right, or says nothing. */
export function wrongReaction(before: readonly LoggedEntry[], entry: LoggedEntry): string | null {
  const { kind, author = '', body } = entry;
  if (kind !== 'reaction.set') return null;
  const { target, on, count } = body;
  const emoji = String(body.emoji);
  if (before[Number(target) - 1]?.kind !== 'message.sent') return `is about ${String(target)}, which is no message`;
  if (reactionsOf(before).get(target)?.get(emoji)?.has(author) === (on === true)) return 'changes nothing';
  const after = reactionsOf([...before, entry]).get(target) ?? new Map<string, ReadonlySet<string>>();
  const truth = JSON.stringify([...after].map(([one, users]) => ({ emoji: one, count: users.size })));
  const isRight = count === (after.get(emoji)?.size ?? 0) && JSON.stringify(body.reactions) === truth;
  return isRight ? null : `says ${String(count)} of ${JSON.stringify(body.reactions)}, and there is ${truth}`;
}

/** As an item shows them to a person. */
export function shownTo(user: string, kinds: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...kinds].map(([emoji, users]) => `${emoji} ${users.size}${users.has(user) ? ' mine' : ''}`);
}
