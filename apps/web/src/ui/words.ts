// Names, times and facts in words, in the reader's own time zone and the browser's language for dates.
import type { Entry, EntryBody, Presence } from '@kith/protocol';
import type { ConversationView } from '@kith/sdk';
import type { View } from './view.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Where names are known. */
type Names = Pick<View, 'nameOf'>;

export function titleOf(names: Names, { kind, peer, name }: ConversationView): string {
  if (kind === 'direct') return names.nameOf(peer ?? undefined);
  return name || 'Unnamed group';
}

export function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

/** Two times of one day give the same text, and those of two days never do. */
export function dayOf(at: number, now: number): string {
  const day = new Date(at);
  const daysAgo = Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
  if (daysAgo === 0) return 'Today';
  if (daysAgo === 1) return 'Yesterday';
  return day.toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** For the list: the time today, else the date. */
export function whenOf(at: number, now: number): string {
  if (startOfDay(at) === startOfDay(now)) return timeOf(at);
  return new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}

export function presenceOf({ status, lastSeenAt }: Presence, now: number): string {
  if (status === 'online') return 'online';
  if (status === 'away') return 'away';
  if (status === 'unknown') return '';
  return lastSeenAt === undefined ? 'offline' : `last seen ${agoOf(now - lastSeenAt)}`;
}

/** What an entry that is no message tells; null where there is nothing to tell. */
export function factOf(names: Names, entry: Entry): string | null {
  const who = isolated(names.nameOf(entry.author));
  switch (entry.kind) {
    case 'conversation.created': {
      const { kind, name } = entry.body as EntryBody<'conversation.created'>;
      return kind === 'direct' ? 'You can talk now' : `${who} made the group ${isolated(name ?? '')}`.trim();
    }
    case 'conversation.updated':
      return `${who} named the group ${isolated((entry.body as EntryBody<'conversation.updated'>).name ?? '')}`;
    case 'member.joined':
      return `${who} added ${namesOf(names, (entry.body as EntryBody<'member.joined'>).users)}`;
    case 'member.left': {
      const { users, reading } = entry.body as EntryBody<'member.left'>;
      if (reading) return `${namesOf(names, users)} reads from now on`;
      return users[0] === entry.author ? `${who} left` : `${who} removed ${namesOf(names, users)}`;
    }
    case 'member.role': {
      const { user, role } = entry.body as EntryBody<'member.role'>;
      return `${isolated(names.nameOf(user))} is now ${role}`;
    }
    default:
      return typeof entry.body.fallback === 'string' ? entry.body.fallback : null;
  }
}

const DONE: { readonly [kind: string]: string } = {
  'message.edited': 'edited a message',
  'message.deleted': 'deleted a message',
};

/** What the list shows of a conversation's last entry. */
export function previewOf(view: Names & Pick<View, 'person'>, { last, kind }: ConversationView): string {
  if (last === null) return '';
  const done = DONE[last.kind];
  if (done !== undefined)
    return `${last.author === view.person.id ? 'You' : isolated(view.nameOf(last.author))} ${done}`;
  if (last.kind !== 'message.sent') return factOf(view, last) ?? '';
  const text = typeof last.body.text === 'string' ? last.body.text : 'Deleted';
  if (last.author === view.person.id) return `You: ${text}`;
  return kind === 'direct' ? text : `${isolated(view.nameOf(last.author))}: ${text}`;
}

function namesOf(names: Names, users: readonly string[]): string {
  return users.map((user) => isolated(names.nameOf(user))).join(', ');
}

/** First strong isolate: a name of another direction leaves the sentence around it alone. */
function isolated(name: string): string {
  return name === '' ? '' : `\u2068${name}\u2069`;
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function agoOf(ms: number): string {
  if (ms < MINUTE_MS) return 'just now';
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ago`;
  return `${Math.floor(ms / DAY_MS)} d ago`;
}
