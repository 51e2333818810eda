// A history that may be changed, and ways to find in it what is worth changing.
import type { History, HistoryEvent } from '../history/history.js';

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };
export type Draft = Mutable<History>;
export type DraftEvent<T extends HistoryEvent['type']> = Extract<Draft['events'][number], { type: T }>;

export class NothingThere extends Error {}

/** @throws NothingThere: what is to be changed must be there */
export function first<T>(all: Iterable<T>): T {
  for (const one of all) return one;
  throw new NothingThere('the history has nothing of that kind');
}

export function eventsOf<T extends HistoryEvent['type']>({ events }: Draft, type: T): DraftEvent<T>[] {
  return events.filter((event): event is DraftEvent<T> => event.type === type);
}

/** Messages of the log that were confirmed, each with the log and the event that brought it. */
export function* confirmed(draft: Draft) {
  for (const acked of eventsOf(draft, 'acked')) {
    const log = draft.end.logs.find(({ conversation }) => conversation === acked.conversation);
    const entry = log?.entries.find(({ key, kind }) => key === acked.key && kind === 'message.sent');
    const commit = eventsOf(draft, 'committed').find(({ entries }) => entries.some(({ key }) => key === acked.key));
    const committed = commit?.entries.find(({ key }) => key === acked.key);
    if (log && entry && commit && committed) yield { acked, log, entry, commit, committed };
  }
}

export function mainLog({ end }: Draft) {
  return first(end.logs.filter(({ entries }) => entries.filter(({ kind }) => kind === 'message.sent').length > 3));
}

export function* shownOn({ end }: Draft) {
  for (const tab of end.tabs) for (const shown of tab.conversations) if (shown.role !== 'none') yield { tab, shown };
}

/** Entries that put an emoji on what nothing was done with since, with the log and the event that brought them. */
export function* reactions({ events, end }: Draft) {
  for (const log of end.logs) {
    const entry = log.entries.findLast(({ kind, body }) => kind === 'reaction.set' && body.on === true);
    if (!entry || log.entries.some(({ seq, body }) => seq > entry.seq && body.target === entry.body.target)) continue;
    for (const event of events) {
      const isIts = event.type === 'committed' && event.conversation === log.conversation;
      const committed = isIts ? event.entries.find(({ key }) => key === entry.key) : undefined;
      if (committed) yield { log, entry, committed };
    }
  }
}

/** The last entries that pinned something, with which nothing was done since. */
export function* pins({ end }: Draft) {
  for (const log of end.logs) {
    const entry = log.entries.findLast(({ kind, body }) => kind === 'message.pinned' && body.on === true);
    if (entry && log.entries.every(({ seq, body }) => seq <= entry.seq || body.target !== entry.body.target))
      yield { log, entry };
  }
}

/** Entries that answer a message, with the event that brought them. */
export function* answers({ events, end }: Draft) {
  for (const log of end.logs) {
    for (const entry of log.entries.filter(({ body }) => body.thread !== undefined)) {
      const isIts = (one: Draft['events'][number]) => one.type === 'committed' && one.conversation === log.conversation;
      const brought = events.filter(isIts).flatMap((one) => (one.type === 'committed' ? one.entries : []));
      const committed = brought.find(({ key }) => key === entry.key);
      if (committed) yield { entry, committed };
    }
  }
}

export function* pinnedItems(draft: Draft) {
  for (const { shown } of shownOn(draft)) for (const item of shown.items ?? []) if (item.pinned) yield item;
}

export function* reactedItems(draft: Draft) {
  for (const { shown } of shownOn(draft)) for (const item of shown.items ?? []) if (item.reactions) yield item;
}

/** Two messages that one tab wrote one after another in one conversation. */
export function* neighbours(draft: Draft) {
  const kept = new Map(eventsOf(draft, 'kept').map(({ id, key }) => [id, key]));
  const written = eventsOf(draft, 'wrote').filter(({ id }) => !eventsOf(draft, 'changed').some((one) => one.id === id));
  for (const one of written) {
    const other = written.find(({ who, conversation, id }) => {
      return who === one.who && conversation === one.conversation && id > one.id;
    });
    const keys = [kept.get(one.id), kept.get(other?.id ?? -1)];
    const log = draft.end.logs.find(({ conversation }) => conversation === one.conversation);
    const isThere = keys.every((key) => log?.entries.some((entry) => entry.key === key));
    if (other && isThere) yield { texts: [one.text, other.text], keys };
  }
}

