// The logs in the end are those that the history saw grow: a database that loses something without a word breaks its promise
// as much as a node does. What was erased has no text there.
import type { FinalLog, History } from '../history/history.js';
import type { Breach, Law } from './law.js';
import type { Ledger, LoggedConversation, LoggedEntry } from './ledger.js';

export function judgeFinalLogs({ end }: History, ledger: Ledger): readonly Breach[] {
  const logs = new Map(end.logs.map((log) => [log.conversation, log]));
  const lost = [...ledger.all()].flatMap((known) => judgeLog(known, logs.get(known.id)));
  const strange = end.logs.filter(({ conversation, entries }) => {
    return entries.length > (ledger.get(conversation)?.entries.length ?? 0);
  });
  return [
    ...lost,
    ...strange.map(({ conversation }) => breach('order', `${conversation} has entries that nobody committed`)),
    ...end.logs.flatMap(judgeErased),
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
  return now.erased === true || JSON.stringify(now.body) === JSON.stringify(entry.body);
}

function judgeErased({ conversation, entries }: FinalLog): readonly Breach[] {
  const texts = entries.filter(({ erased, body }) => erased === true && 'text' in body);
  return texts.map(({ seq }) => breach('erased', `number ${seq} of ${conversation} was erased and has a text`));
}

function breach(law: Law, found: string): Breach {
  return { law, found, event: null };
}
