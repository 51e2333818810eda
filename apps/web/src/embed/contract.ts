// What the script in a site's page and the chat in its frame say to each other (docs/embed.md). Both ends read what comes as
// from anybody: another form, another version, or more than a message of that kind may hold, is no message.

/** Told in both greetings; whoever hears another number keeps silent. Within it the contract only grows. */
const CONTRACT = 1;

/** Where the chat opens. */
export type Place =
  | { readonly kind: 'conversation'; readonly id: string }
  | { readonly kind: 'person'; readonly username: string };

export type Settings = {
  /** A language tag; null is the reader's own. */
  readonly language: string | null;
  readonly theme: 'light' | 'dark' | 'system';
  /** Null shows the list. */
  readonly place: Place | null;
  /** Whether it is in a panel, which can be closed, and not in a place of the page. */
  readonly isPanel: boolean;
  readonly isShown: boolean;
};

/** To the frame, over the port that it was handed. */
export type ToFrame =
  /** The answer to `ask`; null where the site has none, as for somebody who is signed in no longer. */
  | { readonly type: 'token'; readonly id: number; readonly token: string | null }
  | { readonly type: 'shown'; readonly isShown: boolean }
  | { readonly type: 'place'; readonly place: Place }
  /** Ends the session; `closed` says that it has. */
  | { readonly type: 'close' };

/** To the script, over the other port. */
export type ToHost =
  | { readonly type: 'ask'; readonly id: number }
  /** How much is unread, in a number and in words, and what the chat is called in the reader's language. */
  | { readonly type: 'state'; readonly unread: number; readonly words: string; readonly title: string }
  /** The reader wants out of the panel. */
  | { readonly type: 'leave' }
  | { readonly type: 'closed' };

const MOST_TOKEN = 4_096;
const MOST_WORDS = 300;
const MOST_TAG = 35;
const CONVERSATION = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const USERNAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,30}[a-zA-Z0-9])?$/;

type Fields = { readonly [field: string]: unknown };

/** The frame's first word, to whatever page it is in: it says nothing but that there is a chat. */
export function hello(): Fields {
  return { kith: 'hello', contract: CONTRACT };
}

export function isHello(said: unknown): boolean {
  return isOf(said, 'hello');
}

/** The script's answer, to the chat's origin alone, with a port of the channel. */
export function connect(settings: Settings): Fields {
  return { kith: 'connect', contract: CONTRACT, settings };
}

/** @returns null where that is no such answer */
export function readConnect(said: unknown): Settings | null {
  const settings = isOf(said, 'connect') ? fieldsOf(said.settings) : null;
  if (settings === null) return null;
  const { language, theme, place, isPanel, isShown } = settings;
  return {
    language: isText(language, MOST_TAG) ? language : null,
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    place: readPlace(place),
    isPanel: isPanel === true,
    isShown: isShown === true,
  };
}

export function readToFrame(said: unknown): ToFrame | null {
  const fields = fieldsOf(said);
  switch (fields?.type) {
    case 'token': {
      const { id, token } = fields;
      if (!isCount(id)) return null;
      return { type: 'token', id, token: isToken(token) ? token : null };
    }
    case 'shown':
      return typeof fields.isShown === 'boolean' ? { type: 'shown', isShown: fields.isShown } : null;
    case 'place': {
      const place = readPlace(fields.place);
      return place === null ? null : { type: 'place', place };
    }
    case 'close':
      return { type: 'close' };
    default:
      return null;
  }
}

export function readToHost(said: unknown): ToHost | null {
  const fields = fieldsOf(said);
  switch (fields?.type) {
    case 'ask':
      return isCount(fields.id) ? { type: 'ask', id: fields.id } : null;
    case 'state': {
      const { unread, words, title } = fields;
      if (!isCount(unread) || !isText(words, MOST_WORDS) || !isText(title, MOST_WORDS)) return null;
      return { type: 'state', unread, words, title };
    }
    case 'leave':
    case 'closed':
      return { type: fields.type };
    default:
      return null;
  }
}

/** @returns null where that leads nowhere */
export function readPlace(said: unknown): Place | null {
  const { kind, id, username } = fieldsOf(said) ?? {};
  if (kind === 'conversation' && typeof id === 'string' && CONVERSATION.test(id)) return { kind, id: id.toLowerCase() };
  if (kind === 'person' && typeof username === 'string' && USERNAME.test(username)) return { kind, username };
  return null;
}

export function isToken(value: unknown): value is string {
  return isText(value, MOST_TOKEN) && value !== '';
}

function isOf(said: unknown, kith: string): said is Fields {
  const fields = fieldsOf(said);
  return fields?.kith === kith && fields.contract === CONTRACT;
}

function fieldsOf(said: unknown): Fields | null {
  return typeof said === 'object' && said !== null ? (said as Fields) : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}
