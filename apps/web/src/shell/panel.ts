// What stands beside the conversation, and what is open over the page: one of each at a time.
import type { MessagePlace } from '@kith/sdk';
import { create } from 'zustand';

/** Beside the conversation; on narrow screens over it. */
export type Panel =
  | { readonly kind: 'details' }
  | { readonly kind: 'pins' }
  | { readonly kind: 'thread'; readonly message: MessagePlace }
  | { readonly kind: 'search'; readonly conversation: string | null; readonly query?: string }
  | { readonly kind: 'threads' };

export type OpenDialog = 'new' | 'channels' | 'settings' | 'switcher' | 'shortcuts' | 'later';

type Shown = { readonly panel: Panel | null; readonly dialog: OpenDialog | null };

export const useShown = create<Shown>(() => ({ panel: null, dialog: null }));

export function showPanel(panel: Panel | null): void {
  useShown.setState({ panel });
}

/** The same once more closes it. */
export function togglePanel(panel: Panel): void {
  const { panel: before } = useShown.getState();
  showPanel(before?.kind === panel.kind ? null : panel);
}

export function showDialog(dialog: OpenDialog | null): void {
  useShown.setState({ dialog });
}
