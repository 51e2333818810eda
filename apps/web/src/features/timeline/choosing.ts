// Messages that are chosen, to be copied together: of one conversation, until it is left or they were copied.
import type { ShownItem } from '@kith/sdk';
import { create } from 'zustand';

/** More are not taken: nobody copies so many by hand. */
const MOST = 500;

type Choosing = { readonly conversation: string | null; readonly chosen: ReadonlyMap<number, ShownItem> };

const NOBODY: Choosing = { conversation: null, chosen: new Map() };

export const useChoosing = create<Choosing>(() => NOBODY);

/** Whether this message is chosen; null where none are being chosen. */
export function useIsChosen({ conversation, seq }: ShownItem): boolean | null {
  return useChoosing((now) => (now.conversation === conversation ? now.chosen.has(seq) : null));
}

/** Chooses a message, the first of all too, or chooses it no more. */
export function toggleChosen(item: ShownItem): void {
  const { conversation, chosen } = useChoosing.getState();
  const next = new Map(conversation === item.conversation ? chosen : []);
  if (!next.delete(item.seq) && next.size < MOST) next.set(item.seq, item);
  useChoosing.setState({ conversation: item.conversation, chosen: next });
}

export function endChoosing(): void {
  useChoosing.setState(NOBODY);
}
