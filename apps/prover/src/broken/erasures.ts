// A message of a history is deleted, and its text taken out of the whole end; then one place has it still.
import { commit, confirmed, type Draft, first, shownOn } from './draft.js';

type Log = Draft['end']['logs'][number];
type Deleted = { readonly log: Log; readonly target: number; readonly author: string; readonly text: string };

const EDIT = 'said otherwise';

export function leaveInLog(draft: Draft): void {
  const { log, target, text } = deleteOne(draft);
  at(log, target).body = { text };
}

export function leaveInEdit(draft: Draft): void {
  const { log, target } = deleteOne(draft, { isEdited: true });
  first(log.entries.filter(({ kind }) => kind === 'message.edited')).body = { target, text: EDIT };
}

export function leaveOnTab(draft: Draft): void {
  const { log, target, author, text } = deleteOne(draft);
  const own = [...shownOn(draft)].filter(({ tab, shown }) => {
    return tab.user === author && shown.conversation === log.conversation;
  });
  const items = own.flatMap(({ shown }) => shown.items ?? []);
  first(items.filter(({ seq }) => seq === target)).text = text;
}

export function leaveInStore(draft: Draft): void {
  const { author, text } = deleteOne(draft);
  keep(draft, { device: deviceOf(draft, author), text });
}

export function leaveEditInStore(draft: Draft): void {
  const { author } = deleteOne(draft, { isEdited: true });
  keep(draft, { device: deviceOf(draft, author), text: EDIT });
}

/** No breach: it could not be written any more. */
export function leaveInFailedStore(draft: Draft): void {
  const { author, text } = deleteOne(draft);
  const device = deviceOf(draft, author);
  keep(draft, { device, text });
  for (const tab of draft.end.tabs) if (tab.device === device) tab.isDurable = false;
}

/** No breach: nobody may tell them of the deletion. */
export function leaveWithWhoLeftBefore(draft: Draft): void {
  const { log, entry } = first(confirmed(draft));
  const shown = [...shownOn(draft)].filter(({ shown }) => shown.conversation === log.conversation);
  const { user, device } = first(shown.filter(({ tab }) => tab.user !== entry.author)).tab;
  commit(draft, log, { kind: 'member.left', author: user, body: { users: [user] } });
  const { text } = deleteOne(draft);
  keep(draft, { device, text });
}

function deleteOne(draft: Draft, { isEdited = false } = {}): Deleted {
  const { log, entry } = first(confirmed(draft));
  const { author = '', seq: target } = entry;
  const text = String(entry.body.text);
  if (isEdited) commit(draft, log, { kind: 'message.edited', author, body: { target, text: EDIT } });
  commit(draft, log, { kind: 'message.deleted', author, body: { target } });
  draft.end = without(draft.end, [text, EDIT]);
  const emptied = first(draft.end.logs.filter(({ conversation }) => conversation === log.conversation));
  Object.assign(at(emptied, target), { erased: true, body: {} });
  const edits = emptied.entries.filter(({ kind, body }) => kind === 'message.edited' && body.target === target);
  for (const edit of edits) Object.assign(edit, { erased: true, body: { target } });
  return { log: emptied, target, author, text };
}

function keep(draft: Draft, { device, text }: { readonly device: string; readonly text: string }): void {
  const store = first(draft.end.stores.filter((one) => one.device === device));
  store.contents = [text, store.contents];
}

function deviceOf({ end }: Draft, user: string): string {
  return first(end.tabs.filter((tab) => tab.user === user && tab.isDurable)).device;
}

function at({ entries }: Log, wanted: number): Log['entries'][number] {
  return first(entries.filter(({ seq }) => seq === wanted));
}

function without<T>(value: T, texts: readonly string[]): T {
  const json = texts.reduce((left, text) => left.replaceAll(JSON.stringify(text), 'null'), JSON.stringify(value));
  return JSON.parse(json);
}
