// The laws, checked over what clients hold and what the store says. Each check returns sentences that name a breach; the
// store is read directly, never through the code under test.
import {
  amend,
  type ConversationId,
  type ConversationState,
  type Entry,
  type EntryBody,
  emptyState,
  fold,
  isCounted,
  LIMITS,
  type TimelineItem,
  type UserId,
} from '@kith/protocol';
import type { Cluster } from './cluster.js';
import type { Held } from './held.js';
import type { ModelClient, View } from './model-client.js';

type Log = readonly Entry[];

export function logsOf(cluster: Cluster): ReadonlyMap<ConversationId, Log> {
  const logs = new Map<ConversationId, Log>();
  for (const [id, conversation] of cluster.store.conversations) {
    logs.set(
      id,
      conversation.entries.map(({ entry }) => entry),
    );
  }
  return logs;
}

/** Laws 1 and 2: numbers from 1 without a hole, a key once, an acknowledged key at the number that was said. */
export function checkLogs(logs: ReadonlyMap<ConversationId, Log>, clients: readonly ModelClient[]): string[] {
  const breaches: string[] = [];
  for (const [id, log] of logs) {
    const keys = new Set<string>();
    log.forEach((entry, index) => {
      if (entry.seq !== index + 1) breaches.push(`law 2: ${id} has ${entry.seq} at place ${index + 1}`);
      if (entry.key === undefined) return;
      const key = `${entry.author} ${entry.key}`;
      if (keys.has(key)) breaches.push(`law 2: the key ${key} is in ${id} twice`);
      keys.add(key);
    });
  }
  for (const client of clients) {
    for (const { conversation, key, seq } of client.acked) {
      const entry = logs.get(conversation)?.[seq - 1];
      if (entry?.key !== key || entry.author !== client.principal.user) {
        breaches.push(`law 1: ${key} was acknowledged as ${seq} of ${conversation} and is not there`);
      }
    }
  }
  return breaches;
}

/** What one device said is in the log in the order in which it was said. */
export function checkDevices(logs: ReadonlyMap<ConversationId, Log>, said: Iterable<readonly string[]>): string[] {
  const breaches: string[] = [];
  for (const texts of said) {
    for (const [id, log] of logs) {
      const places = log.map((entry) => texts.indexOf(String(entry.body.text))).filter((place) => place >= 0);
      const isRising = places.every((place, index) => index === 0 || place > (places[index - 1] ?? -1));
      if (!isRising) breaches.push(`law 2: words of one device stand in ${id} as ${places.join(' ')}`);
    }
  }
  return breaches;
}

/** Law 3: what a client holds is what the log says, whole, and nothing that it was not a member for. */
export function checkReplica(logs: ReadonlyMap<ConversationId, Log>, client: ModelClient): string[] {
  const breaches = [...client.breaches];
  const { user } = client.principal;
  for (const [id, log] of logs) {
    const state = stateOf(log);
    const member = state.members.get(user);
    const held = client.held.get(id);
    if (!member) {
      if (held) breaches.push(`law 3: ${user} holds ${id} and never was in it`);
      continue;
    }
    const last = member.left ?? log.length;
    if (!held) {
      if (member.left === null) breaches.push(`law 3: ${user} does not know ${id}`);
      continue;
    }
    breaches.push(...checkHeld(log.slice(0, last), held, `${user} in ${id}`));
    if (member.left === null) breaches.push(...checkFold(log, held, state));
  }
  return breaches;
}

function checkHeld(visible: Log, held: Held, where: string): string[] {
  const breaches: string[] = [];
  for (const [seq, entry] of held.entries) {
    const truth = visible[seq - 1];
    if (!truth) breaches.push(`law 3: ${where} holds ${seq}, above ${visible.length}`);
    else if (truth.erased && !entry.erased && deletionOf(visible, truth) === null) continue;
    else if (JSON.stringify(sorted(entry)) !== JSON.stringify(sorted(truth))) {
      breaches.push(`law 3: ${where} holds another ${seq}`);
    }
  }
  if (held.head !== visible.length) breaches.push(`law 3: ${where} has head ${held.head}, not ${visible.length}`);
  if (held.entries.size !== visible.length - held.first + 1) {
    breaches.push(`law 3: ${where} holds ${held.entries.size} of ${visible.length}`);
  }
  return breaches;
}

/** The entry that deleted one, where the log holds it: who was removed before it is told of nothing. */
function deletionOf(log: Log, { seq, body }: Entry): Entry | null {
  return (
    log.find(({ kind, body: { target } }) => kind === 'message.deleted' && [seq, body.target].includes(target)) ?? null
  );
}

