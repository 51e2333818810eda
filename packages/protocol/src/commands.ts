// The commands of the contract: what a person may ask over the socket, over POST /v1/commands and by a route of its own.
// Unknown fields are ignored everywhere; `x-limit` names the entry of `welcome.limits` that bounds a value. The registry adds the HTTP route, the permission and the rate class to each.
import { LIFETIME, SETTING_CHANGES, SETTINGS } from './conversation-settings.js';
import { EntrySchema, Epoch, Id, Mentions, Role, Seq, Time } from './entries.js';
import { UUID_PATTERN } from './ids.js';
import { LIMITS } from './limits.js';
import {
  Channel,
  FollowedThread,
  FoundMessage,
  Invite,
  Invocation,
  Marks,
  Member,
  Presence,
  Reactor,
  Scheduled,
  SlashCommand,
  Summary,
  ThreadStanding,
  TimelineItem,
  User,
  Users,
  Voter,
} from './models.js';
import { NewPoll, OptionNumber } from './new-poll.js';
import { type Static, Type } from './typebox.js';
import { requestTypes } from './written-out.js';

const Key = Type.String({ pattern: UUID_PATTERN, description: 'A UUID made by the client: one write of one author' });
const Name = Type.String({ minLength: 1, maxLength: LIMITS.name, 'x-limit': 'name' });
/** A name that is also a field of `settings.read`'s answer, so none that names a prototype. */
const SettingName = Type.String({
  minLength: 1,
  maxLength: LIMITS.name,
  pattern: '^(?!(?:__proto__|constructor|prototype)$)',
  'x-limit': 'name',
});
/** A role that can be given: `none` is what is left after leaving. */
const GivenRole = Type.Exclude(Role, Type.Literal('none'));
const PageLimit = (maximum: number) => Type.Optional(Type.Integer({ minimum: 1, maximum }));
export const Limit = PageLimit(LIMITS.readPage);
export const PageCursor = Type.Optional(Type.String({ maxLength: 500 }));
const Ids = (limit: keyof typeof LIMITS) => Type.Array(Id, { maxItems: LIMITS[limit], 'x-limit': limit });
export const Next = Type.Union([Type.String(), Type.Null()]);

/** What every write is answered with. The same key again gives the same `seq` and `at` with `duplicate: true`. */
export const Written = Type.Object({
  conversation: Id,
  epoch: Epoch,
  seq: Seq,
  at: Type.Integer(),
  duplicate: Type.Boolean(),
});
export type Written = Static<typeof Written>;

export const write = {
  conversation: Id,
  key: Type.Optional(Key),
  basis: Type.Optional(Seq),
};

/** The code of an invitation: case, hyphens and blanks do not count. */
export const Code = Type.String({ minLength: 1, maxLength: 100 });
/** How long an invitation lives, a minute to ninety days, and how many people may come by it. */
export const inviteTerms = {
  key: Type.Optional(Key),
  expiresInMs: Type.Optional(Type.Integer({ minimum: 60_000, maximum: 7_776_000_000 })),
  maxUses: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
};
export const NewInvite = Type.Object({ invite: Invite, code: Type.String(), duplicate: Type.Boolean() });
export const Invites = Type.Object({ items: Type.Array(Invite), users: Users });

/** The message that a command is about, by its seq in an epoch. */
export const target = { epoch: Epoch, target: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) };
export const Emoji = Type.String({ minLength: 1, maxLength: LIMITS.emoji, 'x-limit': 'emoji' });
/** The seq of the first message of a thread; null, or absent, for what is in none. */
export const Thread = Type.Optional(Type.Union([Type.Null(), target.target]));
const Text = Type.String({ minLength: 1, maxLength: LIMITS.text, 'x-limit': 'text' });

/** The name of a slash command, without the slash. */
export const SlashName = Type.String({
  pattern: '^[a-z0-9][a-z0-9_-]*$',
  maxLength: LIMITS.commandName,
  'x-limit': 'commandName',
});
/** What stands behind it. */
const Arguments = Type.String({ maxLength: LIMITS.text, 'x-limit': 'text' });

