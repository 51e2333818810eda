// The one registry: for every command and operation its HTTP route, permission, rate class and one-line summary. The
// socket, the HTTP routes, OpenAPI, the rate limits and the permission tests are all made from it.
import type { TSchema } from 'typebox';
import { COMMANDS, type CommandName } from './commands.js';
import { OPERATIONS, type OperationName } from './operations.js';
import type { Action } from './permissions.js';

/** `public`: no token. `session`: any signed-in person, about themselves or their workspace. Else a row of the matrix. */
export type Permission = 'public' | 'session' | Action;

/** Which token bucket a request takes from; sizes are the server's configuration. */
export type RateClass = 'message' | 'write' | 'create' | 'read' | 'search' | 'auth' | 'signal';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type RegistryRow = {
  readonly method: Method;
  /** Below `/v1`; `:name` stands for the field `name` of the params. Fields not in the path are body or query. */
  readonly path: string;
  /** HTTP status of a success; a repeated write answers 200. */
  readonly status: 200 | 201 | 204;
  readonly permission: Permission;
  readonly rate: RateClass;
  readonly summary: string;
  /** Where two rows share a route: the query field whose presence chooses this one. */
  readonly chosenBy?: string;
};

export type RequestName = CommandName | OperationName;

const CONVERSATION = '/conversations/:conversation';

export const REGISTRY: { readonly [name in RequestName]: RegistryRow } = {
  'message.send': row('POST', `${CONVERSATION}/messages`, 201, 'message.send', 'message', 'Send a message'),
  'conversation.create': row('POST', '/conversations', 201, 'session', 'create', 'Create a conversation'),
  'conversation.update': row('PATCH', CONVERSATION, 200, 'conversation.update', 'write', 'Rename a conversation'),
  'conversation.read': row('GET', CONVERSATION, 200, 'conversation.read', 'read', 'Read the summary of a conversation'),
  'conversations.list': row('GET', '/conversations', 200, 'session', 'read', "List one's conversations, newest first"),
  'member.add': row('PUT', `${CONVERSATION}/members/:user`, 200, 'member.add', 'write', 'Add a person'),
  'member.remove': row(
    'DELETE',
    `${CONVERSATION}/members/:user`,
    200,
    'member.remove',
    'write',
    'Remove a person, or leave',
  ),
  'member.role': row(
    'PATCH',
    `${CONVERSATION}/members/:user`,
    200,
    'member.role',
    'write',
    'Change the role of a member',
  ),
  'members.read': row('GET', `${CONVERSATION}/members`, 200, 'conversation.read', 'read', 'List the members'),
  'entries.read': row('GET', `${CONVERSATION}/entries`, 200, 'conversation.read', 'read', 'Read the log as it is'),
  'messages.read': row(
    'GET',
    `${CONVERSATION}/messages`,
    200,
    'conversation.read',
    'read',
    'Read messages as a person sees them',
  ),
  'marks.read': row('GET', `${CONVERSATION}/marks`, 200, 'conversation.read', 'read', 'Read how far members have got'),
  'settings.read': row('GET', '/settings', 200, 'session', 'read', "Read one's settings"),
  'setting.set': row('PUT', '/settings/:name', 200, 'setting.set', 'write', "Set one of one's settings"),
  'users.search': {
    ...row('GET', '/users', 200, 'session', 'search', 'Search people by name and username'),
    chosenBy: 'query',
  },
  'users.read': { ...row('GET', '/users', 200, 'session', 'read', 'Read people by id'), chosenBy: 'ids' },
  'presence.watch': row('PUT', '/presence/watch', 200, 'session', 'read', 'Watch the presence of people'),
  'presence.set': row('PUT', '/presence', 200, 'session', 'write', "Set one's own presence on this connection"),
  'account.create': row('POST', '/accounts', 201, 'public', 'auth', 'Sign up'),
  'session.create': row('POST', '/sessions', 201, 'public', 'auth', 'Sign in'),
  'session.refresh': row('POST', '/sessions/refresh', 200, 'public', 'auth', 'Get a fresh pair of tokens'),
  'sessions.list': row('GET', '/sessions', 200, 'session', 'read', "List one's sessions"),
  'session.end': row('DELETE', '/sessions/current', 204, 'session', 'write', 'Sign out'),
  'session.revoke': row('DELETE', '/sessions/:session', 204, 'session', 'write', 'Revoke one of the own sessions'),
  'me.read': row('GET', '/me', 200, 'session', 'read', 'Read the own profile'),
  'me.update': row('PATCH', '/me', 200, 'session', 'write', 'Change the own profile'),
  'user.read': row('GET', '/users/:user', 200, 'session', 'read', 'Read one person'),
  'marks.set': row('PUT', `${CONVERSATION}/marks`, 204, 'conversation.read', 'signal', 'Say how far one has got'),
};

function row(
  ...[method, path, status, permission, rate, summary]: [Method, string, 200 | 201 | 204, Permission, RateClass, string]
): RegistryRow {
  return { method, path, status, permission, rate, summary };
}

export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/** The schemas of a command or operation. */
export function schemasOf(name: RequestName): { readonly params: TSchema; readonly result: TSchema } {
  return name in COMMANDS ? COMMANDS[name as CommandName] : OPERATIONS[name as OperationName];
}
