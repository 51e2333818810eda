// The one registry: for every command and operation its HTTP route, permission, scope, rate class and one-line summary.
// The socket, the HTTP routes, OpenAPI, the rate limits and the permission tests are all made from it.
import { COMMANDS, type CommandName } from './commands.js';
import { OPERATIONS, type OperationName } from './operations.js';
import type { Action, WorkspaceAction } from './permissions.js';
import type { Scope } from './scopes.js';
import type { TSchema } from './typebox.js';

/**
 * `public`: no token. `session`: any signed-in person, about themselves or their workspace. `workspace.…`: a row of what
 * concerns the workspace. Else a row of the matrix.
 */
export type Permission = 'public' | 'session' | WorkspaceAction | Action;

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
  /** What the session of who asks must have; null where any will do, or where there is none yet. */
  readonly scope: Scope | null;
  readonly rate: RateClass;
  readonly summary: string;
  /** Where two rows share a route: the query field whose presence chooses this one. */
  readonly chosenBy?: string;
};

export type RequestName = CommandName | OperationName;

const CONVERSATION = '/conversations/:conversation';
const MESSAGE = `${CONVERSATION}/messages/:target`;
const REACTIONS = `${MESSAGE}/reactions`;
const PIN = `${MESSAGE}/pin`;
const POLL = `${MESSAGE}/poll`;
const KEYS = '/workspace/keys';
const INVITES = '/workspace/invites';
const PEOPLE = '/workspace/people';
const RETENTION = '/workspace/retention';
const LOOK = '/workspace/look';
const DEACTIVATION = `${PEOPLE}/:user/deactivation`;
const SCHEDULED = '/scheduled/:scheduled';
const BOT = '/bots/:bot';
const JOBS = '/admin/jobs';
const AUDIT = '/admin/audit';
const OUTGOING = '/hooks/outgoing';
const INCOMING = '/hooks/incoming';
const TOKENS = `${BOT}/tokens`;
const BOT_COMMANDS = `${BOT}/commands`;
const COMMANDS_THERE = `${CONVERSATION}/commands`;
const INVOCATION = '/invocations/:invocation';

