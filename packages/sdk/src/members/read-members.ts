// Reads everybody who is in a conversation, page by page, and how far each has got where that is told.
import type { Result } from '@kith/protocol';
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
    const at = cursor === '' ? {} : { cursor };
    const page: Result<'members.read'> = await asker.ask('members.read', { conversation: id, ...at });
    items.push(...page.items);
    users = { ...users, ...page.users };
    cursor = page.next;
  }
  const isTold = items.length <= replica.limits.receiptMembers;
  const marks = isTold ? (await asker.ask('marks.read', { conversation: id })).items : [];
  replica.takeMembers(id, { members: items, marks, users, asOf });
}
