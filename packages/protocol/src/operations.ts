// What is asked over HTTP alone: accounts, sessions, profiles, keys of the workspace, and marks and tickets for clients without a
// socket.
// Bounds of strings are in UTF-16 units; each schema is the parser's and the API description's at once.
import { type Static, Type } from 'typebox';
import { Avatar, DisplayName, Username } from './assertion.js';
import { Emoji, Thread, target, Written, write } from './commands.js';
import { Epoch, Id, Seq } from './entries.js';
import { Me, Session, User, WorkspaceKey } from './models.js';
import { Scope } from './scopes.js';
import { requestTypes } from './written-out.js';

const Device = DisplayName;
const Secret = Type.String({ minLength: 1, maxLength: 200 });

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
        // Room for scopes to come.
        scopes: Type.Optional(Type.Array(Scope, { minItems: 1, maxItems: 16 })),
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
} as const;

export type OperationName = keyof typeof OPERATIONS;
const types = /* @__PURE__ */ requestTypes(OPERATIONS);
export type OperationParams<N extends OperationName> = (typeof types)[N]['params'];
export type OperationResult<N extends OperationName> = (typeof types)[N]['result'];
