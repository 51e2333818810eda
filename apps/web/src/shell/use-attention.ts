// Whether the person is at the page, as one `Attention` of it tells all that ask.
import type { Person } from '@kith/sdk';
import { sayPresence } from '@kith/sdk/presence/presence';
import { useEffect, useMemo } from 'react';
import { Attention } from './attention.js';

export type Attended = {
  /** Visible, and with the focus. */
  readonly isHere: () => boolean;
  /** Hears of every sign of somebody being there. */
  readonly subscribe: (listener: () => void) => () => void;
};

export function useAttention(person: Person): Attended {
  const attended = useMemo(() => {
    const listeners = new Set<() => void>();
    return {
      listeners,
      isHere: () => document.visibilityState === 'visible' && document.hasFocus(),
      subscribe: (listener: () => void) => {
        listeners.add(listener);
        return () => {
          listeners.delete(listener);
        };
      },
    };
  }, []);
  useEffect(() => {
    const attention = new Attention(document, () => {
      sayPresence(person, attention.status);
      for (const listener of [...attended.listeners]) listener();
    });
    return () => attention.close();
  }, [person, attended]);
  return attended;
}
