// Where the reader is, in the address: `#/c/<conversation>` and, of a message, `/<seq>`. Going back on a phone, a reload and a
// link to a message work as they do on any page. Invitations have an address of their own (`/join#<code>`).
import { useSyncExternalStore } from 'react';

export type Route = {
  /** The conversation that is open; null shows the list. */
  readonly conversation: string | null;
  /** The message that is looked for. */
  readonly seq: number | null;
  /** An address that this page never had. */
  readonly isUnknown?: boolean;
};

const NOWHERE: Route = { conversation: null, seq: null };
const UNKNOWN: Route = { ...NOWHERE, isUnknown: true };
/** The page in a frame of another site's. */
const EMBEDDED_PATH = '/embed';
/** Where the page is served; an invitation is taken out of its address as soon as it is read. */
const PATHS: ReadonlySet<string> = new Set(['/', '/join', EMBEDDED_PATH]);
const LIST = /^(?:#\/?)?$/;
const FORM = /^#\/c\/([0-9a-f-]{36})(?:\/(\d{1,15}))?$/;

let now: { readonly address: string; readonly route: Route } | null = null;

export function currentRoute(): Route {
  const { hash, pathname } = location;
  const address = pathname + hash;
  if (now?.address !== address) now = { address, route: routeOf(pathname, hash) };
  return now.route;
}

/** Where an address leads. */
export function routeOf(path: string, hash: string): Route {
  if (!PATHS.has(path)) return UNKNOWN;
  const [, conversation, seq] = FORM.exec(hash) ?? [];
  if (conversation === undefined) return LIST.test(hash) || path === '/join' ? NOWHERE : UNKNOWN;
  return { conversation, seq: seq === undefined ? null : Number(seq) };
}

export function useRoute(): Route {
  return useSyncExternalStore(onRoute, currentRoute);
}

export function addressOf({ conversation, seq }: Route): string {
  if (conversation === null) return '#/';
  return seq === null ? `#/c/${conversation}` : `#/c/${conversation}/${seq}`;
}

/** Shows a conversation, or a message of it. */
export function openConversation(conversation: string, seq: number | null = null): void {
  const address = addressOf({ conversation, seq });
  if (address === location.hash) {
    // The same message once more: it is gone to again.
    window.dispatchEvent(new HashChangeEvent('hashchange'));
    return;
  }
  // From one conversation to the next there is one step back, to the list; in a frame that step would be the site's.
  const isReplaced = currentRoute().conversation !== null || isEmbedded();
  history[isReplaced ? 'replaceState' : 'pushState'](null, '', `${pathNow()}${address}`);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Back to the list. */
export function closeConversation(): void {
  history.replaceState(null, '', `${pathNow()}${addressOf(NOWHERE)}`);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

export function isEmbedded(): boolean {
  return location.pathname === EMBEDDED_PATH;
}

function pathNow(): string {
  return isEmbedded() ? EMBEDDED_PATH : '/';
}

function onRoute(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
