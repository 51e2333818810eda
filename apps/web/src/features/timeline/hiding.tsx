// What this person hides from themselves: known before anything of theirs is shown.
import type { Person, ShownItem } from '@kith/sdk';
import { Hiding } from '@kith/sdk/hiding/hiding';
import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useState } from 'react';

const Hidings = createContext<Hiding | null>(null);

export type HidingProviderProps = { readonly person: Person; readonly children: ReactNode };

export function HidingProvider({ person, children }: HidingProviderProps): ReactElement | null {
  const [hiding, setHiding] = useState<Hiding | null>(null);
  useEffect(() => {
    const made = new Hiding(person);
    setHiding(made);
    return () => made.close();
  }, [person]);
  return hiding === null ? null : <Hidings value={hiding}>{children}</Hidings>;
}

/** Hides a message for good from this person alone. */
export function useHide(): (item: ShownItem) => Promise<unknown> {
  const hiding = useContext(Hidings);
  return (item) => hiding?.hide(item) ?? Promise.resolve();
}
