// Keys that work anywhere on the page: Ctrl or Cmd with K finds a conversation, with / shows all keys, F searches messages.
import { useEffect } from 'react';
import { showDialog, showPanel, useShown } from './panel.js';
import { currentRoute } from './route.js';

const ACTIONS: { readonly [key: string]: (conversation: string | null) => void } = {
  k: () => showDialog('switcher'),
  '/': () => showDialog('shortcuts'),
  'shift /': () => showDialog('shortcuts'),
  f: (conversation) => showPanel({ kind: 'search', conversation }),
  'shift f': () => showPanel({ kind: 'search', conversation: null }),
};

export function useShortcuts(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
      if (useShown.getState().dialog !== null) return;
      const { conversation } = currentRoute();
      const key = `${event.shiftKey ? 'shift ' : ''}${event.key.toLowerCase()}`;
      // In the list the browser's own search stays what it is.
      const action = key === 'f' && conversation === null ? undefined : ACTIONS[key];
      if (action === undefined) return;
      action(conversation);
      event.preventDefault();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}
