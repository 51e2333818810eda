// Where the end of a run is not what the log says, tab by tab: what a person would see that should not be so.
import type { FinalLog, FinalTab, History, ShownConversation, ShownItem } from '../history/history.js';
import { hiddenBy } from '../laws/hides.js';
import { kindOf, seenFrom, standingAt, visibleFrom } from '../laws/ledger.js';
import { shownOf, unreadOf } from '../laws/replicas.js';
import type { Names } from './names.js';
import { brief } from './names.js';

/** `who` is a tab. */
export type Difference = { readonly who: string; readonly words: string };

export function differencesOf({ end }: History, names: Names): readonly Difference[] {
  return end.tabs.flatMap((tab) => [
    ...connectionOf(tab).map((words) => ({ who: tab.tab, words })),
    ...end.logs.flatMap((log) => ofLog(tab, log, { logs: end.logs, names })).map((words) => ({ who: tab.tab, words })),
    ...unsentOf(tab, names).map((words) => ({ who: tab.tab, words })),
  ]);
}

type Among = { readonly logs: readonly FinalLog[]; readonly names: Names };

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

function ofLog(tab: FinalTab, log: FinalLog, { logs, names }: Among): readonly string[] {
  const { conversation, epoch, entries, marks } = log;
  const hidden = hiddenBy(logs, tab.user, log);
  const shown = tab.conversations.find((one) => one.conversation === conversation && one.role !== 'none');
  const { roles, name } = standingAt(entries, entries.length);
  const where = names.conversation(conversation);
  const isListed = roles.has(tab.user) && kindOf(entries) !== 'self';
  if (!shown) return isListed ? [`does not list ${where}`] : [];
  if (!isListed) return [`lists ${where} as ${shown.role}, and is not in it`];
  const read = marks.find(({ user }) => user === tab.user)?.read ?? 0;
  const truth = { epoch, head: entries.length, name, role: roles.get(tab.user), size: roles.size, read };
  const unread = unreadOf(seenFrom(entries, visibleFrom(log, tab.user)), tab.user, read).length;
  const fields = Object.entries({ ...truth, unread }).flatMap(([field, value]) => {
    const own = shown[field as keyof typeof truth];
    return own === value ? [] : [`${where}: ${field} is ${own}, and ${value} by the log`];
  });
  return [...fields, ...itemsOf(shown, { log, names, user: tab.user, hidden })];
}

type Against = {
  readonly log: FinalLog;
  readonly names: Names;
  readonly user: string;
  readonly hidden: ReadonlySet<unknown>;
};

function itemsOf({ items, hasBefore }: ShownConversation, { log, names, user, hidden }: Against): readonly string[] {
  const { conversation, entries } = log;
  const where = names.conversation(conversation);
  if (items === null) return [`${where}: its page could not be read`];
  const from = hasBefore ? (items[0]?.seq ?? 0) : 0;
  const wanted = shownOf(seenFrom(entries, visibleFrom(log, user)), { user, hidden }).filter(({ seq }) => seq >= from);
  const shown = new Set(items.map(({ seq }) => seq));
  const truths = new Map(wanted.map((item) => [item.seq, item]));
  const lacking = wanted.filter(({ seq }) => !shown.has(seq));
  const strange = items.filter((item) => JSON.stringify(item) !== JSON.stringify(truths.get(item.seq)));
  return [
    ...lacking.map((item) => `lacks ${where}:${item.seq} (${itemWords(item, names)})`),
    ...strange.map((item) => {
      const truth = truths.get(item.seq);
      const there = truth ? itemWords(truth, names) : 'nothing';
      return `shows ${where}:${item.seq} as ${itemWords(item, names)}, and there is ${there}`;
    }),
  ];
}

function itemWords({ kind, author, text, reactions = [], answers, pinned }: ShownItem, names: Names): string {
  const answered = answers === undefined ? [] : [`answered ${answers}`];
  const what = [
    text === null ? kind : brief(text),
    ...answered,
    ...(pinned === undefined ? [] : [`pinned ${pinned}`]),
    ...reactions,
  ].join(' ');
  return `${what} by ${names.person(author)}`;
}
