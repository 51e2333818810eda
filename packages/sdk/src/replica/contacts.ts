// What a person keeps of others, as it is shown: contacts with their profiles, folders, and whom they block. Each comes out of
// the settings (V7, V11 and V13), and stays the same object while nothing of it changes.
import type { Contact, Folder, User } from '@kith/protocol';
import type { Observable } from '../observable.js';
import type { Replica } from './replica.js';
import type { Settings, SettingValues } from './settings.js';

/** A contact, with the profile as soon as it is known. */
export type ContactView = Contact & { readonly id: string; readonly user: User | null };

/** A place of the person's own for conversations and people. */
export type FolderView = Folder & { readonly id: string };

/** Those of one kind, by what stands behind the colon. */
function* ofKind<T>(values: SettingValues, prefix: string): Generator<readonly [id: string, value: T]> {
  for (const [name, value] of values) if (name.startsWith(prefix)) yield [name.slice(prefix.length), value as T];
}

/** Something that is made of the settings anew whenever they change. */
function madeOf<T>(settings: Settings, make: (values: SettingValues) => T): Observable<T> {
  let made: { readonly of: SettingValues; readonly value: T } | null = null;
  return {
    getSnapshot: () => {
      const of = settings.values.getSnapshot();
      if (made?.of !== of) made = { of, value: make(of) };
      return made.value;
    },
    subscribe: (listener) => settings.values.subscribe(listener),
  };
}

/** By rising positions, then by name. */
export function foldersOf(settings: Settings): Observable<readonly FolderView[]> {
  return madeOf(settings, (values) =>
    [...ofKind<Folder>(values, 'folder:')]
      .map(([id, folder]) => ({ id, ...folder }))
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)),
  );
}

export function blockedOf(settings: Settings): Observable<ReadonlySet<string>> {
  return madeOf(settings, (values) => {
    return new Set([...ofKind(values, 'block:')].flatMap(([id, value]) => (value === true ? id : [])));
  });
}

/** Favourites first, then by the name that is shown. Profiles are kept right as long as somebody is subscribed. */
export function contactsOf(settings: Settings, replica: Replica): Observable<readonly ContactView[]> {
  const { users } = replica;
  let all: readonly ContactView[] = [];
  const make = (values: SettingValues) => [...ofKind<Contact>(values, 'contact:')];
  const contacts = madeOf(settings, make);
  let made: readonly unknown[] = [];
  return {
    getSnapshot: () => {
      const own = contacts.getSnapshot();
      const parts: readonly unknown[] = [own, ...own.map(([id]) => users.get(id))];
      if (parts.length === made.length && parts.every((part, index) => part === made[index])) return all;
      made = parts;
      all = own.map(([id, contact]) => ({ id, ...contact, user: users.get(id) ?? null })).sort(byShownName);
      return all;
    },
    subscribe: (listener) => {
      let ends: readonly (() => void)[] = [];
      const follow = () => {
        for (const end of ends) end();
        const ids = contacts.getSnapshot().map(([id]) => id);
        ends = ids.map((id) => users.observe(id).subscribe(listener));
        replica.wantUsers(ids);
      };
      const end = contacts.subscribe(() => {
        follow();
        listener();
      });
      follow();
      return () => {
        end();
        for (const one of ends) one();
      };
    },
  };
}

function byShownName(a: ContactView, b: ContactView): number {
  const names = [a, b].map(({ name, user }) => name ?? user?.name ?? '') as [string, string];
  return (
    Number(b.favourite === true) - Number(a.favourite === true) ||
    names[0].localeCompare(names[1]) ||
    (a.id < b.id ? -1 : 1)
  );
}
