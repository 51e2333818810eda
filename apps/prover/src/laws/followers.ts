// Who follows which thread and what of it is unread to them, as it follows from the log, and what tabs show of it in the end.
import type { FinalTab, FollowedThread, History, OpenThread } from '../history/history.js';
import { hiddenIn } from './hides.js';
import type { Breach, Law } from './law.js';
import { type Ledger, type LoggedConversation, type LoggedEntry, standingAt, visibleFrom } from './ledger.js';

type Expected = {
  readonly conversation: string;
  readonly thread: number;
  readonly epoch: number;
  /** No answer up to here is unread, whatever the person said. */
  readonly leastRead: number;
  readonly answers: readonly LoggedEntry[];
};

export function judgeFollowers({ end }: History, ledger: Ledger): readonly Breach[] {
  const found: Breach[] = [];
  const reads = new Map<string, Set<number>>();
  for (const tab of end.tabs) {
    if (tab.connection !== 'open') continue;
    const followed = [...ledger.all()].flatMap((log) => followedIn(log, tab.user));
    const look = { tab, followed };
    if (tab.followed) found.push(...judgeList(tab.followed, look));
    for (const open of tab.threads) found.push(...judgeOpen(open, look, ledger));
    for (const { conversation, thread, read } of tab.followed?.items ?? []) {
      const name = `${tab.user} in the thread ${thread} of ${conversation}`;
      reads.set(name, (reads.get(name) ?? new Set()).add(read));
    }
  }
  for (const [name, all] of reads) {
    if (all.size > 1) found.push(breach('converges', `${name} has read up to ${[...all].join(' and ')}, by tab`));
  }
  return found;
}

type Look = { readonly tab: FinalTab; readonly followed: readonly Expected[] };

function judgeList(list: NonNullable<FinalTab['followed']>, { tab, followed }: Look): Breach[] {
  const found = list.items.flatMap((item) => {
    const where = `${tab.tab} in the thread ${item.thread} of ${item.conversation}`;
    const expected = followed.find((one) => one.thread === item.thread && one.conversation === item.conversation);
    if (!expected) return [breach('converges', `${where}: lists it, and does not follow it`)];
    const last = expected.answers.at(-1)?.seq;
    const isLast = item.last === last ? [] : [breach('converges', `${where}: the last is ${item.last}, not ${last}`)];
    return [...isLast, ...judgeStanding(item, expected, { user: tab.user, where })];
  });
  const missing = followed.filter((one) => !list.items.some((item) => isSame(item, one)));
  for (const { thread, conversation } of list.hasMore ? [] : missing) {
    found.push(breach('converges', `${tab.tab} does not list the thread ${thread} of ${conversation}`));
  }
  const unread = list.items.filter((item) => item.unread > 0).length;
  if (!list.hasMore && list.unread !== unread) {
    found.push(breach('counts', `${tab.tab} has ${list.unread} unread threads, and lists ${unread}`));
  }
  return found;
}

/** A thread that was opened on the way shows its answers to the last one. Of another epoch it is not looked at any more. */
function judgeOpen(open: OpenThread, { tab, followed }: Look, ledger: Ledger): Breach[] {
  const log = ledger.get(open.conversation);
  const roles = log && standingAt(log.entries, log.entries.length).roles;
  if (!log || log.epoch !== open.epoch || !roles?.has(tab.user)) return [];
  const from = visibleFrom(log, tab.user);
  if (open.thread < from || log.entries[open.thread - 1]?.body.thread !== undefined) return [];
  const where = `an open thread ${open.thread} of ${tab.tab} in ${open.conversation}`;
  const hidden = hiddenIn(ledger, tab.user, log);
  const all = answersTo(log.entries, open.thread).flatMap(({ seq }) => (hidden.has(seq) ? [] : seq));
  const wanted = open.hasBefore ? all.slice(all.indexOf(open.answers[0] ?? 0)) : all;
  if (wanted.join() !== open.answers.join()) {
    return [breach('converges', `${where}: shows ${open.answers.join()}, not ${wanted.join()}`)];
  }
  const expected = followed.find((one) => isSame(one, open));
  if (open.follows !== (expected !== undefined)) {
    return [breach('converges', `${where}: is ${open.follows ? '' : 'not '}followed`)];
  }
  return expected ? judgeStanding(open, expected, { user: tab.user, where }) : [];
}

