// Which messages somebody hid from themselves, as their own log says.
import { kindOf, type Ledger, type LoggedConversation, type LoggedEntry } from './ledger.js';

type Logs = Iterable<{ readonly entries: readonly LoggedEntry[] }>;
type Log = { readonly conversation: string; readonly epoch: number; readonly entries: readonly LoggedEntry[] };

/** The messages of a conversation that somebody hid, by their numbers, and the edits of these. What was hidden in another epoch is not. */
export function hiddenBy(logs: Logs, user: string, { conversation, epoch, entries }: Log): ReadonlySet<unknown> {
  const messages = new Set<unknown>(
    [...logs]
      .filter((log) => kindOf(log.entries) === 'self' && log.entries[0]?.author === user)
      .flatMap((log) => log.entries.flatMap(messageOf))
      .flatMap((message) => (message.conversation === conversation && message.epoch === epoch ? message.seq : [])),
  );
  if (messages.size === 0) return messages;
  const edits = entries.filter(({ kind, body }) => kind === 'message.edited' && messages.has(body.target));
  return new Set([...messages, ...edits.map(({ seq }) => seq)]);
}

/** The same as the ledger has it. */
export function hiddenIn(
  ledger: Ledger,
  user: string,
  { id, epoch, entries }: LoggedConversation,
): ReadonlySet<unknown> {
  return hiddenBy(ledger.all(), user, { conversation: id, epoch, entries });
}

type Message = { readonly conversation: string; readonly epoch: number; readonly seq: number };

function messageOf({ kind, body }: LoggedEntry): readonly Message[] {
  return kind === 'message.hidden' ? [body.message as Message] : [];
}
