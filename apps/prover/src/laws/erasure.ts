// Text that was deleted is in no log, and on no screen and in no store of anybody who may see that it was. Whoever left before
// keeps what they had: nobody may tell them anything of the conversation any more. And a store that has failed stays as it
// was then, until the next run of the app opens it. A message and a copy of it have the same text: it is gone when the last
// of them is.
import type { History } from '../history/history.js';
import type { Breach } from './law.js';
import { type Deletion, type Ledger, standingAt, visibleTo } from './ledger.js';

type Place = { readonly where: string; readonly texts: ReadonlySet<string>; readonly user: string | null };

export function judgeErasure({ end, people }: History, ledger: Ledger): readonly Breach[] {
  if (ledger.erased.size === 0) return [];
  const logged = [...ledger.all()].flatMap(({ entries }) => entries);
  const standing = new Set(logged.map(({ body }) => body.text));
  const owners = new Map(people.map(({ id, name }) => [name, id]));
  const ownerOf = (device: string) => owners.get(device.split('/')[0] ?? '') ?? '';
  const failed = new Set(end.tabs.filter(({ isDurable }) => !isDurable).map(({ device }) => device));
  const stores = end.stores.filter(({ device }) => !failed.has(device));
  const places: readonly Place[] = [
    ...end.logs.map(({ conversation, entries }) => place(`the log of ${conversation}`, entries, null)),
    ...end.tabs.map(({ tab, conversations, windows, user }) => place(tab, [conversations, windows], user)),
    ...stores.map(({ device, contents }) => place(`the store of ${device}`, contents, ownerOf(device))),
  ];
  return places.flatMap(({ where, texts, user }) => {
    const found = [...texts].filter((text) => !standing.has(text) && isToldOf(ledger, ledger.erased.get(text), user));
    return found.map(
      (text): Breach => ({ law: 'erased', found: `${text} was deleted, and is in ${where}`, event: null }),
    );
  });
}

function place(where: string, what: unknown, user: string | null): Place {
  return { where, texts: textsIn(what), user };
}

/** Null is nobody in particular. */
function isToldOf(ledger: Ledger, deletion: Deletion | undefined, user: string | null): boolean {
  if (!deletion) return false;
  const entries = ledger.get(deletion.conversation)?.entries ?? [];
  if (user === null) return true;
  return deletion.seq === null
    ? standingAt(entries, entries.length).roles.has(user)
    : deletion.seq <= visibleTo(entries, user);
}

/** All texts at any depth. */
function textsIn(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value === 'string') found.add(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) textsIn(inner, found);
  return found;
}
