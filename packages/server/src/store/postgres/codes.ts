// Small numbers that stand for names in the tables. A number is never given to another name. A build that reads a number
// it does not know can't go on, so a new name is shipped for reading one release before the first one is written.
import type { ConversationKind, EntryKind, Role } from '@kith/protocol';

type Written = Exclude<EntryKind, 'hidden'>;

const ENTRY_KINDS = {
  'conversation.created': 1,
  'conversation.updated': 2,
  'member.joined': 3,
  'member.left': 4,
  'member.role': 5,
  'message.sent': 6,
  'setting.set': 7,
  'message.edited': 8,
  'message.deleted': 9,
  'reaction.set': 10,
  'reminder.due': 25,
  'message.pinned': 14,
  'message.hidden': 27,
  'poll.voted': 32,
  'poll.closed': 28,
} as const satisfies Record<Written, number>;

const CONVERSATION_KINDS = { direct: 1, group: 2, channel: 3, self: 4 } as const satisfies Record<
  ConversationKind,
  number
>;

const ROLES = {
  none: 0,
  reader: 1,
  member: 2,
  moderator: 3,
  admin: 4,
  owner: 5,
} as const satisfies Record<Role, number>;

/** For statements that treat some kinds apart. */
export const MESSAGE_SENT = ENTRY_KINDS['message.sent'];
export const MESSAGE_EDITED = ENTRY_KINDS['message.edited'];
export const MESSAGE_DELETED = ENTRY_KINDS['message.deleted'];
export const REACTION_SET = ENTRY_KINDS['reaction.set'];
export const MESSAGE_PINNED = ENTRY_KINDS['message.pinned'];
export const MESSAGE_HIDDEN = ENTRY_KINDS['message.hidden'];
export const POLL_VOTED = ENTRY_KINDS['poll.voted'];
export const POLL_CLOSED = ENTRY_KINDS['poll.closed'];
export const DIRECT = CONVERSATION_KINDS.direct;
export const SELF = CONVERSATION_KINDS.self;

export const READER = ROLES.reader;

export const FLAGS = { mentions: 1, thread: 2, erased: 4, keyless: 8, disappears: 16, unnamed: 32 } as const;

export function entryKindNumber(kind: Written): number {
  return ENTRY_KINDS[kind];
}

export function conversationKindNumber(kind: ConversationKind): number {
  return CONVERSATION_KINDS[kind];
}

export function roleNumber(role: Role): number {
  return ROLES[role];
}

export const parseEntryKind = parserOf<Written>(ENTRY_KINDS, 'kind of entry');
export const parseConversationKind = parserOf<ConversationKind>(CONVERSATION_KINDS, 'kind of conversation');
export const parseRole = parserOf<Role>(ROLES, 'role');

/** @returns a parser that throws an Error where the number stands for nothing in this build */
function parserOf<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  what: string,
): (stored: number) => Name {
  const names = new Map(Object.entries<number>(numbers).map(([name, number]) => [number, name as Name]));
  return (stored) => {
    const name = names.get(stored);
    if (name === undefined) throw new Error(`this build knows no ${what} with the number ${stored}`);
    return name;
  };
}
