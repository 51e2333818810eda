// The laws that can be held against each event as it happens, with the log as it was at that moment.
import type { HistoryEvent, SeenEntry, ToldSummary } from '../history/history.js';
import { Aging } from './aging.js';
import { hiddenIn } from './hides.js';
import type { Breach, Law } from './law.js';
import { isHiddenFrom, isPublicAt, Ledger, type LoggedEntry, standingAt, visibleRanges } from './ledger.js';
import { wrongCount } from './miscounts.js';
import { wrongPin } from './pins.js';
import { wrongVote } from './polls.js';
import { wrongReaction } from './reactions.js';
import { isOutside, wrongPlace } from './threads.js';

type Of<T extends HistoryEvent['type']> = Extract<HistoryEvent, { readonly type: T }>;
type Acked = { readonly conversation: string; readonly key: string; readonly seq: number; readonly event: number };

export class EventLaws {
  readonly ledger = new Ledger();
  readonly breaches: Breach[] = [];
  /** Keys that a restore took out of the log. */
  readonly undone = new Set<string>();
  readonly #users: ReadonlyMap<string, string>;
  readonly #areTimesKnown: boolean;
  readonly #aging = new Aging();
  /** By device and conversation, where a server counted more. */
  readonly #taken = new Set<string>();
  readonly #numbers = new Map<string, number>();
  /** By connection and conversation: the last number that was pushed. */
  readonly #pushed = new Map<string, { epoch: number; seq: number }>();
  #acked: Acked[] = [];
  #event = 0;

  /**
   * @param users by tab
   * @param areTimesKnown no clock was set
   */
  constructor(users: ReadonlyMap<string, string>, areTimesKnown: boolean) {
    this.#users = users;
    this.#areTimesKnown = areTimesKnown;
  }

  take(event: HistoryEvent, index: number): void {
    this.#event = index;
    switch (event.type) {
      case 'committed':
        this.#committed(event);
        return;
      case 'marked':
        this.#marked(event);
        return;
      case 'restored':
        this.#restored(event);
        return;
      case 'retention':
        this.#aging.standard(event);
        return;
      case 'trimmed':
        this.#trimmed(event);
        return;
      case 'acked':
        this.#wasAcked(event);
        return;
      case 'told':
        for (const entry of event.entries) this.#told(event, entry);
        return;
      case 'left out':
        this.#leftOut(event);
        return;
      case 'described':
        for (const summary of event.summaries) this.#described(event, summary);
        return;
      case 'miscounted':
        this.#miscounted(event);
        return;
      default:
    }
  }

  /** What was confirmed is in the log still. */
  end(): void {
    for (const { conversation, key, seq, event } of this.#acked) {
      this.#event = event;
      const entry = this.ledger.get(conversation)?.entries[seq - 1];
      if (entry?.key !== key)
        this.#breach('kept', `${key} was confirmed as number ${seq} of ${conversation} and is gone`);
    }
  }

  #breach(law: Law, found: string): void {
    this.breaches.push({ law, found, event: this.#event });
  }

  #committed(event: Of<'committed'>): void {
    const before = this.ledger.get(event.conversation)?.entries.length ?? 0;
    const { id, epoch, entries } = this.ledger.commit(event);
    let messages = entries.slice(0, before).filter(isOutside).length;
    for (const [offset, entry] of event.entries.entries()) {
      this.#aging.take(entry);
      const { seq, author, key } = entry;
      if (isOutside(entry)) messages += 1;
      const earlier = entries.slice(0, before + offset);
      const wrong = wrongChange(earlier, entry);
      if (wrong !== null) this.#breach('counts', `number ${seq} of ${id} ${wrong}`);
      if (seq !== before + offset + 1) this.#breach('order', `${id} has number ${seq} at place ${before + offset + 1}`);
      const misplaced = wrongPlace(earlier, entry, messages);
      if (misplaced !== null) this.#breach('order', `number ${seq} of ${id} ${misplaced}`);
      if (isOfStranger(entries.slice(0, seq - 1), entry)) {
        this.#breach('members-only', `number ${seq} of ${id} is of ${author}, who was not in it`);
      }
      if (entry.epoch !== epoch)
        this.#breach('order', `number ${seq} of ${id} is of epoch ${entry.epoch}, not ${epoch}`);
      if (key === undefined) continue;
      const name = `${author} ${key} in ${id}`;
      const known = this.#numbers.get(name);
      if (known !== undefined) this.#breach('one-number', `${name} is number ${known} and number ${seq}`);
      this.#numbers.set(name, seq);
    }
  }

