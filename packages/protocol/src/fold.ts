// The one fold: how an entry changes what is known of a conversation. Server, SDK and tests use this very function, so
// that a snapshot plus the entries after it equals a later snapshot (law 7).
// It takes entries in rising `seq` without a hole; what it does not know changes the head and nothing else.
import type { ConversationSettings } from './conversation-settings.js';
import type { ConversationKind, Entry, EntryBody, Role } from './entries.js';

/** One who is or was a member. `ordinal` numbers the people of a conversation from 1 and never changes. */
export type FoldedMember = {
  readonly ordinal: number;
  readonly role: Role;
  /** The lowest seq that they may read: 1, or the one that made them a member where history was closed then. */
  readonly first?: number;
  /** The seq that made them a member, the last time. */
  readonly joined: number;
  /** The seq that removed them, or null while they are in. */
  readonly left: number | null;
};

/** What is known of a conversation as of `head`. */
export type ConversationState = {
  readonly epoch: number;
  readonly head: number;
  /** Number of messages so far. */
  readonly n: number;
  readonly kind: ConversationKind;
  readonly name: string | null;
  /** What was set beside the name. */
  readonly settings: ConversationSettings;
  /** The seq of the last entry that changed members, roles, name or settings. */
  readonly structure: number;
  /** The number of present members. */
  readonly size: number;
  /** Everyone who is or ever was in it, by user id. */
  readonly members: ReadonlyMap<string, FoldedMember>;
};

/** The state before the first entry. */
export function emptyState(epoch: number): ConversationState {
  return { epoch, head: 0, n: 0, kind: 'group', name: null, settings: {}, structure: 0, size: 0, members: new Map() };
}

/** The state after `entry`. @throws Error where the entry is not the next one: a bug of the caller */
export function fold(state: ConversationState, entry: Entry): ConversationState {
  if (entry.seq !== state.head + 1) throw new Error(`this does not follow`);
  // Field by field: this runs for every entry there is, and copies by spread are many times slower.
  const next: ConversationState = {
    epoch: state.epoch,
    head: entry.seq,
    n: isCounted(entry) ? state.n + 1 : state.n,
    kind: state.kind,
    name: state.name,
    settings: state.settings,
    structure: isStructural(entry.kind) ? entry.seq : state.structure,
    size: state.size,
    members: state.members,
  };
  switch (entry.kind) {
    case 'conversation.created': {
      const body = entry.body as EntryBody<'conversation.created'>;
      return withRole(withJoined({ ...next, kind: body.kind, name: body.name ?? null }, body.users), firstOwner(entry));
    }
    case 'conversation.updated': {
      const { name = state.name, ...settings } = entry.body as EntryBody<'conversation.updated'>;
      return { ...next, name, settings: { ...next.settings, ...settings } };
    }
    case 'member.joined':
      return withJoined(next, (entry.body as EntryBody<'member.joined'>).users);
    case 'member.left':
      return withLeft(next, (entry.body as EntryBody<'member.left'>).users);
    case 'member.role':
      return withRole(next, entry.body as EntryBody<'member.role'>);
    default:
      return next;
  }
}

type RoleChange = EntryBody<'member.role'>;

/** Whoever made a conversation owns it; in a direct one nobody stands above the other. */
function firstOwner({ author, body }: Entry): RoleChange {
  const { kind, users } = body as EntryBody<'conversation.created'>;
  return {
    user: users.find((user) => user === author) ?? users[0] ?? '',
    role: kind === 'direct' ? 'member' : 'owner',
  };
}

function withRole(state: ConversationState, { user, role }: RoleChange): ConversationState {
  const member = state.members.get(user);
  if (member?.left !== null) return state;
  return { ...state, members: new Map(state.members).set(user, { ...member, role }) };
}

function withJoined(state: ConversationState, users: readonly string[]): ConversationState {
  const members = new Map(state.members);
  let size = state.size;
  for (const user of users) {
    const before = members.get(user);
    if (before?.left === null) continue;
    members.set(user, {
      ordinal: before?.ordinal ?? members.size + 1,
      role: 'member',
      first: state.settings.history === 'closed' ? state.head : 1,
      joined: state.head,
      left: null,
    });
    size += 1;
  }
  return { ...state, members, size };
}

function withLeft(state: ConversationState, users: readonly string[]): ConversationState {
  const members = new Map(state.members);
  let size = state.size;
  for (const user of users) {
    const before = members.get(user);
    if (before?.left !== null) continue;
    members.set(user, { ...before, role: 'none', left: state.head });
    size -= 1;
  }
  return { ...state, members, size };
}

/** The people whose membership or role an entry changes, for stores and routers that keep a row a person. */
export function usersChangedBy(entry: Pick<Entry, 'kind' | 'body'>): readonly string[] {
  switch (entry.kind) {
    case 'conversation.created':
    case 'member.joined':
    case 'member.left':
      return (entry.body as EntryBody<'member.joined'>).users;
    default:
      return entry.kind === 'member.role' ? [(entry.body as EntryBody<'member.role'>).user] : [];
  }
}

type Kinded = Pick<Entry, 'kind' | 'body' | 'author'>;

/** True for messages, also those that their reader has hidden: of what else is hidden no author is told. */
export function isMessage({ kind, author }: Pick<Entry, 'kind' | 'author'>): boolean {
  return kind === 'message.sent' || (kind === 'hidden' && author !== undefined);
}

/** True for messages that stand in no thread: those that `n`, unread counts and the end of a conversation are about. */
export function isCounted(entry: Kinded): boolean {
  return isMessage(entry) && entry.body.thread === undefined;
}

/** What a timeline shows: messages outside threads, and who came, went or renamed. Kinds of later versions are kept. */
export function isShown(entry: Kinded): boolean {
  const { kind, body } = entry;
  if (isMessage(entry)) return isCounted(entry);
  return kind.startsWith('conversation.') || kind.startsWith('member.') || !('target' in body);
}

/** True for kinds that change who is in a conversation or what it is called: later decisions depend on them. */
export function isStructural(kind: string): boolean {
  return kind.startsWith('conversation.') || kind.startsWith('member.');
}