/** The key that a scheduled message or a reminder was given. */
const ScheduledKey = { scheduled: Key };

/** What stands after a change of what is scheduled. `duplicate`: it was so already. */
const Scheduling = Type.Object({
  scheduled: Id,
  conversation: Id,
  at: Type.Integer(),
  duplicate: Type.Boolean(),
});

export const COMMANDS = {
  'message.send': {
    params: Type.Object({
      conversation: Id,
      key: Key,
      text: Text,
      replyTo: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
      mentions: Type.Optional(Mentions),
      forward: Type.Optional(Type.Object({ conversation: Id, epoch: Epoch, seq: target.target })),
      thread: Thread,
      epoch: Type.Optional(Epoch),
      disappearAfterMs: Type.Optional(Type.Integer(LIFETIME)),
      urgent: Type.Optional(Type.Boolean()),
      poll: Type.Optional(NewPoll),
      after: Type.Optional(Key),
      basis: Type.Optional(Seq),
    }),
    result: Written,
  },
  'message.edit': { params: Type.Object({ ...write, ...target, text: Text }), result: Written },
  'message.delete': { params: Type.Object({ ...write, ...target }), result: Written },
  'message.hide': {
    params: Type.Object({ conversation: Id, key: Type.Optional(Key), ...target }),
    result: Written,
  },
  'hidden.read': {
    params: Type.Object({ epoch: Type.Optional(Epoch), after: Type.Optional(Seq), limit: Limit }),
    result: Type.Object({ epoch: Epoch, head: Seq, entries: Type.Array(EntrySchema) }),
  },
  'message.history': {
    params: Type.Object({ conversation: Id, ...target }),
    result: Type.Object({ epoch: Epoch, asOf: Seq, entries: Type.Array(EntrySchema), users: Users }),
  },
  'reaction.set': {
    params: Type.Object({ ...write, ...target, emoji: Emoji, on: Type.Optional(Type.Boolean()) }),
    result: Written,
  },
  'reactions.read': {
    params: Type.Object({
      conversation: Id,
      ...target,
      emoji: Type.Optional(Emoji),
      cursor: PageCursor,
      limit: Limit,
    }),
    result: Type.Object({ items: Type.Array(Reactor), next: Next, users: Users }),
  },
  'poll.vote': {
    params: Type.Object({
      ...write,
      ...target,
      choices: Type.Array(OptionNumber, { maxItems: LIMITS.pollOptions, 'x-limit': 'pollOptions' }),
    }),
    result: Written,
  },
  'poll.close': { params: Type.Object({ ...write, ...target }), result: Written },
  'votes.read': {
    params: Type.Object({
      conversation: Id,
      ...target,
      option: Type.Optional(OptionNumber),
      cursor: PageCursor,
      limit: Limit,
    }),
    result: Type.Object({ items: Type.Array(Voter), next: Next, users: Users }),
  },
  'message.schedule': {
    params: Type.Object({
      conversation: Id,
      key: Key,
      text: Text,
      at: Time,
      replyTo: Type.Optional(target.target),
      mentions: Type.Optional(Mentions),
      thread: Thread,
      epoch: Type.Optional(Epoch),
    }),
    result: Scheduling,
  },
  'reminder.set': {
    params: Type.Object({ conversation: Id, key: Type.Optional(Key), ...target, at: Time }),
    result: Scheduling,
  },
  'scheduled.read': {
    params: Type.Object({}),
    result: Type.Object({ items: Type.Array(Scheduled), users: Users }),
  },
  'scheduled.update': {
    params: Type.Object({
      ...ScheduledKey,
      at: Type.Optional(Time),
      text: Type.Optional(Text),
      mentions: Type.Optional(Mentions),
    }),
    result: Scheduling,
  },
  'scheduled.cancel': { params: Type.Object(ScheduledKey), result: Scheduling },
  'message.pin': {
    params: Type.Object({ ...write, ...target, on: Type.Optional(Type.Boolean()) }),
    result: Written,
  },
  'pins.read': {
    params: Type.Object({ conversation: Id, cursor: PageCursor, limit: Limit }),
    result: Type.Object({
      epoch: Epoch,
      asOf: Seq,
      items: Type.Array(TimelineItem),
      next: Next,
      users: Users,
    }),
  },
  'conversation.create': {
    params: Type.Object({
      key: Type.Optional(Key),
      kind: Type.Union([Type.Literal('direct'), Type.Literal('group'), Type.Literal('channel')]),
      members: Ids('members'),
      name: Type.Optional(Name),
      visibility: SETTINGS.visibility,
      posting: SETTINGS.posting,
      joining: SETTINGS.joining,
    }),
    result: Type.Object({ summary: Summary, users: Users, duplicate: Type.Boolean() }),
  },
  'conversation.update': {
    params: Type.Object({ ...write, name: Type.Optional(Name), ...SETTING_CHANGES }),
    result: Written,
  },
  'conversation.read': {
    params: Type.Object({ conversation: Id }),
    result: Type.Object({ summary: Summary, users: Users }),
  },
  'conversations.list': {
    params: Type.Object({ cursor: PageCursor, limit: PageLimit(LIMITS.summaryPage) }),
    result: Type.Object({ items: Type.Array(Summary), next: Next, since: Next, users: Users }),
  },
  'channels.list': {
    params: Type.Object({ query: Type.Optional(Name), cursor: PageCursor, limit: PageLimit(LIMITS.summaryPage) }),
    result: Type.Object({ items: Type.Array(Channel), next: Next }),
  },
  'channel.join': { params: Type.Object(write), result: Written },
  'member.add': { params: Type.Object({ ...write, user: Id, role: Type.Optional(GivenRole) }), result: Written },
  'member.remove': { params: Type.Object({ ...write, user: Id }), result: Written },
  'member.role': { params: Type.Object({ ...write, user: Id, role: GivenRole }), result: Written },
  'members.read': {
    params: Type.Object({
      conversation: Id,
      readers: Type.Optional(Type.Boolean({ description: 'Those who read a channel, in place of its members' })),
      cursor: PageCursor,
      limit: Limit,
    }),
    result: Type.Object({ items: Type.Array(Member), next: Next, users: Users }),
  },
  'invite.create': {
    params: Type.Object({
      conversation: Id,
      ...inviteTerms,
      role: Type.Optional(GivenRole),
      signUp: Invite.properties.signUp,
      guestForMs: Type.Optional(Type.Integer({ minimum: 60_000, maximum: 315_360_000_000 })),
    }),
    result: NewInvite,
  },
  'invite.accept': { params: Type.Object({ code: Code, key: Type.Optional(Key) }), result: Written },
  'invites.list': { params: Type.Object({ conversation: Id }), result: Invites },
  'invite.revoke': { params: Type.Object({ conversation: Id, invite: Id }), result: Type.Object({}) },
  'entries.read': {
    params: Type.Object({
      conversation: Id,
      epoch: Type.Optional(Epoch),
      after: Type.Optional(Seq),
      limit: Limit,
      changesOnly: Type.Optional(Type.Boolean()),
    }),
    result: Type.Object({ epoch: Epoch, first: Seq, head: Seq, entries: Type.Array(EntrySchema) }),
  },
  'messages.read': {
    params: Type.Object({
      conversation: Id,
      epoch: Type.Optional(Epoch),
      before: Type.Optional(Seq),
      around: Type.Optional(Seq),
      after: Type.Optional(Seq),
      at: Type.Optional(Time),
      thread: Thread,
      limit: Limit,
    }),
    result: Type.Object({
      epoch: Epoch,
      asOf: Seq,
      from: Seq,
      to: Seq,
      hasBefore: Type.Boolean(),
      hasAfter: Type.Boolean(),
      items: Type.Array(TimelineItem),
      quoted: Type.Optional(
        Type.Array(TimelineItem, {
          description: 'Messages to which some of the items reply, and that are not among them',
        }),
      ),
      standing: Type.Optional(ThreadStanding),
      users: Users,
    }),
  },
  'quotes.read': {
    params: Type.Object({
      conversation: Id,
      epoch: Epoch,
      targets: Type.Array(target.target, { maxItems: LIMITS.quotes, 'x-limit': 'quotes' }),
    }),
    result: Type.Object({ epoch: Epoch, asOf: Seq, items: Type.Array(TimelineItem), users: Users }),
  },
  'threads.list': {
    params: Type.Object({
      conversation: Type.Optional(Id),
      cursor: PageCursor,
      limit: PageLimit(LIMITS.summaryPage),
    }),
    result: Type.Object({
      items: Type.Array(FollowedThread),
      unread: Type.Integer({ minimum: 0 }),
      next: Next,
      users: Users,
    }),
  },
  'thread.follow': {
    params: Type.Object({ conversation: Id, ...target, on: Type.Optional(Type.Boolean()) }),
    result: ThreadStanding,
  },
  'messages.search': {
    params: Type.Object({
      query: Name,
      conversation: Type.Optional(Id),
      from: Type.Optional(Id),
      has: Type.Optional(Type.Literal('link')),
      is: Type.Optional(Type.Union([Type.Literal('thread'), Type.Literal('pinned')])),
      before: Type.Optional(Time),
      after: Type.Optional(Time),
      order: Type.Optional(Type.Union([Type.Literal('newest'), Type.Literal('best')])),
      cursor: PageCursor,
      limit: PageLimit(LIMITS.summaryPage),
    }),
    result: Type.Object({ items: Type.Array(FoundMessage), next: Next, users: Users }),
  },
  'marks.read': {
    params: Type.Object({ conversation: Id, seq: Type.Optional(Seq), cursor: PageCursor, limit: Limit }),
    result: Type.Object({ items: Type.Array(Marks), next: Next }),
  },
  'settings.read': {
    params: Type.Object({}),
    result: Type.Object({ epoch: Epoch, asOf: Seq, values: Type.Record(Type.String(), Type.Unknown()) }),
  },
  'setting.set': {
    params: Type.Object({ key: Type.Optional(Key), name: SettingName, value: Type.Unknown({ 'x-limit': 'setting' }) }),
    result: Written,
  },
  'users.read': {
    params: Type.Object({ ids: Ids('readPage') }),
    result: Type.Object({ users: Type.Array(User) }),
  },
  'users.search': {
    params: Type.Object({ query: Name, limit: Limit }),
    result: Type.Object({ users: Type.Array(User) }),
  },
  'presence.watch': {
    params: Type.Object({ users: Ids('watch') }),
    result: Type.Object({ presence: Type.Array(Presence) }),
  },
  'presence.set': {
    params: Type.Object({ status: Type.Union([Type.Literal('online'), Type.Literal('away')]) }),
    result: Type.Object({}),
  },
  'commands.list': {
    params: Type.Object({ conversation: Id }),
    result: Type.Object({ items: Type.Array(SlashCommand), users: Users }),
  },
  'command.invoke': {
    params: Type.Object({ conversation: Id, name: SlashName, key: Key, text: Type.Optional(Arguments) }),
    result: Type.Object({ invocation: Id, bot: Id, expiresAt: Type.Integer(), duplicate: Type.Boolean() }),
  },
  'invocations.read': {
    params: Type.Object({}),
    result: Type.Object({ items: Type.Array(Invocation), users: Users }),
  },
  'invocation.take': { params: Type.Object({ invocation: Id }), result: Type.Object({}) },
  'invocation.answer': {
    params: Type.Object({
      invocation: Id,
      key: Key,
      text: Text,
      to: Type.Optional(Type.Union([Type.Literal('invoker'), Type.Literal('all')])),
      mentions: Type.Optional(Mentions),
    }),
    result: Type.Object({ left: Seq, seq: Type.Union([Seq, Type.Null()]), duplicate: Type.Boolean() }),
  },
} as const;

export type CommandName = keyof typeof COMMANDS;
const types = /* @__PURE__ */ requestTypes(COMMANDS);
export type Params<N extends CommandName> = (typeof types)[N]['params'];
export type Result<N extends CommandName> = (typeof types)[N]['result'];
