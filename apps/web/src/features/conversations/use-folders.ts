// The folders that the person has made, by their positions.
import { useObservable, usePerson } from '@kith/react';
import { type FolderView, foldersOf } from '@kith/sdk/contacts/contacts';
import { useMemo } from 'react';

const NONE: readonly FolderView[] = [];

export function useFolders(): readonly FolderView[] {
  const person = usePerson();
  const folders = useMemo(() => (person === null ? null : foldersOf(person)), [person]);
  return useObservable(folders, NONE);
}
