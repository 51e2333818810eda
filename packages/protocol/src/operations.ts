// What is asked over HTTP alone: accounts, sessions, profiles, keys of the workspace, bots, and marks and tickets for clients without a
// socket.
// Bounds of strings are in UTF-16 units; each schema is the parser's and the API description's at once.
import { Avatar, DisplayName, Username } from './assertion.js';
import { AuditRecord } from './audit.js';
import {
  Code,
  Emoji,
  Invites,
  inviteTerms,
  Limit,
  NewInvite,
  Next,
  PageCursor,
  SlashName,
  Thread,
  target,
  Written,
  write,
} from './commands.js';
import { Epoch, Id, Seq, Time } from './entries.js';
import { LIMITS } from './limits.js';
import { Look } from './look.js';
import {
  Bot,
  BotToken,
  HookEvent,
  IncomingHook,
  Job,
  Me,
  NewBotToken,
  NewIncomingHook,
  NewOutgoingHook,
  OutgoingHook,
  Retention,
  Session,
  SlashCommand,
  User,
  WorkspaceKey,
  WorkspacePerson,
  WorkspaceRole,
} from './models.js';
import { Scope } from './scopes.js';
import { type Static, Type } from './typebox.js';
import { requestTypes } from './written-out.js';

const Device = DisplayName;
const TextOrNull = Type.Union([Type.String(), Type.Null()]);
const Secret = Type.String({ minLength: 1, maxLength: 200 });
/** With room for scopes to come. */
const Scopes = Type.Array(Scope, { minItems: 1, maxItems: 16 });

/** A pair of tokens; `expiresAt` is the end of the access token, in milliseconds. Without `scopes`: all of them. */
export const SignedIn = Type.Object({
  user: User,
  session: Id,
  accessToken: Type.String(),
  refreshToken: Type.String(),
  expiresAt: Type.Integer(),
  scopes: Type.Optional(Type.Array(Scope)),
});
export type SignedIn = Static<typeof SignedIn>;

