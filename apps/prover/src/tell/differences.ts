// Where the end of a run is not what the log says, tab by tab: what a person would see that should not be so.
import type { FinalLog, FinalTab, History, ShownConversation, ShownItem } from '../history/history.js';
import { kindOf, type LoggedEntry, standingAt } from '../laws/ledger.js';
import type { Names } from './names.js';
import { brief } from './names.js';
import { entryWords } from './words.js';

/** `who` is a tab. */
export type Difference = { readonly who: string; readonly words: string };

export function differencesOf({ end }: History, names: Names): readonly Difference[] {
  return end.tabs.flatMap((tab) => [
    ...connectionOf(tab).map((words) => ({ who: tab.tab, words })),
    ...end.logs.flatMap((log) => ofLog(tab, log, names)).map((words) => ({ who: tab.tab, words })),
    ...unsentOf(tab, names).map((words) => ({ who: tab.tab, words })),
  ]);
}

function connectionOf({ connection, isLeading, openSockets, mismatches }: FinalTab): readonly string[] {
  const found: string[] = [];
  if (connection !== 'open') found.push(`is ${connection}`);
  if (openSockets !== (isLeading ? 1 : 0))
    found.push(`${isLeading ? 'leads' : 'follows'} with ${openSockets} connections`);
  if (mismatches > 0) found.push(`counted otherwise than its server ${mismatches} times`);
  return found;
}

function unsentOf({ unsent }: FinalTab, names: Names): readonly string[] {
  return unsent.map(({ key, conversation, status, code }) => {
    const what = names.message(key) || 'a change';
    return `${what} to ${names.conversation(conversation)} is unsent: ${status}${code === null ? '' : `, ${code}`}`;
  });
}

function ofLog(tab: FinalTab, log: FinalLog, names: Names): readonly string[] {
  const { conversation, epoch, entries, marks } = log;
  const shown = tab.conversations.find((one) => one.conversation === conversation && one.role !== 'none');
  const { roles, name } = standingAt(entries, entries.length);
  const where = names.conversation(conversation);
  const isListed = roles.has(tab.user) && kindOf(entries) !== 'self';
  if (!shown) return isListed ? [`does not list ${where}`] : [];
  if (!isListed) return [`lists ${where} as ${shown.role}, and is not in it`];
  const read = marks.find(({ user }) => user === tab.user)?.read ?? 0;
  const truth = { epoch, head: entries.length, name, role: roles.get(tab.user), size: roles.size, read };
  const unread = unreadOf(entries, { user: tab.user, read });
  const fields = Object.entries({ ...truth, unread }).flatMap(([field, value]) => {
    const own = shown[field as keyof typeof truth];
    return own === value ? [] : [`${where}: ${field} is ${own}, and ${value} by the log`];
  });
  return [...fields, ...itemsOf(shown, { log, names })];
}

function unreadOf(entries: readonly LoggedEntry[], { user, read }: { user: string; read: number }): number {
  return entries.filter(({ kind, seq, author, erased }) => {
    return kind === 'message.sent' && seq > read && author !== user && !erased;
  }).length;
}

type Against = { readonly log: FinalLog; readonly names: Names };

function itemsOf({ items, hasBefore }: ShownConversation, { log, names }: Against): readonly string[] {
  const { conversation, entries } = log;
  const where = names.conversation(conversation);
  if (items === null) return [`${where}: its page could not be read`];
  const from = hasBefore ? (items[0]?.seq ?? 0) : 0;
  const shown = new Map(items.map((item) => [item.seq, item]));
  const lacking = entries.filter((entry) => entry.seq >= from && isMessage(entry) && !shown.has(entry.seq));
  const strange = items.filter((item) => !isOf(item, entries[item.seq - 1]));
  return [
    ...lacking.map((entry) => `lacks ${names.place(entry)} (${entryWords(entry, names)})`),
    ...strange.map(({ seq, kind, author, text }) => {
      const what = text === null ? kind : brief(text);
      const entry = entries[seq - 1];
      const truth = entry ? entryWords(entry, names) : 'nothing';
      return `shows ${where}:${seq} as ${what} by ${names.person(author)}, and there is ${truth}`;
    }),
  ];
}

/** What an entry with a target changes is not told: only messages are looked for. */
function isMessage({ kind }: LoggedEntry): boolean {
  return kind === 'message.sent' || kind.startsWith('member.') || kind.startsWith('conversation.');
}

function isOf({ kind, author, text }: ShownItem, entry: LoggedEntry | undefined): boolean {
  if (entry?.kind !== kind || (entry.author ?? null) !== author) return false;
  return entry.erased === true
    ? text === null
    : text === (typeof entry.body.text === 'string' ? entry.body.text : null);
}