/** Each row begins with the scope that it needs; `open` needs none: a session may always be ended by who holds it. */
export const REGISTRY: { readonly [name in RequestName]: RegistryRow } = {
  'message.send': write('POST', `${CONVERSATION}/messages`, 201, 'message.send', 'message', 'Send a message'),
  'message.edit': write('PATCH', MESSAGE, 200, 'message.edit', 'write', 'Change the text of a message of the own'),
  'message.delete': write('DELETE', MESSAGE, 200, 'message.delete', 'write', 'Delete a message for everyone'),
  'message.hide': write('PUT', `${MESSAGE}/hidden`, 200, 'conversation.read', 'write', 'Hide a message for oneself'),
  'hidden.read': read('GET', '/hidden', 200, 'session', 'read', 'Read what one has hidden, the oldest first'),
  'message.history': read(
    'GET',
    `${MESSAGE}/history`,
    200,
    'conversation.read',
    'read',
    'Read a message as it was written, and its edits',
  ),
  'reaction.set': write('PUT', `${REACTIONS}/:emoji`, 200, 'reaction.set', 'write', 'React to a message'),
  'reactions.read': read('GET', REACTIONS, 200, 'reaction.read', 'read', 'Read who has reacted to a message'),
  'poll.vote': write('PUT', `${POLL}/vote`, 200, 'poll.vote', 'write', 'Vote in a poll, or otherwise, or no more'),
  'poll.close': write('PUT', `${POLL}/closed`, 200, 'poll.close', 'write', 'Close a poll'),
  'votes.read': read('GET', `${POLL}/votes`, 200, 'vote.read', 'read', 'Read who has chosen what in an open poll'),
  'message.schedule': write(
    'POST',
    `${CONVERSATION}/scheduled`,
    201,
    'message.send',
    'write',
    'Have a message sent at a time',
  ),
  'reminder.set': write(
    'POST',
    `${MESSAGE}/reminders`,
    201,
    'conversation.read',
    'write',
    'Be reminded of a message at a time',
  ),
  'scheduled.read': read('GET', '/scheduled', 200, 'session', 'read', "List one's scheduled messages and reminders"),
  'scheduled.update': write('PATCH', SCHEDULED, 200, 'session', 'write', 'Change what is scheduled, or when'),
  'scheduled.cancel': write('DELETE', SCHEDULED, 200, 'session', 'write', 'Cancel what is scheduled'),
  'message.pin': write('PUT', PIN, 200, 'message.pin', 'write', 'Pin a message'),
  'pins.read': read(
    'GET',
    `${CONVERSATION}/pins`,
    200,
    'pin.read',
    'read',
    'Read what is pinned, the last pinned first',
  ),
  'conversation.create': write('POST', '/conversations', 201, 'session', 'create', 'Create a conversation'),
  'conversation.update': write(
    'PATCH',
    CONVERSATION,
    200,
    'conversation.update',
    'write',
    'Change the name, the topic or another setting of a conversation',
  ),
  'conversation.read': read(
    'GET',
    CONVERSATION,
    200,
    'conversation.read',
    'read',
    'Read the summary of a conversation',
  ),
  'conversations.list': read('GET', '/conversations', 200, 'session', 'read', "List one's conversations, newest first"),
  'channels.list': read('GET', '/channels', 200, 'session', 'search', 'Find public channels, newest first'),
  'channel.join': write('POST', '/channels/:conversation/join', 200, 'session', 'write', 'Join a public channel'),
  'member.add': write('PUT', `${CONVERSATION}/members/:user`, 200, 'member.add', 'write', 'Add a person'),
  'member.remove': write(
    'DELETE',
    `${CONVERSATION}/members/:user`,
    200,
    'member.remove',
    'write',
    'Remove a person, or leave',
  ),
  'member.role': write(
    'PATCH',
    `${CONVERSATION}/members/:user`,
    200,
    'member.role',
    'write',
    'Change the role of a member',
  ),
  'members.read': read('GET', `${CONVERSATION}/members`, 200, 'conversation.read', 'read', 'List the members'),
  'invite.create': write('POST', `${CONVERSATION}/invites`, 201, 'invite.create', 'create', 'Invite by a link'),
  'invite.accept': write('POST', '/invites/accept', 200, 'session', 'auth', 'Join by an invitation'),
  'invites.list': read('GET', `${CONVERSATION}/invites`, 200, 'invite.create', 'read', 'List invitations'),
  'invite.revoke': write(
    'DELETE',
    `${CONVERSATION}/invites/:invite`,
    200,
    'invite.create',
    'write',
    'Revoke an invitation',
  ),
  'entries.read': read('GET', `${CONVERSATION}/entries`, 200, 'conversation.read', 'read', 'Read the log as it is'),
  'messages.read': read(
    'GET',
    `${CONVERSATION}/messages`,
    200,
    'conversation.read',
    'read',
    'Read messages as a person sees them',
  ),
  'quotes.read': read(
    'GET',
    `${CONVERSATION}/quotes`,
    200,
    'conversation.read',
    'read',
    'Read messages by their numbers',
  ),
  'threads.list': read('GET', '/threads', 200, 'session', 'read', 'List the threads that one follows'),
  'thread.follow': write(
    'PUT',
    `${MESSAGE}/follow`,
    200,
    'thread.follow',
    'write',
    'Follow the thread of a message, or follow it no more',
  ),
  'messages.search': read('GET', '/messages/search', 200, 'session', 'search', 'Search messages'),
  'marks.read': read('GET', `${CONVERSATION}/marks`, 200, 'conversation.read', 'read', 'Read how far members have got'),
  'settings.read': read('GET', '/settings', 200, 'session', 'read', "Read one's settings"),
  'setting.set': write('PUT', '/settings/:name', 200, 'setting.set', 'write', "Set one of one's settings"),
  'users.search': {
    ...read('GET', '/users', 200, 'session', 'search', 'Search people by name and username'),
    chosenBy: 'query',
  },
  'users.read': { ...read('GET', '/users', 200, 'session', 'read', 'Read people by id'), chosenBy: 'ids' },
  'presence.watch': read('PUT', '/presence/watch', 200, 'session', 'read', 'Watch the presence of people'),
  'presence.set': write('PUT', '/presence', 200, 'session', 'write', "Set one's own presence on this connection"),
  'commands.list': read(
    'GET',
    COMMANDS_THERE,
    200,
    'conversation.read',
    'read',
    'List the slash commands of a conversation',
  ),
  'command.invoke': write(
    'POST',
    `${COMMANDS_THERE}/:name`,
    201,
    'message.send',
    'message',
    'Ask something of a bot by a slash command',
  ),
  'invocations.read': read('GET', '/invocations', 200, 'session', 'read', 'Read what was asked of a bot and waits'),
  'invocation.take': write('PUT', `${INVOCATION}/taken`, 200, 'session', 'write', 'Say that it has reached the bot'),
  'invocation.answer': write('POST', `${INVOCATION}/answers`, 201, 'session', 'message', 'Answer what was asked'),
  'account.create': open('POST', '/accounts', 201, 'public', 'auth', 'Sign up'),
  'session.create': open('POST', '/sessions', 201, 'public', 'auth', 'Sign in'),
  'session.refresh': open('POST', '/sessions/refresh', 200, 'public', 'auth', 'Get a fresh pair of tokens'),
  'sessions.list': account('GET', '/sessions', 200, 'session', 'read', "List one's sessions"),
  'session.end': open('DELETE', '/sessions/current', 204, 'session', 'write', 'Sign out'),
  'session.revoke': account('DELETE', '/sessions/:session', 204, 'session', 'write', 'Revoke one of the own sessions'),
  'me.read': read('GET', '/me', 200, 'session', 'read', 'Read the own profile'),
  'me.update': account('PATCH', '/me', 200, 'session', 'write', 'Change the own profile'),
  'user.read': read('GET', '/users/:user', 200, 'session', 'read', 'Read one person'),
  'ticket.create': read('POST', '/tickets', 201, 'session', 'read', 'Get a ticket that opens a stream over HTTP'),
  'marks.set': write('PUT', `${CONVERSATION}/marks`, 204, 'conversation.read', 'signal', 'Say how far one has got'),
  'reaction.clear': write('DELETE', `${REACTIONS}/:emoji`, 200, 'reaction.set', 'write', 'Take a reaction back'),
  'message.unpin': write('DELETE', PIN, 200, 'message.pin', 'write', 'Unpin a message'),
  'workspaceKeys.list': account('GET', KEYS, 200, 'workspace.owner', 'read', 'List the keys that sign people in'),
  'workspaceKey.add': account('POST', KEYS, 201, 'workspace.owner', 'write', 'Add a key that signs people in'),
  'workspaceKey.revoke': account('DELETE', `${KEYS}/:kid`, 204, 'workspace.owner', 'write', 'Revoke such a key'),
  'bots.list': account('GET', '/bots', 200, 'workspace.owner', 'read', 'List the bots, newest first'),
  'bot.create': account('POST', '/bots', 201, 'workspace.owner', 'create', 'Make a bot'),
  'bot.update': account('PATCH', BOT, 200, 'workspace.owner', 'write', 'Change the profile of a bot'),
  'bot.retire': account('DELETE', BOT, 204, 'workspace.owner', 'write', 'Take a bot out of service for good'),
  'botTokens.list': account('GET', TOKENS, 200, 'workspace.owner', 'read', 'List the tokens of a bot'),
  'botToken.create': account('POST', TOKENS, 201, 'workspace.owner', 'create', 'Make a token of a bot'),
  'botToken.revoke': account('DELETE', `${TOKENS}/:token`, 204, 'workspace.owner', 'write', 'Revoke such a token'),
  'botCommands.list': read('GET', BOT_COMMANDS, 200, 'session', 'read', 'List the slash commands of a bot'),
  'botCommand.set': write('PUT', `${BOT_COMMANDS}/:name`, 200, 'session', 'write', 'Give a bot a slash command'),
  'botCommand.remove': write('DELETE', `${BOT_COMMANDS}/:name`, 204, 'session', 'write', 'Take it away'),
  'incomingHooks.list': account('GET', INCOMING, 200, 'workspace.owner', 'read', 'List incoming webhooks'),
  'incomingHook.create': account('POST', INCOMING, 201, 'workspace.owner', 'create', 'Make an incoming webhook'),
  'incomingHook.revoke': account('DELETE', `${INCOMING}/:hook`, 204, 'workspace.owner', 'write', 'Revoke one'),
  'outgoingHooks.list': account('GET', OUTGOING, 200, 'workspace.owner', 'read', 'List outgoing webhooks'),
  'outgoingHook.create': account('POST', OUTGOING, 201, 'workspace.owner', 'create', 'Subscribe a bot to events'),
  'outgoingHook.update': account('PATCH', `${OUTGOING}/:hook`, 200, 'workspace.owner', 'write', 'Stop or go on'),
  'outgoingHook.remove': account('DELETE', `${OUTGOING}/:hook`, 204, 'workspace.owner', 'write', 'Remove one'),
  'jobs.list': account('GET', JOBS, 200, 'workspace.owner', 'read', 'List deliveries that wait or were given up'),
  'job.retry': account('POST', `${JOBS}/:job/retry`, 204, 'workspace.owner', 'write', 'Try one again'),
  'audit.list': account('GET', AUDIT, 200, 'workspace.audit', 'read', 'Read who did what, the last first'),
  'invite.read': open('POST', '/invites/read', 200, 'public', 'auth', 'Read where an invitation leads'),
  'workspaceInvite.create': account('POST', INVITES, 201, 'workspace.invite', 'create', 'Invite to the workspace'),
  'workspaceInvites.list': account(
    'GET',
    INVITES,
    200,
    'workspace.invite',
    'read',
    'List invitations to the workspace',
  ),
  'workspaceInvite.revoke': account(
    'DELETE',
    `${INVITES}/:invite`,
    204,
    'workspace.invite',
    'write',
    'Revoke an invitation to the workspace',
  ),
  'retention.read': read('GET', RETENTION, 200, 'session', 'read', 'Read how long messages are kept'),
  'retention.set': account('PUT', RETENTION, 200, 'workspace.retain', 'write', 'Set how long messages are kept'),
  'look.read': read('GET', LOOK, 200, 'session', 'read', 'Read how the workspace looks'),
  'look.set': account('PUT', LOOK, 200, 'workspace.look', 'write', 'Set how the workspace looks'),
  'workspacePeople.list': account('GET', PEOPLE, 200, 'workspace.people', 'read', 'List the people of the workspace'),
  'workspacePerson.update': account(
    'PATCH',
    `${PEOPLE}/:user`,
    200,
    'workspace.role',
    'write',
    'Change the role that a person has in the workspace',
  ),
  'workspacePerson.deactivate': account(
    'PUT',
    DEACTIVATION,
    200,
    'workspace.deactivate',
    'write',
    'Deactivate an account: its sessions end',
  ),
  'workspacePerson.reactivate': account(
    'DELETE',
    DEACTIVATION,
    200,
    'workspace.deactivate',
    'write',
    'Let the person of an account sign in again',
  ),
};

type Cells = readonly [Method, path: string, status: 200 | 201 | 204, Permission, RateClass, summary: string];

function read(...cells: Cells): RegistryRow {
  return row('read', cells);
}

function write(...cells: Cells): RegistryRow {
  return row('write', cells);
}

function account(...cells: Cells): RegistryRow {
  return row('account', cells);
}

function open(...cells: Cells): RegistryRow {
  return row(null, cells);
}

function row(scope: Scope | null, [method, path, status, permission, rate, summary]: Cells): RegistryRow {
  return { method, path, status, permission, scope, rate, summary };
}

export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/** The schemas of a command or operation. */
export function schemasOf(name: RequestName): { readonly params: TSchema; readonly result: TSchema } {
  return name in COMMANDS ? COMMANDS[name as CommandName] : OPERATIONS[name as OperationName];
}
