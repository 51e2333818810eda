// What every tab shows in the end, held against the log.
import type { FinalTab, History, ShownConversation, ShownItem } from '../history/history.js';
import { agedIn } from './aging.js';
import { hiddenIn } from './hides.js';
import type { Breach, Law } from './law.js';
import {
  isHiddenFrom,
  kindOf,
  type Ledger,
  type LoggedConversation,
  type LoggedEntry,
  seenFrom,
  standingAt,
  visibleFrom,
} from './ledger.js';
import { pinsOf } from './pins.js';
import { pollsOf } from './polls.js';
import { reactionsOf, shownTo } from './reactions.js';
import { answersIn, isOutside } from './threads.js';

const UNREAD_CAP = 1_000;

export function judgeReplicas(history: History, ledger: Ledger): readonly Breach[] {
  const { events, end } = history;
  const aged = agedIn(history);
  const found = end.tabs.flatMap((tab) => judgeTab(tab, ledger, aged));
  for (const { tab, mismatches } of end.tabs) {
    const noted = events.filter(({ type, who }) => type === 'miscounted' && who === tab).length;
    if (mismatches !== noted)
      found.push(breach('counts', `${tab} counted otherwise than the server ${mismatches} times, and told ${noted}`));
  }
  for (const { device } of end.stores) {
    const leading = end.tabs.filter((tab) => tab.device === device && tab.isLeading).length;
    if (leading !== 1) found.push(breach('converges', `${device} has ${leading} leading tabs`));
  }
  return found;
}

type AgedIn = ReturnType<typeof agedIn>;

function judgeTab(tab: FinalTab, ledger: Ledger, aged: AgedIn): Breach[] {
  const { tab: name, connection, isLeading, openSockets } = tab;
  if (connection !== 'open') return [breach('converges', `${name} is ${connection}`)];
  const found: Breach[] = [];
  const wanted = isLeading ? 1 : 0;
  if (openSockets !== wanted)
    found.push(breach('converges', `${name} holds ${openSockets} connections, not ${wanted}`));
  for (const log of ledger.all()) found.push(...judgeConversation(tab, log, { ledger, aged }));
  for (const { conversation, role } of tab.conversations) {
    if (role !== 'none' && !ledger.get(conversation))
      found.push(breach('converges', `${name} shows ${conversation}, which is gone`));
  }
  for (const window of tab.windows) found.push(...judgeWindow(tab, window, { ledger, aged }));
  return found;
}

type Around = { readonly ledger: Ledger; readonly aged: AgedIn };

function judgeConversation(tab: FinalTab, log: LoggedConversation, { ledger, aged }: Around): Breach[] {
  const { id, epoch, entries, marks } = log;
  if (kindOf(entries) === 'self') return [];
  const { roles, name } = standingAt(entries, entries.length);
  const role = roles.get(tab.user) ?? 'none';
  const shown = tab.conversations.find(({ conversation }) => conversation === id);
  const where = `${tab.tab} in ${id}`;
  if (role === 'none') {
    const isShown = shown !== undefined && shown.role !== 'none';
    return isShown ? [breach('converges', `${where}: is shown as ${shown.role}, and is not in it`)] : [];
  }
  if (!shown) return [breach('converges', `${where}: does not know it`)];
  const read = marks.get(tab.user)?.read ?? 0;
  const truth = { epoch, head: entries.length, name, role, size: roles.size, read };
  const own = {
    epoch: shown.epoch,
    head: shown.head,
    name: shown.name,
    role: shown.role,
    size: shown.size,
    read: shown.read,
  };
  const found = differences(truth, own).map((difference) => breach('converges', `${where}: ${difference}`));
  const seen = seenFrom(entries, visibleFrom(log, tab.user));
  const hidden = unseenBy(ledger, tab.user, log);
  const unread = unreadOf(seen, tab.user, read);
  const mentions = unread.filter(({ body }) => names(body, tab.user)).length;
  const counts = { unread: Math.min(unread.length, UNREAD_CAP), mentions: Math.min(mentions, UNREAD_CAP) };
  for (const difference of differences(counts, { unread: shown.unread, mentions: shown.mentions })) {
    found.push(breach('counts', `${where}: ${difference}`));
  }
  const members = [...roles].map(([user, own]) => `${user} ${own}`).sort();
  if (members.join() !== shown.members.join()) {
    found.push(breach('converges', `${where}: the members are ${shown.members.join()}, not ${members.join()}`));
  }
  return [...found, ...judgeItems(shown, seen, { user: tab.user, hidden, where, aged: aged(log) })];
}

/** Who looks, and what they hid from themselves. */
type Looker = { readonly user: string; readonly hidden: ReadonlySet<unknown> };

function judgeItems(
  { items, hasBefore }: ShownConversation,
  entries: readonly LoggedEntry[],
  { user, hidden, where, aged }: Looker & { readonly where: string; readonly aged: ReadonlySet<number> },
): Breach[] {
  if (items === null) return [breach('converges', `${where}: still loads`)];
  const from = hasBefore ? (items[0]?.seq ?? 1) : 1;
  const wanted = shownOf(entries, { user, hidden }).filter(({ seq }) => seq >= from);
  return sameItems(...bare(aged, withoutTraces(items, hidden), wanted), where);
}

