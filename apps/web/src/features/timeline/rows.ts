// What a timeline shows, row by row: days, facts, messages, where the unread ones begin, and what is not in the log yet. Pure:
// of the same items it makes rows that say the same, so that a message that doesn't change isn't rendered anew.
import type { OutboxItem, ShownItem, TimelineView } from '@kith/sdk';

export type MessageRow = {
  readonly kind: 'message';
  readonly key: string;
  readonly item: ShownItem;
  /** The first and the last of a run of one author's messages. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** What of it this person has changed and is not in the log yet. */
  readonly change: OutboxItem | null;
};

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'fact'; readonly key: string; readonly item: ShownItem }
  | MessageRow
  | { readonly kind: 'unsent'; readonly key: string; readonly item: OutboxItem; readonly isFirst: boolean };

/** Messages of one author further apart begin anew. */
const RUN_MS = 5 * 60_000;
const CHANGES: ReadonlySet<string> = new Set(['message.edit', 'message.delete', 'poll.vote', 'poll.close']);
/** Kinds that change a message, or that a timeline doesn't tell of. */
const SILENT: ReadonlySet<string> = new Set([
  'message.edited',
  'message.deleted',
  'reaction.set',
  'poll.voted',
  'hidden',
]);

export type Shown = {
  readonly view: Pick<TimelineView, 'items' | 'firstUnread' | 'hasAfter'>;
  readonly unsent: readonly OutboxItem[];
  readonly me: string;
};

export function rowsOf({ view, unsent, me }: Shown): readonly Row[] {
  const { items, firstUnread, hasAfter } = view;
  const rows: Row[] = [];
  const changes = new Map(
    unsent.flatMap((one) => (CHANGES.has(one.command) ? [[one.params.target, one] as const] : [])),
  );
  const shown = items.filter(isShown);
  for (const [index, item] of shown.entries()) {
    const [before, after] = [shown[index - 1], shown[index + 1]];
    const isNewDay = before === undefined || !isSameDay(before.at, item.at);
    const isUnread = item.seq === firstUnread;
    if (isNewDay) rows.push({ kind: 'day', key: `day-${item.seq}`, at: item.at });
    if (isUnread) rows.push({ kind: 'unread', key: 'unread' });
    if (item.kind !== 'message.sent') {
      rows.push({ kind: 'fact', key: `seq-${item.seq}`, item });
      continue;
    }
    rows.push({
      kind: 'message',
      key: keyOf(item, me),
      item,
      isFirst: isNewDay || isUnread || !isRun(before, item),
      isLast: !isRun(item, after) || after?.seq === firstUnread,
      change: changes.get(item.seq) ?? null,
    });
  }
  if (hasAfter) return rows;
  const inLog = new Set(rows.map(({ key }) => key));
  const waiting = unsent.filter(({ command, key }) => command === 'message.send' && !inLog.has(key));
  const last = shown.at(-1);
  const isOwnLast = last?.kind === 'message.sent' && last.author === me;
  return [
    ...rows,
    ...waiting
      .filter(({ params }) => params.thread === undefined)
      .map((item, index) => ({ kind: 'unsent', key: item.key, item, isFirst: index === 0 && !isOwnLast }) as const),
  ];
}

/** That of its row while it was on its way, so that it stays where it is. */
function keyOf({ author, key, seq }: ShownItem, me: string): string {
  return author === me && key !== undefined ? key : `seq-${seq}`;
}

function isShown({ kind, body }: ShownItem): boolean {
  return !SILENT.has(kind) && !(kind === 'message.pinned' && (body as { readonly on?: boolean }).on === false);
}

function isRun(before: ShownItem | undefined, after: ShownItem | undefined): boolean {
  return (
    before?.kind === 'message.sent' &&
    after?.kind === 'message.sent' &&
    before.author === after.author &&
    after.at - before.at < RUN_MS &&
    isSameDay(before.at, after.at)
  );
}

function isSameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
