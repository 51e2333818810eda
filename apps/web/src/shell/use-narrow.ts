// Whether the screen shows the list or a conversation, and not both; as the style sheet has it.
import { useSyncExternalStore } from 'react';

const NARROW = matchMedia('(max-width: 719px)');

export function useNarrow(): boolean {
  return useSyncExternalStore(onWidth, () => NARROW.matches);
}

function onWidth(listener: () => void): () => void {
  NARROW.addEventListener('change', listener);
  return () => NARROW.removeEventListener('change', listener);
}
