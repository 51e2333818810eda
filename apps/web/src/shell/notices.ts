// What comes in while nobody looks at the page is told by the browser, where the person wants it: one notice a conversation,
// which the next message of it replaces, and none of what is muted or of those whom the person blocks. Kept for this device.
// Whoever signs out takes theirs away.
import type { Person, ShownEntry } from '@kith/sdk';
import { create } from 'zustand';
import { isFolded } from '../features/people/folded.js';
import { nameOf } from '../features/people/names.js';
import { say } from '../text/text.js';
import { openConversation } from './route.js';

export type Notices = { readonly isWanted: boolean; readonly isSilent: boolean };

const NAME = 'kith.notices';
const MOST_UNITS = 140;

export const useNotices = create<Notices>(kept);

export function notify(part: Partial<Notices>): void {
  useNotices.setState(part);
  try {
    localStorage.setItem(NAME, JSON.stringify(useNotices.getState()));
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}

/** @returns what ends it, and takes away what is still shown */
export function noticesOf(person: Person): () => void {
  /** By conversation. */
  const shown = new Map<string, Notification>();
  const end = person.onMessage((message) => {
    const { isWanted, isSilent } = useNotices.getState();
    const isSeen = document.visibilityState === 'visible' && document.hasFocus();
    if (!isWanted || isSeen || !('Notification' in window) || Notification.permission !== 'granted') return;
    // Of several tabs one tells.
    if (!person.isLeading) return;
    const notice = tell(person, message, isSilent);
    if (notice === null) return;
    shown.set(message.conversation, notice);
    notice.onclose = () => shown.delete(message.conversation);
  });
  return () => {
    end();
    for (const notice of shown.values()) notice.close();
  };
}

function tell(person: Person, message: ShownEntry, isSilent: boolean): Notification | null {
  const { conversation, author, body, seq } = message;
  const { kind, name, isMuted } = person.conversation(conversation).getSnapshot() ?? {};
  if (isMuted || typeof body.text !== 'string' || isFolded(person, message)) return null;
  const who = nameOf(person, author);
  const title = kind === 'direct' || !name ? who : say('notices.title', { who, place: name });
  const options = {
    body: body.text.slice(0, MOST_UNITS).toWellFormed(),
    tag: conversation,
    silent: isSilent,
  };
  try {
    const notice = new Notification(title, options);
    notice.onclick = () => {
      window.focus();
      openConversation(conversation, seq);
      notice.close();
    };
    return notice;
  } catch {
    // Phones show notices by their service worker alone.
    return null;
  }
}

function kept(): Notices {
  try {
    const said = JSON.parse(localStorage.getItem(NAME) ?? '{}') as Partial<Notices>;
    return { isWanted: said.isWanted === true, isSilent: said.isSilent === true };
  } catch {
    return { isWanted: false, isSilent: false };
  }
}