/** Puts each of two texts in the place of the other. */
export function exchange<T>(value: T, [one, other]: readonly (string | undefined)[]): T {
  const json = JSON.stringify(value);
  return JSON.parse(
    json.replaceAll(/"([^"]*)"/g, (whole, text) => {
      if (text === one) return JSON.stringify(other);
      return text === other ? JSON.stringify(one) : whole;
    }),
  );
}

/** Puts an event at the end, as somebody did it at last. */
export function append(draft: Draft, event: Draft['events'][number]): void {
  draft.events.push(event);
}

/** Direct conversations of two of whom one blocks the other, a while after they did. */
export function* blockedPairs({ end }: Draft) {
  for (const { entries } of end.logs) {
    const block = entries.findLast(
      ({ kind, body }) => kind === 'setting.set' && String(body.name).startsWith('block:'),
    );
    const whom = String(block?.body.name).replace('block:', '');
    if (block?.body.value !== true || block.author === undefined) continue;
    for (const log of end.logs) {
      const users = (log.entries[0]?.body.users ?? []) as readonly string[];
      if (log.entries[0]?.body.kind !== 'direct' || !users.includes(whom) || !users.includes(block.author)) continue;
      yield { log, author: block.author };
    }
  }
}

/** Messages that a person hid, in what one of their tabs shows of that conversation. */
export function* hiddenMessages(draft: Draft) {
  for (const { tab, shown } of shownOn(draft)) {
    const self = draft.end.logs.find(({ entries: [made] }) => made?.author === tab.user && made.body.kind === 'self');
    const log = draft.end.logs.find(({ conversation }) => conversation === shown.conversation);
    for (const { kind, body } of self?.entries ?? []) {
      const message = kind === 'message.hidden' ? (body.message as { conversation: string; seq: number }) : null;
      const entry = message?.conversation === shown.conversation ? log?.entries[message.seq - 1] : undefined;
      if (entry && !entry.erased) yield { shown, entry };
    }
  }
}

type LoggedEntry = Draft['end']['logs'][number]['entries'][number];
type Written = Pick<LoggedEntry, 'kind' | 'body'> & { readonly author: string | undefined };

/** Somebody writes one more entry into a log, a minute after all others, and it stays there. */
export function commit(draft: Draft, log: Draft['end']['logs'][number], { author = '', ...written }: Written): void {
  const { conversation, epoch, seq, n } = first([...log.entries].reverse());
  const at = Math.max(...draft.end.logs.flatMap(({ entries }) => entries.map((one) => one.at))) + 60_000;
  const count = written.kind === 'message.sent' && written.body?.thread === undefined ? n + 1 : n;
  const entry = { conversation, epoch, at, seq: seq + 1, n: count, key: `key ${seq + 1}`, author, ...written };
  log.entries.push(entry);
  const committedAt = Math.max(...draft.events.map((event) => event.at)) + 60_000;
  append(draft, {
    type: 'committed',
    at: committedAt,
    who: 'database',
    conversation,
    entries: [structuredClone(entry)],
  });
}

/** Somebody is given an entry of a log by a node. */
export function tell(
  draft: Draft,
  { name, seq, log }: { name: string; seq: number; log: Draft['end']['logs'][number] },
): void {
  const entry = first(log.entries.filter((one) => one.seq === seq));
  const { conversation, epoch, kind, author = null, key = null } = entry;
  const seen = { conversation, epoch, seq, kind, author, key };
  const by = first(draft.end.tabs.filter(({ tab }) => tab.startsWith(`${name}/`))).tab;
  append(draft, { type: 'told', at: 0, who: 'node-1', by, connection: `${by} 99`, entries: [seen], isPushed: false });
}
