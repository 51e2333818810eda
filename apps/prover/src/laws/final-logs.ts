// The logs in the end are those that the history saw grow: a database that loses something without a word breaks its promise
// as much as a node does. What was erased has no text there, and none on the tab of a member.
import type { FinalLog, History } from '../history/history.js';
import { hasStep } from '../plan.js';
import type { Breach, Law } from './law.js';
import { type Ledger, type LoggedConversation, type LoggedEntry, standingAt } from './ledger.js';

export function judgeFinalLogs({ plan, end }: History, ledger: Ledger): readonly Breach[] {
  const logs = new Map(end.logs.map((log) => [log.conversation, log]));
  const lost = [...ledger.all()].flatMap((known) => judgeLog(known, logs.get(known.id)));
  const strange = end.logs.filter(({ conversation, entries }) => {
    return entries.length > (ledger.get(conversation)?.entries.length ?? 0);
  });
  return [
    ...lost,
    ...strange.map(({ conversation }) => breach('order', `${conversation} has entries that nobody committed`)),
    ...end.logs.flatMap((log) => judgeErased(log, end.tabs)),
    // A node whose clock was set back takes its time.
    ...(hasStep(plan, 'jump') ? [] : end.logs.flatMap(judgeTimes)),
  ];
}

function judgeLog({ id, epoch, entries }: LoggedConversation, log: FinalLog | undefined): readonly Breach[] {
  if (log?.epoch !== epoch) return [breach('kept', `${id}, epoch ${epoch}, is gone`)];
  return entries
    .filter((entry, index) => !isKept(entry, log.entries[index]))
    .map(({ seq }) => breach('kept', `number ${seq} of ${id} was committed, and is not there as it was`));
}

function isKept(entry: LoggedEntry, now: LoggedEntry | undefined): boolean {
  if (now?.seq !== entry.seq || now.key !== entry.key || now.author !== entry.author) return false;
  // What nobody deleted is not erased.
  if (now.erased !== entry.erased) return false;
  return now.erased === true || JSON.stringify(now.body) === JSON.stringify(entry.body);
}

function judgeErased({ conversation, entries }: FinalLog, tabs: History['end']['tabs']): readonly Breach[] {
  const erased = entries.filter((entry) => entry.erased === true);
  const inLog = erased.filter(({ body }) => 'text' in body).map(({ seq }) => `number ${seq} in the log`);
  const seqs = new Set(erased.map(({ seq }) => seq));
  const { roles } = standingAt(entries, entries.length);
  // Whoever has left was not told of what was erased since.
  const onTabs = tabs.flatMap(({ tab, user, conversations, windows }) => {
    const shown = [...conversations, ...windows].filter((one) => roles.has(user) && one.conversation === conversation);
    const items = shown.flatMap((one) => one.items ?? []);
    return items.filter(({ seq, text }) => seqs.has(seq) && text !== null).map(({ seq }) => `number ${seq} on ${tab}`);
  });
  return [...inLog, ...onTabs].map((where) => breach('erased', `${conversation}: ${where} was erased and has a text`));
}

/** All that was to disappear has had its time long before the end. */
function judgeTimes({ conversation, entries }: FinalLog): readonly Breach[] {
  const standing = entries.filter(({ kind, body }) => kind === 'message.sent' && body.disappearAt !== undefined);
  return standing
    .filter(({ erased }) => erased !== true)
    .map(({ seq }) => breach('erased', `number ${seq} of ${conversation} was to disappear, and stands`));
}

function breach(law: Law, found: string): Breach {
  return { law, found, event: null };
}