export const OPERATIONS = {
  'account.create': {
    params: Type.Object({
      username: Username,
      password: Type.String({ minLength: 10, maxLength: 256 }),
      displayName: Type.Optional(DisplayName),
      device: Type.Optional(Device),
      invite: Type.Optional(Secret),
      setupCode: Type.Optional(Secret),
    }),
    result: SignedIn,
  },
  'session.create': {
    params: Type.Object(
      {
        username: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        password: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
        assertion: Type.Optional(Type.String({ minLength: 1, maxLength: 4_096 })),
        device: Type.Optional(Device),
        scopes: Type.Optional(Scopes),
      },
      { oneOf: [{ required: ['username', 'password'] }, { required: ['assertion'] }] },
    ),
    result: SignedIn,
  },
  'session.refresh': { params: Type.Object({ refreshToken: Secret }), result: SignedIn },
  'sessions.list': { params: Type.Object({}), result: Type.Object({ items: Type.Array(Session) }) },
  'session.revoke': { params: Type.Object({ session: Id }), result: Type.Null() },
  'session.end': { params: Type.Object({}), result: Type.Null() },
  'me.read': { params: Type.Object({}), result: Me },
  'me.update': {
    params: Type.Object({
      displayName: Type.Optional(DisplayName),
      avatar: Type.Optional(Avatar),
    }),
    result: Me,
  },
  'user.read': { params: Type.Object({ user: Id }), result: User },
  'ticket.create': { params: Type.Object({}), result: Type.Object({ ticket: Type.String() }) },
  'marks.set': {
    params: Type.Object({
      conversation: Id,
      epoch: Epoch,
      delivered: Type.Optional(Seq),
      read: Type.Optional(Seq),
      thread: Thread,
    }),
    result: Type.Null(),
  },
  'reaction.clear': {
    params: Type.Object({
      ...write,
      ...target,
      emoji: Emoji,
    }),
    result: Written,
  },
  'message.unpin': { params: Type.Object({ ...write, ...target }), result: Written },
  'workspaceKeys.list': { params: Type.Object({}), result: Type.Object({ items: Type.Array(WorkspaceKey) }) },
  'workspaceKey.add': {
    params: Type.Object({ name: DisplayName, publicKey: Type.String({ minLength: 1, maxLength: 1_000 }) }),
    result: WorkspaceKey,
  },
  'workspaceKey.revoke': { params: Type.Object({ kid: Id }), result: Type.Null() },
  'bots.list': { params: Type.Object({}), result: Type.Object({ items: Type.Array(Bot) }) },
  'bot.create': {
    params: Type.Object({
      username: Username,
      displayName: Type.Optional(DisplayName),
      avatar: Type.Optional(Avatar),
    }),
    result: Bot,
  },
  'bot.update': {
    params: Type.Object({ bot: Id, displayName: Type.Optional(DisplayName), avatar: Type.Optional(Avatar) }),
    result: Bot,
  },
  'bot.retire': { params: Type.Object({ bot: Id }), result: Type.Null() },
  'botTokens.list': { params: Type.Object({ bot: Id }), result: Type.Object({ items: Type.Array(BotToken) }) },
  'botToken.create': {
    params: Type.Object({ bot: Id, name: DisplayName, scopes: Type.Optional(Scopes), expiresAt: Type.Optional(Time) }),
    result: NewBotToken,
  },
  'botToken.revoke': { params: Type.Object({ bot: Id, token: Id }), result: Type.Null() },
  'botCommands.list': { params: Type.Object({ bot: Id }), result: Type.Object({ items: Type.Array(SlashCommand) }) },
  'botCommand.set': {
    params: Type.Object({
      bot: Id,
      name: SlashName,
      description: Type.String({ minLength: 1, maxLength: LIMITS.topic, 'x-limit': 'topic' }),
      hint: Type.Optional(Type.String({ maxLength: LIMITS.name, 'x-limit': 'name' })),
      everywhere: Type.Optional(Type.Boolean()),
    }),
    result: SlashCommand,
  },
  'botCommand.remove': { params: Type.Object({ bot: Id, name: SlashName }), result: Type.Null() },
  'incomingHooks.list': { params: Type.Object({}), result: Type.Object({ items: Type.Array(IncomingHook) }) },
  'incomingHook.create': {
    params: Type.Object({ bot: Id, conversation: Id, name: DisplayName }),
    result: NewIncomingHook,
  },
  'incomingHook.revoke': { params: Type.Object({ hook: Id }), result: Type.Null() },
  'outgoingHooks.list': { params: Type.Object({}), result: Type.Object({ items: Type.Array(OutgoingHook) }) },
  'outgoingHook.create': {
    params: Type.Object({
      bot: Id,
      name: DisplayName,
      url: Type.String({ minLength: 1, maxLength: 2_000 }),
      events: Type.Array(HookEvent, { minItems: 1, maxItems: 16 }),
    }),
    result: NewOutgoingHook,
  },
  'outgoingHook.update': { params: Type.Object({ hook: Id, enabled: Type.Boolean() }), result: OutgoingHook },
  'outgoingHook.remove': { params: Type.Object({ hook: Id }), result: Type.Null() },
  'jobs.list': {
    params: Type.Object({
      state: Type.Optional(Type.Union([Type.Literal('waiting'), Type.Literal('dead')])),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.readPage })),
    }),
    result: Type.Object({ items: Type.Array(Job) }),
  },
  'job.retry': { params: Type.Object({ job: Id }), result: Type.Null() },
  'audit.list': {
    params: Type.Object({
      actor: Type.Optional(Id),
      target: Type.Optional(Id),
      act: Type.Optional(Type.String({ minLength: 1, maxLength: LIMITS.name, 'x-limit': 'name' })),
      since: Type.Optional(Time),
      until: Type.Optional(Time),
      cursor: PageCursor,
      limit: Limit,
    }),
    result: Type.Object({ items: Type.Array(AuditRecord), next: Next }),
  },
  'invite.read': {
    params: Type.Object({ code: Code }),
    result: Type.Object({
      kind: Type.Union([Type.Literal('workspace'), Type.Literal('group'), Type.Literal('channel')]),
      name: TextOrNull,
      avatar: TextOrNull,
      inviter: Type.Object({ name: Type.String(), avatar: TextOrNull }),
      signUp: Type.Boolean(),
    }),
  },
  'workspaceInvite.create': { params: Type.Object(inviteTerms), result: NewInvite },
  'workspaceInvites.list': { params: Type.Object({}), result: Invites },
  'workspaceInvite.revoke': { params: Type.Object({ invite: Id }), result: Type.Null() },
  'retention.read': { params: Type.Object({}), result: Retention },
  'retention.set': {
    params: Type.Object({
      days: Retention.properties.days,
      longer: Type.Optional(Retention.properties.longer),
      kept: Type.Optional(Retention.properties.kept),
    }),
    result: Retention,
  },
  'look.read': { params: Type.Object({}), result: Look },
  'look.set': { params: Look, result: Look },
  'workspacePeople.list': {
    params: Type.Object({ cursor: PageCursor, limit: Limit }),
    result: Type.Object({ items: Type.Array(WorkspacePerson), next: Next }),
  },
  'workspacePerson.update': {
    params: Type.Object({ user: Id, role: WorkspaceRole, expiresAt: Type.Optional(Time) }),
    result: WorkspacePerson,
  },
  'workspacePerson.deactivate': { params: Type.Object({ user: Id }), result: WorkspacePerson },
  'workspacePerson.reactivate': { params: Type.Object({ user: Id }), result: WorkspacePerson },
} as const;

export type OperationName = keyof typeof OPERATIONS;
const types = /* @__PURE__ */ requestTypes(OPERATIONS);
export type OperationParams<N extends OperationName> = (typeof types)[N]['params'];
export type OperationResult<N extends OperationName> = (typeof types)[N]['result'];