  #marked({ conversation, epoch, marks }: Of<'marked'>): void {
    const log = this.ledger.get(conversation);
    for (const mark of marks) {
      const { user, delivered, read } = mark;
      const before = log?.epoch === epoch ? log.marks.get(user) : undefined;
      const isLess = before && (delivered < before.delivered || read < before.read);
      const where = `of ${user} in ${conversation}`;
      if (isLess) this.#breach('marks', `marks ${where} went back from ${said(before)} to ${said(mark)}`);
      if (read > delivered) this.#breach('marks', `more is read than delivered ${where}: ${said(mark)}`);
      if (delivered > (log?.entries.length ?? 0))
        this.#breach('marks', `a mark ${where} is beyond the log: ${said(mark)}`);
      log?.marks.set(user, mark);
    }
  }

  #trimmed({ conversation, first, time }: Of<'trimmed'>): void {
    const { entries = [] } = this.ledger.get(conversation) ?? {};
    const early = this.#aging.early(conversation, entries.slice(0, first - 1), time);
    if (early !== undefined)
      this.#breach('kept', `number ${early} of ${conversation} is emptied, whose time had not come`);
    this.ledger.trim(conversation, first);
  }

  #restored(event: Of<'restored'>): void {
    for (const { key, author, conversation } of this.ledger.restore(event)) {
      if (key === undefined) continue;
      this.undone.add(key);
      this.#numbers.delete(`${author} ${key} in ${conversation}`);
    }
    this.#acked = this.#acked.filter(({ conversation, seq }) => {
      return seq <= (this.ledger.get(conversation)?.entries.length ?? 0);
    });
    this.#pushed.clear();
  }

  #wasAcked({ conversation, key, epoch, askedEpoch, seq, by = '', name, isDuplicate }: Of<'acked'>): void {
    const log = this.ledger.get(conversation);
    const entry = log?.entries[seq - 1];
    const what = `${name} was confirmed as number ${seq} of ${conversation}`;
    // What a restore has kept is there still, under its key.
    const isThere = isDuplicate && key !== null && entry?.key === key;
    if (askedEpoch !== null && askedEpoch !== epoch && !isThere)
      this.#breach('one-number', `${what}, epoch ${epoch}, and names a number of epoch ${askedEpoch}`);
    if (!entry || log.epoch !== epoch) this.#breach('kept', `${what}, epoch ${epoch}, and is not durable`);
    // What was so already is so, whoever did it: what made it so is the answer.
    else if (isDuplicate && isSettledBy(name, entry.kind)) return;
    // Whose an anonymous vote is nobody is told, not even by its key.
    else if (name === 'poll.vote' && entry.kind === 'poll.voted' && !entry.author) return;
    else if (key !== null && (entry.key !== key || entry.author !== this.#users.get(by))) {
      this.#breach('one-number', `${what} with the key ${key}, which is ${this.#place(key)}`);
    } else if (key !== null) this.#acked.push({ conversation, key, seq, event: this.#event });
  }

  #place(key: string): string {
    const found = [...this.#numbers].find(([name]) => name.includes(key));
    return found ? `number ${found[1]}` : 'not in the log';
  }

  #told({ by = '', connection, isPushed }: Of<'told'>, told: SeenEntry): void {
    const { conversation, epoch, seq, kind, author, key } = told;
    const log = this.ledger.get(conversation);
    const user = this.#users.get(by) ?? '';
    const what = `number ${seq} of ${conversation}, epoch ${epoch}, was given to ${by}`;
    const entry = log?.epoch === epoch ? log.entries[seq - 1] : undefined;
    if (!log || !entry) {
      this.#breach('kept', `${what} and is not in the log`);
      return;
    }
    if (
      kind !== 'hidden' &&
      (entry.kind !== kind || (entry.author ?? null) !== author || (entry.key ?? null) !== key)
    ) {
      this.#breach('order', `${what} as ${kind} ${key}, and is ${entry.kind} ${entry.key}`);
    }
    const isOwn = kind === 'hidden' && hiddenIn(this.ledger, user, log).has(seq);
    // What changes something from before the log begins is given as hidden from then on, and as it is before.
    const isTrimmed = kind === 'hidden' && isHiddenFrom(entry, log.first);
    // What somebody could see before they left may be on its way when they are in again.
    const ranges = visibleRanges(log.entries, user).filter(({ from, to }) => seq >= from && seq <= to);
    if (ranges.length === 0) this.#breach('members-only', `${what}, who is not in it`);
    else if (!isOwn && ranges.every(({ from }) => isHiddenFrom(entry, from) !== (kind === 'hidden')) && !isTrimmed) {
      this.#breach(
        'members-only',
        `${what} as ${kind}, who came at ${ranges.at(-1)?.from}: ${String(entry.body.target)}`,
      );
    }
    if (isPushed) this.#wasPushed(`${connection} ${conversation}`, { epoch, seq }, what);
  }

  #wasPushed(line: string, { epoch, seq }: { epoch: number; seq: number }, what: string): void {
    const last = this.#pushed.get(line);
    if (last?.epoch === epoch && seq !== last.seq + 1) this.#breach('order', `${what} after ${last.seq}`);
    this.#pushed.set(line, { epoch, seq });
  }

  #leftOut({ connection, conversation, epoch, after, head }: Of<'left out'>): void {
    const line = `${connection} ${conversation}`;
    const last = this.#pushed.get(line);
    if (last?.epoch === epoch && after > last.seq) {
      this.#breach(
        'order',
        `what is above ${last.seq} of ${conversation} and up to ${after} was left out without a word`,
      );
    }
    this.#pushed.set(line, { epoch, seq: head });
  }

  #miscounted(event: Of<'miscounted'>): void {
    const entries = this.ledger.get(event.conversation)?.entries ?? [];
    const seen = { entries, user: this.#users.get(event.who) ?? '', areTimesKnown: this.#areTimesKnown };
    const hasAged = this.#aging.isAged(event.conversation, event.time);
    const place = `${event.who.slice(0, event.who.lastIndexOf('.'))} ${event.conversation}`;
    const wrong = wrongCount(event, { ...seen, hasAged, hasTaken: this.#taken.has(place) });
    if (event.told.unread > event.own.unread) this.#taken.add(place);
    if (wrong !== null) this.#breach('counts', `${event.who} ${wrong}`);
  }

  #described({ by = '', connection, isPushing }: Of<'described'>, summary: ToldSummary): void {
    const { conversation, epoch, head, name, role, members, pushedAfter } = summary;
    const log = this.ledger.get(conversation);
    const user = this.#users.get(by) ?? '';
    const what = `${conversation} was described to ${by} as of ${head}`;
    if (!log || log.epoch !== epoch || head > log.entries.length) {
      this.#breach('snapshot', `${what}, epoch ${epoch}, which is not in the log`);
      return;
    }
    const { roles, name: trueName } = standingAt(log.entries, head);
    const truth = `${trueName}, ${roles.get(user) ?? 'none'}, ${roles.size} members`;
    const told = `${name}, ${role}, ${members} members`;
    if (truth !== told) this.#breach('snapshot', `${what} as ${told}, and is ${truth}`);
    if (!isPushing) return;
    const line = `${connection} ${conversation}`;
    const last = this.#pushed.get(line);
    // What was left out before may reach beyond it.
    const seq = last?.epoch === epoch ? Math.max(last.seq, pushedAfter) : pushedAfter;
    this.#pushed.set(line, { epoch, seq });
  }
}