/** What was deleted is gone wherever it stood, once and for good; what was not is there. */
export function checkDeletions(log: Log): string[] {
  const targets = log.flatMap(({ kind, body }) => (kind === 'message.deleted' ? [body.target] : []));
  const breaches = new Set(targets).size === targets.length ? [] : ['a message was deleted twice'];
  for (const entry of log) {
    if (entry.kind !== 'message.sent' && entry.kind !== 'message.edited') continue;
    const deletion = deletionOf(log, entry);
    if ((deletion !== null) !== (entry.erased ?? false)) breaches.push(`${entry.seq} is erased, or is not, wrongly`);
    if (entry.erased && 'text' in entry.body) breaches.push(`${entry.seq} was erased and can be read`);
    if (deletion && deletion.seq < entry.seq) breaches.push(`${entry.seq} edits what was deleted`);
  }
  return breaches;
}

/** Of each person and emoji on a message one stands or none, and each entry says what stands after it. */
export function checkReactions(log: Log): string[] {
  const standing = new Map<number, Map<string, Set<string>>>();
  return log.flatMap(({ kind, seq, author = '', body }) => {
    if (kind !== 'reaction.set') return [];
    const { target, emoji, on, count, reactions } = body as EntryBody<'reaction.set'>;
    const kinds = standing.get(target) ?? new Map<string, Set<string>>();
    const users = kinds.get(emoji) ?? new Set<string>();
    standing.set(target, kinds.set(emoji, users));
    const isChange = on !== users.has(author);
    if (on) users.add(author);
    else users.delete(author);
    if (users.size === 0) kinds.delete(emoji);
    const said = JSON.stringify([count, reactions.map((one) => [one.emoji, one.count])]);
    const isSo = said === JSON.stringify([users.size, [...kinds].map(([one, by]) => [one, by.size])]);
    return [
      ...(isChange ? [] : [`${seq} reacts as its author did before`]),
      ...(isSo ? [] : [`${seq} says ${said}, and ${users.size} react with ${emoji}`]),
      ...(log[target - 1]?.kind === 'message.sent' ? [] : [`${seq} reacts to what is no message`]),
    ];
  });
}

/** A message in a thread answers one that stands in none, and says how many do by then. */
export function checkThreads(log: Log): string[] {
  const counts = new Map<unknown, number>();
  return log.flatMap(({ kind, seq, body }) => {
    if (kind !== 'message.sent' || body.thread === undefined) return [];
    const first = log[Number(body.thread) - 1];
    const count = (counts.get(body.thread) ?? 0) + 1;
    counts.set(body.thread, count);
    if (!first || !isCounted(first) || first.seq >= seq) return [`${seq} answers ${String(body.thread)}`];
    return body.count === count ? [] : [`${seq} is number ${String(body.count)} of its thread, not ${count}`];
  });
}

/** Law 7: what a client saw once, and the entries that it has got since, is what it sees now. */
export function checkView(
  view: View,
  { held, user }: { readonly held: Held; readonly user: UserId },
  fresh: readonly TimelineItem[],
): string[] {
  if (view.epoch !== held.epoch) return [];
  const entries = [...held.entries.values()].sort((one, other) => one.seq - other.seq);
  return view.items.flatMap((item) => {
    const now = fresh.find(({ seq }) => seq === item.seq);
    const then = entries.reduce<TimelineItem>((one, entry) => amend(one, entry, user), item);
    const isSame = now && JSON.stringify(sorted({ ...then, asOf: 0 })) === JSON.stringify(sorted({ ...now, asOf: 0 }));
    return isSame
      ? []
      : [`law 7: ${item.seq} as of ${item.asOf} is ${JSON.stringify(then)}, not ${JSON.stringify(now)}`];
  });
}

/** Law 7: a state folded from what came in two pieces is the state folded from the log. */
function checkFold(log: Log, held: Held, state: ConversationState): string[] {
  const middle = Math.floor(log.length / 2);
  const epoch = log[0]?.epoch ?? 0;
  const snapshot = log.slice(0, middle).reduce(fold, emptyState(epoch));
  let later = snapshot;
  for (let seq = middle + 1; seq <= log.length; seq += 1) {
    const entry = held.entries.get(seq);
    if (entry) later = fold(later, entry);
  }
  const isSame = JSON.stringify(flat(later)) === JSON.stringify(flat(state));
  return isSame ? [] : [`law 7: a snapshot at ${middle} and what followed is not the log as of ${log.length}`];
}

function flat(state: ConversationState): unknown {
  return { ...state, members: [...state.members] };
}

export function stateOf(log: Log): ConversationState {
  return log.reduce(fold, emptyState(log[0]?.epoch ?? 0));
}

/** Unread of a person by the rule itself: messages above `read`, by others and not erased, at most the cap. */
export function unreadOf(log: Log, user: UserId, read: number): number {
  const unread = log.filter((entry) => isCounted(entry) && entry.seq > read && entry.author !== user && !entry.erased);
  return Math.min(unread.length, LIMITS.unreadCap);
}

function sorted(entry: Entry | TimelineItem): unknown {
  const { type: _type, ...rest } = entry as Entry & { readonly type?: string };
  return Object.fromEntries(Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1)));
}
