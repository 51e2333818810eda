// Reads everybody who is in a conversation, page by page, and how far each has got: it is pushed while a connection lasts, and
// what came before that is asked for.
import type { Marks, Result } from '@kith/protocol';
import type { Asker } from '../replica/asker.js';
import type { Replica } from '../replica/replica.js';

export type MembersSource = { readonly replica: Replica; readonly asker: Asker };

/** @throws Refusal */
export async function readMembers({ replica, asker }: MembersSource, id: string): Promise<void> {
  const conversation = replica.conversation(id);
  if (!conversation) return;
  const asOf = conversation.to;
  const items: Result<'members.read'>['items'] = [];
  let users: Result<'members.read'>['users'] = {};
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Result<'members.read'> = await asker.ask('members.read', { conversation: id, ...at(cursor) });
    items.push(...page.items);
    users = { ...users, ...page.users };
    cursor = page.next;
  }
  replica.takeMembers(id, { members: items, users, asOf });
}

/** @throws Refusal */
export async function readMarks({ replica, asker }: MembersSource, id: string): Promise<void> {
  const epoch = replica.conversation(id)?.epoch;
  const items: Marks[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Result<'marks.read'> = await asker.ask('marks.read', { conversation: id, ...at(cursor) });
    items.push(...page.items);
    cursor = page.next;
  }
  // Of another log they say nothing.
  if (replica.conversation(id)?.epoch === epoch) replica.change(id, ({ reading }) => reading.takeMarks(items));
}

function at(cursor: string): { cursor?: string } {
  return cursor === '' ? {} : { cursor };
}
