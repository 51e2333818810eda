// Who a text names. A person is chosen while it is written; what stands in the text in the end says who is meant.
import { LIMITS } from '@kith/protocol';
import type { MessageParts } from '@kith/sdk';

/** Somebody who was chosen, by the name that stands in the text. */
export type Named = { readonly user: string; readonly name: string };

/** The word after `@` that means everybody. */
export const ALL = 'all';

/** Null where the text names nobody. */
export function mentionsIn(text: string, named: readonly Named[]): MessageParts['mentions'] | null {
  const users = [...new Set(named.filter(({ name }) => text.includes(`@${name}`)).map(({ user }) => user))];
  const isAll = named.some(({ user }) => user === ALL) && new RegExp(`(?:^|\\s)@${ALL}\\b`).test(text);
  const people = users.filter((user) => user !== ALL).slice(0, LIMITS.mentions);
  if (people.length === 0 && !isAll) return null;
  return { ...(people.length > 0 ? { users: people } : {}), ...(isAll ? { all: true } : {}) };
}

/** What is being typed after an `@` or a `:`, or after a `/` that begins it all, up to the caret; null where it is none of them. */
export function wordAt(
  text: string,
  caret: number,
): { readonly sign: '@' | ':' | '/'; readonly word: string; readonly at: number } | null {
  const before = text.slice(0, caret);
  const [, command] = /^\/([a-z0-9_-]{0,40})$/.exec(before) ?? [];
  if (command !== undefined) return { sign: '/', word: command, at: 0 };
  const found = /(?:^|[\s(])([@:])([^\s@:]{0,40})$/u.exec(before);
  const [, sign, word] = found ?? [];
  if ((sign !== '@' && sign !== ':') || word === undefined) return null;
  return { sign, word, at: caret - word.length - 1 };
}
