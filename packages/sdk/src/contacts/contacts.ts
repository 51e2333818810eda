// What a person keeps of others, as it is shown: contacts with their profiles, and folders. Each comes out of the settings (V11
// and V13), and what it shows stays the same object while nothing of it changes. Apart from the rest, for apps that want it.
import type { Contact, Folder, User } from '@kith/protocol';
import type { Observable } from '../observable.js';
import type { Person } from '../person.js';
import { madeOf, ofKind } from '../replica/blocked.js';
import type { SettingValues } from '../replica/settings.js';

/** A contact, with the profile as soon as it is known. */
export type ContactView = Contact & { readonly id: string; readonly user: User | null };

/** A place of the person's own for conversations and people. */
export type FolderView = Folder & { readonly id: string };

/** By rising positions, then by name. An app asks once for a person, and keeps what it is given. */
export function foldersOf(person: Person): Observable<readonly FolderView[]> {
  return madeOf(person.client.settings, (values) =>
    [...ofKind<Folder>(values, 'folder:')]
      .map(([id, folder]) => ({ id, ...folder }))
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)),
  );
}

/**
 * Favourites first, then by the name that is shown. Profiles are kept right as long as somebody is subscribed. An app asks once
 * for a person, and keeps what it is given.
 */
export function contactsOf(person: Person): Observable<readonly ContactView[]> {
  const { settings, replica } = person.client;
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
