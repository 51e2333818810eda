// What later entries make of earlier ones, as the memory log computes it: everything from the entries, at each question.
import { type Entry, type EntryBody, erased, type Reactor } from '@kith/protocol';
import type { EditedPage, EditedRange, EntryPlace, Pins, Target, Write } from '../../core/log.js';
import { recordOf } from './readers.js';
import type { StoredConversation } from './store.js';
import { ownVotes, pollStateOf } from './votes.js';

/** The entries that change the entry `seq`, and the messages that answer it in its thread, rising. */
export function changesOf({ entries }: StoredConversation, seq: number): readonly Entry[] {
  return entries.slice(seq).flatMap(({ entry }) => ((entry.body.target ?? threadOf(entry)) === seq ? entry : []));
}

/** Changes an earlier entry, or answers one. */
export function isChange({ kind, body }: Entry): boolean {
  return 'target' in body || (kind === 'message.sent' && body.thread !== undefined);
}

/** What stands on a message: of each person and emoji the last word, where that is yes. */
export function reactorsIn(changes: readonly Entry[]): readonly (Reactor & EntryPlace)[] {
  const standing = new Map<string, Reactor & EntryPlace>();
  for (const { kind, author, body, ...entry } of changes) {
    if (kind !== 'reaction.set' || author === undefined) continue;
    const { emoji, on } = body as EntryBody<'reaction.set'>;
    standing.delete(`${author} ${emoji}`);
    if (on) standing.set(`${author} ${emoji}`, { user: author, emoji, ...placeOf(entry) });
  }
  return [...standing.values()];
}

/** Of each the last one is what a message is now. */
const CHANGING = ['message.sent', 'message.edited', 'reaction.set', 'poll.voted', 'poll.closed', 'message.pinned'];

/** What later entries made of these, and what a reader has reacted with. */
export function changesIn(
  conversation: StoredConversation,
  entries: readonly Entry[],
  { upToChange = Number.POSITIVE_INFINITY, reader }: Pick<EditedRange, 'upToChange' | 'reader'>,
): Pick<EditedPage, 'changes' | 'own' | 'votes'> {
  const all = entries.map(({ seq }) => ({ target: seq, changes: changesOf(conversation, seq) }));
  const changes = all.flatMap((one) =>
    CHANGING.flatMap((wanted) => one.changes.findLast(({ kind, seq }) => kind === wanted && seq <= upToChange) ?? []),
  );
  const own = all.flatMap((one) =>
    reactorsIn(one.changes).flatMap(({ user, emoji }) => (user === reader ? { target: one.target, emoji } : [])),
  );
  const votes = ownVotes(conversation, entries, reader);
  return { changes: changes.sort((a, b) => a.seq - b.seq), own, votes };
}

/** What is pinned now, the last pinned first. */
function pinsIn({ entries, first }: StoredConversation): Pins['pins'] {
  const pinned = new Map<unknown, number>();
  for (const { entry } of entries) {
    const { kind, seq, body } = entry;
    if (kind !== 'message.pinned' && kind !== 'message.deleted') continue;
    pinned.delete(body.target);
    if (body.on === true) pinned.set(body.target, seq);
  }
  const all = [...pinned].map(([target, seq]) => ({ target: Number(target), seq }));
  return all.filter(({ target }) => target >= first).reverse();
}

export function pinsOf(found: StoredConversation | null): Pins | null {
  if (!found) return null;
  return { record: recordOf(found), pins: pinsIn(found) };
}

/** The entry that a write is about. */
export function targetOf(
  conversation: StoredConversation | undefined,
  { target, author }: Write,
  nowMs: number,
): Target | null {
  const entry = conversation?.entries[(target ?? 0) - 1]?.entry;
  if (!conversation || !entry) return null;
  const changes = changesOf(conversation, entry.seq);
  const deletion = changes.find(({ kind }) => kind === 'message.deleted');
  const reacted = changes.findLast(({ kind }) => kind === 'reaction.set');
  const pinned = changes.findLast(({ kind }) => kind === 'message.pinned');
  const last = changes.findLast(({ kind }) => kind === 'message.sent');
  const own = reactorsIn(changes).filter(({ user }) => user === author);
  return {
    entry,
    answers: (last?.body as EntryBody<'message.sent'> | undefined)?.count ?? 0,
    edits: changes.filter(({ kind }) => kind === 'message.edited').length,
    deletion: deletion ? placeOf(deletion) : null,
    reacted: reacted ? { ...placeOf(reacted), reactions: (reacted.body as EntryBody<'reaction.set'>).reactions } : null,
    pinned: pinned ? { ...placeOf(pinned), on: pinned.body.on === true } : null,
    ...pollStateOf(conversation, changes, { target: entry.seq, author, nowMs }),
    pins: pinsIn(conversation).length,
    own: own.map(({ emoji, ...place }) => ({ ...placeOf(place), emoji })),
  };
}

/** What of a message lives in entries of their own. */
export const PARTS: ReadonlySet<string> = new Set(['message.edited', 'poll.voted', 'poll.closed']);

/** Empties an entry, its edits and votes, and forgets what their keys said. */
export function erase(conversation: StoredConversation, target: unknown): void {
  eraseWhere(conversation, ({ seq, kind, body }) => {
    return seq === target || (PARTS.has(kind) && body.target === target);
  });
}

/** The same for all entries of which that is true. */
export function eraseWhere(conversation: StoredConversation, isErased: (entry: Entry) => boolean): void {
  conversation.entries = conversation.entries.map((stored) =>
    isErased(stored.entry) ? { ...stored, entry: erased(stored.entry) } : stored,
  );
  for (const [key, { seq }] of conversation.keys) {
    const entry = conversation.entries[seq - 1]?.entry;
    if (entry?.erased) conversation.keys.set(key, { seq, content: null });
  }
}

/** Of a message; what deletes one names its thread too. */
function threadOf({ kind, body }: Entry): unknown {
  return kind === 'message.sent' ? body.thread : undefined;
}

function placeOf({ seq, at }: EntryPlace): EntryPlace {
  return { seq, at };
}
