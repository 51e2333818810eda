// What reads return: people, summaries of conversations, marks, messages as a person sees them. Schemas for OpenAPI and
// the types of the SDK come from the same lines.
import { Type } from 'typebox';
import { SETTINGS } from './conversation-settings.js';
import { ConversationKind, EntrySchema, Epoch, Id, Role, Seq } from './entries.js';
import { Scope } from './scopes.js';
import { schemaTypes } from './written-out.js';

export const User = Type.Object({
  id: Id,
  kind: Type.Union([Type.Literal('person'), Type.Literal('guest'), Type.Literal('bot')]),
  name: Type.String({ description: 'Display name' }),
  username: Type.String(),
  avatar: Type.Union([Type.String(), Type.Null()]),
  version: Type.Integer({ description: 'Grows with every change of the profile' }),
});

export const Users = Type.Record(Type.String(), User, { description: 'By id: everyone whom the answer names' });

export const Marks = Type.Object({ user: Id, delivered: Seq, read: Seq });

export const Summary = Type.Object({
  id: Id,
  kind: ConversationKind,
  name: Type.Union([Type.String(), Type.Null()]),
  epoch: Epoch,
  first: Seq,
  head: Seq,
  pushedAfter: Seq,
  delivered: Seq,
  read: Seq,
  unread: Type.Integer({ minimum: 0 }),
  mentions: Type.Integer({ minimum: 0 }),
  role: Role,
  muted: Type.Boolean(),
  updatedAt: Type.Integer(),
  members: Type.Integer({ minimum: 0 }),
  peer: Type.Optional(Marks),
  last: Type.Union([EntrySchema, Type.Null()]),
  ...SETTINGS,
});

/** A public channel as everyone in the workspace may find it; `role` is that of who asks. */
export const Channel = Type.Object({
  id: Id,
  name: Type.String(),
  topic: SETTINGS.topic,
  avatar: SETTINGS.avatar,
  members: Type.Integer({ minimum: 0 }),
  role: Role,
});

export const Member = Type.Object({ user: Id, role: Role, joined: Seq });

const Reaction = Type.Object({
  emoji: Type.String(),
  count: Type.Integer({ minimum: 1 }),
  mine: Type.Optional(Type.Literal(true)),
});

/** Who has reacted with what, and the entry that says so. */
export const Reactor = Type.Object({ user: Id, emoji: Type.String(), seq: Seq });

/** An entry as a person sees it; `edited` is its last edit, which is applied already. */
export const TimelineItem = Type.Intersect([
  EntrySchema,
  Type.Object({
    asOf: Seq,
    edited: Type.Optional(Type.Object({ seq: Seq, at: Type.Integer() })),
    reactions: Type.Optional(Type.Array(Reaction)),
    pinned: Type.Optional(
      Type.Object(
        { seq: Seq, at: Type.Integer(), by: Type.Optional(Id) },
        { description: 'The entry that pinned it, where it is pinned now' },
      ),
    ),
    thread: Type.Optional(
      Type.Object(
        { count: Type.Integer({ minimum: 1 }), seq: Seq, at: Type.Integer() },
        { description: 'The messages that answer this one, and the last of them' },
      ),
    ),
  }),
]);

/** A message that was searched for. `snippet` is the part of its text that shows why: plain text, in pieces. */
export const FoundMessage = Type.Object({
  message: TimelineItem,
  snippet: Type.Array(Type.Object({ text: Type.String(), hit: Type.Boolean() })),
});

const Count = Type.Integer({ minimum: 0 });

/** How a person stands to a thread: whether they follow it, how far they have read, and what of it is above that. */
export const ThreadStanding = Type.Object({ follows: Type.Boolean(), read: Seq, unread: Count, mentions: Count });

/** A thread that a person follows: what it begins with, and the last answer to that. */
export const FollowedThread = Type.Object({
  conversation: Id,
  epoch: Epoch,
  thread: Seq,
  ...ThreadStanding.properties,
  message: TimelineItem,
  last: TimelineItem,
});

export const Status = Type.Union([
  Type.Literal('online'),
  Type.Literal('away'),
  Type.Literal('offline'),
  Type.Literal('unknown'),
]);

export const Presence = Type.Object({ user: Id, status: Status, lastSeenAt: Type.Optional(Type.Integer()) });

export const Session = Type.Object({
  id: Id,
  device: Type.Union([Type.String(), Type.Null()]),
  createdAt: Type.Integer(),
  lastUsedAt: Type.Integer(),
  current: Type.Boolean(),
  scopes: Type.Optional(Type.Array(Scope)),
});

export const Me = Type.Intersect([User, Type.Object({ self: Id, workspaceRole: Type.String() })]);

/** One that signs people of a product in: only its public half is here. */
export const WorkspaceKey = Type.Object({
  kid: Id,
  name: Type.String(),
  audience: Type.String({ description: 'What assertions that are signed with it have as `aud`' }),
  publicKey: Type.String({ description: 'PEM' }),
  createdAt: Type.Integer(),
});

const types = /* @__PURE__ */ schemaTypes({
  User,
  Marks,
  Summary,
  Channel,
  Member,
  Reactor,
  TimelineItem,
  FoundMessage,
  ThreadStanding,
  FollowedThread,
  Status,
  Presence,
  Session,
  Me,
  WorkspaceKey,
});
export type User = (typeof types)['User'];
export type Marks = (typeof types)['Marks'];
export type Summary = (typeof types)['Summary'];
export type Channel = (typeof types)['Channel'];
export type Member = (typeof types)['Member'];
export type Reactor = (typeof types)['Reactor'];
export type TimelineItem = (typeof types)['TimelineItem'];
export type FoundMessage = (typeof types)['FoundMessage'];
export type ThreadStanding = (typeof types)['ThreadStanding'];
export type FollowedThread = (typeof types)['FollowedThread'];
export type Status = (typeof types)['Status'];
export type Presence = (typeof types)['Presence'];
export type Session = (typeof types)['Session'];
export type Me = (typeof types)['Me'];
export type WorkspaceKey = (typeof types)['WorkspaceKey'];
