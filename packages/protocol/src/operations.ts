// What is asked over HTTP alone: accounts, sessions, profiles, and marks and tickets for clients without a socket.
// Bounds of strings are in UTF-16 units; each schema is the parser's and the API description's at once.
import { type Static, Type } from 'typebox';
import { Epoch, Id, Seq } from './entries.js';
import { LIMITS } from './limits.js';
import { Me, Session, User } from './models.js';
import { Scope } from './scopes.js';
import { requestTypes } from './written-out.js';

const Username = Type.String({
  pattern: '^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,30}[a-zA-Z0-9])?$',
  description: '1 to 32 letters, digits, dots, hyphens and underscores; case does not tell two apart',
});
const DisplayName = Type.String({ minLength: 1, maxLength: LIMITS.name, 'x-limit': 'name' });
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
    params: Type.Object({
      username: Type.String({ minLength: 1, maxLength: 100 }),
      password: Type.String({ minLength: 1, maxLength: 256 }),
      device: Type.Optional(Device),
      // Room for scopes to come.
      scopes: Type.Optional(Type.Array(Scope, { minItems: 1, maxItems: 16 })),
    }),
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
      avatar: Type.Optional(Type.Union([Type.String({ maxLength: 500 }), Type.Null()])),
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
    }),
    result: Type.Null(),
  },
} as const;

export type OperationName = keyof typeof OPERATIONS;
const types = /* @__PURE__ */ requestTypes(OPERATIONS);
export type OperationParams<N extends OperationName> = (typeof types)[N]['params'];
export type OperationResult<N extends OperationName> = (typeof types)[N]['result'];