/** What is no item: what somebody hid, and what changes something from before the log begins, known as hidden or as it was. */
function unseenBy(ledger: Ledger, user: string, log: LoggedConversation): ReadonlySet<unknown> {
  const changes = log.entries.filter((entry) => isHiddenFrom(entry, log.first)).map(({ seq }) => seq);
  return new Set([...hiddenIn(ledger, user, log), ...changes]);
}

/** That there is an edit of what is hidden may be shown or not: nothing is to be seen of it. */
function withoutTraces(items: readonly ShownItem[], hidden: ReadonlySet<unknown>): readonly ShownItem[] {
  return items.filter(({ kind, seq }) => kind !== 'hidden' || !hidden.has(seq));
}

type Window = FinalTab['windows'][number];

/** What was open all the time shows a piece of the log, to its end where it says so. */
function judgeWindow(
  { user, tab }: FinalTab,
  { conversation, items, hasAfter }: Window,
  { ledger, aged }: Around,
): Breach[] {
  const log = ledger.get(conversation);
  const [first, last] = [items[0], items.at(-1)];
  if (!log || !standingAt(log.entries, log.entries.length).roles.has(user) || !first || !last) return [];
  const seen = seenFrom(log.entries, visibleFrom(log, user));
  const hidden = unseenBy(ledger, user, log);
  const all = shownOf(seen, { user, hidden }).filter(({ seq }) => seq >= first.seq);
  const wanted = hasAfter ? all.filter(({ seq }) => seq <= last.seq) : all;
  return sameItems(
    ...bare(aged(log), withoutTraces(items, hidden), wanted),
    `an open window of ${tab} on ${conversation}`,
  );
}

/** What a timeline shows of a log: messages as they were last edited, with their reactions and pins, and what changes members or names. */
export function shownOf(entries: readonly LoggedEntry[], { user, hidden }: Looker): readonly ShownItem[] {
  const [reactions, answers, pins] = [reactionsOf(entries), answersIn(entries), pinsOf(entries)];
  const polls = pollsOf(entries);
  const texts = new Map<unknown, string>();
  for (const { kind, body } of entries) {
    if (kind === 'message.edited' && typeof body.text === 'string') texts.set(body.target, body.text);
  }
  return entries
    .filter((entry) => isOutside(entry) || !('target' in entry.body || 'thread' in entry.body))
    .filter(({ kind, seq }) => kind !== 'setting.set' && !hidden.has(seq))
    .map(({ seq, kind, author, body, erased }) => {
      const text = typeof body.text === 'string' ? body.text : null;
      const kinds = reactions.get(seq);
      const isAnswered = answers.has(seq) ? { answers: answers.get(seq) } : {};
      const poll = polls.has(seq) && !erased ? { poll: polls.get(seq) } : {};
      const own = { seq, kind, author: author ?? null, text: erased ? null : (texts.get(seq) ?? text) };
      const item = { ...own, ...isAnswered, ...(pins.has(seq) ? { pinned: pins.get(seq) } : {}), ...poll };
      return erased || !kinds?.size ? item : { ...item, reactions: shownTo(user, kinds) };
    });
}

/** What has had its time may be shown empty. */
function bare(
  aged: ReadonlySet<number>,
  shown: readonly ShownItem[],
  wanted: readonly ShownItem[],
): [readonly ShownItem[], readonly ShownItem[]] {
  const only = (item: ShownItem) =>
    aged.has(item.seq) ? { seq: item.seq, kind: item.kind, author: item.author, text: null } : item;
  return [shown.map(only), wanted.map(only)];
}

function sameItems(shown: readonly ShownItem[], wanted: readonly ShownItem[], where: string): Breach[] {
  const [own, truth] = [shown, wanted].map((items) => items.map((item) => JSON.stringify(item)));
  if (own?.join() === truth?.join()) return [];
  const missing = truth?.filter((item) => !own?.includes(item)) ?? [];
  const extra = own?.filter((item) => !truth?.includes(item)) ?? [];
  const what = missing.length + extra.length > 0 ? `lacks ${missing.join()}, and has ${extra.join()}` : 'another order';
  return [breach('converges', `${where}: ${what}`)];
}

/** Messages of others above what is read. */
export function unreadOf(entries: readonly LoggedEntry[], user: string, read: number): readonly LoggedEntry[] {
  return entries.filter((entry) => isOutside(entry) && entry.seq > read && entry.author !== user && !entry.erased);
}

/** Whether a message mentions somebody, by name or all. */
function names({ mentions }: LoggedEntry['body'], user: string): boolean {
  const { users = [], all = false } = (mentions ?? {}) as {
    readonly users?: readonly string[];
    readonly all?: boolean;
  };
  return all || users.includes(user);
}

function differences<T extends object>(truth: T, own: T): readonly string[] {
  return (Object.keys(truth) as (keyof T)[])
    .filter((field) => truth[field] !== own[field])
    .map((field) => `${String(field)} is shown as ${String(own[field])}, and is ${String(truth[field])}`);
}

function breach(law: Law, found: string): Breach {
  return { law, found, event: null };
}
