// What reads return: people, summaries of conversations, marks, messages as a person sees them. Schemas for OpenAPI and
// the types of the SDK come from the same lines.
import { type Static, Type } from 'typebox';
import { ConversationKind, EntrySchema, Epoch, Id, Role, Seq } from './entries.js';
import { Scope } from './scopes.js';

export const User = Type.Object({
  id: Id,
  kind: Type.Union([Type.Literal('person'), Type.Literal('guest'), Type.Literal('bot')]),
  name: Type.String({ description: 'Display name' }),
  username: Type.String(),
  avatar: Type.Union([Type.String(), Type.Null()]),
  version: Type.Integer({ description: 'Grows with every change of the profile' }),
});
export type User = Static<typeof User>;

export const Users = Type.Record(Type.String(), User, { description: 'By id: everyone whom the answer names' });

export const Marks = Type.Object({ user: Id, delivered: Seq, read: Seq });
export type Marks = Static<typeof Marks>;

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
});
export type Summary = Static<typeof Summary>;

export const Member = Type.Object({ user: Id, role: Role, joined: Seq });
export type Member = Static<typeof Member>;

export const TimelineItem = Type.Intersect([EntrySchema, Type.Object({ asOf: Seq })]);
export type TimelineItem = Static<typeof TimelineItem>;

export const Status = Type.Union([
  Type.Literal('online'),
  Type.Literal('away'),
  Type.Literal('offline'),
  Type.Literal('unknown'),
]);
export type Status = Static<typeof Status>;

export const Presence = Type.Object({ user: Id, status: Status, lastSeenAt: Type.Optional(Type.Integer()) });
export type Presence = Static<typeof Presence>;

export const Session = Type.Object({
  id: Id,
  device: Type.Union([Type.String(), Type.Null()]),
  createdAt: Type.Integer(),
  lastUsedAt: Type.Integer(),
  current: Type.Boolean(),
  scopes: Type.Optional(Type.Array(Scope)),
});
export type Session = Static<typeof Session>;

export const Me = Type.Intersect([User, Type.Object({ self: Id, workspaceRole: Type.String() })]);
export type Me = Static<typeof Me>;