/** Whether it was written by somebody who was not in the conversation, and did not come by it. */
function isOfStranger(before: readonly LoggedEntry[], { kind, author, body }: LoggedEntry): boolean {
  const { roles } = standingAt(before, before.length);
  if (author === undefined || before.length === 0 || roles.has(author)) return false;
  // What has had its time goes under the name of its author, who may have left.
  if (kind === 'message.deleted') return body.expired !== true;
  return kind !== 'member.joined' || !(isPublicAt(before, before.length) || roles.has(String(body.invitedBy)));
}

function wrongChange(before: readonly LoggedEntry[], entry: LoggedEntry): string | null {
  return wrongReaction(before, entry) ?? wrongPin(before, entry) ?? wrongVote(before, entry);
}

/** Whether such an entry may be the answer to a command that it made needless. */
function isSettledBy(name: string, kind: string): boolean {
  if (name === 'message.delete') return kind === 'message.deleted';
  if (name === 'message.hide') return kind === 'message.hidden';
  if (name === 'message.pin') return ['message.pinned', 'message.sent', 'message.deleted'].includes(kind);
  if (name.startsWith('poll.')) return ['poll.voted', 'poll.closed', 'message.sent'].includes(kind);
  return name === 'reaction.set' && (kind === 'reaction.set' || kind === 'message.sent');
}

function said({ delivered, read }: { readonly delivered: number; readonly read: number }): string {
  return `delivered ${delivered}, read ${read}`;
}
