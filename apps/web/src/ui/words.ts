// Names, times and facts in words, in the reader's own time zone and the browser's language for dates.
import type { Entry, EntryBody, Presence } from '@kith/protocol';
import type { Conversation } from '../replica/conversation.js';
import type { Replica } from '../replica/replica.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function nameOf(replica: Replica, user: string | undefined): string {
  return (user !== undefined && replica.users.get(user)?.name) || 'Somebody';
}

export function titleOf(replica: Replica, conversation: Conversation): string {
  if (conversation.peer !== null) return nameOf(replica, conversation.peer);
  return conversation.state.name || 'Unnamed group';
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
export function factOf(replica: Replica, entry: Entry): string | null {
  const who = isolated(nameOf(replica, entry.author));
  switch (entry.kind) {
    case 'conversation.created': {
      const { kind, name } = entry.body as EntryBody<'conversation.created'>;
      return kind === 'direct' ? 'You can talk now' : `${who} made the group ${isolated(name ?? '')}`.trim();
    }
    case 'conversation.updated':
      return `${who} named the group ${isolated((entry.body as EntryBody<'conversation.updated'>).name ?? '')}`;
    case 'member.joined':
      return `${who} added ${namesOf(replica, (entry.body as EntryBody<'member.joined'>).users)}`;
    case 'member.left': {
      const { users } = entry.body as EntryBody<'member.left'>;
      return users[0] === entry.author ? `${who} left` : `${who} removed ${namesOf(replica, users)}`;
    }
    case 'member.role': {
      const { user, role } = entry.body as EntryBody<'member.role'>;
      return `${isolated(nameOf(replica, user))} is now ${role}`;
    }
    default:
      return typeof entry.body.fallback === 'string' ? entry.body.fallback : null;
  }
}

/** What the list shows of a conversation's last entry. */
export function previewOf(replica: Replica, { last, state, me }: Conversation): string {
  if (last === null) return '';
  if (last.kind !== 'message.sent') return factOf(replica, last) ?? '';
  const text = typeof last.body.text === 'string' ? last.body.text : 'Deleted';
  if (last.author === me) return `You: ${text}`;
  return state.kind === 'direct' ? text : `${isolated(nameOf(replica, last.author))}: ${text}`;
}

function namesOf(replica: Replica, users: readonly string[]): string {
  return users.map((user) => isolated(nameOf(replica, user))).join(', ');
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
