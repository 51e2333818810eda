// How the workspace of whoever is signed in looks, followed for as long as their page is there.
import { useChat } from '@kith/react';
import type { Person } from '@kith/sdk';
import { WorkspaceLook } from '@kith/sdk/look/look';
import { useEffect } from 'react';
import { create } from 'zustand';
import { showAccent, showKeptAccent } from './kept-accent.js';

/** Null before the page of somebody is there. */
export const useLook = create<{ readonly look: WorkspaceLook | null }>(() => ({ look: null }));

export function useWorkspaceAccent(person: Person): void {
  const chat = useChat();
  useEffect(() => {
    showKeptAccent(person.id);
    const look = new WorkspaceLook(chat, person);
    const unsubscribe = look.accent.subscribe(() => {
      const accent = look.accent.getSnapshot();
      if (accent !== null) showAccent(person.id, accent);
    });
    useLook.setState({ look });
    return () => {
      useLook.setState({ look: null });
      unsubscribe();
      look.close();
    };
  }, [chat, person]);
}
