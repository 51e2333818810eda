// What the SDK promised to whoever wrote a message: it is in the log once, in the order of writing, or somebody can see why not.
import type { History } from '../history/history.js';
import { hasStep } from '../plan.js';
import type { Breach } from './law.js';
import { isCopy, type Ledger, type LoggedEntry } from './ledger.js';

/** What a refusal for good may say of a message that was right when it was written. */
const MAY_FAIL = new Set(['not_member', 'forbidden', 'not_found', 'gone']);
/** And where the conversation was archived. */
const IS_ARCHIVED = 'conflict';
/** What it may say of an answer to what its author does not see any more, or what is not what it was. */
const ANSWERS_NOTHING = new Set(['bad_request', 'conflict', 'epoch_changed']);

type Promised = {
  readonly id: number;
  readonly tab: string;
  readonly device: string;
  readonly conversation: string;
  readonly text: string;
  readonly isAnswer: boolean;
  key: string | null;
  isDurable: boolean;
  isEdited: boolean;
  isDiscarded: boolean;
  isMoved: boolean;
  /** What it stood in is gone, and nobody has it. */
  isLost: boolean;
};

export function judgePromises(history: History, ledger: Ledger, undone: ReadonlySet<string>): readonly Breach[] {
  const promises = promisesOf(history);
  const found = promises.flatMap((promised) => judgeOne(history, { promised, ledger, undone }));
  return [...found, ...judgeOrder(promises, ledger, new Set([...undone, ...unkeptRefusals(history)]))];
}

function promisesOf({ events }: History): readonly Promised[] {
  const promises: Promised[] = [];
  for (const event of events) {
    if (event.type === 'wrote') promises.push(begun(event));
    if (event.type === 'kept') {
      const promised = promises[event.id];
      if (promised) [promised.key, promised.isDurable] = [event.key, event.isDurable];
    }
    if (event.type === 'changed') change(promises[event.id], event.how);
    if (event.type === 'life') for (const promised of promises) live(promised, event);
  }
  return promises;
}

function begun({ who, replyTo, thread, ...wrote }: Extract<History['events'][number], { type: 'wrote' }>): Promised {
  const { id, conversation, text } = wrote;
  const device = who.slice(0, who.lastIndexOf('.'));
  const fresh = { key: null, isDurable: false, isEdited: false, isDiscarded: false, isMoved: false, isLost: false };
  return {
    id,
    tab: who,
    device,
    conversation,
    text,
    isAnswer: replyTo !== undefined || thread !== undefined,
    ...fresh,
  };
}

function change(promised: Promised | undefined, how: 'edited' | 'discarded' | 'moved'): void {
  if (!promised) return;
  if (how === 'edited') promised.isEdited = true;
  if (how === 'discarded') promised.isDiscarded = true;
  if (how === 'moved') promised.isMoved = true;
}

/** A store that was wiped, and a tab that had it in memory alone, take it with them. */
function live(promised: Promised, { who, what }: { readonly who: string; readonly what: string }): void {
  if (what === 'wiped' && who === promised.device) promised.isLost = true;
  if ((what === 'closed' || what === 'crashed') && who === promised.tab && !promised.isDurable) promised.isLost = true;
}

type Judged = { readonly promised: Promised; readonly ledger: Ledger; readonly undone: ReadonlySet<string> };

function judgeOne({ end }: History, { promised, ledger, undone }: Judged): readonly Breach[] {
  const { key, text, isEdited, isDiscarded, isLost, device, conversation } = promised;
  if (key === null) return [];
  const entries = withKey(ledger, conversation, key);
  // Texts of a run are all different, save those of copies.
  const entriesHere = ledger.get(conversation)?.entries ?? [];
  const same = entriesHere.filter((one) => one.body.text === text && !isCopy(one));
  if (same.length > 1) return [breach('one-number', `${text} is in the log ${same.length} times, with other keys`)];
  const [entry] = entries;
  if (entries.length > 1) return [breach('one-number', `${text} is in the log ${entries.length} times`)];
  if (entry) {
    if (isEdited || isDiscarded || entry.erased || entry.body.text === text) return [];
    return [breach('kept', `${text} is in the log as ${JSON.stringify(entry.body.text)}`)];
  }
  if (isDiscarded || isLost || undone.has(key)) return [];
  const unsent = end.tabs.filter((tab) => tab.device === device).flatMap((tab) => tab.unsent);
  const own = unsent.filter((item) => item.key === key);
  if (own.length === 0) return [breach('kept', `${text} was taken, and is neither in the log nor unsent`)];
  return own.flatMap(({ status, code }) => {
    if (status !== 'failed') return [breach('converges', `${text} waits for ever as ${status}`)];
    if (promised.isAnswer && ANSWERS_NOTHING.has(code ?? '')) return [];
    if (code === IS_ARCHIVED && entriesHere.some(({ body }) => body.archived === true)) return [];
    return MAY_FAIL.has(code ?? '') ? [] : [breach('kept', `${text} failed with ${code}`)];
  });
}

/**
 * What was refused for good where a device is full, so that it may not know so after a crash: it may be sent again, behind what
 * was written since.
 */
function unkeptRefusals({ events, plan }: History): ReadonlySet<string> {
  if (!hasStep(plan, 'full')) return new Set();
  return new Set(
    events.flatMap((event) =>
      event.type === 'refused' && event.key !== null && MAY_FAIL.has(event.code) ? [event.key] : [],
    ),
  );
}

/** What a restore took away may come again with its old key (M6), behind what was written since: it stands in no order. */
function judgeOrder(promises: readonly Promised[], ledger: Ledger, unordered: ReadonlySet<string>): readonly Breach[] {
  const found: Breach[] = [];
  const last = new Map<string, { readonly seq: number; readonly text: string }>();
  for (const { key, tab, conversation, text, isMoved, isLost } of promises) {
    if (key === null || isMoved || isLost || unordered.has(key)) continue;
    const [entry] = withKey(ledger, conversation, key);
    if (!entry) continue;
    const before = last.get(`${tab} ${conversation}`);
    if (before && before.seq > entry.seq)
      found.push(breach('author-order', `${text} stands before ${before.text} of the same tab`));
    last.set(`${tab} ${conversation}`, { seq: entry.seq, text });
  }
  return found;
}

function withKey(ledger: Ledger, conversation: string, key: string): readonly LoggedEntry[] {
  return ledger.get(conversation)?.entries.filter((entry) => entry.key === key) ?? [];
}

function breach(law: Breach['law'], found: string): Breach {
  return { law, found, event: null };
}
