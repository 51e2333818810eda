// What a client asks beyond what the SDK asks by itself: an app's own reads, in pages, and what nobody should ask.

import type { Person } from '@kith/sdk';
import { historyOf } from '@kith/sdk/history/history';

export type Asking = {
  readonly person: Person;
  readonly conversation: string;
  readonly epoch: number;
  readonly head: number;
  /** Choose one of all, each by its remainder. */
  readonly where: number;
  readonly whom: number;
};

/** @throws Refusal */
export function ask(asking: Asking): Promise<unknown> {
  return chosenBy(asking, READS);
}

/** What is refused, and does nothing. @throws Refusal */
export function askWrongly(asking: Asking): Promise<unknown> {
  return chosenBy(asking, WRONG);
}

/** All who react to a message, and then the rest of those with one emoji. @throws Refusal */
export async function askReactors(
  person: Person,
  named: { readonly conversation: string; readonly epoch: number; readonly target: number },
): Promise<void> {
  const { next } = await person.command('reactions.read', { ...named, limit: 1 });
  if (next !== null) await person.command('reactions.read', { ...named, limit: 1, cursor: next, emoji: '👍' });
}

type Question = (asking: Asking) => Promise<unknown>;

const READS: readonly Question[] = [
  async ({ person }) => {
    let next: string | null = null;
    for (let page = 0; page < 3; page += 1) {
      const params: { cursor?: string; limit: number } = { limit: 1, ...(next === null ? {} : { cursor: next }) };
      ({ next } = await person.command('conversations.list', params));
      if (next === null) return;
    }
  },
  async ({ person, conversation }) => {
    const { next } = await person.command('members.read', { conversation, limit: 1 });
    if (next !== null) await person.command('members.read', { conversation, limit: 1, cursor: next });
  },
  async ({ person, conversation, head }) => {
    const { next } = await person.command('marks.read', { conversation, seq: head, limit: 1 });
    if (next !== null) await person.command('marks.read', { conversation, limit: 1, cursor: next });
  },
  async ({ person }) => {
    await person.command('setting.set', { name: 'theme', value: { dark: true, size: [1, 2] } });
    await person.command('settings.read', {});
  },
  ({ person }) => person.command('users.search', { query: 'a', limit: 5 }),
  ({ person }) => person.command('users.read', { ids: [person.id] }),
  ({ person }) => person.command('presence.watch', { users: [person.id] }),
  ({ person, conversation }) => person.command('entries.read', { conversation }),
  ({ person, conversation, epoch }) => person.command('entries.read', { conversation, epoch, after: 1, limit: 2 }),
  ({ person, conversation, epoch }) =>
    person.command('entries.read', { conversation, epoch, after: 0, limit: 2, changesOnly: true }),
  ({ person, conversation }) => person.command('messages.read', { conversation }),
  ({ person, conversation, epoch, head }) =>
    person.command('messages.read', { conversation, epoch, before: head, limit: 2 }),
  ({ person, conversation, epoch, head }) =>
    person.command('messages.read', { conversation, epoch, around: Math.max(1, head >> 1), limit: 3 }),
  ({ person, conversation, epoch }) => person.command('messages.read', { conversation, epoch, after: 1, limit: 2 }),
  ({ person, conversation, epoch, head, whom }) => historyOf(person, { conversation, epoch, seq: 1 + (whom % head) }),
];

const WRONG: readonly Question[] = [
  ({ person, conversation }) => person.command('entries.read', { conversation, after: 1, limit: 10, epoch: 99 }),
  ({ person, conversation }) => person.command('entries.read', { conversation, limit: 100_000 }),
  ({ person, conversation }) => person.command('messages.read', { conversation, before: 1, after: 1, epoch: 1 }),
  ({ person, conversation }) => person.command('message.send', { conversation, key: 'no uuid', text: 'wrong' }),
  ({ person }) => person.command('message.send', { conversation: person.id, key: person.id, text: 'wrong' }),
  ({ person, conversation }) => person.command('message.send', { conversation, key: conversation, text: '' }),
  ({ person, conversation }) =>
    person.command('message.send', { conversation, key: conversation, text: 'wrong\0text' }),
  ({ person, conversation }) =>
    person.command('message.send', { conversation, key: conversation, text: 'x'.repeat(16_001) }),
  ({ person, conversation, head }) =>
    person.command('message.send', { conversation, key: conversation, text: 'wrong', replyTo: head + 100 }),
  ({ person, conversation }) =>
    person.command('message.send', { conversation, key: conversation, text: 'wrong', after: person.id }),
  ({ person, conversation, epoch, head }) =>
    person.command('message.edit', { conversation, epoch, target: head + 100, text: 'wrong' }),
  ({ person, conversation, epoch }) => person.command('message.delete', { conversation, epoch, target: 1 }),
  ({ person, conversation }) => person.command('message.delete', { conversation, epoch: 99, target: 1 }),
  ({ person, conversation, epoch }) => historyOf(person, { conversation, epoch, seq: 1 }),
  ({ person }) => person.command('conversation.read', { conversation: 'nothing' }),
  ({ person }) => person.command('conversation.read', { conversation: person.id }),
  ({ person }) => person.command('conversation.create', { kind: 'direct', members: [person.id, person.id] }),
  ({ person, conversation }) => person.command('conversation.create', { kind: 'group', members: [conversation] }),
  ({ person, conversation }) => person.command('member.add', { conversation, user: conversation }),
  ({ person, conversation }) => person.command('member.role', { conversation, user: person.id, role: 'admin' }),
  ({ person, conversation }) => person.command('member.remove', { conversation, user: person.id, basis: 1 } as never),
  ({ person, conversation }) => person.command('conversation.update', { conversation, name: '' }),
  ({ person, conversation }) => person.command('marks.read', { conversation, limit: -1 }),
  ({ person, conversation }) => person.command('members.read', { conversation, cursor: 'not ours' }),
  ({ person }) => person.command('conversations.list', { cursor: 'not ours' }),
  ({ person, conversation }) => person.command('users.read', { ids: [person.id, conversation] }),
  ({ person }) => person.command('setting.set', { name: 'large', value: 'x'.repeat(20_000) }),
  ({ person }) => person.command('nonsense' as 'conversations.list', {}),
];

function chosenBy(asking: Asking, questions: readonly Question[]): Promise<unknown> {
  const question = questions[(asking.where + asking.whom) % questions.length];
  return question ? question(asking) : Promise.resolve();
}
