// Which items may go now, and after which key each: the order of one's messages in a conversation (rules O1 and O2).
import type { OutboxItem } from './outbox-item.js';

export type Going = { readonly item: OutboxItem; readonly after: string | null };

export type SendLimits = {
  /** How many more may be on their way. */
  readonly room: number;
  readonly isPaused: (conversation: string) => boolean;
};

/** The last unanswered message so far, and whether those behind have to wait. */
type Line = { before: string | null; isShut: boolean };

/** @param items in the order of writing */
export function nextToGo(items: ReadonlyMap<string, OutboxItem>, { room, isPaused }: SendLimits): readonly Going[] {
  const lines = new Map<string, Line>();
  const going: Going[] = [];
  for (const item of items.values()) {
    if (going.length >= room) break;
    const { key, conversation, command, status } = item;
    // A failed one is nothing to come after, and one that was acknowledged is in the log already.
    if (status === 'failed' || status === 'sent') continue;
    const line = lines.get(conversation) ?? { before: null, isShut: isPaused(conversation) };
    lines.set(conversation, line);
    // The change of a message whose place nobody will know, because storage lost it, goes as it is: it is refused visibly.
    if (line.isShut || (item.behind !== null && items.has(item.behind))) continue;
    if (item.held !== null) {
      line.isShut = item.blocksOthers;
      continue;
    }
    // Only messages can say what they come after; others keep their order by that of the connection.
    const isMessage = command === 'message.send';
    if (status === 'pending') going.push({ item, after: isMessage ? line.before : null });
    if (isMessage) line.before = key;
  }
  return going;
}
