// Entries: the durable facts of a conversation's log, and what a body of each kind holds.
// A kind is never renamed; a client that does not know a kind counts it and stores it as it came.
import { SETTINGS } from './conversation-settings.js';
import { UUID_PATTERN } from './ids.js';
import { LIMITS } from './limits.js';
import { type Static, Type } from './typebox.js';
import { schemaTypes } from './written-out.js';

export const Id = Type.String({ pattern: UUID_PATTERN });
export const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Milliseconds since the Unix epoch, as a client says them. */
export const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Compared for equality only. */
export const Epoch = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const UsersOfEntry = Type.Array(Id, { maxItems: LIMITS.usersPerEntry });

export const ConversationKind = Type.Union([
  Type.Literal('direct'),
  Type.Literal('group'),
  Type.Literal('channel'),
  Type.Literal('self'),
]);
export type ConversationKind = Static<typeof ConversationKind>;

export const Role = Type.Union([
  Type.Literal('owner'),
  Type.Literal('admin'),
  Type.Literal('moderator'),
  Type.Literal('member'),
  Type.Literal('reader'),
  Type.Literal('none'),
]);
export type Role = Static<typeof Role>;

export const Mentions = Type.Object({
  users: Type.Optional(Type.Array(Id, { maxItems: LIMITS.mentions, 'x-limit': 'mentions' })),
  all: Type.Optional(Type.Boolean()),
});

/** A question with options, in the body of a message beside its text. Options are named by their place, from 0. */
const Poll = Type.Object({
  options: Type.Array(Type.Object({ text: Type.String() })),
  most: Type.Integer({ minimum: 1, description: 'How many of them one person may choose' }),
  anonymous: Type.Optional(Type.Literal(true)),
  closesAt: Type.Optional(Time),
});

/** What stands of a poll: how many chose each option, and how many people chose any. */
export const Tally = Type.Object({ counts: Type.Array(Seq), voters: Seq });

