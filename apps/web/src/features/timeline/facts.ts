// What an entry that is no message tells, in words. What a client of this version doesn't know it says in the words that the
// entry brings for that, or not at all.
import type { Entry, EntryBody } from '@kith/protocol';
import { isolated, say } from '../../text/text.js';

/** Shown and spoken of by name. */
type NameOf = (user: string | undefined) => string;

/** Those who are named in it, to be asked for before. */
export function namedIn({ author, kind, body }: Pick<Entry, 'author' | 'kind' | 'body'>): readonly string[] {
  const by = author === undefined ? [] : [author];
  const { user, users } = body as { readonly user?: unknown; readonly users?: unknown };
  if (kind === 'member.role' && typeof user === 'string') return [...by, user];
  if ((kind === 'member.joined' || kind === 'member.left') && Array.isArray(users))
    return [...by, ...users.filter((one) => typeof one === 'string')];
  return by;
}

/** Null where there is nothing to tell. */
export function factOf(entry: Pick<Entry, 'author' | 'kind' | 'body'>, nameOf: NameOf): string | null {
  const who = isolated(nameOf(entry.author));
  const all = (users: readonly string[]) => users.map((user) => isolated(nameOf(user))).join(', ');
  switch (entry.kind) {
    case 'conversation.created': {
      const { kind, name } = entry.body as EntryBody<'conversation.created'>;
      if (kind === 'direct') return say('fact.direct');
      return say(kind === 'channel' ? 'fact.channel' : 'fact.group', { who, name: isolated(name ?? '') });
    }
    case 'conversation.updated':
      return updateOf(entry.body as EntryBody<'conversation.updated'>, who);
    case 'member.joined': {
      const { users } = entry.body as EntryBody<'member.joined'>;
      if (users.length === 1 && users[0] === entry.author) return say('fact.joined', { who });
      return say('fact.added', { who, users: all(users) });
    }
    case 'member.left': {
      const { users, reading } = entry.body as EntryBody<'member.left'>;
      if (reading) return say('fact.reads', { users: all(users) });
      return users[0] === entry.author ? say('fact.left', { who }) : say('fact.removed', { who, users: all(users) });
    }
    case 'member.role': {
      const { user, role } = entry.body as EntryBody<'member.role'>;
      return say('fact.role', { user: isolated(nameOf(user)), role: say(`role.${role}`) });
    }
    case 'message.pinned':
      return (entry.body as { readonly on?: boolean }).on === false ? null : say('fact.pinned', { who });
    case 'poll.closed':
      return say('fact.pollClosed', { who });
    case 'poll.voted':
    case 'message.edited':
    case 'message.deleted':
    case 'reaction.set':
      return null;
    default:
      return typeof entry.body.fallback === 'string' ? entry.body.fallback : null;
  }
}

function updateOf(body: EntryBody<'conversation.updated'>, who: string): string {
  if (body.name !== undefined) return say('fact.named', { who, name: isolated(body.name ?? '') });
  if (body.topic !== undefined)
    return body.topic ? say('fact.topic', { who, topic: isolated(body.topic) }) : say('fact.noTopic', { who });
  if (body.archived !== undefined) return say(body.archived ? 'fact.archived' : 'fact.opened', { who });
  if (body.disappearAfterMs !== undefined)
    return body.disappearAfterMs ? say('fact.disappear', { who }) : say('fact.stay', { who });
  if (body.slowModeMs !== undefined)
    return body.slowModeMs
      ? say('fact.slow', { who, seconds: Math.round(body.slowModeMs / 1_000) })
      : say('fact.notSlow', { who });
  return say('fact.updated', { who });
}
