// What a site says of the chat in its page, by attributes of the tag or by `Kith.open`, and where its tokens come from. What is
// wrong is said in the console of the site's developers; nobody else reads it.
import { isToken, type Place, readPlace, type Settings } from '../contract.js';

export type OpenOptions = {
  /** The token that the site's server has signed for its person, or what gets one; null for nobody. */
  readonly token?: string | (() => string | null | Promise<string | null>);
  /** An address of the site itself that answers a POST with `{"token": "…"}`, in the place of `token`. */
  readonly tokenUrl?: string;
  /** The element, or a selector of it, that the chat fills; else it is in a panel with a button. */
  readonly target?: string | Element;
  readonly conversation?: string;
  /** A username. */
  readonly person?: string;
  readonly language?: string;
  readonly theme?: string;
};

/** The attributes by their names here: `data-kith-token-url` is `tokenUrl`. Null where they name no source of tokens. */
export function optionsOf(attributes: DOMStringMap): OpenOptions | null {
  const options: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(attributes)) {
    const [, first = '', rest = ''] = /^kith([A-Z])(\w*)$/.exec(name) ?? [];
    if (first !== '' && value !== undefined) options[first.toLowerCase() + rest] = value;
  }
  return 'token' in options || 'tokenUrl' in options ? options : null;
}

export function lookOf({ language, theme }: OpenOptions): Pick<Settings, 'language' | 'theme'> {
  return { language: language ?? null, theme: theme === 'light' || theme === 'dark' ? theme : 'system' };
}

export function placeOf({ conversation, person }: Pick<OpenOptions, 'conversation' | 'person'>): Place | null {
  if (conversation === undefined && person === undefined) return null;
  const place = readPlace(
    conversation === undefined ? { kind: 'person', username: person } : { kind: 'conversation', id: conversation },
  );
  if (place === null) warn('a conversation is opened by its id, and a person by their username');
  return place;
}

/** @returns null where there is none: it is said why */
export async function tokenOf({ token, tokenUrl }: OpenOptions): Promise<string | null> {
  try {
    const given = typeof token === 'function' ? await token() : (token ?? (await fetched(tokenUrl ?? '')));
    if (isToken(given)) return given;
    if (given !== null) warn('what came is no token: a text of at most 4,096 characters is wanted');
  } catch (error) {
    warn('no token came', error);
  }
  return null;
}

/** What asks for tokens sends the site's own cookies, so that it asks nobody else. */
async function fetched(address: string): Promise<unknown> {
  const url = new URL(address, document.baseURI);
  if (url.origin !== location.origin) throw new Error(`an address of ${location.origin} is wanted`);
  const init = { method: 'POST', credentials: 'same-origin', headers: { accept: 'application/json' } } as const;
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url.pathname} answered with ${answer.status}`);
  const { token } = (await answer.json()) as { readonly token?: unknown };
  return token;
}

export function warn(...words: readonly unknown[]): void {
  console.warn('Kith:', ...words);
}