/** Bodies by kind. `users` of `conversation.created` are its first members; more of them follow as `member.joined`. */
export const ENTRY_BODIES = {
  'conversation.created': Type.Object({
    kind: ConversationKind,
    name: Type.Optional(Type.String()),
    users: UsersOfEntry,
  }),
  /** What has changed of it. */
  'conversation.updated': Type.Object({ name: Type.Optional(Type.String()), ...SETTINGS }),
  /** Where somebody came by an invitation: who made that. */
  'member.joined': Type.Object({ users: UsersOfEntry, invitedBy: Type.Optional(Id) }),
  /** `reading`: they go on as readers, of whom no entry tells. */
  'member.left': Type.Object({ users: UsersOfEntry, reading: Type.Optional(Type.Literal(true)) }),
  'member.role': Type.Object({ user: Id, role: Role }),
  'message.sent': Type.Object({
    text: Type.Optional(Type.String()),
    replyTo: Type.Optional(Seq),
    mentions: Type.Optional(Mentions),
    /** The seq of the first message of its thread, and how many messages answer that, with this one. */
    thread: Type.Optional(Seq),
    count: Type.Optional(Seq),
    /** The message that it repeats, where that stood and who wrote it when. */
    forward: Type.Optional(
      Type.Object({ conversation: Id, epoch: Epoch, seq: Seq, author: Id, at: Type.Integer({ minimum: 0 }) }),
    ),
    /** When it disappears. */
    disappearAt: Type.Optional(Time),
    /** Goes first where something waits. */
    urgent: Type.Optional(Type.Literal(true)),
    poll: Type.Optional(Poll),
  }),
  /** The parts of the message `target` that are others now; what is not named stays. Once it was erased: `target` alone. */
  'message.edited': Type.Object({
    target: Seq,
    text: Type.Optional(Type.String()),
    /** That of the message. */
    disappearAt: Type.Optional(Time),
  }),
  /** What is left to say of the message `target`, whose body is empty from here on. */
  'message.deleted': Type.Object({
    target: Seq,
    author: Id,
    mentions: Type.Optional(Mentions),
    thread: Type.Optional(Seq),
    /** Nobody deleted it: its time had come. */
    expired: Type.Optional(Type.Boolean()),
  }),
  /** What `author` makes of an emoji on the message `target`, and what stands on it after that, in the order of coming. */
  'reaction.set': Type.Object({
    target: Seq,
    emoji: Type.String(),
    on: Type.Boolean(),
    count: Seq,
    reactions: Type.Array(Type.Object({ emoji: Type.String(), count: Seq })),
  }),
  /**
   * What stands of the poll `target` after a vote of `author`, who has chosen `choices` now. Of an anonymous one neither is there.
   * Once it was erased: `target` alone.
   */
  'poll.voted': Type.Object({
    target: Seq,
    choices: Type.Optional(Type.Array(Seq)),
    ...Tally.properties,
    /** That of the message. */
    disappearAt: Type.Optional(Time),
  }),
  /** The poll `target` stays as it is from here on. */
  'poll.closed': Type.Object({ target: Seq, ...Tally.properties, disappearAt: Type.Optional(Time) }),
  /** In a person's own conversation: the time has come at which they wanted to be reminded of this message. */
  'reminder.due': Type.Object({ message: Type.Object({ conversation: Id, epoch: Epoch, seq: Seq }) }),
  /** The message `target` is kept in sight from here on, or no more; `author` did so. */
  'message.pinned': Type.Object({ target: Seq, on: Type.Boolean() }),
  'setting.set': Type.Object({ name: Type.String(), value: Type.Unknown() }),
  /** In a person's own conversation: they don't want to see this message any more, on any of their devices. */
  'message.hidden': Type.Object({ message: Type.Object({ conversation: Id, epoch: Epoch, seq: Seq }) }),
  /** What this person may not see, or has hidden: of a message that they have hidden, with its `author`, what counts are made of. */
  hidden: Type.Object({
    mentions: Type.Optional(Mentions),
    thread: Type.Optional(Seq),
    count: Type.Optional(Seq),
  }),
} as const;

export type EntryKind = keyof typeof ENTRY_BODIES;
const bodies = /* @__PURE__ */ schemaTypes(ENTRY_BODIES);
export type EntryBody<K extends EntryKind> = (typeof bodies)[K];

type AnyBody = { [K in EntryKind]: EntryBody<K> }[EntryKind];
type FieldOf<B, F> = B extends unknown ? (F extends keyof B ? B[F] : never) : never;
type NameIn<B> = B extends unknown ? keyof B : never;

/**
 * A body whose kind may be any, also one that this version does not know: each field that a known kind has is of its type, or
 * absent. Kinds are open, so a body can't be told by its kind alone.
 */
export type EntryFields = { readonly [F in NameIn<AnyBody>]?: FieldOf<AnyBody, F> } & {
  readonly [field: string]: unknown;
};

/**
 * One entry as it is sent. `seq` from 1 without a hole; `n` is the number of messages up to and with this entry;
 * `at` is in milliseconds and orders nothing; `author` is absent for the server's own entries.
 */
export type Entry = {
  readonly conversation: string;
  readonly epoch: number;
  readonly seq: number;
  readonly n: number;
  readonly at: number;
  readonly author?: string;
  readonly key?: string;
  readonly kind: string;
  readonly body: { readonly [field: string]: unknown };
  readonly erased?: true;
};

export const EntrySchema = Type.Object({
  conversation: Id,
  epoch: Epoch,
  seq: Seq,
  n: Seq,
  at: Type.Integer(),
  author: Type.Optional(Id),
  key: Type.Optional(Id),
  kind: Type.String(),
  body: Type.Record(Type.String(), Type.Unknown()),
  erased: Type.Optional(Type.Literal(true)),
});