type Standing = Pick<FollowedThread, 'read' | 'unread' | 'mentions'>;

function judgeStanding(
  { read, unread, mentions }: Standing,
  { leastRead, answers }: Expected,
  { user, where }: { readonly user: string; readonly where: string },
): Breach[] {
  const above = answers.filter(({ seq, author, erased }) => seq > read && author !== user && !erased);
  const named = above.filter(({ body }) => names(body.mentions, user) || isToAll(body.mentions)).length;
  const found: Breach[] = [];
  if (read < leastRead)
    found.push(breach('marks', `${where}: has read up to ${read}, and wrote or came at ${leastRead}`));
  if (unread !== above.length)
    found.push(breach('counts', `${where}: ${unread} are unread, and there are ${above.length}`));
  if (mentions !== named) found.push(breach('counts', `${where}: ${mentions} mentions, and there are ${named}`));
  return found;
}

/** The threads that somebody follows who is a member: those that began where they may read. */
function followedIn(log: LoggedConversation, user: string): readonly Expected[] {
  const { id, epoch, entries } = log;
  if (!standingAt(entries, entries.length).roles.has(user)) return [];
  const from = visibleFrom(log, user);
  const threads = new Map<number, number>();
  for (const entry of entries) {
    const { kind, seq, author, body } = entry;
    const thread = Number(body.thread);
    const first = entries[thread - 1];
    if (kind !== 'message.sent' || !first || !wasMember(entries, user, seq)) continue;
    const isNamed = (one: LoggedEntry) => names(mentionsOf(entries, one), user);
    const isBegun = body.count === 1 && (first.author === user || isNamed(first));
    if (author === user) threads.set(thread, seq);
    else if (!threads.has(thread) && (isBegun || isNamed(entry))) threads.set(thread, seq - 1);
  }
  return [...threads]
    .filter(([thread]) => thread >= from)
    .map(([thread, leastRead]) => ({
      ...{ conversation: id, thread, epoch, leastRead },
      answers: answersTo(entries, thread),
    }));
}

function answersTo(entries: readonly LoggedEntry[], thread: number): readonly LoggedEntry[] {
  return entries.filter(({ kind, body }) => kind === 'message.sent' && body.thread === thread);
}

/** Also of a message that was deleted: what deleted it says whom it named. */
function mentionsOf(entries: readonly LoggedEntry[], { seq, body, erased }: LoggedEntry): unknown {
  const deletion = entries.find((one) => one.kind === 'message.deleted' && one.body.target === seq);
  return erased ? deletion?.body.mentions : body.mentions;
}

function wasMember(entries: readonly LoggedEntry[], user: string, upTo: number): boolean {
  return entries.slice(0, upTo).some(({ kind, body }) => {
    const isComing = kind === 'conversation.created' || kind === 'member.joined';
    return isComing && Array.isArray(body.users) && body.users.includes(user);
  });
}

function names(mentions: unknown, user: string): boolean {
  const { users = [] } = (mentions ?? {}) as { readonly users?: readonly string[] };
  return users.includes(user);
}

function isToAll(mentions: unknown): boolean {
  return ((mentions ?? {}) as { readonly all?: boolean }).all === true;
}

function isSame(one: Place, other: Place): boolean {
  return one.conversation === other.conversation && one.thread === other.thread;
}

type Place = { readonly conversation: string; readonly thread: number };

function breach(law: Law, found: string): Breach {
  return { law, found, event: null };
}
