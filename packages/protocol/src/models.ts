// What reads return: people, summaries of conversations, marks, messages as a person sees them. Schemas for OpenAPI and
// the types of the SDK come from the same lines.
import { LONGEST_RETENTION_DAYS, SETTINGS } from './conversation-settings.js';
import { ConversationKind, EntrySchema, Epoch, Id, Mentions, Role, Seq, Tally } from './entries.js';
import { LIMITS } from './limits.js';
import { Scope } from './scopes.js';
import { Type } from './typebox.js';
import { schemaTypes } from './written-out.js';

export const User = Type.Object({
  id: Id,
  kind: Type.Union([Type.Literal('person'), Type.Literal('guest'), Type.Literal('bot')]),
  name: Type.String({ description: 'Display name' }),
  username: Type.String(),
  avatar: Type.Union([Type.String(), Type.Null()]),
  version: Type.Integer({ description: 'Grows with every change of the profile' }),
  deactivated: Type.Optional(Type.Literal(true, { description: 'Nobody signs in to the account now' })),
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
  readers: Type.Optional(Type.Integer({ minimum: 1, description: 'Of a channel: who reads it beside its members' })),
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
  readers: Summary.properties.readers,
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

/** Who has chosen what in an open poll, and the entry that says so. */
export const Voter = Type.Object({ user: Id, choices: Type.Array(Seq), seq: Seq });

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
    poll: Type.Optional(
      Type.Object(
        {
          ...Tally.properties,
          mine: Type.Array(Seq, { description: 'What the reader has chosen; empty where they have not' }),
          closed: Type.Optional(Type.Object({ seq: Seq, at: Type.Integer(), by: Type.Optional(Id) })),
        },
        { description: 'What stands of the poll in its body, once somebody has voted or closed it' },
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

/**
 * What the server does later for a person: sends a message, or reminds of one. `scheduled` is the key that it was given;
 * `refused` is the code for which a message could not be sent at its time.
 */
export const Scheduled = Type.Object({
  scheduled: Id,
  kind: Type.Union([Type.Literal('message'), Type.Literal('reminder')]),
  conversation: Id,
  at: Type.Integer(),
  text: Type.Optional(Type.String()),
  replyTo: Type.Optional(Seq),
  mentions: Type.Optional(Mentions),
  thread: Type.Optional(Seq),
  epoch: Type.Optional(Epoch),
  target: Type.Optional(Seq),
  refused: Type.Optional(Type.String()),
});

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

export const WorkspaceRole = Type.Union([
  Type.Literal('owner'),
  Type.Literal('admin'),
  Type.Literal('member'),
  Type.Literal('guest'),
]);

const TimeOrNull = Type.Union([Type.Integer(), Type.Null()]);

export const Retention = Type.Object({
  days: Type.Union([Type.Integer({ minimum: 1, maximum: LONGEST_RETENTION_DAYS }), Type.Null()], {
    description: 'How many days messages are kept; null: for ever',
  }),
  longer: Type.Boolean({ description: 'Whether a conversation may keep its messages for longer' }),
  kept: Type.Array(Id, {
    maxItems: LIMITS.kept,
    'x-limit': 'kept',
    description: 'Conversations of which everything is kept, whatever else is set',
  }),
});

/** Somebody as those see them who care for the workspace. Times in milliseconds. */
export const WorkspacePerson = Type.Object({
  user: User,
  role: WorkspaceRole,
  createdAt: Type.Integer(),
  deactivatedAt: TimeOrNull,
  expiresAt: TimeOrNull,
});

/** What leads people into a conversation, or the workspace; its code is told once, to who makes it. */
export const Invite = Type.Object({
  id: Id,
  conversation: Type.Optional(Id),
  role: Type.Optional(Role),
  signUp: Type.Optional(Type.Union([Type.Literal('member'), Type.Literal('guest')])),
  guestForMs: Type.Optional(Count),
  maker: Id,
  createdAt: Type.Integer(),
  expiresAt: Type.Integer(),
  maxUses: Type.Optional(Count),
  uses: Count,
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

/** A person whose words a program writes. `retiredAt` is null while it is in service. */
export const Bot = Type.Intersect([
  User,
  Type.Object({ createdAt: Type.Integer(), retiredAt: Type.Union([Type.Integer(), Type.Null()]) }),
]);

/** What a program shows to be a bot; the token itself is told once, where it is made. */
const BOT_TOKEN = {
  id: Id,
  name: Type.String(),
  scopes: Type.Array(Scope),
  createdAt: Type.Integer(),
  lastUsedAt: Type.Union([Type.Integer(), Type.Null()], { description: 'Noted at most every five minutes' }),
  expiresAt: Type.Union([Type.Integer(), Type.Null()]),
};
export const BotToken = Type.Object(BOT_TOKEN);
export const NewBotToken = Type.Object({ ...BOT_TOKEN, token: Type.String() });

/** An address at which programs post into a conversation, as a bot; the address is told once, where it is made. */
const INCOMING_HOOK = {
  id: Id,
  bot: Id,
  conversation: Id,
  name: Type.String(),
  createdAt: Type.Integer(),
  lastUsedAt: Type.Union([Type.Integer(), Type.Null()], { description: 'Noted at most every five minutes' }),
};
export const IncomingHook = Type.Object(INCOMING_HOOK);
export const NewIncomingHook = Type.Object({ ...INCOMING_HOOK, url: Type.String() });

/** What a webhook can be told of: kinds of entries, and `command.invoked`. */
export const HookEvent = Type.Union([
  Type.Literal('message.sent'),
  Type.Literal('message.edited'),
  Type.Literal('message.deleted'),
  Type.Literal('reaction.set'),
  Type.Literal('poll.voted'),
  Type.Literal('poll.closed'),
  Type.Literal('member.joined'),
  Type.Literal('member.left'),
  Type.Literal('member.role'),
  Type.Literal('conversation.created'),
  Type.Literal('conversation.updated'),
  Type.Literal('command.invoked'),
]);

/** A subscription of a bot: what happens where it is goes to `url`, signed. The secret is told once, where it is made. */
const OUTGOING_HOOK = {
  id: Id,
  bot: Id,
  name: Type.String(),
  url: Type.String(),
  events: Type.Array(HookEvent),
  createdAt: Type.Integer(),
  disabled: Type.Union([Type.Object({ at: Type.Integer(), why: Type.String() }), Type.Null()]),
};
export const OutgoingHook = Type.Object(OUTGOING_HOOK);
export const NewOutgoingHook = Type.Object({ ...OUTGOING_HOOK, secret: Type.String() });

/** What people ask of a bot by `/name`. */
export const SlashCommand = Type.Object({
  name: Type.String({ description: 'Without the slash' }),
  bot: Id,
  hint: Type.String({ description: 'What stands behind the name, as people are shown it; may be empty' }),
  description: Type.String(),
  everywhere: Type.Boolean({ description: 'Also where the bot is no member' }),
  createdAt: Type.Integer(),
});

/** What somebody asked of a bot by a slash command. It is no entry. */
export const Invocation = Type.Object({
  id: Id,
  bot: Id,
  command: Type.String({ description: 'The name, without the slash' }),
  text: Type.String({ description: 'What stood behind the name; may be empty' }),
  conversation: Id,
  user: Id,
  at: Type.Integer(),
  expiresAt: Type.Integer({ description: 'Until then it may be answered' }),
});

/** An answer to an invocation that its invoker alone sees, and nobody keeps. */
export const Answer = Type.Object({
  id: Id,
  invocation: Id,
  conversation: Id,
  bot: Id,
  command: Type.String(),
  text: Type.String(),
  at: Type.Integer(),
});

/** What waits to be delivered to a webhook, or was given up. Of an invocation `epoch` and `seq` are 0. */
export const Job = Type.Object({
  id: Id,
  kind: Type.Literal('webhook'),
  state: Type.Union([Type.Literal('waiting'), Type.Literal('dead')]),
  hook: Id,
  conversation: Id,
  epoch: Epoch,
  seq: Seq,
  event: Type.String(),
  attempts: Type.Integer({ minimum: 0 }),
  createdAt: Type.Integer(),
  nextAt: Type.Union([Type.Integer(), Type.Null()], { description: 'About when it is tried next' }),
  lastStatus: Type.Union([Type.Integer(), Type.Null()]),
  lastError: Type.Union([Type.String(), Type.Null()]),
});

const types = /* @__PURE__ */ schemaTypes({
  User,
  Marks,
  Summary,
  Channel,
  Member,
  Reactor,
  Voter,
  Scheduled,
  TimelineItem,
  FoundMessage,
  ThreadStanding,
  FollowedThread,
  Status,
  Presence,
  Session,
  Me,
  Invite,
  WorkspacePerson,
  Retention,
  WorkspaceKey,
  Bot,
  BotToken,
  NewBotToken,
  IncomingHook,
  NewIncomingHook,
  OutgoingHook,
  NewOutgoingHook,
  SlashCommand,
  Invocation,
  Answer,
  Job,
});
export type User = (typeof types)['User'];
export type Marks = (typeof types)['Marks'];
export type Summary = (typeof types)['Summary'];
export type Channel = (typeof types)['Channel'];
export type Member = (typeof types)['Member'];
export type Reactor = (typeof types)['Reactor'];
export type Voter = (typeof types)['Voter'];
export type Scheduled = (typeof types)['Scheduled'];
export type TimelineItem = (typeof types)['TimelineItem'];
export type FoundMessage = (typeof types)['FoundMessage'];
export type ThreadStanding = (typeof types)['ThreadStanding'];
export type FollowedThread = (typeof types)['FollowedThread'];
export type Status = (typeof types)['Status'];
export type Presence = (typeof types)['Presence'];
export type Session = (typeof types)['Session'];
export type Me = (typeof types)['Me'];
export type Invite = (typeof types)['Invite'];
export type WorkspacePerson = (typeof types)['WorkspacePerson'];
export type Retention = (typeof types)['Retention'];
export type WorkspaceKey = (typeof types)['WorkspaceKey'];
export type Bot = (typeof types)['Bot'];
export type BotToken = (typeof types)['BotToken'];
export type NewBotToken = (typeof types)['NewBotToken'];
export type IncomingHook = (typeof types)['IncomingHook'];
export type NewIncomingHook = (typeof types)['NewIncomingHook'];
export type OutgoingHook = (typeof types)['OutgoingHook'];
export type NewOutgoingHook = (typeof types)['NewOutgoingHook'];
export type SlashCommand = (typeof types)['SlashCommand'];
export type Invocation = (typeof types)['Invocation'];
export type Answer = (typeof types)['Answer'];
export type Job = (typeof types)['Job'];
